"""Splits and dividends explain what prices did, by hand arithmetic, and nothing else does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.corporate_actions import (
    absurd_payments,
    dividends_explain,
    known_splits,
    splits_explain,
    unapplied_splits,
)

DAYS = pd.bdate_range("2024-01-01", periods=4)


def bars(close: list[float], **columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"close": close, **columns}, index=DAYS[: len(close)])


def test_zeros_ones_and_gaps_are_no_splits() -> None:
    table = bars([1, 1, 1, 1], splits=[0, 1, np.nan, 4])
    assert known_splits(table) == {DAYS[3]: 4.0}
    assert known_splits(bars([1, 1])) == {}


@pytest.mark.parametrize(("ratio", "explained"), [(1 / 4, True), (1 / 2, False), (1, False)])
def test_a_split_that_is_new_explains_prices_divided_by_its_ratio(
    ratio: float, explained: bool
) -> None:
    before, after = bars([100, 101]), bars([25, 25.25, 25], splits=[0, 0, 4])
    assert splits_explain(before, after, ratio) is explained


def test_a_split_that_was_known_explains_nothing_more() -> None:
    table = bars([100, 25], splits=[0, 4])
    assert splits_explain(table, table, 1.0) and not splits_explain(table, table, 0.25)


@pytest.mark.parametrize(
    ("ratio", "explained"),
    [(0.98 * 0.7, True), (0.96 * 0.94, False), (0.98, False), (1.02, False), (0, False)],
)
def test_dividends_explain_the_product_of_one_less_each_over_the_close_before(
    ratio: float, explained: bool
) -> None:
    # 2 on a close of 100, then 15 on one of 50: older adjusted closes are times 0.98 * 0.7; by the
    # closes of the same days it would be 0.96 * 0.94
    new = bars([100, 50, 250], dividends=[0, 2, 15])
    assert dividends_explain(bars([100]), new, ratio) is explained


def test_dividends_that_were_known_before_are_counted_once() -> None:
    stored = bars([100, 100], dividends=[0, 2])
    new = bars([100, 100, 100], dividends=[0, 2, 5])
    assert dividends_explain(stored, new, 0.95) and not dividends_explain(stored, new, 0.98 * 0.95)


def test_a_source_without_dividends_is_believed_small_adjustments_alone() -> None:
    assert dividends_explain(bars([100]), bars([100]), 0.85)
    assert not dividends_explain(bars([100]), bars([100]), 0.75)


@pytest.mark.parametrize(
    ("close", "phrase"),
    [
        ([100, 25.5], ("the split 4:1 of 2024-01-02 is recorded but not applied",)),
        ([25, 99], ("the split 4:1 of 2024-01-02 is applied twice",)),
        ([25, 25.5], ()),
    ],
)
def test_a_recorded_split_leaves_no_jump_in_adjusted_closes(
    close: list[float], phrase: tuple[str, ...]
) -> None:
    assert unapplied_splits(bars(close, splits=[0, 4])) == phrase


def test_a_small_split_could_be_an_ordinary_day() -> None:
    assert unapplied_splits(bars([100, 80], splits=[0, 1.25])) == ()


def test_payments_that_cannot_be_are_named_with_their_days() -> None:
    table = bars([10, 10, 10, 10], dividends=[0, -1, 12, 1], splits=[0, 0, 0, 1e6])
    assert absurd_payments(table) == (
        "a split of 1e+06:1 on 2024-01-04",
        "a dividend of -1 on a price of 10 on 2024-01-02",
        "a dividend of 12 on a price of 10 on 2024-01-03",
    )
