"""What a day has brought is told once, in words, to whoever asked for it."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import NetworkError, UsageError
from rnnforecast.notify.messages import Message, message_of, unusual_move
from rnnforecast.notify.sending import send
from rnnforecast.pipeline.daily import DayResult, summary_of
from rnnforecast.pipeline.track import track
from rnnforecast.pipeline.trained_model import Prediction

from ..conftest import make_history
from ..pipeline.test_track import entry

ALL = ("new", "broken", "down", "move")
DOWN = NetworkError("Yahoo could not be reached", "try again later")


def result(history: PriceHistory, origins: range, **changes: object) -> DayResult:
    """A day whose record has forecasts of 10 % around the close, one for each origin."""
    from rnnforecast.forecast.forecaster import Forecast
    from rnnforecast.forecast.quantile_levels import LEVELS

    made = [entry(origin, history) for origin in origins]
    dates = history.dates[-1:] + np.timedelta64(1, "D")
    close = float(history.bars["close"].iloc[-1])
    quantiles = close * (1 + 0.1 * (2 * LEVELS[None] - 1))
    forecast = Forecast("WALK", history.last, close, dates, quantiles, "USD", True)
    prediction = Prediction(forecast, history)
    day = DayResult("WALK", "new", prediction=prediction, track=track(made, history))
    return replace(day, **changes)  # type: ignore[arg-type]


def calm(last: float = 101.0, days: int = 30) -> PriceHistory:
    return make_history(np.r_[np.full(days, 100.0) + np.arange(days) % 2, last])


def test_a_new_forecast_is_told_with_its_interval() -> None:
    message = message_of([result(calm(), range(3))], ("new",))
    assert message is not None and message.title == "rnnforecast: 1 new forecast"
    assert message.body.startswith("WALK: ") and "92.9200 to 109.080 (80 %)" in message.body
    assert message_of([result(calm(), range(3), status="unchanged")], ALL) is None


def test_a_move_outside_the_99_percent_interval_is_told_with_its_size() -> None:
    crash = calm(last=80.0)
    day = result(crash, range(25, 30))
    assert unusual_move(day).startswith("WALK: moved ")
    assert "outside its 99 % interval" in unusual_move(day)
    assert unusual_move(result(calm(), range(25, 30))) == ""
    message = message_of([day], ("move", "down"))
    assert message is not None and message.title == "rnnforecast: 1 unusual move"
    assert unusual_move(result(calm(last=130.0), range(25, 30))).startswith("WALK: moved +")


def test_a_broken_promise_and_a_source_that_is_down_are_told_when_they_begin() -> None:
    steps = 100 * np.cumprod(np.where(np.arange(30) % 2, 1.5, 1 / 1.5))
    broken = result(make_history(steps), range(25), unfetched=DOWN)
    assert broken.broken
    message = message_of([broken], ("broken", "down"))
    assert message is not None and len(message.body.splitlines()) == 2
    assert "Yahoo could not be reached" in message.body
    run = {"part": None, "prediction": None}
    before = summary_of([replace(broken, **run)])  # type: ignore[arg-type]
    assert message_of([broken], ("broken", "down"), before) is None


def test_a_delisting_is_told_once() -> None:
    gone = result(calm(), range(3), status="unchanged", delisted=pd.Timestamp("2020-02-01"))
    message = message_of([gone], ("down",))
    assert message is not None and message.body == "WALK: delisted; no price after 2020-02-01"
    assert message_of([gone], ("down",), {"delisted": ["WALK"]}) is None


def test_without_the_extra_one_line_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(UsageError, match=r"rnnforecast\[notify\]"):
        send(Message("title", "body"), ["json://127.0.0.1"])


def test_an_address_that_is_none_is_refused_without_being_shown() -> None:
    with pytest.raises(UsageError, match=r"address 1 of notify\.to") as refused:
        send(Message("title", "body"), ["nonsense-secret"])
    assert "secret" not in str(refused.value)
