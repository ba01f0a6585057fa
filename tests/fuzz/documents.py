"""Strategies of Hypothesis: Yahoo's answers and tables of prices with something wrong in them."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from hypothesis import strategies as st

from tests.yahoo import Instrument

DATE = "Mon, 01 Apr 2024 12:00:00 GMT"
SYMBOL = "ANY-USD"

junk: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, -(2**63), 10**18, 10**400]),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "\x1b[2J", "=1+1", "America/New_York", "Mars/Olympus", "1d", "NaN", "é" * 3000]
    ),
    st.just([]),
    st.just({}),
    st.lists(st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3)), max_size=4),
    st.recursive(st.none(), lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=2)),
)  # fmt: skip
"""What may stand where something else is expected."""


def places(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of a JSON document; of long lists, to a few of theirs."""
    if before:
        yield before
    if isinstance(document, dict):
        for key, value in document.items():
            yield from places(value, (*before, key))
    elif isinstance(document, list):
        for at in sorted({0, 1, len(document) // 2, len(document) - 1} & set(range(len(document)))):
            yield from places(document[at], (*before, at))


def _chart(granularity: str) -> dict[str, Any]:
    closes: list[float | None] = [100.0 + day % 7 for day in range(40)]
    instrument = Instrument(
        SYMBOL, closes, granularity=granularity, splits={20: 2.0}, dividends={10: 0.5}
    )
    return instrument.chart()


CHART = _chart("1d")
PLACES = list(places(CHART))


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, bytes, str]:
    """Draw an answer to a question for daily bars: status, body, Date header."""
    document = copy.deepcopy(CHART)
    for place in draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=4)):
        value = copy.deepcopy(draw(junk))  # it may be changed in its turn
        _change(document, place, draw(st.sampled_from(["replace", "remove", "repeat"])), value)
    body = json.dumps(document).encode("utf-8", "replace")
    if draw(st.integers(0, 9)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    status = draw(st.sampled_from([200] * 12 + [204, 302, 400, 404, 429, 500, 999]))
    date = draw(st.sampled_from([DATE] * 6 + ["", "garbage", "Mon, 01 Jan 1700 00:00:00 GMT"]))
    return status, body, date


def _change(document: Any, place: tuple[Any, ...], how: str, value: Any) -> None:
    """Change a document at a place, if the place is still there."""
    try:
        for key in place[:-1]:
            document = document[key]
        if how == "remove":
            del document[place[-1]]
        elif how == "repeat" and isinstance(document, list):
            document.insert(place[-1], document[place[-1]])
        else:
            document[place[-1]] = value
    except (KeyError, IndexError, TypeError):
        return


@contextmanager
def yahoo_says(status: int, body: bytes, date: str) -> Iterator[None]:
    """Answer every request of the HTTP client within this process; nothing is sent."""
    from curl_cffi import requests

    def request(self: Any, method: str, url: str, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        chart = "/chart/" in str(url)
        answer.url, answer.status_code = str(url), status if chart else 200
        answer.content = body if chart else b"crumb"
        answer.headers = requests.Headers({"Date": date, "Content-Type": "application/json"})
        return answer

    with mock.patch.object(requests.Session, "request", request):
        yield


def read_answer(answer: tuple[int, bytes, str]) -> None:
    """Read an answer as ``fetch`` does, and look at what it holds."""
    from rnnforecast.data.quality import inspect
    from rnnforecast.data.sources.patience import Patience
    from rnnforecast.data.yahoo.client import fetch

    with yahoo_says(*answer):
        inspect(fetch(SYMBOL, patience=Patience(tries=1)))


CELLS = st.one_of(
    st.floats().map(str),
    st.integers().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.text(max_size=8),
    st.sampled_from(
        ["", "-", "n/a", "1,234.5", "1.234,5", "1e400", "=1+1", "$5", "5%", "-3", "1 000",
         "١٢٣", "\x00", "\ufeff", "1700-01-01", "2200-12-31", "31.12.2023",
         "2024-01-05T10:00:00+02:00", "1704067200", "NaT", "true"]
    ),
)  # fmt: skip
HEADINGS = st.sampled_from(
    ["date", "Date", "time", "timestamp", "open", "high", "low", "close", "Adj Close",
     "volume", "symbol", "ticker", "=cmd|' /C calc'!A0", "", "price", "Unnamed: 0",
     "close ", "Datum", "Schlusskurs", "\x1b[2J"]
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Draw a table of prices in one of the usual layouts, with other cells here and there."""
    separator = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    head = draw(st.lists(HEADINGS, min_size=0, max_size=3))
    usual = ["date", "open", "high", "low", "close", "volume"]
    step = draw(st.sampled_from(["D", "D", "h", "min", "W"]))
    rows = [usual + head]
    days = draw(st.integers(0, 40))
    for day in range(days):
        rows.append(
            [_date(step, day), *(f"{100 + day % 5 + extra}" for extra in (0, 2, -1, 1)), "1000"]
        )
        rows[-1] += ["1.5"] * len(head)
    for _ in range(draw(st.integers(0, 8))):
        row = rows[draw(st.integers(0, len(rows) - 1))]
        at = draw(st.integers(0, max(0, len(row) - 1)))
        if row and draw(st.integers(0, 5)):
            row[at] = draw(CELLS)
        else:
            del row[at:]
    if draw(st.integers(0, 5)) == 0:
        rows.insert(0, [draw(CELLS)])
    quoted = draw(st.sampled_from(["", "", '"']))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(separator.join(f"{quoted}{cell}{quoted}" for cell in row) for row in rows)
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    content = text.encode(encoding, "replace")
    return (
        content[: draw(st.integers(0, len(content)))] if draw(st.integers(0, 9)) == 0 else content
    )


def _date(step: str, number: int) -> str:
    import pandas as pd

    moment = pd.Timestamp("2024-01-01") + number * pd.Timedelta(1, "h" if step == "h" else "min")
    if step in ("D", "W"):
        return str(
            (
                pd.Timestamp("2024-01-01") + pd.Timedelta(number * (7 if step == "W" else 1), "D")
            ).date()
        )
    return str(moment)


def read_file(content: bytes) -> None:
    """Read a file as ``data import`` does, and look at what it holds."""
    from rnnforecast.data.price_files import read_file as read
    from rnnforecast.data.quality import inspect

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ANY.csv"
        path.write_bytes(content)
        for one in read(path).series:
            inspect(one.history)
