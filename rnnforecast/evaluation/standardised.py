"""Mean squared and absolute errors of point forecasts in z-scores, channel by channel.

Long-horizon benchmarks (Informer, LTSF-Linear, SegRNN) divide every error by the standard
deviation of the channel's training rows, and average over all windows, steps and channels.

Source: Zhou et al., AAAI 2021; Zeng et al., AAAI 2023 (its Table 2 has *Repeat*, the last value).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.evaluation.backtest import NAIVE, NETWORK

ALL = "all"
"""What the mean over all channels is called among their names."""


def score_standardised(dataset: Dataset, forecasts: Iterable[tuple[Rows, Array]]) -> pd.DataFrame:
    """Score point forecasts of one channel, and the last value beside them.

    Args:
        dataset: of the channel.
        forecasts: some origins at a time (window,), and their paths in prices (window, step).

    Returns:
        columns ``symbol``, ``model``, ``mse``, ``mae``, in units of the variance and the standard
        deviation of the closes before validation, and ``windows``.
    """
    deviation = dataset.closes[: dataset.splits.targets("train").stop].std()
    sums, windows = {NETWORK: np.zeros(2), NAIVE: np.zeros(2)}, 0
    for origins, path in forecasts:
        actual, last = dataset.future_values[origins], dataset.closes[origins][:, None]
        for model, values in ((NETWORK, path), (NAIVE, last)):
            errors = (values - actual) / deviation
            sums[model] += [(errors**2).mean(axis=1).sum(), np.abs(errors).mean(axis=1).sum()]
        windows += len(origins)
    rows = [
        {
            "symbol": dataset.history.symbol,
            "model": model,
            "mse": float(total[0] / windows),
            "mae": float(total[1] / windows),
            "windows": windows,
        }
        for model, total in sums.items()
    ]
    return pd.DataFrame(rows)


def over_channels(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over channels, each with the same weight: a row for each model."""
    means = table.groupby("model", sort=False)[["mse", "mae"]].mean().reset_index()
    return means.assign(symbol=ALL, windows=int(table["windows"].min()))[table.columns]
