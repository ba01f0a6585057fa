"""Evaluations beside each other: which is better, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from rnnforecast.errors import RunError, UsageError, python_errors
from rnnforecast.evaluation.backtest import NAIVE
from rnnforecast.evaluation.significance.paired_runs import Correction, Metric
from rnnforecast.library.evaluation import Evaluation
from rnnforecast.library.model import Model
from rnnforecast.pipeline.compare import Compared, Subject, backtest_of, compare_backtests
from rnnforecast.pipeline.compare import subject_of as subject_of_run
from rnnforecast.pipeline.evaluation import Evaluation as SymbolEvaluation
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.skill import skill_of_runs
from rnnforecast.report.comparison import conclude
from rnnforecast.runs import MANIFEST, Run

Comparable = Evaluation | Model | Run | str | Path


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Evaluations of one symbol, paired on the origins that all of them have.

    Args:
        value: losses, means, pairs.
    """

    value: Compared

    @property
    def means(self) -> pd.DataFrame:
        """A row for each name and for naive, the best first: loss, skill vs naive, interval."""
        return self.value.means.rename(columns={"run": "name"})

    @property
    def pairs(self) -> pd.DataFrame:
        """A row for each pair: difference, percent, p, and p corrected for the number of pairs."""
        return self.value.pairs.rename(columns={"run": "name"})

    @property
    def losses(self) -> pd.DataFrame:
        """The loss at each common origin, a column for each name and one for naive."""
        return self.value.pairing.losses

    @property
    def conclusion(self) -> str:
        """The result of the comparison, in a sentence."""
        return conclude(self.value.pairing, self.value.pairs)

    @property
    def superior_p(self) -> float:
        """The p of the best against naive, corrected for their number (SPA); NaN from few."""
        return self.value.superior_p

    def to_frame(self) -> pd.DataFrame:
        """Return the table of means."""
        return self.means

    def plot(self) -> Figure:
        """Draw the skill vs naive of each with its 95 % interval."""
        title = f"{self.value.symbol}, {self.value.interval} bars"
        return draw(skill_of_runs(self.value.means, title))

    def __repr__(self) -> str:
        return f"Comparison({', '.join(self.value.pairing.runs)}, {len(self.losses)} origins)"

    def __str__(self) -> str:
        return self.conclusion

    def _repr_html_(self) -> str:
        table = self.means.to_html(index=False, float_format=lambda value: f"{value:.4g}")
        return f"<p>{escape(self.conclusion)}</p>{table}"


@python_errors()
def compare(
    *items: Comparable | Mapping[str, Comparable],
    metric: Metric = "crps",
    correction: Correction = "holm",
) -> Comparison:
    """Compare two or more evaluations of one symbol on the origins that they share.

    Args:
        items: evaluations, models (which are evaluated first), or folders of evaluated runs; or
            one mapping of names to them. Without names, each is called by its network or folder.
        metric: the loss to compare: ``crps``, ``mae``, ``mse`` or ``rmse``.
        correction: of the p, for comparing several pairs: ``holm`` or ``none``.

    Returns:
        a comparison with tables, a sentence and a figure.

    Raises:
        UsageError: if there are fewer than two, or they do not forecast the same.
        RunError: if a run has not been evaluated.
        DataError: if they share no origin.

    Example:
        >>> rf.compare({"lstm": lstm.evaluate(), "gru": gru.evaluate()})  # doctest: +SKIP
    """
    known: dict[str, tuple[Subject, pd.DataFrame]] = {}
    for name, item in _named(items):
        known[_unique(name or _name_of(item), known)] = _subject_and_backtest(item)
    compared = compare_backtests(
        {name: backtest for name, (_, backtest) in known.items()},
        {name: subject for name, (subject, _) in known.items()},
        metric,
        correction,
        {name: name for name in known},
    )
    return Comparison(compared)


def _named(
    items: tuple[Comparable | Mapping[str, Comparable], ...],
) -> list[tuple[str, Comparable]]:
    pairs: list[tuple[str, Comparable]] = []
    for item in items:
        pairs += item.items() if isinstance(item, Mapping) else [("", item)]
    if any(name == NAIVE for name, _ in pairs):
        raise UsageError(f"{NAIVE} is the baseline of every comparison", "choose another name")
    return pairs


def _name_of(item: Comparable) -> str:
    if isinstance(item, Model):
        return item.experiment.model.architecture
    if isinstance(item, Evaluation):
        return item.network
    return item.name if isinstance(item, Run) else Path(item).name


def _unique(name: str, taken: Mapping[str, object]) -> str:
    """Add a number to a name that is taken."""
    candidates = (name, *(f"{name} ({number})" for number in range(2, len(taken) + 2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _subject_and_backtest(item: Comparable) -> tuple[Subject, pd.DataFrame]:
    if isinstance(item, Model):
        item = item.evaluate(baselines=[NAIVE])
    if isinstance(item, Evaluation):
        value = item.value
        if not isinstance(value, SymbolEvaluation):
            raise UsageError("an evaluation of several symbols is not compared", "pass its parts")
        return (item.history.symbol, item.history.interval, value.quantity), value.backtest
    run = item if isinstance(item, Run) else Run(Path(item))
    if not (run.path / MANIFEST).exists():
        raise RunError(f"{run.path} is not the folder of a run", "pass a folder in runs/")
    return subject_of_run(run), backtest_of(run)
