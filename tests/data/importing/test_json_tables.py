"""The same three bars in every layout of JSON that interfaces answer with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rnnforecast.data.importing.json_tables import table_of_json
from rnnforecast.errors import DataError

DAYS, CLOSES = ["2024-01-02", "2024-01-03", "2024-01-04"], [1.5, 2.5, 3.5]
RECORDS = [{"date": day, "close": close} for day, close in zip(DAYS, CLOSES, strict=True)]
FOUR = {"o": 1, "h": 2, "l": 0.5, "c": 1.5}
LAYOUTS: dict[str, Any] = {
    "records": RECORDS,
    "an envelope": {"status": "ok", "data": {"prices": RECORDS}},
    "columns": {"date": DAYS, "close": CLOSES},
    "rows below headings": [["date", "close"], *map(list, zip(DAYS, CLOSES, strict=True))],
    "split": {"columns": ["close"], "index": DAYS, "data": [[close] for close in CLOSES]},
    "by date": {day: {"close": close} for day, close in zip(DAYS, CLOSES, strict=True)},
    "by column": {"close": dict(zip(DAYS, CLOSES, strict=True)),
                  "open": dict(zip(DAYS, CLOSES, strict=True))},
    "lists in several places": {"chart": [{"timestamp": DAYS, "quote": [{"close": CLOSES}]}]},
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_holds_the_same_days_and_closes(layout: str) -> None:
    frame = table_of_json(json.dumps(LAYOUTS[layout]), "x.json", ()).frame
    days = next(column for column in frame if list(frame[column].astype(str)) == DAYS)
    assert days is not None and list(frame["close"].astype(float)) == CLOSES


def test_lines_of_json_are_records() -> None:
    text = "\n".join(map(json.dumps, RECORDS))
    assert list(table_of_json(text, "x.jsonl", ()).frame["close"].astype(float)) == CLOSES


def test_four_prices_of_an_inner_record_are_columns() -> None:
    candles = [{"time": day, "volume": 3, "mid": FOUR} for day in DAYS]
    assert set(table_of_json(json.dumps(candles), "x.json", ()).frame) >= {"time", *FOUR}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not readable as JSON"), ("[" * 100_000, "is not readable as JSON"),
        ('{"a": 1}', "JSON without a table"), ("[]", "JSON without a table"),
        ('{"nbformat": 4}', "Jupyter notebook"),
    ],
)  # fmt: skip
def test_what_holds_no_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        table_of_json(text, "x.json", ())
