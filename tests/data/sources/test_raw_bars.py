"""Of what came over the wire, finished bars with a price are kept; the others are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.sources import Question
from rnnforecast.data.sources.raw_bars import RawBars, history_of
from rnnforecast.errors import DataError

STARTS = pd.date_range("2024-03-01", periods=4, tz="UTC")
NOW = pd.Timestamp("2024-03-04 12:00", tz="UTC")  # half of the fourth day is over


def raw(closes: list[float], now: pd.Timestamp = NOW) -> RawBars:
    bars = pd.DataFrame(
        {"open": closes, "high": closes, "low": closes, "close": closes, "volume": 1.0},
        index=STARTS,
    )
    ends = STARTS + pd.Timedelta(days=1)
    return RawBars(bars, ends, now, "24/7", "USD", {"source": "a test"})


def test_a_bar_that_is_not_over_is_left_out_and_named() -> None:
    history = history_of(Question("X"), raw([1, 2, 3, 4]), "A source")
    assert history.bars["close"].tolist() == [1, 2, 3]
    assert history.dates.tz is None and str(history.last)[:10] == "2024-03-03"
    assert history.provenance["dropped"]["unfinished"] == ["2024-03-04T00:00:00"]
    assert history.provenance["answered_at"] == NOW.isoformat()
    assert history.provenance["source"] == "a test" and history.provenance["live"] == []


def test_who_asks_for_the_bar_of_today_gets_it_by_its_name() -> None:
    history = history_of(Question("X", include_live=True), raw([1, 2, 3, 4]), "A source")
    assert len(history) == 4 and history.provenance["live"] == ["2024-03-04T00:00:00"]


def test_a_bar_that_has_not_begun_is_nobodys() -> None:
    early = pd.Timestamp("2024-03-02 12:00", tz="UTC")
    history = history_of(Question("X", include_live=True), raw([1, 2, 3, 4], early), "A source")
    assert history.bars["close"].tolist() == [1, 2]


@pytest.mark.parametrize("hole", [0.0, np.nan])
def test_a_bar_without_a_price_is_left_out_and_named(hole: float) -> None:
    history = history_of(Question("X"), raw([1, hole, 3, 4]), "A source")
    assert history.bars["close"].tolist() == [1, 3]
    assert history.provenance["dropped"]["without_price"] == ["2024-03-02T00:00:00"]


def test_a_zero_beside_a_close_is_a_gap_no_price() -> None:
    answer = raw([1, 2, 3, 4])
    answer.bars.loc[STARTS[1], ["open", "low"]] = 0.0
    bars = history_of(Question("X"), answer, "A source").bars
    assert bars["open"].isna().tolist() == bars["low"].isna().tolist() == [False, True, False]
    assert bars["high"].notna().all()


def test_hours_keep_their_instants() -> None:
    history = history_of(Question("X", "1h"), raw([1, 2, 3, 4]), "A source")
    assert str(history.dates.tz) == "UTC" and history.first == STARTS[0]


def test_nothing_left_is_said_with_the_sources_name() -> None:
    with pytest.raises(DataError, match="A source has no finished bars of X"):
        history_of(Question("X"), raw([0, 0, 0, 4]), "A source")
