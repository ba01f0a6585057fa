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
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnforecast.atomic import write_atomic
from rnnforecast.errors import DataError

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Store:
    """The ``data`` folder of a home.

    Args:
        root: the folder; made when something is first saved.
    """

    root: Path

    def folder(self, symbol: str) -> Path:
        """Where the files of one symbol live."""
        from rnnforecast.data.symbols import check_symbol

        return self.root / check_symbol(symbol)

    def load(self, symbol: str, interval: str = "1d") -> PriceHistory:
        """Read a stored history.

        Raises:
            DataError: if it is not stored, or if its bars are not the ones that were saved.
        """
        import pandas as pd

        from rnnforecast.data.history import PriceHistory

        record = self.record(symbol, interval)
        path = self.folder(symbol) / str(record["file"])
        again = f"run: {_fetch_command(symbol, interval)}"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DataError(f"{path} is missing ({error.strerror})", again) from None
        if hashlib.sha256(content).hexdigest() != record["sha256"]:
            raise DataError(f"{path} is not the file that was saved: its hash differs", again)
        bars = pd.read_parquet(io.BytesIO(content))
        log.info("read %s: %d bars", path, len(bars))
        return PriceHistory(
            symbol, bars, interval, record["sessions"], record["currency"], record["provenance"]
        )

    def holds(self, symbol: str, interval: str = "1d") -> bool:
        """Whether there is a record of these bars."""
        return (self.folder(symbol) / f"{interval}.json").exists()

    def record(self, symbol: str, interval: str = "1d") -> dict[str, Any]:
        """The record of a stored history, without its bars.

        Raises:
            DataError: if nothing is stored, or the record cannot be read.
        """
        path = self.folder(symbol) / f"{interval}.json"
        try:
            record = json.loads(path.read_text("utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise DataError(
                f"no {interval} prices of {symbol} are stored in {self.root}",
                f"run: {_fetch_command(symbol, interval)}",
            ) from None
        except (OSError, ValueError):
            raise DataError(
                f"{path} is damaged", f"run: {_fetch_command(symbol, interval)}"
            ) from None
        return dict(record)

    def records(self) -> list[dict[str, Any]]:
        """The records of everything stored, by symbol and interval."""
        paths = sorted(self.root.glob("*/*.json"))
        return [
            self.record(path.parent.name, path.stem)
            for path in paths
            if not path.name.startswith(".")
        ]

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
        """Hold the right to write one symbol; others wait up to a minute. It may be held twice by one thread.

        Raises:
            DataError: if another process does not let go, or the folder cannot be written.
        """
        import filelock

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


def _fetch_command(symbol: str, interval: str) -> str:
    """The command that would store these bars."""
    return f"rnnforecast fetch {shlex.quote(symbol)}" + (
        "" if interval == "1d" else f" --interval {interval}"
    )
