"""Which runs forecast which symbols, read again when the folder of runs changes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from rnnforecast.data.symbols import check_symbol
from rnnforecast.errors import RnnForecastError, RunError
from rnnforecast.runs import Part, Run, all_runs, label_of

Stamp: TypeAlias = tuple[int, int, int] | None
"""Of a file: inode, time of change in nanoseconds, size; None where it is not there."""
UNSURE_NS = 50_000_000
"""A folder that changed so shortly before it was read may have changed since at the same time."""


def stamp_of(path: Path) -> Stamp:
    """Return what changes whenever a file is replaced."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_ino, status.st_mtime_ns, status.st_size)


@dataclass(frozen=True, eq=False)
class RunIndex:
    """The runs of a home.

    Args:
        runs: every whole run that can be read, by name, oldest first.
        newest: symbol in lower case to the part of the newest run that holds it.
        successions: label and symbol to the parts that have forecast it, oldest first.
        damaged: why other runs cannot be read.
    """

    runs: MappingProxyType[str, Run]
    newest: MappingProxyType[str, Part]
    successions: MappingProxyType[tuple[str, str], tuple[Part, ...]]
    damaged: tuple[RnnForecastError, ...]

    def part(self, symbol: str, run: str | None = None) -> Part:
        """Return the part of a run that forecasts a symbol.

        Args:
            symbol: in whatever case.
            run: whole name of the run; by default the newest that holds the symbol.

        Raises:
            DataError: if the symbol is none.
            RunError: if there is no such run, or it is not on the symbol.
        """
        wanted = check_symbol(symbol).casefold()
        if run is None:
            if wanted in self.newest:
                return self.newest[wanted]
            raise RunError(
                f"no run forecasts {symbol!r}", f"train one: rnnforecast train --symbol {symbol}"
            )
        if run not in self.runs:
            raise RunError(f"there is no run {run!r}", "GET /v1/runs lists them")
        for part in self.runs[run].parts:
            if part.symbol.casefold() == wanted:
                return part
        raise RunError(f"run {run} is not on {symbol!r}", "GET /v1/runs lists the symbols of each")

    def succession(self, part: Part) -> tuple[Part, ...]:
        """Return the parts whose track records are one with that of a part, oldest first."""
        return self.successions[label_of(part.run), part.symbol]


class RunLibrary:
    """Reads the index, and keeps it until the folder of runs changes.

    Args:
        root: folder of the runs.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._stamp: Stamp = None
        self._sure = False
        self._index: RunIndex | None = None

    def index(self) -> RunIndex:
        """Return the runs that are there now."""
        stamp = stamp_of(self.root)
        if self._index is None or not self._sure or stamp != self._stamp:
            changed = stamp[1] if stamp else 0
            self._sure = time.time_ns() - changed > UNSURE_NS
            self._index, self._stamp = self._read(), stamp
        return self._index

    def _read(self) -> RunIndex:
        known = dict(self._index.runs) if self._index else {}
        runs: dict[str, Run] = {}
        newest: dict[str, Part] = {}
        successions: dict[tuple[str, str], tuple[Part, ...]] = {}
        damaged: list[RnnForecastError] = []
        for listed in all_runs(self.root):
            run = known.get(listed.name, listed)  # its manifest was read before
            try:
                parts = run.parts
            except RnnForecastError as error:
                damaged.append(error)
                continue
            runs[run.name] = run
            newest |= {part.symbol.casefold(): part for part in parts}
            for part in parts:
                key = (label_of(run), part.symbol)
                successions[key] = (*successions.get(key, ()), part)
        return RunIndex(
            MappingProxyType(runs),
            MappingProxyType(newest),
            MappingProxyType(successions),
            tuple(damaged),
        )
