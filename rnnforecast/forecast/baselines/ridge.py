"""Ridge regression on the network's own windows: what is learned without a network."""

from __future__ import annotations

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.targets import UNITS, target_paths
from rnnforecast.dataset.windows import Rows
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import PRICE, VOLATILITY

PENALTIES = tuple(10.0**power for power in range(7))


def linear_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """Forecast by a linear map of each input window to the target path, with the spread of its
    errors on the validation part.

    The penalty is chosen by leave-one-out errors on training windows.

    Returns:
        quantiles of prices, or of volatilities (window, step, level).

    Source: Hoerl & Kennard 1970; scikit-learn's RidgeCV.
    """
    from sklearn.linear_model import RidgeCV

    scalers, splits, window = dataset.fit_scalers(), dataset.splits, dataset.experiment.window
    targets = target_paths(dataset.closes, window.horizon, window.target)

    def windows(rows: Rows) -> Array:
        return dataset.inputs(scalers.inputs, rows).reshape(len(rows), -1).astype(float)

    train, validation = splits.origins("train"), splits.origins("validation")
    ridge = RidgeCV(PENALTIES).fit(windows(train), targets[train])

    def forecast(rows: Rows) -> Array:
        return np.asarray(ridge.predict(windows(rows)), float).reshape(len(rows), -1)

    # Errors on training windows would be too small: the map was fitted to them.
    spread = np.quantile(
        targets[validation] - forecast(validation), LEVELS, axis=0
    ).T  # (step, level)
    paths = forecast(origins)[..., None] + spread
    return UNITS[window.target].decode(paths, dataset.last_value[origins][:, None, None])


BASELINES = (Baseline("linear", "ridge", linear_quantiles, (PRICE, VOLATILITY)),)
