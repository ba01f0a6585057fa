"""What is said of prices: once for all symbols it holds for, and never lost in a refusal."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import calendar_notes
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import DataError
from rnnforecast.pipeline.price_checks import allowing_bad, check_series, forecast_notes

from ..conftest import random_walk


def hourly(symbol: str) -> PriceHistory:
    hours = pd.date_range("2026-06-01 13:30", periods=5, freq="h", tz="UTC", name="date")
    return PriceHistory(symbol, pd.DataFrame({"close": 1.0}, index=hours), "1h", "XNYS")


def test_a_note_on_several_symbols_is_made_once_and_names_them() -> None:
    days = pd.DatetimeIndex(["2026-06-02 13:30"], tz="UTC")
    notes = {symbol: calendar_notes(hourly(symbol), days) for symbol in "ABCDE"}
    (note,) = [line for line in forecast_notes(notes) if "dividends" in line]
    assert note.startswith("A, B, C and 2 more: 1h bars are not adjusted")
    (alone,) = [line for line in forecast_notes({"A": notes["A"]}) if "dividends" in line]
    assert alone.startswith("1h bars are not adjusted")


def test_an_error_is_refused_unless_it_may_pass_and_then_it_is_said(small: Experiment) -> None:
    walk = random_walk()
    bars = walk.bars.copy()
    bars.iloc[100] *= 3
    series = [Series(replace(walk, bars=bars), {})]
    with pytest.raises(DataError, match=r"WALK: bad ticks on 2020-04-10.*--allow-bad"):
        check_series(small, series)
    (line,) = check_series(allowing_bad(small), series)
    assert line.startswith("WALK: bad ticks on 2020-04-10")
    assert check_series(small, [Series(walk, {})]) == []
