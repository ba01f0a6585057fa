"""Rolling origins over the test part: every model's forecasts in one tidy table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows, Splits
from rnnforecast.errors import UsageError
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN

NETWORK, UNCALIBRATED, NAIVE, GARCH = "network", "uncalibrated", "naive", "garch"
"""Names of models: the ensemble, the same before its calibration, and the two baselines of the verdict."""
QUANTILES = [f"q{level:g}" for level in LEVELS]
"""Names of the quantile columns."""
MEDIAN_COLUMN = QUANTILES[MEDIAN]


@dataclass(frozen=True)
class Protocol:
    """How the test part is walked through.

    Args:
        origins: how many, the newest; by default every one of the test part.
        step: rows from one origin to the next; the horizon makes targets that do not overlap.
        refit_every: rows after which networks and baselines are fitted anew on all that is known by then; by default
            those of the run forecast from every origin.
        window: of rows to learn from: all since the beginning, or as many as the run had.
        purge: rows left out before the validation part, instead of ``split.purge``.
        embargo: rows left out before the test part, instead of ``split.embargo``.
    """

    origins: int | None = None
    step: int = 1
    refit_every: int | None = None
    window: Literal["expanding", "sliding"] = "expanding"
    purge: int | None = None
    embargo: int | None = None

    def __post_init__(self) -> None:
        if self.refit_every is None and (
            self.window == "sliding" or self.purge is not None or self.embargo is not None
        ):
            raise UsageError(
                "a sliding window, purge and embargo are for fits anew", "add --refit-every 250"
            )


@dataclass(frozen=True, eq=False)
class Fold:
    """Origins that are forecast by the same networks.

    Args:
        splits: the rows that these learn from.
        origins: rows of the last known closes (window,).
    """

    splits: Splits
    origins: Rows


def scored_origins(dataset: Dataset, protocol: Protocol) -> Rows:
    """The origins that are scored, oldest first.

    Raises:
        UsageError: if there are fewer than wanted.
    """
    every = dataset.splits.origins("test")[:: -protocol.step][::-1]
    if protocol.origins is not None and protocol.origins > len(every):
        apart = "" if protocol.step == 1 else f", {protocol.step} rows apart"
        raise UsageError(
            f"the test part has {len(every)} origins{apart}, not {protocol.origins}",
            "ask for fewer, or train with a larger split.test",
        )
    return every if protocol.origins is None else every[-protocol.origins :]


def folds(dataset: Dataset, protocol: Protocol) -> list[Fold]:
    """Cut the test part into stretches that the same networks forecast."""
    origins, base = scored_origins(dataset, protocol), dataset.splits
    if protocol.refit_every is None:
        return [Fold(base, origins)]
    base = replace(
        base,
        purge=base.purge if protocol.purge is None else protocol.purge,
        embargo=base.embargo if protocol.embargo is None else protocol.embargo,
    )
    found = []
    for begin in range(int(origins[0]), int(origins[-1]) + 1, protocol.refit_every):
        part = origins[(origins >= begin) & (origins < begin + protocol.refit_every)]
        if len(part):
            found.append(
                Fold(
                    _moved(base, begin + 1 - base.test, sliding=protocol.window == "sliding"), part
                )
            )
    return found


def _moved(base: Splits, rows: int, *, sliding: bool) -> Splits:
    """The same split some rows later; a sliding window forgets as many at its beginning."""
    forgotten = rows if sliding else 0
    return replace(
        base,
        test=base.test + rows,
        validation=base.validation + rows,
        first_origin=base.first_origin + forgotten,
        learnable_start=base.learnable_start + forgotten,
    )


def backtest_table(
    dataset: Dataset, forecasts: Mapping[str, NDArray[np.float64]], origins: Rows | None = None
) -> pd.DataFrame:
    """Forecasts from some origins, beside what happened.

    Args:
        dataset: whose prices they are.
        forecasts: model name to quantiles (window, step, level), one window for each origin.
        origins: rows of the last known closes (window,); by default those of the test part.

    Returns:
        one row for each model, origin and step: model, symbol, origin, step, date (the target's own),
        last (the close at the origin, or the volatility of late), actual, and the quantile columns.
    """
    frame = _frame(dataset, origins)
    tables = [
        pd.concat(
            [
                frame.assign(model=model),
                pd.DataFrame(values.reshape(-1, len(LEVELS)), columns=QUANTILES),
            ],
            axis=1,
        )
        for model, values in forecasts.items()
    ]
    return pd.concat(tables, ignore_index=True)[["model", *frame.columns, *QUANTILES]]


def probability_table(
    dataset: Dataset, forecasts: Mapping[str, NDArray[np.float64]], origins: Rows | None = None
) -> pd.DataFrame:
    """Probabilities of a rise from some origins, beside what happened.

    Args:
        dataset: whose prices they are.
        forecasts: model name to probabilities (window, step), one window for each origin.
        origins: as in ``backtest_table``.

    Returns:
        as ``backtest_table``, with one column ``rising`` instead of quantiles.
    """
    frame = _frame(dataset, origins)
    tables = [
        frame.assign(model=model, rising=probabilities.ravel())
        for model, probabilities in forecasts.items()
    ]
    return pd.concat(tables, ignore_index=True)[["model", *frame.columns, "rising"]]


def _frame(dataset: Dataset, origins: Rows | None) -> pd.DataFrame:
    """What every model's rows have in common."""
    origins = dataset.splits.origins("test") if origins is None else origins
    horizon = dataset.experiment.window.horizon
    rows = origins[:, None] + np.arange(1, horizon + 1)  # (window, step)
    return pd.DataFrame(
        {
            "symbol": dataset.history.symbol,
            "origin": np.repeat(dataset.history.dates[origins], horizon),
            "step": np.tile(np.arange(1, horizon + 1), len(origins)),
            "date": dataset.history.dates[rows.ravel()],
            "last": np.repeat(dataset.last_value[origins], horizon),
            "actual": dataset.future_values[origins].ravel(),
        }
    )
