"""Histories on disk: one folder per symbol, one JSON record and one parquet file per interval.

    data/BTC-USD/1d.json             the record: provenance, first and last date, name and hash of
    data/BTC-USD/1d-3fa9c1d2.parquet     the bars

The bars are written first under a name made of their own hash; replacing the record is the one
step that makes them current. A crash at any moment leaves the old pair or the new one, whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import filelock

from rnnforecast.atomic import read_regular, write_atomic
from rnnforecast.data.exchanges import EXCHANGES, SUFFIXES
from rnnforecast.data.symbols import check_symbol, symbol_meant
from rnnforecast.errors import DataError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from rnnforecast.data.history import PriceHistory


log = logging.getLogger(__name__)

SCHEMA = 1
"""Of the record; a store without a number was written before there was one, and is read as well."""
READS = 5
"""Tries to read a record and its bars while another process replaces them."""
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
class Store:
    """The ``data`` folder of a home.

    Args:
        root: the folder; made when something is first saved.
    """

    root: Path

    def folder(self, symbol: str) -> Path:
        """Where the files of one symbol live."""
        return self.root / check_symbol(symbol)

    def load(self, symbol: str, interval: str = "1d") -> PriceHistory:
        """Read a stored history.

        While another process replaces it, the record is read once more.

        Raises:
            DataError: if it is not stored.
            DamagedError: if its record or its bars are not the ones that were saved.
        """
        record = self.record(symbol, interval)
        for _ in range(READS):
            try:
                return self._load(record)
            except DamagedError:
                newer = self.record(symbol, interval)
                if newer == record:
                    raise
                record = newer
        return self._load(record)

    def _load(self, record: Mapping[str, Any]) -> PriceHistory:
        """Read the bars of a record."""
        from rnnforecast.data.history import PriceHistory

        symbol, interval = record["symbol"], record["interval"]
        path = self.folder(symbol) / record["file"]
        again = f"run: {_fetch_command(symbol, interval)}"
        _check_sessions(record["sessions"], path.with_name(f"{interval}.json"), again)
        try:
            content = read_regular(path)
        except FileNotFoundError as error:
            raise DamagedError(f"{path} is missing ({error.strerror})", again) from None
        except OSError as error:
            raise DamagedError(f"{path} cannot be read ({error.strerror})", again) from None
        if hashlib.sha256(content).hexdigest() != record["sha256"]:
            raise DamagedError(f"{path} is not the file that was saved: its hash differs", again)
        try:
            bars = _bars(content)
            log.info("read %s: %d bars", path, len(bars))
            return PriceHistory(
                symbol, bars, interval, record["sessions"], record["currency"], record["provenance"]
            )
        except (DataError, OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0][:100]
            raise DamagedError(f"{path} holds no bars ({reason})", again) from None

    def holds(self, symbol: str, interval: str = "1d") -> bool:
        """Whether there is a record of these bars."""
        return (self.folder(symbol) / f"{interval}.json").exists()

    def record(self, symbol: str, interval: str = "1d") -> dict[str, Any]:
        """The record of a stored history, without its bars.

        Raises:
            DataError: if nothing is stored.
            DamagedError: if the record cannot be read, with its file.
        """
        symbol = self.spelled(symbol)
        path = self.folder(symbol) / f"{interval}.json"
        again = f"run: {_fetch_command(symbol, interval)}"
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
        if self.folder(symbol).exists():
            return symbol
        alike = [name for name in self._folders() if name.casefold() == symbol.casefold()]
        return alike[0] if len(alike) == 1 else symbol

    def _folders(self) -> list[str]:
        return [path.name for path in self.root.glob("*") if path.is_dir()]

    def _instead_of(self, symbol: str, interval: str) -> str:
        """What to do about a series that is not stored."""
        meant = symbol_meant(symbol, self._folders())
        if meant and meant != symbol and self.holds(meant, interval):
            return f"did you mean {meant}?"
        return f"run: {_fetch_command(meant or symbol, interval)}"

    def records(self) -> list[dict[str, Any]]:
        """The records of everything stored that can be read, by symbol and interval."""
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

    def find(self, symbol: str, interval: str = "1d") -> PriceHistory | None:
        """A stored history; None if there is none, or none that can be read."""
        try:
            return self.load(symbol, interval)
        except DataError:
            return None

    def save(self, history: PriceHistory) -> Path:
        """Store a history in place of the one of the same symbol and interval, whole or not at all.

        Returns:
            the record's path.

        Raises:
            DataError: if the folder cannot be written; what was stored stays.
        """
        with self.lock(history.symbol):
            return self._write(history)

    def _write(self, history: PriceHistory) -> Path:
        buffer = io.BytesIO()
        history.bars.to_parquet(buffer)
        content = buffer.getvalue()
        sha256 = hashlib.sha256(content).hexdigest()
        record = {
            "schema": SCHEMA,
            "symbol": history.symbol,
            "interval": history.interval,
            "rows": len(history),
            "first": history.first.isoformat(),
            "last": history.last.isoformat(),
            "sessions": history.sessions,
            "currency": history.currency,
            "file": f"{history.interval}-{sha256[:8]}.parquet",
            "sha256": sha256,
            "digest": history.digest(),
            "provenance": dict(history.provenance),
        }
        folder = self.folder(history.symbol)
        path = folder / f"{history.interval}.json"
        write_atomic(folder / str(record["file"]), content)
        write_atomic(path, json.dumps(record, indent=1, ensure_ascii=False).encode())
        self._sweep(history.symbol, history.interval, keep=str(record["file"]))
        log.info("wrote %s: %d bars", folder / str(record["file"]), len(history))
        return path

    @contextmanager
    def lock(self, symbol: str) -> Iterator[None]:
        """Hold the right to write one symbol; others wait up to a minute.

        One thread may hold it twice.

        Raises:
            DataError: if another process does not let go, or the folder cannot be written.
        """
        folder = self.folder(symbol)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(folder / ".lock", timeout=60, is_singleton=True):
                yield
        except filelock.Timeout:
            raise DataError(
                f"{symbol} is being written by another process", "try again when it is done"
            ) from None
        except OSError as error:
            raise DataError(
                f"cannot write {folder} ({error.strerror})",
                "free some space, or name another folder with --home",
            ) from error

    def _sweep(self, symbol: str, interval: str, keep: str) -> None:
        """Remove bars that no record points to any more."""
        for path in self.folder(symbol).glob(f"{interval}-*.parquet"):
            if path.name != keep:
                path.unlink(missing_ok=True)


def _check_sessions(sessions: str, path: Path, again: str) -> None:
    """Refuse a record whose calendar does not exist.

    Raises:
        DamagedError: naming the record and the calendar.
    """
    if sessions in SUFFIXES.values() or sessions in EXCHANGES.values():
        return  # without the library of calendars, which takes half a second to load
    from rnnforecast.data.calendars import check_calendar

    try:
        check_calendar(sessions)
    except UsageError as error:
        raise DamagedError(f"{path} is damaged: {error.problem}", again) from None


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


def _bars(content: bytes) -> pd.DataFrame:
    """Bars of a parquet file, read by this thread alone.

    pyarrow's pool of threads is not started: it may still run while the interpreter ends.
    """
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(io.BytesIO(content), pre_buffer=False) as file:
        frame: pd.DataFrame = file.read(use_threads=False).to_pandas(use_threads=False)
        return frame


def _fetch_command(symbol: str, interval: str) -> str:
    """The command that would store these bars."""
    return f"rnnforecast fetch {shlex.quote(symbol)}" + (
        "" if interval == "1d" else f" --interval {interval}"
    )
