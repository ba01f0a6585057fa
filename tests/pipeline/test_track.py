"""A forecast is matched with its own sessions, whatever happened to the prices since."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.pipeline.track import track
from rnnforecast.pipeline.track_loading import first_said
from rnnforecast.report.track import track_sentences
from rnnforecast.runs.track_record import TrackEntry

from ..conftest import make_history

CLOSES = np.array([100.0, 102, 101, 104, 103, 105, 108, 107])


def entry(origin: int, history: PriceHistory, horizon: int = 2) -> TrackEntry:
    """A forecast from one row: tomorrow within 10 % of the close."""
    close = float(history.bars["close"].iloc[origin])
    spread = close * (1 + 0.1 * (2 * LEVELS - 1))
    later = pd.bdate_range(history.dates[origin], periods=horizon + 1)[1:]
    return TrackEntry(
        made_at="2026-01-01T00:00:00+00:00", kind="live", symbol=history.symbol, interval="1d",
        quantity="price", currency="USD", origin=history.dates[origin].isoformat(), close=close,
        dates=tuple(day.isoformat() for day in later), levels=tuple(LEVELS),
        quantiles={name: (tuple(spread),) * horizon for name in ("network", "naive")},
        calibrated=True, median_of="network", code="", model="",
    )  # fmt: skip


@pytest.fixture
def history() -> PriceHistory:
    return make_history(CLOSES, sessions="XNYS")


def test_outcomes_are_log_returns_from_the_close_of_the_origin(history: PriceHistory) -> None:
    result = track([entry(1, history)], history)
    rows = result.resolved[result.resolved["model"] == "network"]
    np.testing.assert_allclose(rows["actual"], np.log([101 / 102, 104 / 102]))
    np.testing.assert_allclose(rows["q0.9"], np.log(1.08))
    assert result.unit == "log return" and result.pending == 0
    assert list(rows["date"]) == list(history.dates[2:4])


def test_of_two_forecasts_of_a_day_the_one_that_was_made_first_counts(
    history: PriceHistory,
) -> None:
    first, second = entry(1, history), replace(entry(1, history), made_at="2026-01-02", code="new")
    earlier = replace(entry(0, history), made_at="2026-01-03")
    for order in ([second, first, earlier], [earlier, first, second]):
        assert first_said(order) == [earlier, first]


def test_steps_that_have_not_come_true_are_pending(history: PriceHistory) -> None:
    result = track([entry(6, history), entry(7, history)], history)
    assert result.pending == 3 and len(result.resolved) == 2
    assert track([entry(7, history)], history).scores is None


def test_a_split_and_a_dividend_since_then_change_nothing(history: PriceHistory) -> None:
    entries = [entry(1, history), entry(4, history)]
    split = replace(history, bars=history.bars / 4 * 0.97)
    pd.testing.assert_frame_equal(
        track(entries, history).resolved, track(entries, split).resolved, rtol=1e-9
    )


def test_a_session_that_did_not_take_place_gives_way_to_the_next(history: PriceHistory) -> None:
    made = entry(1, history)
    without = replace(history, bars=history.bars.drop(history.dates[2]))
    rows = track([made], without).resolved
    assert list(rows[rows["model"] == "network"]["date"]) == list(history.dates[3:5])


def test_a_delisted_symbol_resolves_to_its_last_price_and_is_counted(history: PriceHistory) -> None:
    asked = (history.last + pd.Timedelta(days=40)).tz_localize("UTC").isoformat()
    gone = replace(history, provenance={"retrieved_at": asked})
    result = track([entry(6, history)], gone)
    rows = result.resolved[result.resolved["model"] == "network"]
    np.testing.assert_allclose(rows["actual"], [np.log(107 / 108)] * 2)
    assert result.delisted == 1 and result.pending == 0
    assert result.last_price == history.last


def test_the_forecast_after_which_nothing_was_traded_waits_for_nothing(
    history: PriceHistory,
) -> None:
    asked = (history.last + pd.Timedelta(days=40)).tz_localize("UTC").isoformat()
    gone = replace(history, provenance={"unanswered": {"asked_at": asked, "answer": "none"}})
    result = track([entry(7, history)], gone)
    assert result.pending == result.delisted == 0 and result.scores is None
    assert "no price after 2020-01-10" in track_sentences(result)[-1]


def test_prices_that_were_not_fetched_for_long_are_not_taken_for_delisted(
    history: PriceHistory,
) -> None:
    asked = (history.last + pd.Timedelta(days=1)).tz_localize("UTC").isoformat()
    result = track([entry(7, history)], replace(history, provenance={"retrieved_at": asked}))
    assert result.delisted == 0 and result.pending == 2


def test_an_origin_that_is_no_longer_stored_is_named(history: PriceHistory) -> None:
    made = entry(3, history)
    without = replace(history, bars=history.bars.drop(history.dates[3]))
    result = track([made], without)
    assert result.lost == (made.origin,) and result.scores is None


def test_replays_are_never_mixed_with_what_was_said_live(history: PriceHistory) -> None:
    live, replayed = entry(1, history), replace(entry(3, history), kind="replay")
    assert [each.kind for each in track([live, replayed], history).entries] == ["live"]
    replays = track([live, replayed], history, "replay")
    assert replays.entries == (replayed,) and replays.scores is not None
    assert replays.scores.forecasts == 1


def test_prices_below_zero_are_scored_as_returns(history: PriceHistory) -> None:
    below = replace(history, bars=history.bars - 103.5)
    result = track([entry(2, below)], below)
    assert result.unit == "return"
    rows = result.resolved[result.resolved["model"] == "naive"]
    np.testing.assert_allclose(rows["actual"], [(0.5 + 2.5) / 2.5, (-0.5 + 2.5) / 2.5])
