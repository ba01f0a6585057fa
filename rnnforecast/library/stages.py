"""The stages by themselves: features, windows, baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.loading import load as load_config
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import coming_dates
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.features import feature_table
from rnnforecast.errors import UsageError, python_errors
from rnnforecast.forecast import forecaster
from rnnforecast.forecast.baselines.registry import BASELINES, baselines_of
from rnnforecast.library.arguments import (
    checked_history,
    checked_names,
    overrides_of,
)
from rnnforecast.library.forecast import Forecast
from rnnforecast.quantities import PRICE


@python_errors()
def features(history: PriceHistory, names: Sequence[str]) -> pd.DataFrame:
    """Return features of each bar, each known when the bar closes; NaN where they reach too far.

    Args:
        history: the bars.
        names: as ``rnnforecast features list`` shows them: ``log_return``, ``rsi_14``, ...

    Raises:
        UsageError: if there is no such feature.
    """
    wanted = checked_names(names, "names")
    try:
        return feature_table(checked_history(history), list(wanted or ()))
    except ValueError as error:
        problem, _, remedy = str(error).partition("; ")
        raise UsageError(problem, remedy or "see: rnnforecast features list") from None


@dataclass(frozen=True, eq=False)
class Windows:
    """Scaled windows of one part, as any library takes them.

    Args:
        inputs: (window, lookback, feature).
        targets: (window, step).
        dates: of the last bar of each window (window,).
        names: of the features (feature,).
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    dates: pd.DatetimeIndex
    names: tuple[str, ...]


@python_errors()
def windows(
    history: PriceHistory,
    config: str = "gru",
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Windows]:
    """Return the windows of ``train``, ``validation`` and ``test``, scaled by training rows alone.

    Args:
        history: the bars.
        config: the name of a preset, or a YAML file.
        settings: that differ from the config: ``{"window.lookback": 60}``.
    """
    given = {"data.symbol": checked_history(history).symbol, "data.interval": history.interval}
    overrides = [*overrides_of(settings), *overrides_of(given)]
    dataset = prepare(load_config(config, overrides), history)
    scalers = dataset.fit_scalers()
    return {
        part: Windows(
            dataset.inputs(scalers.inputs, origins := dataset.splits.origins(part)),
            scalers.targets.apply(dataset.targets_at(origins)).astype(np.float32),
            dataset.history.dates[origins],
            dataset.names,
        )
        for part in ("train", "validation", "test")
    }


@python_errors()
def baseline(name: str, history: PriceHistory, horizon: int = 5) -> Forecast:
    """Forecast the coming sessions with a baseline: ``naive``, ``garch``, ``ets``, ...

    It learns from the bars before the test part of the default split, as in an evaluation.

    Args:
        name: of the baseline.
        history: the bars.
        horizon: how many sessions.

    Raises:
        UsageError: if there is no such baseline.
        DataError: if it cannot be fitted.
    """
    checked_history(history)
    known = baselines_of(PRICE)
    if name not in known:
        raise UsageError(f"no baseline is called {name!r}", f"use: {', '.join(known)}")
    settings = [
        f"data.symbol={history.symbol!r}", f"data.interval={history.interval}",
        f"window.horizon={horizon}",
    ]  # fmt: skip
    dataset = prepare(load_config("gru", settings), history)
    newest = dataset.newest_origin
    quantiles = BASELINES[name].quantiles(dataset, np.array([newest]))[0]
    used = dataset.history
    value = forecaster.Forecast(
        used.symbol, used.last, float(dataset.last_value[newest]), coming_dates(used, horizon),
        quantiles, used.currency, calibrated=False,
    )  # fmt: skip
    return Forecast(value, dataset)
