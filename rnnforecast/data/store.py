"""Histories on disk: one folder per symbol, one JSON record and one parquet file per interval.

    data/BTC-USD/1d.json             the record: provenance, first and last date, name and hash of
    data/BTC-USD/1d-3fa9c1d2.parquet     the bars

The bars are written first under a name made of their own hash; replacing the record is the one
step that makes them current. A crash at any moment leaves the old pair or the new one, whole.
Bars that have no record yet are hidden, as ``.1d-3fa9c1d2.parquet.new``, until there is one:
those of a series that was being stored for the first time are nothing, while bars whose record
has gone are damage. Readers know both names.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from rnnforecast.atomic import read_regular, sweep, write_atomic
from rnnforecast.data.calendars import check_calendar
from rnnforecast.data.exchanges import EXCHANGES, SUFFIXES
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.parquet import parquet_of, read_parquet
from rnnforecast.data.records import SCHEMA, DamagedError, Records, fetch_command
from rnnforecast.errors import DataError, UsageError

log = logging.getLogger(__name__)

READS = 5
"""Tries to read a record and its bars while another process replaces them."""


@dataclass(frozen=True)
class Store(Records):
    """The ``data`` folder of a home: its records, and the bars that they name."""

    def load(self, symbol: str, interval: str = "1d") -> PriceHistory:
        """Read a stored history.

        While another process replaces it, the record is read once more.

        Args:
            symbol: as stored, such as ``BTC-USD``.
            interval: length of a bar.

        Returns:
            the bars, checked against their record.

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
        symbol, interval = record["symbol"], record["interval"]
        path = self.folder(symbol) / record["file"]
        again = f"run: {fetch_command(symbol, interval)}"
        _check_sessions(record["sessions"], path.with_name(f"{interval}.json"), again)
        try:
            content = _read_bars(path)
        except FileNotFoundError as error:
            raise DamagedError(f"{path} is missing ({error.strerror})", again) from None
        except OSError as error:
            raise DamagedError(f"{path} cannot be read ({error.strerror})", again) from None
        if hashlib.sha256(content).hexdigest() != record["sha256"]:
            raise DamagedError(f"{path} is not the file that was saved: its hash differs", again)
        try:
            bars = read_parquet(content)
            log.info("read %s: %d bars", path, len(bars))
            return PriceHistory(
                symbol, bars, interval, record["sessions"], record["currency"], record["provenance"]
            )
        except (DataError, OSError, ValueError, KeyError, TypeError) as error:
            reason = str(error).splitlines()[0][:100]
            raise DamagedError(f"{path} holds no bars ({reason})", again) from None

    def find(self, symbol: str, interval: str = "1d") -> PriceHistory | None:
        """Load a stored history; None if there is none, or none that can be read.

        Args:
            symbol: as stored.
            interval: length of a bar.
        """
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
        content = parquet_of(history.bars)
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
        path, bars = folder / f"{history.interval}.json", folder / str(record["file"])
        place = bars if path.exists() else _unrecorded(bars)
        write_atomic(place, content)
        write_atomic(path, json.dumps(record, indent=1, ensure_ascii=False).encode())
        with suppress(OSError):  # the history is stored; the next writer tidies up
            place.replace(bars)
            self._sweep(history.symbol, history.interval, keep=bars.name)
        log.info("wrote %s: %d bars", bars, len(history))
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
        """Remove bars that no record points to any more, and what killed writers have left."""
        folder = self.folder(symbol)
        sweep(folder, older_than=0)  # the lock is ours: nobody else is writing here
        bars = folder / f"{interval}-*.parquet"
        for pattern in (bars.name, _unrecorded(bars).name):
            for path in folder.glob(pattern):
                if path.name != keep:
                    path.unlink(missing_ok=True)


def _unrecorded(bars: Path) -> Path:
    """Return where bars lie until there is a record that names them."""
    return bars.with_name(f".{bars.name}.new")


def _read_bars(path: Path) -> bytes:
    """Read the file of bars that a record names, wherever it lies.

    Raises:
        OSError: if it is missing, or cannot be read.
    """
    for place in (path, _unrecorded(path)):
        with suppress(FileNotFoundError):
            return read_regular(place)
    return read_regular(path)  # it may just have moved


def _check_sessions(sessions: str, path: Path, again: str) -> None:
    """Refuse a record whose calendar does not exist.

    Raises:
        DamagedError: naming the record and the calendar.
    """
    if sessions in SUFFIXES.values() or sessions in EXCHANGES.values():
        return  # without the library of calendars, which takes half a second to load
    try:
        check_calendar(sessions)
    except UsageError as error:
        raise DamagedError(f"{path} is damaged: {error.problem}", again) from None
