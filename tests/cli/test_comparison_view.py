"""What a comparison claims of the best of several runs, in words."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from rnnforecast.cli.comparison_view import OPTIMISTIC, describe_method, superiority


def compared(p: float = 0.5, correction: str = "none") -> Any:
    """As much of a comparison as the words are about."""
    pairing = SimpleNamespace(runs=("a", "b", "c"))
    return SimpleNamespace(pairing=pairing, superior_p=p, correction=correction)


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.01, "the best of 3 beats naive (SPA p = 0.010, corrected for choosing among 3)"),
        (
            0.2,
            "the best of 3 is not shown to beat naive "
            "(SPA p = 0.20, corrected for choosing among 3)",
        ),
        (math.nan, "too few forecasts to tell whether the best of 3 beats naive"),
    ],
)
def test_the_best_of_several_is_judged_with_their_number_in_mind(p: float, words: str) -> None:
    assert superiority(compared(p)) == words


def test_the_method_names_its_correction_and_warns() -> None:
    holm, bare = describe_method(compared(correction="holm")), describe_method(compared())
    assert "corrected by Holm" in holm and "Holm" not in bare
    assert OPTIMISTIC[1:] in holm and OPTIMISTIC[1:] in bare
