"""What a run has forecast as the days went by, beside what came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import RunError, python_errors
from rnnforecast.evaluation.track import Promise, TrackScores
from rnnforecast.library.arguments import checked_history
from rnnforecast.pipeline import track as matching
from rnnforecast.pipeline.track_loading import first_said, outcomes_in
from rnnforecast.pipeline.track_storage import entries_of
from rnnforecast.report.track import track_sentences
from rnnforecast.runs import MANIFEST, Part, Run

COVERAGES = (0.80, 0.95)


@dataclass(frozen=True, eq=False, repr=False)
class TrackRecord:
    """The forecasts that a run has made of one symbol, scored.

    Args:
        value: forecasts, outcomes and scores.
    """

    value: matching.Track

    def to_frame(self) -> pd.DataFrame:
        """Return every forecast as it was made: a row for each origin, model and step.

        Returns:
            origin, made_at, step, date (as it was expected), model, close (that of the origin, as
            it was known), median, and the ends of the 80 and 95 % intervals, in prices.
        """
        columns = [
            f"{end}_{coverage:.0%}"[:-1] for coverage in COVERAGES for end in ("low", "high")
        ]
        levels = [0.5, *(end for share in COVERAGES for end in ((1 - share) / 2, (1 + share) / 2))]
        rows = [
            {
                "origin": pd.Timestamp(entry.origin), "made_at": pd.Timestamp(entry.made_at),
                "step": step, "date": pd.Timestamp(entry.dates[step - 1]), "model": model,
                "close": entry.close,
                **dict(zip(("median", *columns), _at(levels, entry.levels, row), strict=True)),
            }
            for entry in self.value.entries
            for model, quantiles in entry.quantiles.items()
            for step, row in enumerate(quantiles, 1)
        ]  # fmt: skip
        names = ("origin", "made_at", "step", "date", "model", "close", "median", *columns)
        return pd.DataFrame(rows, columns=pd.Index(names))

    @property
    def resolved(self) -> pd.DataFrame:
        """The steps that have come true: model, origin, step, date, actual and 103 quantiles.

        All are moves from the close of the origin: log returns, or returns where ``unit`` says so.
        """
        return self.value.resolved.drop(columns=["session", "last"], errors="ignore")

    @property
    def unit(self) -> str:
        """Of ``resolved``."""
        return self.value.unit

    @property
    def scores(self) -> pd.DataFrame:
        """Model, step (0 for all), metric, value, low, high and n; empty before any came true."""
        columns = ["model", "step", "metric", "value", "low", "high", "n"]
        known = self.value.scores
        return pd.DataFrame(columns=pd.Index(columns)) if known is None else known.scores

    @property
    def promise(self) -> Promise:
        """Whether the intervals hold what they promise: kept, broken, too wide, or open."""
        return "open" if self.value.scores is None else self.value.scores.promise

    @property
    def evidence(self) -> TrackScores | None:
        """The evidence behind it, which may be looked at every day; None before any came true."""
        return self.value.scores

    @property
    def summary(self) -> list[str]:
        """The record in sentences, the answer first."""
        return track_sentences(self.value)

    def __repr__(self) -> str:
        return "\n".join(self.summary)


def _at(levels: Sequence[float], known: Sequence[float], row: Sequence[float]) -> list[float]:
    """Return the quantiles at some of the levels that are known."""
    frame = pd.Series(row, index=pd.Index([round(level, 6) for level in known]))
    return [float(frame[round(level, 6)]) for level in levels]


@python_errors()
def track(
    path: str | Path | Sequence[str | Path], history: PriceHistory, *, replay: bool = False
) -> TrackRecord:
    """Score what a run has forecast, as ``rnnforecast track`` does; nothing is written.

    Args:
        path: of the run's folder; or of several that succeeded one another, oldest first, whose
            records are read as one.
        history: the newest prices of the symbol.
        replay: whether replays of past days count instead of what was said live.

    Raises:
        RunError: if a folder is no run, is not on the symbol, or its record was altered.

    Example:
        >>> record = track("runs/btc", history)  # doctest: +SKIP
        >>> record.to_frame()  # doctest: +SKIP
    """
    checked_history(history)
    paths = [path] if isinstance(path, (str, Path)) else list(path)
    parts = [_part(Path(folder), history.symbol) for folder in paths]
    entries = first_said(entry for part in parts for entry in entries_of(part))
    outcomes = outcomes_in(parts[-1], history)
    return TrackRecord(matching.track(entries, outcomes, "replay" if replay else "live"))


def _part(folder: Path, symbol: str) -> Part:
    """Return what a run has on a symbol."""
    run = Run(folder)
    if not run.has(MANIFEST):
        raise RunError(f"{folder} is no run: it has no {MANIFEST}", "pass a folder in runs/")
    for part in run.parts:
        if part.symbol.casefold() == symbol.casefold():
            return part
    raise RunError(
        f"run {run.name} is not on {symbol}", f"pass the prices of {', '.join(run.symbols[:6])}"
    )
