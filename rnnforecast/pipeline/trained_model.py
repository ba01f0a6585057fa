"""What training and predicting return: a plan, a trained model, predictions. Values, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.panel import Series, Windows, windows_of
from rnnforecast.forecast.forecaster import Forecast, Forecaster, RiseProbability
from rnnforecast.forecast.pool import Part as PoolMember
from rnnforecast.model.inference import ExportedNetwork
from rnnforecast.quantities import DIRECTION, Quantity
from rnnforecast.runs.manifest import Manifest
from rnnforecast.runs.provenance import describe_panel

AnyForecast: TypeAlias = Forecast | RiseProbability


@dataclass(frozen=True, eq=False)
class Teacher:
    """A symbol whose training windows teach, and nothing else.

    Args:
        series: its bars, as they came.
        dataset: what is learned from.
        scalers: learned from its training rows.
        manifest: what must be known to do it again.
    """

    series: Series
    dataset: Dataset
    scalers: Scalers
    manifest: Manifest


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is known before training, one element for each symbol that is forecast.

    Args:
        experiment: of all symbols.
        series: the bars, as they came; empty once they are written.
        datasets: what is learned from.
        scalers: learned from the training rows.
        manifests: what must be known to do it again.
        pools: the filters that are averaged with the networks, by name.
        teachers: the symbols that only teach.
        skipped: those that were left out because they do not suit, and why.
    """

    experiment: Experiment
    series: tuple[Series, ...]
    datasets: tuple[Dataset, ...]
    scalers: tuple[Scalers, ...]
    manifests: tuple[Manifest, ...]
    pools: tuple[Mapping[str, PoolMember], ...]
    teachers: tuple[Teacher, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol that is forecast."""
        return tuple(dataset.history.symbol for dataset in self.datasets)

    def without_series(self) -> Plan:
        """Return the same without the bars as they came, which have been written by then."""
        return replace(self, series=())

    @property
    def manifest(self) -> Manifest:
        """The manifest of all symbols together."""
        manifest = self.manifests[0]
        if len(self.manifests) > 1:
            manifest = describe_panel(self.experiment.data.title, self.manifests)
        teachers = tuple(teacher.series.history.symbol for teacher in self.teachers)
        data = manifest.data.model_copy(update={"teachers": teachers})
        return manifest.replace(data=data, skipped=dict(self.skipped))

    @property
    def windows(self) -> Windows:
        """The windows that the networks learn from."""
        taught = [(teacher.dataset, teacher.scalers) for teacher in self.teachers]
        pairs = [*zip(self.datasets, self.scalers, strict=True), *taught]
        return windows_of(*zip(*pairs, strict=True))


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """Trained networks with all that turns their outputs into dated forecasts.

    Args:
        plan: what they were trained on, its manifests complete.
        networks: one for each seed.
        fit: losses: member, epoch, loss, val_loss.
        forecasters: of each symbol, calibrated where the config asks for it.
    """

    plan: Plan
    networks: tuple[ExportedNetwork, ...]
    fit: pd.DataFrame
    forecasters: tuple[Forecaster, ...]

    @property
    def experiment(self) -> Experiment:
        """Every setting."""
        return self.plan.experiment

    @property
    def manifest(self) -> Manifest:
        """Versions, seeds, data and splits."""
        return self.plan.manifest

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol that it forecasts."""
        return self.plan.symbols


@dataclass(frozen=True, eq=False)
class Prediction:
    """The forecast of one symbol, and what is worth saying about it.

    It keeps the newest bars only: of thousands of symbols, all bars would be gigabytes.

    Args:
        forecast: what is delivered.
        history: the newest bars that it was made from, as they were used.
        own: the network's own answer, before naive took its place where that had no skill.
        rivals: what baselines and filters say from the same bar, by name (step, level).
        notes: on the prices behind it, a sentence each.
        calendar_notes: on their calendar and the coming dates, a sentence each.
        outside: which input lies outside the training, a sentence; None where none does.
        bars_since: the bars since the networks were trained.
    """

    forecast: AnyForecast
    history: PriceHistory
    own: AnyForecast | None = None
    rivals: Mapping[str, Array] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    calendar_notes: tuple[str, ...] = ()
    outside: str | None = None
    bars_since: int = 0

    @property
    def quantity(self) -> Quantity:
        """What is forecast."""
        return self.forecast.quantity if isinstance(self.forecast, Forecast) else DIRECTION
