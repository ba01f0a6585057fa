"""A symbol counts as delisted after twenty sessions without a price, if its source was asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.silence import is_delisted, silent_sessions
from rnnforecast.data.sources.failures import Failure, NoBarsError
from rnnforecast.data.store import Store
from rnnforecast.data.update import Request, refresh
from rnnforecast.errors import DataError, NetworkError

from ..conftest import random_walk

LAST = "2024-11-27"  # a Wednesday; Thursday is Thanksgiving


def history(asked: str, *, interval: str = "1d", sessions: str = "XNYS") -> PriceHistory:
    dates = pd.DatetimeIndex([LAST]).as_unit("ns").rename("date")
    if interval == "1h":
        dates = (dates + pd.Timedelta(hours=15)).tz_localize("UTC")
    bars = pd.DataFrame({"close": [1.0]}, dates)
    return PriceHistory("AAA", bars, interval, sessions, "USD", {"retrieved_at": asked})


# by hand: Nov 29, Dec 2-6, 9-13, 16-20, 23, 24, 26, 27 are the first twenty sessions
@pytest.mark.parametrize(
    ("asked", "sessions", "interval", "silent"),
    [
        ("2024-12-27T23:00:00+00:00", "XNYS", "1d", 19),  # the day of the question does not count
        ("2024-12-28T01:00:00+00:00", "XNYS", "1d", 20),
        ("2024-12-18T00:00:00+00:00", "24/7", "1d", 20),  # Nov 28 to Dec 17
        ("2024-12-28T01:00:00+00:00", "XNYS", "1h", 20),
        ("2025-01-03T01:00:00+00:00", "XNYS", "1wk", 20),  # from Dec 4, the end of that bar
        ("2024-12-28T01:00:00+00:00", "XNYS", "1mo", 0),
        ("2024-11-01T00:00:00+00:00", "XNYS", "1d", 0),  # a clock that was set back
    ],
)
def test_sessions_without_a_price_are_counted(
    asked: str, sessions: str, interval: str, silent: int
) -> None:
    gone = history(asked, interval=interval, sessions=sessions)
    assert silent_sessions(gone) == silent
    assert is_delisted(gone) == (silent >= 20)


LATE = "2025-06-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("provenance", "delisted"),
    [
        ({"retrieved_at": LATE}, True),
        ({"retrieved_at": LATE, "source": "yahoo", "asked": {"end": None}}, True),
        ({"retrieved_at": LATE, "source": "yahoo", "asked": {"end": "2024-11-27"}}, False),
        ({"retrieved_at": LATE, "source": "sample"}, False),  # it ends in 2018 for ever
        ({"retrieved_at": LATE, "source": "file"}, False),
        ({"source": "yahoo"}, False),  # nobody has asked
    ],
)
def test_only_a_source_that_might_have_newer_bars_proves_anything(
    provenance: dict[str, object], delisted: bool
) -> None:
    assert is_delisted(replace(history(LATE), provenance=provenance)) == delisted


@pytest.mark.parametrize("reason", ["unknown_symbol", "no_data"])
def test_an_answer_without_bars_is_remembered_beside_the_bars(reason: str, tmp_path: Path) -> None:
    store, walk = Store(tmp_path), random_walk(30)
    store.save(replace(walk, provenance={"retrieved_at": "2020-02-01T00:00:00+00:00"}))

    def answer(*_: object) -> PriceHistory:
        raise Failure(reason, 404).error("WALK", 1)

    with pytest.raises(NoBarsError):
        refresh(store, "WALK", Request(), answer)
    stored = store.load("WALK")
    assert stored.digest() == walk.digest()
    assert stored.provenance["retrieved_at"].startswith("2020-02-01")
    assert is_delisted(stored)
    later = refresh(store, "WALK", Request(), lambda *_: random_walk(31))  # it is back
    assert later.history is not None and "unanswered" not in later.history.provenance


@pytest.mark.parametrize(
    ("error", "request_"),
    [
        (NetworkError("no connection", ""), Request()),
        (DataError("prices in another currency", ""), Request()),
        (NoBarsError("no such bars", ""), Request(end="2019-01-01")),
    ],
)
def test_other_failures_and_narrow_questions_say_nothing_of_the_symbol(
    error: Exception, request_: Request, tmp_path: Path
) -> None:
    store = Store(tmp_path)
    store.save(replace(random_walk(30), provenance={"retrieved_at": "2020-02-01T00:00:00+00:00"}))

    def answer(*_: object) -> PriceHistory:
        raise error

    with pytest.raises(type(error)):
        refresh(store, "WALK", request_, answer)
    assert "unanswered" not in store.load("WALK").provenance


def test_what_was_never_stored_is_not_delisted(tmp_path: Path) -> None:
    def answer(*_: object) -> PriceHistory:
        raise Failure("unknown_symbol", 404).error("WALK", 1)

    with pytest.raises(NoBarsError):
        refresh(Store(tmp_path), "WALK", Request(), answer)
    assert not Store(tmp_path).holds("WALK")
    assert np.size(list(tmp_path.rglob("*.parquet"))) == 0
