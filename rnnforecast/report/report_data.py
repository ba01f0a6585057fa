"""Everything that a run's pages and figures are made from, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import history_notes
from rnnforecast.data.quality import Finding
from rnnforecast.dataset.targets import last_values
from rnnforecast.errors import RunError
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.forecast.summary import Summary, span, summarise
from rnnforecast.quantities import VOLATILITY, Quantity
from rnnforecast.report.figure_kinds import KINDS, NEEDS, OF_DISTRIBUTIONS, Kind
from rnnforecast.report.track import TrackPicture

REMEDIES = {
    "fit": "train again",
    "gradients": "run: rnnforecast explain gradients --run {name}",
    "equity": "run: rnnforecast evaluate {name} --economics",
}
"""What to do about a table that a run lacks, where evaluating it does not help."""


@dataclass(frozen=True, eq=False)
class Material:
    """A run, read from disk.

    Args:
        name: of the run; empty where there is none.
        quantity: what is forecast.
        history: the bars as used.
        record: versions, seeds, data and splits.
        config: its YAML.
        tables: those that the run has, by name: forecast, backtest, scores, comparisons, fit,
            gradients, equity, seeds, model_set.
        verdict: None before ``evaluate``.
        economics: what trading on the forecasts would have brought; None unless asked for.
        findings: what is wrong with the bars.
        network: its architecture.
        track: what became of the forecasts that were made; None where none was made.
    """

    name: str
    quantity: Quantity
    history: PriceHistory
    record: Mapping[str, Any]
    config: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    verdict: Mapping[str, Any] | None = None
    economics: Mapping[str, Any] | None = None
    findings: tuple[Finding, ...] = ()
    network: str = ""
    track: TrackPicture | None = None

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    def get(self, table: str) -> pd.DataFrame | None:
        """Return a table, or None where the run has none."""
        return self.tables.get(table)

    def __contains__(self, table: str) -> bool:
        return table in self.tables and not self.tables[table].empty

    @property
    def symbol(self) -> str:
        """As stored."""
        return self.history.symbol

    @property
    def unit(self) -> str:
        """The title of the vertical axis of values."""
        target, currency = self.history.target, self.history.currency
        if self.quantity == VOLATILITY:
            return "volatility a bar"
        return target if target != "close" else f"price ({currency})" if currency else "price"

    @property
    def last(self) -> str:
        """The value that naive repeats, in words."""
        return self.quantity.naive_words

    @property
    def summary(self) -> Summary | None:
        """The forecast in plain words; None where there is none, or one of many symbols."""
        if "forecast" not in self or "symbol" in self["forecast"]:
            return None
        steps = self["forecast"]
        steps = steps.assign(date=self.dates(steps["date"]).tz_localize(None))
        last = float(steps["last"].iloc[0])
        return summarise(self.symbol, self.quantity, steps, last, self.verdict)

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on what the bars do not show: a guessed calendar, dividends in intraday returns."""
        return history_notes(self.history)

    @property
    def warnings(self) -> list[str]:
        """Reasons to doubt forecast and scores."""
        doubts = [] if self.verdict else ["not evaluated yet: nothing is known about its skill"]
        doubts += [str(flag) for flag in (self.verdict or {}).get("flags", ())]
        doubts += [
            f"{finding.kind} in the prices: {finding.detail}"
            for finding in self.findings
            if finding.severity == "error"
        ]
        failed = self.record.get("failed_baselines", {})
        return doubts + [f"{model_title(name)} failed: {reason}" for name, reason in failed.items()]

    @property
    def last_word(self) -> str:
        """The name of the newest known value."""
        return "volatility" if self.quantity == VOLATILITY else self.history.target

    @property
    def source(self) -> str:
        """Symbol, network and run, as they stand at the foot of a picture."""
        run = f"run {self.name}" if self.name else ""
        return ", ".join(part for part in (self.symbol, self.network, run) if part)

    @property
    def level(self) -> pd.Series:
        """The values that naive repeats, by date."""
        bars = self.history.bars
        return pd.Series(last_values(bars["close"].to_numpy(float), self.quantity), bars.index)

    @property
    def horizon(self) -> int:
        """Steps of a forecast."""
        return int(
            next(
                self[name]["step"].max()
                for name in ("forecast", "scores", "backtest")
                if name in self
            )
        )

    @property
    def baselines(self) -> list[str]:
        """The baselines that the network was compared with, in order."""
        return (
            [str(name) for name in self["comparisons"]["baseline"].unique()]
            if "comparisons" in self
            else []
        )

    @property
    def title(self) -> str:
        """Symbol and the dates of the forecast; of a run that has none, of its bars."""
        if self.summary is not None:
            return self.summary.title
        data = self.record["data"]
        if "forecast" in self:
            days = self.dates(self["forecast"]["date"])
            return f"{data['symbol']}: forecasts for {span(days.min(), days.max())}"
        return f"{data['symbol']}, {data['interval']} bars from {data['first']} to {data['last']}"

    def dates(self, column: pd.Series) -> pd.DatetimeIndex:
        """Read the dates of a table that was stored as text, in the time zone of the bars."""
        zone = self.history.dates.tz
        dates = pd.DatetimeIndex(pd.to_datetime(column, utc=zone is not None))
        return dates if zone is None else dates.tz_convert(zone)

    def shown(self, value: float) -> str:
        """Write a value as text."""
        return self.quantity.format(value)

    def allows(self, kind: Kind) -> bool:
        """Say whether a figure can be drawn."""
        distributed = self.quantity.has_distribution or kind not in OF_DISTRIBUTIONS
        return NEEDS[kind] in self and distributed

    @property
    def kinds(self) -> list[Kind]:
        """The figures that can be drawn."""
        return [kind for kind in KINDS if self.allows(kind)]

    def demand(self, kind: Kind) -> None:
        """Refuse a figure that cannot be drawn.

        Raises:
            RunError: if the run lacks what it is drawn from.
        """
        if self.allows(kind):
            return
        if NEEDS[kind] in self:
            raise RunError(
                f"{kind} is a figure of quantiles, run {self.name} forecasts a direction",
                "try reliability",
            )
        remedy = REMEDIES.get(NEEDS[kind], "run: rnnforecast evaluate {name}").format(
            name=self.name
        )
        raise RunError(f"run {self.name} has no {NEEDS[kind]} to draw {kind} from", remedy)
