"""Which column of a file is which, by its heading or as the user says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from rnnforecast.data.bars import OHLC
from rnnforecast.data.importing.dates import Order
from rnnforecast.data.importing.numbers import Mark, read_numbers
from rnnforecast.data.importing.spellings import columns_called, normalise
from rnnforecast.errors import DataError

BAR_COLUMNS = (*OHLC, "adj_close", "volume", "dividends", "splits")
SHOWN = 8


@dataclass(frozen=True)
class Selection:
    """The user's choices of how to read a file; what is left out is found by evidence.

    Args:
        target: the column to forecast; by default the close. All other numeric columns are kept.
        time: the column of dates; by default the one that is called so.
        sessions: a name of exchange_calendars; by default from the dates and the symbol.
        dates: the order of day and month: ``dmy``, ``mdy`` or ``ymd``.
        decimal: the decimal mark.
        timezone: of intraday times without one, as ``Europe/Berlin``.
    """

    target: str | None = None
    time: str | None = None
    sessions: str | None = None
    dates: Order | None = None
    decimal: Mark | None = None
    timezone: str | None = None


BY_EVIDENCE = Selection()
"""Nothing was asked for: everything is found by evidence."""


def recognise(
    frame: pd.DataFrame, name: str, selection: Selection = BY_EVIDENCE
) -> tuple[dict[str, str], str | None]:
    """Find which column is which.

    Args:
        frame: as read.
        name: of the file, for the message.
        selection: what the user named.

    Returns:
        our names to the file's, and the column that holds no prices but what is to be forecast.

    Raises:
        DataError: if there is no date or no price, or no column of the name that was given.
    """
    headings = [str(column) for column in frame.columns]
    target, time = (_named(asked, headings, name) for asked in (selection.target, selection.time))
    taken: dict[str, str] = {}
    for ours in ("date", *BAR_COLUMNS):
        choices = [heading for heading in columns_called(ours, headings)
                   if heading not in taken.values() and heading not in (target, time)]  # fmt: skip
        if ours == "volume" and len(choices) > 1:
            choices = [c for c in choices if _has_values(frame[c])] or choices
        if choices:
            taken[ours] = choices[0]
    if time:
        taken["date"] = time
    if "close" not in taken and "adj_close" in taken:
        taken["close"] = taken.pop("adj_close")
    if target is None and "close" not in taken:
        target = next(iter(columns_called("series", headings)), None) or _only(frame, taken)
    if target is not None:
        date = {"date": taken["date"]} if "date" in taken else {}
        taken = {**date, "close": target, **_others(frame, date, target)}
    for needed, word, option in (("close", "price", "--target"), ("date", "date", "--time")):
        if needed not in taken:
            raise DataError(
                f"{name} has no {word} column; its columns are {shown(headings)}",
                f"name it with {option}",
            )
    return taken, target


def _named(asked: str | None, headings: Sequence[str], name: str) -> str | None:
    """Find the column that the user means, by its exact name or by one that differs
    in case only."""
    if asked is None or asked in headings:
        return asked
    alike = [heading for heading in headings if normalise(heading) == normalise(asked)]
    if len(alike) != 1:
        raise DataError(
            f"{name} has no column {asked!r}; its columns are {shown(headings)}",
            "name one of them",
        )
    return alike[0]


def _only(frame: pd.DataFrame, taken: Mapping[str, str]) -> str | None:
    """Find the one column of numbers beside the dates, whatever its name,
    as in rates of the Fed."""
    if set(taken) != {"date"}:
        return None
    others = list(_others(frame, taken, "").values())
    dates = columns_called("date", others)
    numeric = [name for name in others if name not in dates]
    return numeric[0] if len(numeric) == 1 and len(frame.columns) <= 3 else None


def _has_values(column: pd.Series) -> bool:
    """Say whether a column holds more than zeros: MetaTrader's <VOL> of currencies does not."""
    numbers = pd.to_numeric(column.head(1000), errors="coerce")
    return bool((numbers.isna() | (numbers != 0)).any())


def _others(frame: pd.DataFrame, date: Mapping[str, str], target: str) -> dict[str, str]:
    """Return every other column that holds numbers, under its own name."""
    others = [str(c) for c in frame.columns if c != target and c not in date.values()]
    symbols = set(columns_called("symbol", others))
    numeric = [
        column
        for column in others
        if column not in symbols and _is_numeric(frame[column].head(1000))
    ]
    return {f"{column}_" if column in ("date", "close") else column: column for column in numeric}


def _is_numeric(column: pd.Series) -> bool:
    """Say whether most cells are numbers, with either decimal mark."""
    marks: tuple[Mark, ...] = (".", ",")
    return any(read_numbers(column, mark)[0].notna().mean() > 0.5 for mark in marks)


def shown(names: Sequence[str], *, quoted: bool = False) -> str:
    listed = ", ".join(repr(name) if quoted else str(name) for name in names[:SHOWN])
    more = len(names) - SHOWN
    return listed + ((f" and {more} more" if quoted else ", ...") if more > 0 else "")
