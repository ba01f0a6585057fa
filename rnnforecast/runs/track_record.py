"""What a run has forecast, in the order in which it said so: appended to, never altered.

``track.jsonl`` holds one line of JSON for each forecast. Each line carries the SHA-256 of the line
before it, so a past that was changed, removed or reordered is seen. A line counts once it ends in a
newline and has reached the disk; a line that was cut by a crash was never acknowledged, and is
dropped when the next one is appended.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from rnnforecast.atomic import open_regular, read_regular
from rnnforecast.errors import RunError
from rnnforecast.runs.layout import TRACK as TRACK

SCHEMA = 1
START = "0" * 64
"""What the first line names as the one before it."""
DIGITS = 9
"""Significant digits of a stored quantile: more than float32 has."""

Kind = Literal["live", "replay"]


@dataclass(frozen=True)
class TrackEntry:
    """One forecast as it was made.

    Args:
        made_at: when, in UTC, as ISO 8601.
        kind: live, or a replay of a day in the past.
        symbol: whose prices.
        interval: length of a bar.
        quantity: what was forecast.
        currency: of the prices, where known.
        origin: date of the last known close, as ISO 8601.
        close: that close, as it was known on that day.
        dates: of the sessions that were forecast, one for each step.
        levels: of the quantiles, increasing.
        quantiles: model to its quantiles [step][level], in price units; ``network`` is what was
            delivered.
        calibrated: whether the intervals of the network were calibrated.
        median_of: whose median was delivered: the network's or naive's.
        code: digest of the package's code.
        model: digest of the trained networks.
        previous: SHA-256 of the line before.
    """

    made_at: str
    kind: Kind
    symbol: str
    interval: str
    quantity: str
    currency: str | None
    origin: str
    close: float
    dates: tuple[str, ...]
    levels: tuple[float, ...]
    quantiles: Mapping[str, tuple[tuple[float, ...], ...]]
    calibrated: bool
    median_of: str
    code: str
    model: str
    previous: str = START
    schema: int = field(default=SCHEMA, kw_only=True)

    def __post_init__(self) -> None:
        shape = (len(self.dates), len(self.levels))
        for name, rows in self.quantiles.items():
            if len(rows) != shape[0] or any(len(row) != shape[1] for row in rows):
                raise ValueError(f"the quantiles of {name} are not {shape[0]} x {shape[1]}")

    @property
    def key(self) -> tuple[str, str, str]:
        """What may stand in the record only once:
        a replay is another thing than a live forecast."""
        return (self.kind, self.symbol, self.origin)

    def line(self) -> bytes:
        """Write the entry as a line of JSON."""
        rounded = {
            name: [[float(f"{value:.{DIGITS}g}") for value in row] for row in rows]
            for name, rows in self.quantiles.items()
        }
        text = json.dumps({**asdict(self), "quantiles": rounded}, allow_nan=False)
        return text.encode() + b"\n"


@dataclass(frozen=True)
class TrackRecord:
    """The track record of a run on one symbol.

    Args:
        path: of the file; it need not exist yet.

    Example:
        >>> record = TrackRecord(Path("runs/btc/track.jsonl"))
        >>> record.append(entry)
        True
        >>> [entry.origin for entry in record.entries()]
        ['2026-11-25']
    """

    path: Path

    def entries(self) -> list[TrackEntry]:
        """Read every forecast that was acknowledged, oldest first.

        Raises:
            RunError: if the record was altered or is damaged, or was written by a newer version.
        """
        return [entry for entry, _ in self._verified()]

    def append(self, entry: TrackEntry) -> bool:
        """Add a forecast, unless one of the same day, symbol and kind is there already.

        The line is on the disk when this returns. Two processes take turns.

        Args:
            entry: whose ``previous`` is set here.

        Returns:
            whether it was added.

        Raises:
            RunError: if the record was altered or is damaged.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(".track.lock")):
            known = self._verified()
            if any(entry.key == other.key for other, _ in known):
                return False
            previous = known[-1][1] if known else START
            self._write(replace(entry, previous=previous).line())
        return True

    def head(self) -> tuple[int, str]:
        """Check the chain of hashes.

        The chain shows every change but one: that the newest lines were cut off. Whoever keeps the
        last hash elsewhere sees that too.

        Returns:
            how many forecasts there are, and the hash of the last line.

        Raises:
            RunError: naming the first line that does not follow from the one before.
        """
        verified = self._verified()
        return len(verified), verified[-1][1] if verified else START

    def holds_still(self, count: int, last_hash: str) -> bool:
        """Say whether forecasts that were there earlier still are, by what ``head`` returned then.

        Raises:
            RunError: if the record was altered or is damaged.
        """
        verified = self._verified()
        return count == 0 or (len(verified) >= count and verified[count - 1][1] == last_hash)

    def whole(self) -> bytes:
        """Return the record as it stands in the file, without a line that was never acknowledged.

        Raises:
            RunError: if the record was altered or is damaged.
        """
        self._verified()
        return b"".join(self._lines())

    def _verified(self) -> list[tuple[TrackEntry, str]]:
        """Verify the entries, and return each with the hash of its line."""
        entries: list[tuple[TrackEntry, str]] = []
        previous = START
        for number, line in enumerate(self._lines(), start=1):
            entry = self._parse(number, line)
            if entry.previous != previous:
                raise RunError(
                    f"{self.path}: line {number} does not follow from the line before it",
                    "the record was altered; restore the file from a backup",
                )
            previous = hashlib.sha256(line).hexdigest()
            entries.append((entry, previous))
        return entries

    def _lines(self) -> Iterable[bytes]:
        """Return every whole line; what follows the last newline was never acknowledged."""
        try:
            content = read_regular(self.path)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RunError(
                f"{self.path} cannot be read ({error.strerror})", "restore the file from a backup"
            ) from None
        return content[: content.rfind(b"\n") + 1].splitlines(keepends=True)

    def _parse(self, number: int, line: bytes) -> TrackEntry:
        """Read one line.

        Raises:
            RunError: if it is not one of ours.
        """
        damaged = RunError(
            f"{self.path}: line {number} is damaged", "restore the file from a backup"
        )
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            raise damaged from None
        if not isinstance(values, dict):
            raise damaged
        if isinstance(values.get("schema"), int) and values["schema"] > SCHEMA:
            raise RunError(
                f"{self.path}: line {number} has schema {values['schema']}, newer than {SCHEMA}",
                "update rnnforecast",
            )
        try:
            return _entry(values)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
            raise damaged from None

    def _write(self, line: bytes) -> None:
        """Append a line durably, over what an interrupted append left behind.

        Raises:
            OSError: if it cannot be written, or the path is a symbolic link.
        """
        with open_regular(self.path) as file:
            whole = file.read().rfind(b"\n") + 1
            file.truncate(whole)
            file.seek(whole)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _entry(values: dict[str, Any]) -> TrackEntry:
    """Read an entry from the values of a line."""
    quantiles = {
        str(name): tuple(tuple(float(value) for value in row) for row in rows)
        for name, rows in values.pop("quantiles").items()
    }
    dates = tuple(map(str, values.pop("dates")))
    levels = tuple(map(float, values.pop("levels")))
    return TrackEntry(dates=dates, levels=levels, quantiles=quantiles, **values)
