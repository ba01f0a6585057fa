"""What every forecast stands beside: distributions that need no network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.experiment import Target
from rnnforecast.dataset.preparation import Dataset
from rnnforecast.dataset.targets import UNITS, target_paths
from rnnforecast.dataset.windows import Rows
from rnnforecast.forecast.quantiles import LEVELS, MEDIAN

Array = NDArray[np.float64]


def change_unit(dataset: Dataset) -> Target:
    """The unit in which prices walk: log returns where all are positive, differences otherwise."""
    return "log_return" if (dataset.closes > 0).all() else "difference"


def naive_quantiles(dataset: Dataset, origins: Rows) -> Array:
    """The random walk: the median is the last close, the spread is always what it was before the test part.

    The spread at each step is the empirical distribution, moved to median zero, of all changes over
    that many steps whose end lies before the first test target. Changes are log returns where all
    prices are positive, differences otherwise.

    Args:
        dataset: whose closes are forecast.
        origins: rows of the last known closes (window,).

    Returns:
        prices (window, step, level).
    """
    known = dataset.closes[: dataset.splits.test]
    unit = change_unit(dataset)
    changes = target_paths(known, dataset.experiment.window.horizon, unit)
    spread = np.nanquantile(changes, LEVELS, axis=0).T  # (step, level)
    return UNITS[unit].decode(spread - spread[:, [MEDIAN]], dataset.closes[origins][:, None, None])
