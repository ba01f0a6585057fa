"""What training and predicting return: a plan, a trained model, predictions. Values, no files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.panel import Series, Windows, windows_of
from rnnforecast.forecast.forecaster import Forecast, Forecaster, RiseProbability
from rnnforecast.forecast.pool import Part as PoolMember
from rnnforecast.model.inference import ExportedNetwork
from rnnforecast.runs.manifest import Manifest
from rnnforecast.runs.provenance import describe_panel

AnyForecast: TypeAlias = Forecast | RiseProbability


@dataclass(frozen=True, eq=False)
class Plan:
    """All that is known before training, one element for each symbol.

    Args:
        experiment: of all symbols.
        series: the bars, as they came.
        datasets: what is learned from.
        scalers: learned from the training rows.
        manifests: what must be known to do it again.
        pools: the filters that are averaged with the networks, by name.
    """

    experiment: Experiment
    series: tuple[Series, ...]
    datasets: tuple[Dataset, ...]
    scalers: tuple[Scalers, ...]
    manifests: tuple[Manifest, ...]
    pools: tuple[Mapping[str, PoolMember], ...]

    @property
    def manifest(self) -> Manifest:
        """The manifest of all symbols together."""
        if len(self.manifests) == 1:
            return self.manifests[0]
        return describe_panel(self.experiment.data.title, self.manifests)

    @property
    def windows(self) -> Windows:
        """The windows that the networks learn from."""
        return windows_of(self.datasets, self.scalers)


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
        """Every symbol that it was trained on."""
        return tuple(series.history.symbol for series in self.plan.series)


@dataclass(frozen=True, eq=False)
class Prediction:
    """The forecast of one symbol, and what it was made from.

    Args:
        forecast: what is delivered.
        dataset: that it was made from.
        own: the network's own answer, before naive took its place where that had no skill.
        forecaster: that made it.
        notes: on the prices behind it, a sentence each.
    """

    forecast: AnyForecast
    dataset: Dataset
    own: AnyForecast | None = None
    forecaster: Forecaster | None = None
    notes: tuple[str, ...] = ()
