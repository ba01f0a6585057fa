"""Histories from files, and what was decided when these were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.columns import BY_EVIDENCE, Selection, shown
from rnnforecast.data.importing.contents import ImportedBars, read_contents
from rnnforecast.errors import RnnForecastError


@dataclass(frozen=True)
class Imported:
    """A history from a file.

    Args:
        history: its bars.
        taken: for each of our columns, what it was called in the file.
        ignored: columns of the file that were not taken.
        decisions: what the file does not say outright and was decided by evidence, in words.
    """

    history: PriceHistory
    taken: Mapping[str, str]
    ignored: tuple[str, ...]
    decisions: tuple[str, ...] = ()

    def columns(self) -> str:
        """Say which column was taken for what."""
        words = ", ".join(
            ours if ours == theirs else f"{ours} from {theirs!r}"
            for ours, theirs in self.taken.items()
        )
        return words + (f"; ignored {shown(self.ignored, quoted=True)}" if self.ignored else "")


@dataclass(frozen=True)
class FileContents:
    """All series of a file.

    Args:
        series: those that can be stored.
        failed: why the others of a file of many cannot.
    """

    series: tuple[Imported, ...]
    failed: tuple[RnnForecastError, ...] = ()


def read_file(
    path: Path, symbol: str | None = None, selection: Selection = BY_EVIDENCE
) -> FileContents:
    """Read the histories of a file; see ``read_contents``."""
    contents = read_contents(path, symbol, selection)
    return FileContents(tuple(map(_imported, contents.series)), contents.failed)


def read_prices(
    path: Path, symbol: str | None = None, selection: Selection = BY_EVIDENCE
) -> list[Imported]:
    """Read all series of a file.

    Raises:
        DataError: if it is no table of prices, or if one of its series cannot be read.
    """
    contents = read_file(path, symbol, selection)
    if contents.failed:
        raise contents.failed[0]
    return list(contents.series)


def _imported(series: ImportedBars) -> Imported:
    history = PriceHistory.from_imported(series)
    return Imported(history, series.taken, series.ignored, series.decisions)
