"""A history and an experiment to a dataset: features, targets, splits and scalers,
in that order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.data import Data
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.features import without_folder
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.automatic import resolve
from rnnforecast.dataset.cleaning import Cleaning, clean
from rnnforecast.dataset.features import (
    columns_read,
    first_usable,
    input_table,
    other_symbol,
    require_enough,
    require_positive,
    slowest,
    without,
)
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.dataset.targets import future_values, last_values, target_paths
from rnnforecast.dataset.windows import Part, Rows, Splits, gather, moving_stretch, split_rows
from rnnforecast.errors import DataError

MOVING = 0.2
"""The share of validation bars that must move: else an interval of 80 % has no width."""
LEAST_TRAINED = 60
"""Rows that are left for training where another validation part is named."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scalers:
    """The units of inputs and targets, learned from training rows.

    Args:
        inputs: one column for each feature.
        targets: one column for each step of the horizon.
    """

    inputs: Scaler
    targets: Scaler


@dataclass(frozen=True, eq=False)
class Dataset:
    """A history as a network sees it.

    Args:
        history: the bars that were used, adjusted as the experiment asks.
        experiment: whose windows these are.
        features: unscaled inputs (row, feature); NaN before ``first_row``.
        names: of the features (feature,).
        first_row: the oldest row at which every feature is known.
        cleaning: what was done about missing and bad bars.
        given_splits: train, validation and test; by default the experiment's shares of the rows.
        given_targets: other paths than those of the history (row, step).
    """

    history: PriceHistory
    experiment: Experiment
    features: NDArray[np.float64]
    names: tuple[str, ...]
    first_row: int
    cleaning: Cleaning
    given_splits: Splits | None = None
    given_targets: NDArray[np.float64] | None = None

    @property
    def targets(self) -> NDArray[np.float64]:
        """Unscaled paths (row, step), NaN where the future is unknown; not kept in memory."""
        return self.targets_at(slice(None))

    def targets_at(self, rows: Rows | slice) -> NDArray[np.float64]:
        """Return the paths of some rows, without computing those of all (wanted row, step)."""
        if self.given_targets is not None:
            return self.given_targets[rows]
        window = self.experiment.window
        return target_paths(self.closes, self.experiment.answered, window.target, rows)

    @property
    def first_origin(self) -> int:
        """The oldest row with a whole input window."""
        return self.first_row + self.experiment.window.lookback - 1

    @property
    def newest_origin(self) -> int:
        """The newest row: always usable, its targets are the future."""
        return len(self.history) - 1

    @property
    def closes(self) -> NDArray[np.float64]:
        """Closes as used (row,)."""
        return self.history.bars["close"].to_numpy(float)

    @cached_property
    def last_value(self) -> NDArray[np.float64]:
        """The value that naive repeats at each row: the close, or the volatility of late (row,)."""
        return last_values(self.closes, self.experiment.window.quantity)

    @cached_property
    def future_values(self) -> NDArray[np.float64]:
        """The outcomes after each row, over the horizon (row, step);
        NaN where the future is unknown."""
        window = self.experiment.window
        return future_values(self.closes, window.horizon, window.quantity)

    @cached_property
    def splits(self) -> Splits:
        """Train, validation and test.

        Raises:
            DataError: if a part holds no window.
        """
        split = self.experiment.split
        if self.given_splits is not None:
            return self.given_splits
        if split.validation_from is not None and split.test_from is not None:
            return self._split_at(split.validation_from, split.test_from)
        return split_rows(
            len(self.history), self.first_origin, self.experiment.window.horizon,
            validation=split.validation, test=split.test, name=self.history.symbol,
            purge=split.purge, embargo=split.embargo,
        )  # fmt: skip

    def _split_at(self, first: date, test: date) -> Splits:
        """Return the split whose validation and test targets begin on two given days."""
        dates, window, split = self.history.dates, self.experiment.window, self.experiment.split
        rows = [int(dates.searchsorted(pd.Timestamp(day, tz=dates.tz))) for day in (first, test)]
        splits = Splits(
            len(dates),
            self.first_origin,
            rows[0],
            rows[1],
            window.horizon,
            split.purge,
            split.embargo,
        )
        spans: dict[Part, str] = {
            "train": f"before {first}",
            "validation": f"before {test}",
            "test": f"from {test} on",
        }
        for part, span in spans.items():
            if self.experiment.only_teaches and part != "train":
                continue
            if not len(splits.origins(part)):
                name, bars = (
                    self.history.symbol,
                    f"{self.history.first:%Y-%m-%d} to {self.history.last:%Y-%m-%d}",
                )
                raise DataError(
                    f"{name} ({bars}) has no {part} window: its targets would lie {span}",
                    "set other days with split.validation_from and split.test_from, "
                    "or leave it out of data.symbol",
                    {"lacks": part},
                )
        return splits

    def fit_scalers(self) -> Scalers:
        """Learn the scalers from training rows alone.

        Raises:
            DataError: if a feature is constant there, or prices stand still in the validation part.
        """
        window, answered = self.experiment.window, self.experiment.answered
        rows = self.features[
            max(self.first_row, self.splits.learnable_start) : self.splits.targets("train").stop
        ]
        steps = tuple(f"step {step} of {window.target}" for step in range(1, answered + 1))
        paths = self.targets_at(self.splits.origins("train"))
        if window.target_scale == "series":
            closes = self.closes[: self.splits.targets("train").stop]
            targets = Scaler.of_series(closes, answered, centred=window.target == "price")
        else:
            targets = Scaler.fit(paths, window.scaler, steps)
        if self.experiment.location == "drift":
            # An answer of 0 now stands for the mean path of training.
            targets = targets.around(paths.mean(axis=0))
        elif self.experiment.location == "zero":
            targets = targets.around(np.zeros(answered))
        if window.target == "direction":  # refused above where it never changes
            targets = Scaler((0.0,) * answered, (1.0,) * answered)
        scalers = Scalers(Scaler.fit(rows, window.scaler, self.names), targets)
        if not self.experiment.only_teaches:
            self._refuse_still_validation()
        return scalers

    def _refuse_still_validation(self) -> None:
        """Refuse a validation part in which nearly nothing moves:
        no interval can be learned there."""
        rows = self.splits.targets("validation")
        moved = np.diff(self.closes[rows.start - 1 : rows.stop]) != 0
        if not (self.history.priced and len(moved) and moved.mean() < MOVING):
            return
        days = self.history.dates[[rows.start, rows.stop - 1]].strftime("%Y-%m-%d")
        other = moving_stretch(self.closes, rows, self.splits.origins("train")[0] + LEAST_TRAINED)
        remedy = "end before it with data.end, or forecast another symbol"
        if other is not None:
            first, test = self.history.dates[[other.start, other.stop]].strftime("%Y-%m-%d")
            remedy = (
                f"validate on other days: --set split.validation_from={first} "
                f"--set split.test_from={test}"
            )
        raise DataError(
            f"{self.history.symbol} moves on {int(moved.sum())} of {len(moved)} bars of its "
            f"validation part ({days[0]} to {days[1]}): no interval can be learned from it",
            remedy,
        )

    def naive_scale(self) -> float:
        """Return naive's mean absolute error one step ahead in training, MASE's denominator."""
        return float(
            np.nanmean(
                np.abs(self.future_values[:, 0] - self.last_value)[
                    : self.splits.targets("train").stop - 1
                ]
            )
        )

    def naive_root_scale(self) -> float:
        """Return the root mean square of the same errors, the denominator of the RMSSE."""
        # Row i holds the error of the change to row i + 1, so the last one is that to the last
        # training target.
        errors = (self.future_values[:, 0] - self.last_value)[
            : self.splits.targets("train").stop - 1
        ]
        return float(np.sqrt(np.nanmean(errors**2)))

    def naive_return(self) -> float:
        """Return the standard deviation of one-step returns before the test part."""
        closes = self.closes[: self.splits.learnable_stop]
        return float(np.std(closes[1:] / closes[:-1] - 1))

    def scaled_features(self, scaler: Scaler) -> NDArray[np.float32]:
        """Return the inputs of every row as the network reads them (row, feature)."""
        return scaler.apply(self.features).astype(np.float32)

    def inputs(self, scaler: Scaler, origins: Rows) -> NDArray[np.float32]:
        """Gather scaled input windows (window, lookback, feature)."""
        lookback = self.experiment.window.lookback
        # Only the rows that these windows read are scaled: forecasts are made in many small parts.
        first = max(0, int(origins.min(initial=len(self.features))) - lookback + 1)
        rows = self.features[first : int(origins.max(initial=-1)) + 1]
        return gather(scaler.apply(rows).astype(np.float32), origins - first, lookback)

    def scaled_targets(self, scaler: Scaler, part: Part) -> NDArray[np.float32]:
        """Return the scaled target paths of a part (window, horizon)."""
        return scaler.apply(self.targets_at(self.splits.origins(part))).astype(np.float32)


def prepare(
    experiment: Experiment,
    history: PriceHistory,
    exogenous: Mapping[str, PriceHistory] | None = None,
) -> Dataset:
    """Compute the features and targets of a history.

    Args:
        experiment: which bars, features and targets.
        history: as stored.
        exogenous: those of ``data.exogenous``, as stored, and the market where there is one.

    Raises:
        DataError: if prices do not suit the target, or there are fewer bars than one window needs.
    """
    return prepare_used(experiment, *used_bars(experiment, history), exogenous or {})


def prepare_used(
    experiment: Experiment,
    history: PriceHistory,
    cleaning: Cleaning,
    exogenous: Mapping[str, PriceHistory],
) -> Dataset:
    """Compute the same from the bars that ``used_bars`` returns, with what was done to them."""
    experiment = resolve(experiment, [history])
    window = experiment.window
    if window.target in ("log_return", "return", "volatility"):
        require_positive(history)
    if history.bars["close"].nunique() == 1:
        raise DataError(
            f"every close of {history.symbol} is constant at {history.bars['close'].iloc[0]:g}",
            "nothing can be learned from it",
        )
    require_enough(experiment, history)
    table = input_table(experiment, history, exogenous)
    first = first_usable(table, history)
    late = slowest(table)
    beside = other_symbol(late, history)
    if beside and first > len(history) // 2:
        raise DataError(
            f"{late} is known on {len(history) - first} of the {len(history)} bars of "
            f"{history.symbol} only, from {history.dates[first]:%Y-%m-%d} on",
            f"fetch more of {beside}, or {without(beside)}",
        )
    if first + window.lookback > len(history):
        raise DataError(
            f"{history.symbol} has {len(history)} bars, lookback {window.lookback} needs "
            f"{first + window.lookback}",
            "fetch more, or --set a smaller window.lookback",
        )
    log.info(
        "prepared %s: %d rows of %s", history.symbol, len(table), ", ".join(map(str, table.columns))
    )
    names = tuple(without_folder(str(name)) for name in table.columns)
    return Dataset(history, experiment, table.to_numpy(float), names, first, cleaning)


def used_bars(experiment: Experiment, history: PriceHistory) -> tuple[PriceHistory, Cleaning]:
    """Return the bars that an experiment uses of a stored history, cleaned and adjusted,
    and what was done to them."""
    settings = experiment.data
    bars = in_range(experiment, history)
    cleaned, cleaning = clean(bars, settings, read_columns(experiment, bars))
    return _as_used(cleaned, settings), cleaning


def in_range(experiment: Experiment, history: PriceHistory) -> PriceHistory:
    """Cut the history to the bars from ``data.start`` to ``data.end``."""
    return history.between(_iso(experiment.data.start), _iso(experiment.data.end))


def read_columns(experiment: Experiment, history: PriceHistory) -> tuple[str, ...]:
    """Return the columns of prices that the experiment's features read beside the close."""
    names = resolve(experiment, [history]).window.features
    return tuple(sorted({column for name in names for column in columns_read(name)}))


def _as_used(history: PriceHistory, settings: Data) -> PriceHistory:
    return history.adjusted() if settings.price == "adjusted" else history


def _iso(day: object) -> str | None:
    return None if day is None else str(day)
