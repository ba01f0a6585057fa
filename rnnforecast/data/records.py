"""The records of stored histories: which bars there are, and where; without pandas."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnnforecast.atomic import read_regular
from rnnforecast.data.symbols import check_symbol, is_price_file, symbol_meant
from rnnforecast.errors import DataError

SCHEMA = 1
"""Of the record; a store without a number was written before there was one, and is read as well."""
FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "symbol": str, "interval": str, "rows": int, "first": str, "last": str, "sessions": str,
    "currency": (str, type(None)), "file": str, "sha256": str, "provenance": dict,
}  # fmt: skip
"""What every record holds."""
_INTERVAL = re.compile(r"\d+(m|h|d|wk|mo|y)")
_BARS = re.compile(rf"({_INTERVAL.pattern})-[0-9a-f]{{8}}\.parquet")


class DamagedError(DataError):
    """Something is stored, but it cannot be read as it was saved."""


@dataclass(frozen=True)
class DamagedSeries:
    """A stored series that cannot be read.

    Args:
        symbol: whose prices.
        interval: length of a bar.
        error: what is wrong with it, and what to do.
    """

    symbol: str
    interval: str
    error: DataError


@dataclass(frozen=True)
class Records:
    """The records of the ``data`` folder of a home.

    Args:
        root: the folder; made when something is first saved.
    """

    root: Path

    def folder(self, symbol: str) -> Path:
        """Return the folder with the files of one symbol."""
        return self.root / check_symbol(symbol)

    def holds(self, symbol: str, interval: str = "1d") -> bool:
        """Say whether there is a record of these bars."""
        return (self.folder(symbol) / f"{interval}.json").exists()

    def record(self, symbol: str, interval: str = "1d") -> dict[str, Any]:
        """Read the record of a stored history, without its bars.

        Raises:
            DataError: if nothing is stored.
            DamagedError: if the record cannot be read, with its file.
        """
        symbol = self.spelled(symbol)
        path = self.folder(symbol) / f"{interval}.json"
        again = f"run: {fetch_command(symbol, interval)}"
        try:
            record = json.loads(read_regular(path).decode("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            if any(_BARS.fullmatch(bars.name) for bars in path.parent.glob(f"{interval}-*")):
                raise DamagedError(
                    f"{path} is missing, though there are bars of it", again
                ) from None
            raise DataError(
                f"no {interval} prices of {symbol} are stored in {self.root}",
                self._instead_of(symbol, interval),
            ) from None
        except OSError as error:
            raise DamagedError(f"{path} cannot be read ({error.strerror})", again) from None
        except (ValueError, RecursionError):
            raise DamagedError(f"{path} is damaged: it is not JSON", again) from None
        if not isinstance(record, dict):
            raise DamagedError(f"{path} is damaged: it is no record of prices", again)
        schema = record.get("schema", 0)
        if not isinstance(schema, int) or schema > SCHEMA:
            raise DamagedError(
                f"{path} was written by a newer rnnforecast (schema {schema!r}, this one reads "
                f"up to {SCHEMA})",
                f"update rnnforecast, or {again}",
            )
        _check(record, path, symbol, interval, again)
        return record

    def spelled(self, symbol: str) -> str:
        """Return a symbol as it is stored, whatever its capitals; as it is where none is stored."""
        try:
            if self.folder(symbol).exists():
                return symbol
            alike = [name for name in self._folders() if name.casefold() == symbol.casefold()]
        except OSError:  # whoever reads the record says what is wrong
            return symbol
        return alike[0] if len(alike) == 1 else symbol

    def _folders(self) -> list[str]:
        return [path.name for path in self.root.glob("*") if path.is_dir()]

    def _instead_of(self, symbol: str, interval: str) -> str:
        """Say what to do about a series that is not stored."""
        meant = symbol_meant(symbol, self._folders())
        if meant and meant != symbol and self.holds(meant, interval):
            return f"did you mean {meant}? otherwise run: {fetch_command(symbol, interval)}"
        return f"run: {fetch_command(meant or symbol, interval)}"

    def records(self) -> list[dict[str, Any]]:
        """Read the records of everything stored that can be read, by symbol and interval."""
        return self.survey()[0]

    def survey(self) -> tuple[list[dict[str, Any]], list[DamagedSeries]]:
        """Return the records of everything stored, and what is wrong with unreadable ones."""
        records: list[dict[str, Any]] = []
        damaged: list[DamagedSeries] = []
        for symbol, interval in sorted({*self._recorded(), *self._with_bars()}):
            try:
                records.append(self.record(symbol, interval))
            except DataError as error:
                damaged.append(DamagedSeries(symbol, interval, error))
        return records, damaged

    def _recorded(self) -> Iterator[tuple[str, str]]:
        """Yield the symbol and interval of every record."""
        for path in self.root.glob("*/*.json"):
            if _INTERVAL.fullmatch(path.stem):
                yield path.parent.name, path.stem

    def _with_bars(self) -> Iterator[tuple[str, str]]:
        """Yield the symbol and interval of every file of bars, which may have lost its record."""
        for path in self.root.glob("*/*-*.parquet"):
            if match := _BARS.fullmatch(path.name):
                yield path.parent.name, match[1]


def _check(record: Mapping[str, Any], path: Path, symbol: str, interval: str, remedy: str) -> None:
    """Refuse a record that lacks a field, or is one of other bars.

    Raises:
        DamagedError: naming what is wrong.
    """
    for name, kind in FIELDS.items():
        if not isinstance(record.get(name, ...), kind):
            raise DamagedError(f"{path} is damaged: it has no valid {name!r}", remedy)
    if (record["symbol"], record["interval"]) != (symbol, interval):
        raise DamagedError(
            f"{path} is the record of {record['symbol']} {record['interval']}", remedy
        )
    if not re.fullmatch(r"[\w.\-]+\.parquet", record["file"]):
        raise DamagedError(f"{path} is damaged: it names no file of bars", remedy)


def fetch_command(symbol: str, interval: str) -> str:
    """Return the command that would store these bars."""
    if is_price_file(symbol):
        return f"rnnforecast data import {shlex.quote(symbol)}"
    return f"rnnforecast fetch {shlex.quote(symbol)}" + (
        "" if interval == "1d" else f" --interval {interval}"
    )
