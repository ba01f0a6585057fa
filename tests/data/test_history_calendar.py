"""What the calendar of a history says of its bars, and of those to come."""

from __future__ import annotations

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import closing_times, history_notes


def test_settled_indices_are_known_at_their_own_time() -> None:
    dates = pd.DatetimeIndex(["2026-07-06", "2026-11-23"], name="date")
    bars = pd.DataFrame({"close": [1.0, 2.0]}, index=dates)
    closes = {
        symbol: list(closing_times(PriceHistory(symbol, bars)).strftime("%H:%M"))
        for symbol in ("^VIX", "^TNX", "SPY")
    }
    assert closes == {
        "^VIX": ["20:15", "21:15"],
        "^TNX": ["19:00", "20:00"],
        "SPY": ["20:00", "21:00"],
    }


def test_hourly_shares_say_that_dividends_are_in_their_returns() -> None:
    hours = pd.date_range("2026-06-01 13:30", periods=5, freq="h", tz="UTC", name="date")
    bars = pd.DataFrame({"close": 1.0}, index=hours)
    said = {
        symbol: any("not adjusted for dividends" in note for note in history_notes(history))
        for symbol, sessions in (("PEP", "XNYS"), ("BTC-USD", "24/7"), ("^GSPC", "XNYS"))
        for history in [PriceHistory(symbol, bars, "1h", sessions)]
    }
    assert said == {"PEP": True, "BTC-USD": False, "^GSPC": False}
