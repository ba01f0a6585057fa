"""Ridge regression on the network's own windows: what is learned without a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

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

    Source: Hoerl & Kennard, Technometrics 12 (1970).
    """
    scalers, splits, window = dataset.fit_scalers(), dataset.splits, dataset.experiment.window
    targets = target_paths(dataset.closes, window.horizon, window.target)

    def windows(rows: Rows) -> Array:
        return dataset.inputs(scalers.inputs, rows).reshape(len(rows), -1).astype(float)

    train, validation = splits.origins("train"), splits.origins("validation")
    slopes, intercept = fit_ridge(windows(train), targets[train])

    def forecast(rows: Rows) -> Array:
        paths: Array = windows(rows) @ slopes + intercept
        return paths

    # Errors on training windows would be too small: the map was fitted to them.
    spread = np.quantile(
        targets[validation] - forecast(validation), LEVELS, axis=0
    ).T  # (step, level)
    paths = forecast(origins)[..., None] + spread
    return UNITS[window.target].decode(paths, dataset.last_value[origins][:, None, None])


def fit_ridge(
    inputs: Array, targets: Array, penalties: ArrayLike = PENALTIES
) -> tuple[Array, Array]:
    """Fit a linear map with the penalty whose squared leave-one-out errors are the smallest.

    scikit-learn's RidgeCV gives the same, and takes longer to load than all baselines to compute.

    Args:
        inputs: regressors (window, input).
        targets: what they explain (window, step).
        penalties: of the squared slopes, to choose from; all of them positive.

    Returns:
        slopes (input, step) and intercepts (step,), which no penalty shrinks.

    Source: Golub, Heath & Wahba, Technometrics 21 (1979), for the leave-one-out errors.
    """
    centre, mean = inputs.mean(axis=0), targets.mean(axis=0)
    left, singular, right = np.linalg.svd(inputs - centre, full_matrices=False)
    projected = left.T @ (targets - mean)

    def shrunk(penalty: float) -> Array:
        share: Array = singular**2 / (singular**2 + penalty)
        return share

    def left_out_error(penalty: float) -> float:
        """Return the mean squared error of each window by a fit to all others."""
        errors = targets - mean - left @ (shrunk(penalty)[:, None] * projected)
        own_weight = 1 / len(inputs) + left**2 @ shrunk(penalty)  # a window's pull on its own fit
        return float(np.mean((errors / (1 - own_weight)[:, None]) ** 2))

    best = min(np.asarray(penalties, float), key=left_out_error)
    slopes = right.T @ ((singular / (singular**2 + best))[:, None] * projected)
    return slopes, mean - centre @ slopes


BASELINES = (Baseline("linear", "ridge", linear_quantiles, (PRICE, VOLATILITY)),)
