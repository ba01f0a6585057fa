"""An evaluation as the library shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.verdict import Verdict
from rnnforecast.library.figure_names import renamed
from rnnforecast.library.long_format import to_long
from rnnforecast.pipeline.evaluation import Evaluation as SymbolEvaluation
from rnnforecast.pipeline.evaluation import PanelEvaluation
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.figure_kinds import KINDS, Kind
from rnnforecast.report.report_data import Material


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """The evaluation of a test part, of one symbol or of several.

    Args:
        value: tables and verdict.
        history: the bars as used; of several symbols, the first one's.
        network: what was judged: an architecture of ours, or the name of another model.
        fit: losses of its training, where it was trained here.
        parts: of several symbols, each one's own evaluation, by symbol.
        judged: what tables and figures call it.
    """

    value: SymbolEvaluation | PanelEvaluation
    history: PriceHistory
    network: str
    fit: pd.DataFrame | None = None
    parts: Mapping[str, Evaluation] = field(default_factory=dict)
    judged: str = NETWORK

    @property
    def verdict(self) -> Verdict:
        """The meaning of the scores: ``print(evaluation.verdict.sentence)``."""
        return self.value.verdict

    @property
    def scores(self) -> pd.DataFrame:
        """Means by model, step (0: all) and metric, with 95 % intervals."""
        return self._named(self.value.scores)

    @property
    def comparisons(self) -> pd.DataFrame:
        """The judgement beside each baseline: skill, p and interval."""
        return self._named(self.value.comparisons)

    @property
    def failures(self) -> Mapping[str, str]:
        """The reasons why baselines failed, by name."""
        return self.value.failures

    @property
    def backtest(self) -> pd.DataFrame:
        """Every forecast of every model, beside what happened;
        of several symbols, one below another."""
        if isinstance(self.value, SymbolEvaluation):
            return self._named(self.value.backtest)
        return pd.concat([part.backtest for part in self.parts.values()], ignore_index=True)

    @property
    def losses(self) -> pd.DataFrame:
        """The losses of each forecast; of several symbols, in units of each one's mean move."""
        if isinstance(self.value, SymbolEvaluation):
            return self._named(self.value.losses)
        values = [part.value for part in self.parts.values()]
        losses = [value.scored().losses for value in values if isinstance(value, SymbolEvaluation)]
        return self._named(pd.concat(losses, ignore_index=True))

    def _named(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table in which the judged model has its own name."""
        return table if self.judged == NETWORK else table.replace({"model": {NETWORK: self.judged}})

    def to_nixtla(self) -> pd.DataFrame:
        """Return the backtest as Nixtla's cross-validation writes it, a column for each model."""
        return to_long(self.backtest)

    def plot(self, kind: Kind = "skill") -> Figure:
        """Draw one figure: ``skill``, ``coverage``, ``pit``, ``actual``, ``error``, ...

        Raises:
            UsageError: if there is no such figure.
            RunError: if the evaluation lacks what the figure is drawn from.
        """
        if kind not in KINDS:
            raise UsageError(f"no figure is called {kind!r}", f"use: {', '.join(KINDS)}")
        return draw(renamed(chart_of(self._material(), kind), self.judged))

    def _material(self) -> Material:
        values = [part.value for part in (self, *self.parts.values())]
        backtests = [value.backtest for value in values if isinstance(value, SymbolEvaluation)]
        tables = {
            "backtest": pd.concat(backtests, ignore_index=True),
            "scores": self.value.scores,
            "comparisons": self.value.comparisons,
            "model_set": self.value.model_set,
            "seeds": self.value.seeds,
            "fit": self.fit,
            "equity": getattr(self.value, "equity", None),
        }
        economics: Mapping[str, Any] | None = self.value.economics
        return Material(
            name="",
            quantity=self.value.quantity,
            history=self.history,
            record={},
            config="",
            tables={name: table for name, table in tables.items() if table is not None},
            verdict=self.verdict.to_dict(),
            economics=economics,
            network=self.network,
        )

    def __repr__(self) -> str:
        return f"Evaluation({self.verdict.headline!r}, {self.verdict.origins} origins)"

    def __str__(self) -> str:
        return f"{self.verdict.headline}. {self.verdict.sentence}"

    def _repr_html_(self) -> str:
        overall = self.scores[self.scores["step"] == 0]
        table = overall.pivot_table(index="model", columns="metric", values="value", sort=False)
        flags = "".join(f"<li>{escape(str(flag))}</li>" for flag in self.verdict.flags)
        words = f"<p><b>{escape(self.verdict.headline)}.</b> {escape(self.verdict.sentence)}</p>"
        figures = table.to_html(float_format=lambda value: f"{value:.4g}")
        return f"{words}<ul>{flags}</ul>{figures}"
