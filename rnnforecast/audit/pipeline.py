"""A pipeline in parts that can be audited apart; this package's own is one,
a broken one is another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.audit.perturbations import Prices
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.features import own_feature
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, Scalers, prepare, used_bars
from rnnforecast.dataset.features import input_table
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.dataset.windows import Part, Rows
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.forecast.baselines.registry import BASELINES, baselines_of
from rnnforecast.forecast.forecaster import Forecaster

Forecasts = Callable[[Dataset, Rows], NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Pipeline:
    """From stored bars to forecasts, in the order the data flows.

    Args:
        clean: stored bars to those that are used.
        beside: stored bars of another series to those that are used beside them.
        features: used bars to unscaled inputs by date.
        dataset: used bars to all that training and forecasting read.
        origins: the windows of a part, as rows of their last known closes (window,).
        scalers: what is learned from training rows about units.
        inputs: scaled windows (window, lookback, feature) of some origins.
        outcomes: scaled target paths (window, step) of some origins.
        forecasts: of each model by name, from some origins (window, ...).
        own: names of the features of the user's own.
    """

    clean: Callable[[PriceHistory], PriceHistory]
    beside: Callable[[PriceHistory], PriceHistory]
    features: Callable[[Prices], pd.DataFrame]
    dataset: Callable[[Prices], Dataset]
    origins: Callable[[Dataset, Part], Rows]
    scalers: Callable[[Dataset], Scalers]
    inputs: Callable[[Dataset, Scaler, Rows], NDArray[np.floating[Any]]]
    outcomes: Callable[[Dataset, Scaler, Rows], NDArray[np.floating[Any]]]
    forecasts: Mapping[str, Forecasts]
    own: tuple[str, ...] = ()


def pipeline_of(experiment: Experiment, forecaster: Forecaster | None = None) -> Pipeline:
    """Return the package's own pipeline.

    Args:
        experiment: that is audited.
        forecaster: its trained networks, where there are any; the baselines that cost little are
            always there.
    """
    as_used = experiment.model_copy(
        update={"data": experiment.data.model_copy(update={"missing": "drop", "bad_ticks": "keep"})}
    )  # cleaning is a part of its own
    return Pipeline(
        clean=lambda history: used_bars(experiment, history)[0],
        beside=lambda other: other.adjusted() if experiment.data.price == "adjusted" else other,
        features=lambda prices: input_table(as_used, prices.history, prices.others),
        dataset=lambda prices: prepare(as_used, prices.history, prices.others),
        origins=lambda dataset, part: dataset.splits.origins(part),
        scalers=Dataset.fit_scalers,
        inputs=Dataset.inputs,
        outcomes=lambda dataset, scaler, origins: scaler.apply(dataset.targets_at(origins)),
        forecasts=_forecasts(experiment, forecaster),
        own=tuple(name for name in experiment.window.features if own_feature(name)),
    )


def _forecasts(experiment: Experiment, forecaster: Forecaster | None) -> dict[str, Forecasts]:
    quantity = experiment.window.quantity
    cheap = {
        name: BASELINES[name].quantiles
        for name in baselines_of(quantity)
        if not BASELINES[name].costly
    }
    if forecaster is None:
        return dict(cheap)
    quantiles_of_network: Forecasts = (
        forecaster.quantiles if quantity.has_distribution else forecaster.own_quantiles
    )
    return {NETWORK: quantiles_of_network, **cheap}
