"""Symbols of a panel that do not suit are named in one refusal, or left out."""

from __future__ import annotations

import pytest

from rnnforecast.dataset.unfit import MOST, Unfit
from rnnforecast.errors import DataError


def test_what_does_not_suit_at_any_stage_is_named_in_one_refusal() -> None:
    unfit = Unfit(total=5)

    def absent() -> int:
        raise DataError("no prices of B are stored", "fetch B")

    assert unfit.sift("not stored", {"A": lambda: 1, "B": absent}) == {"A": 1}
    lacking = DataError("C has no test window", "set other days", {"lacks": "test"})
    assert unfit.kept("with unusable prices", [("A", 2), ("C", lacking)]) == {"A": 2}
    with pytest.raises(DataError) as refused:
        unfit.refuse()
    assert refused.value.problem == (
        "2 of 5 symbols do not suit: 1 not stored (B); 1 without a test window (C). "
        "The first: no prices of B are stored"
    )
    assert refused.value.remedy == "to train without them, add --skip-unfit"
    assert refused.value.details == {
        "unfit": {"B": "no prices of B are stored", "C": "C has no test window"}
    }


def test_the_only_one_is_refused_in_its_own_words() -> None:
    for total, remedy in ((1, "fetch B"), (2, "fetch B, or to train without it, add --skip-unfit")):
        unfit = Unfit(total)
        unfit.add("B", "not stored", DataError("no prices of B are stored", "fetch B"))
        with pytest.raises(DataError) as refused:
            unfit.refuse()
        assert (refused.value.problem, refused.value.remedy) == (
            "no prices of B are stored",
            remedy,
        )


def test_nothing_is_refused_where_symbols_may_be_left_out_unless_none_remains() -> None:
    unfit = Unfit(total=2, skip=True)
    unfit.add("A", "not stored", DataError("no A"))
    unfit.refuse()
    assert unfit.skipped == {"A": "no A"}
    unfit.add("B", "not stored", DataError("no B"))
    with pytest.raises(DataError, match="2 of 2 symbols do not suit: 2 not stored") as refused:
        unfit.refuse()
    assert "--skip-unfit" not in refused.value.remedy


def test_a_message_names_no_more_than_fits_a_line_and_the_details_name_all() -> None:
    unfit = Unfit(total=200)
    for number in range(100):
        unfit.add(f"S{number}", "not stored", DataError("absent"))
    with pytest.raises(DataError) as refused:
        unfit.refuse()
    assert f"S{MOST - 1} and 60 more" in refused.value.problem
    assert len(refused.value.details["unfit"]) == 100
