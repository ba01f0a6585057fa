"""A finding names its bars, the first ones and how many more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.findings import Finding, finding, named, shown

from ..conftest import random_walk


@pytest.mark.parametrize(
    ("dates", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a, b"), (("a", "b", "c", "d"), "a, b and 2 more")],
)
def test_the_first_dates_and_how_many_more(dates: tuple[str, ...], text: str) -> None:
    assert shown(dates, 2) == text


def test_a_sentence_has_the_detail_where_there_is_one() -> None:
    days = ("2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05")
    assert Finding("gap", "warning", days[:1], "").sentence() == "gap on 2024-01-02"
    assert Finding("gap", "error", days, "why").sentence(1) == "gap on 2024-01-02 and 3 more: why"


def test_flagged_bars_become_a_finding_and_none_becomes_nothing() -> None:
    history = random_walk(30)
    flags = np.zeros(30, bool)
    assert finding("kind", "error", history, flags, "") is None
    flags[[3, 7]] = True
    found = finding("kind", "error", history, flags, "detail", ("volume",))
    assert found is not None and found.columns == ("volume",)
    assert found.dates == tuple(str(history.dates[row])[:10] for row in (3, 7))


def test_hours_are_named_where_bars_have_any() -> None:
    assert named(pd.DatetimeIndex(["2024-01-02"])) == ("2024-01-02",)
    hours = pd.DatetimeIndex(["2024-01-02 14:30"], tz="UTC")
    assert named(hours) == ("2024-01-02 14:30",)
