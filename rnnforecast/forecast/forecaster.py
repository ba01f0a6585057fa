"""Trained networks and a history to dated predictive distributions in price units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.arrays import Array
from rnnforecast.config.experiment import ASYMMETRIC, Experiment
from rnnforecast.data.history_calendar import coming_dates
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.targets import UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import RunError
from rnnforecast.forecast.conformal import CENTRAL, Calibration, Kind, central_scores
from rnnforecast.forecast.pool import Part, average
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, interval_positions
from rnnforecast.forecast.simulation import simulate
from rnnforecast.model.heads import head_of
from rnnforecast.quantities import PRICE, Quantity

CHUNK = 4096
"""Windows whose quantiles are in memory at once, where only their scores are wanted."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """The predictive distribution of the coming prices of one symbol, or of its coming volatility.

    Args:
        symbol: whose prices.
        origin: date of the last known close.
        last: what naive repeats: that close, in ``currency``, or the volatility of late.
        dates: of the coming bars (step,).
        quantiles: at LEVELS, increasing along each step (step, level).
        currency: where known.
        calibrated: whether the intervals were corrected on validation windows.
        median_of: whose median it is: the network's, or naive's.
        quantity: what is forecast.
    """

    symbol: str
    origin: pd.Timestamp
    last: float
    dates: pd.DatetimeIndex
    quantiles: Array
    currency: str | None
    calibrated: bool
    median_of: Literal["network", "naive"] = "network"
    quantity: Quantity = PRICE

    def __post_init__(self) -> None:
        if self.quantiles.shape != (len(self.dates), len(LEVELS)):
            raise ValueError(
                f"{self.quantiles.shape} quantiles for {len(self.dates)} dates and {len(LEVELS)} "
                "levels"
            )
        if not (self.dates > self.origin).all():
            raise ValueError(f"the forecast from {self.origin} starts at {self.dates[0]}")

    @property
    def median(self) -> Array:
        """The value as likely to be exceeded as not (step,): the point forecast."""
        median: Array = self.quantiles[:, MEDIAN]
        return median

    def around(self, naive: Array) -> Forecast:
        """Return the same spread around naive's median (step,)."""
        moved = recentre(self.quantiles, self.median, naive)
        return replace(self, quantiles=moved, median_of="naive")

    def interval(self, coverage: float) -> tuple[Array, Array]:
        """Return the two ends of the central prediction interval (step,) each."""
        low, high = interval_positions(coverage)
        return self.quantiles[:, low], self.quantiles[:, high]

    def table(self) -> pd.DataFrame:
        """Return one row for each step: date, median, 80 and 95 % intervals."""
        columns = {"date": self.dates, "median": self.median}
        for coverage in (0.80, 0.95):
            low, high = self.interval(coverage)
            columns |= {
                f"low_{coverage:.0%}".rstrip("%"): low,
                f"high_{coverage:.0%}".rstrip("%"): high,
            }
        return pd.DataFrame(columns, index=pd.RangeIndex(1, len(self.dates) + 1, name="step"))

    def quantile_table(self) -> pd.DataFrame:
        """Return one row for each step: every quantile, ``q0.005`` to ``q0.995``."""
        index = pd.RangeIndex(1, len(self.dates) + 1, name="step")
        return pd.DataFrame(self.quantiles, index, [f"q{level:g}" for level in LEVELS])


@dataclass(frozen=True, eq=False)
class RiseProbability:
    """The probabilities that the coming prices of one symbol lie above the last known one.

    Args:
        symbol: whose prices.
        origin: date of the last known close.
        last: that close, in ``currency``.
        dates: of the coming bars (step,).
        probabilities: of a rise, between 0 and 1 (step,).
        currency: where known.
        of: whose probabilities: the network's, or the share of rises so far (naive).
    """

    symbol: str
    origin: pd.Timestamp
    last: float
    dates: pd.DatetimeIndex
    probabilities: Array
    currency: str | None
    of: Literal["network", "naive"] = "network"

    def __post_init__(self) -> None:
        if (
            self.probabilities.shape != (len(self.dates),)
            or not ((self.probabilities >= 0) & (self.probabilities <= 1)).all()
        ):
            raise ValueError(
                f"{self.probabilities} are no probabilities for {len(self.dates)} dates"
            )

    def table(self) -> pd.DataFrame:
        """Return one row for each step: date, rising."""
        index = pd.RangeIndex(1, len(self.dates) + 1, name="step")
        return pd.DataFrame({"date": self.dates, "rising": self.probabilities}, index=index)


def recentre(quantiles: Array, median: Array, center: Array) -> Array:
    """Move quantiles (step, level) so that their median (step,) is the center (step,).

    Values that are all positive move by a factor, others by a difference.
    """
    if (center > 0).all() and (quantiles > 0).all():
        return quantiles * (center / median)[:, None]
    return quantiles + (center - median)[:, None]


class Networks(Protocol):
    """Trained members: scaled inputs (window, lookback, feature) to raw outputs (member,
    window, step, parameter)."""

    def __call__(self, inputs: NDArray[np.float32]) -> Array:
        """Run every member."""
        ...

    def __len__(self) -> int:
        """Return the number of networks."""
        ...

    def only(self, number: int) -> Networks:
        """Return one of the networks by itself."""
        ...


@dataclass(frozen=True, eq=False)
class Forecaster:
    """A trained ensemble with all that turns its raw outputs into prices.

    Args:
        experiment: that it was trained by.
        scalers: learned from its training rows.
        networks: the ensemble's members.
        calibration: learned from its validation windows; None leaves the head's distribution alone.
        parts: of the pool besides the networks, by name.
    """

    experiment: Experiment
    scalers: Scalers
    networks: Networks
    calibration: Calibration | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)

    def alone(self) -> Forecaster:
        """Return the networks without the other parts of the pool."""
        return replace(self, parts={})

    def calibrate(self, dataset: Dataset, kind: Kind = "conformal") -> Forecaster:
        """Return the same forecaster with its intervals corrected on the validation part."""
        origins = dataset.splits.origins("validation")
        skewed = self.experiment.window.quantity.skewed
        sided = self.experiment.model.head in ASYMMETRIC
        calibration = Calibration.from_scores(
            self._scores(dataset, origins, self._raw(dataset, origins), skewed, sided),
            kind=kind,
            skewed=skewed,
            since=dataset.history.dates[origins[0]].isoformat(),
            sided=sided,
        )
        return replace(self, calibration=calibration)

    def members(self) -> list[Forecaster]:
        """Return each network by itself, with the calibration of all and without other parts."""
        return [
            replace(self.alone(), networks=self.networks.only(number))
            for number in range(len(self.networks))
        ]

    def own_quantiles(self, dataset: Dataset, origins: Rows) -> Array:
        """Average the quantiles of the members, in scaled units (window, step, level).

        Of a direction: the members' mean probability of a rise (window, step, 1).
        """
        return self._answers(self._raw(dataset, origins))

    def _answers(self, raw: Array, levels: Array = LEVELS) -> Array:
        """Average the quantiles that the members' raw outputs mean (window, step, level)."""
        head = head_of(self.experiment)
        if raw.shape[2:] != (self.experiment.answered, head.parameters):
            raise RunError(
                f"the networks answer with {raw.shape[2]} steps of {raw.shape[3]} numbers, not "
                f"{self.experiment.answered} of {head.parameters} as the config says",
                "train again",
            )
        if len(raw) == 1:
            return head.answer(raw[0], levels)
        # Members are averaged level by level (Vincent 1912): the average keeps their shape, where a
        # mixture of members that differ in location would be wider than they are on average.
        average: Array = np.mean([head.answer(member, levels) for member in raw], axis=0)
        return average

    def medians(self, dataset: Dataset, origins: Rows) -> Array:
        """Return the medians of what is delivered, in prices (window, step).

        Where nothing moves the networks' own median, no other quantile is computed.
        """
        if self.parts or (self.calibration is not None and self.calibration.skewed):
            return self.quantiles(dataset, origins)[..., MEDIAN]
        medians = self._answers(self._raw(dataset, origins), LEVELS[[MEDIAN]])
        return self._values(medians, dataset.last_value[origins])[..., 0]

    def _raw(self, dataset: Dataset, origins: Rows) -> Array:
        """Run the networks (member, window, step, parameter)."""
        chunks = np.split(origins, range(CHUNK, len(origins), CHUNK))
        inputs = (dataset.inputs(self.scalers.inputs, rows) for rows in chunks)
        return np.concatenate([self.networks(windows) for windows in inputs], axis=1)

    def _scores(
        self, dataset: Dataset, origins: Rows, raw: Array, skewed: bool, sided: bool
    ) -> Array:
        """Measure how many spreads the outcomes lie from the networks' medians (window, step)."""
        actual = self.scalers.targets.apply(dataset.targets_at(origins))  # NaN in the future
        chunks = [slice(first, first + CHUNK) for first in range(0, len(origins), CHUNK)]
        answers = (self._answers(raw[:, chunk], LEVELS[CENTRAL]) for chunk in chunks)
        pairs = zip(answers, chunks, strict=True)
        return np.concatenate(
            [central_scores(answer, actual[chunk], skewed, sided) for answer, chunk in pairs]
        )

    def quantiles(
        self, dataset: Dataset, origins: Rows, parts: Mapping[str, Array] | None = None
    ) -> Array:
        """Return what is delivered: the quantiles of the pool, or of the networks alone.

        Args:
            dataset: of the history to forecast.
            origins: rows of the last known closes (window,).
            parts: what ``part_quantiles`` returned for them, where that is known already.

        Returns:
            Quantiles of prices or volatilities (window, step, level).
        """
        others = self.part_quantiles(dataset, origins) if parts is None else parts
        return average([self.network_quantiles(dataset, origins), *others.values()])

    def part_quantiles(self, dataset: Dataset, origins: Rows) -> dict[str, Array]:
        """Return the quantiles of each part besides the networks, by name."""
        return {name: part.quantiles(dataset, origins) for name, part in self.parts.items()}

    def network_quantiles(self, dataset: Dataset, origins: Rows) -> Array:
        """Return the calibrated quantiles of the networks (window, step, level)."""
        last, window = dataset.last_value[origins], self.experiment.window
        if self.calibration is not None and self.calibration.kind != "conformal":
            return self._values(self._online(self.calibration, dataset, origins), last)
        inputs = dataset.inputs(self.scalers.inputs, origins)
        if window.strategy == "direct":
            return self._values(self._calibrated(inputs), last)
        return simulate(
            lambda windows, closes: self._values(self._calibrated(windows), closes)[:, 0],
            inputs, last, window.horizon, window.features, self.scalers.inputs,
        )  # fmt: skip

    def _calibrated(self, inputs: NDArray[np.float32]) -> Array:
        """Return the calibrated quantiles of the steps that the networks answer,
        in scaled units (window, step, level)."""
        quantiles = self._answers(self.networks(inputs))
        return quantiles if self.calibration is None else self.calibration.apply(quantiles)

    def _online(self, calibration: Calibration, dataset: Dataset, origins: Rows) -> Array:
        """Calibrate each origin by what had come true by then, since validation began.

        Origins that have too little behind them (those of training and validation, or a history
        that begins later than validation did) get what validation taught.
        """
        since = int(dataset.history.dates.searchsorted(pd.Timestamp(calibration.since)))
        first = max(since, dataset.first_origin)
        # From the first window on that knows as many outcomes of the last step as validation has
        # windows.
        ready = origins - first >= calibration.windows + self.experiment.answered - 1
        calibrated = np.empty((len(origins), self.experiment.answered, len(LEVELS)))
        if not ready.all():
            calibrated[~ready] = calibration.apply(self.own_quantiles(dataset, origins[~ready]))
        if ready.any():
            wanted = origins[ready]
            begin = first + calibration.first_score(int(wanted.min()) - first)
            rows = np.arange(begin, int(wanted.max()) + 1)
            raw = self._raw(dataset, rows)
            scores = self._scores(dataset, rows, raw, calibration.skewed, calibration.sided)
            quantiles = self._answers(raw[:, wanted - begin])
            calibrated[ready] = calibration.apply_online(quantiles, scores, wanted - begin)
        return calibrated

    def _values(self, scaled: Array, last: Array) -> Array:
        """Convert scaled quantiles to prices or volatilities (window, step, level)."""
        # The columns of the target scaler are the steps, so the step has to stand last for
        # ``invert``.
        values = np.swapaxes(self.scalers.targets.invert(np.swapaxes(scaled, 1, 2)), 1, 2)
        return UNITS[self.experiment.window.target].decode(values, last[:, None, None])

    def forecast(self, dataset: Dataset, parts: Mapping[str, Array] | None = None) -> Forecast:
        """Forecast from the newest row, on the dates of real future sessions.

        Args:
            dataset: of the history to forecast.
            parts: what ``part_quantiles`` returned for that row, where that is known already.
        """
        history, newest = dataset.history, dataset.newest_origin
        dates = coming_dates(history, self.experiment.window.horizon)
        quantiles = self.quantiles(dataset, np.array([newest]), parts)[0]
        return Forecast(
            history.symbol, history.last, float(dataset.last_value[newest]), dates, quantiles,
            history.currency,
            calibrated=self.calibration is not None, quantity=self.experiment.window.quantity,
        )  # fmt: skip

    def rise_probability(self, dataset: Dataset) -> RiseProbability:
        """Forecast the probabilities that the coming closes lie above the newest one."""
        history, newest = dataset.history, dataset.newest_origin
        dates = coming_dates(history, self.experiment.window.horizon)
        rising = self.own_quantiles(dataset, np.array([newest]))[0, :, 0]
        close = float(dataset.closes[newest])
        return RiseProbability(history.symbol, history.last, close, dates, rising, history.currency)
