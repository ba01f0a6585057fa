"""Conformal calibration: intervals as wide as validation, and what happened since,
say they must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from rnnforecast.arrays import Array
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import RunError
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN, interval_positions

Kind = Literal["conformal", "rolling", "aci"]
STEP = 0.005
"""How far adaptive inference moves a level after each hit or miss (gamma of Gibbs &
Candès 2021)."""
_LOW, _HIGH = interval_positions(0.68)
CENTRAL: NDArray[np.int64] = np.array([_LOW, MEDIAN, _HIGH])
"""Where the only levels stand that a score depends on: the median, and the ends of the interval
whose half is about one standard deviation where the forecast is Gaussian."""


@dataclass(frozen=True)
class Calibration:
    """The reach that intervals need to hold their coverage, learned from forecasts that came true.

    The score of a window is ``|actual - median| / spread``, where the spread is half the network's
    own central 68 % interval (1 for a point forecast). The radius of an interval of coverage c, in
    spreads, is the ceil((n + 1) c)-th smallest of n scores. Medians stay where they are. Scores of
    a ``skewed`` quantity keep their sign, so that each tail has its own radius and the median
    moves.

    ``conformal`` learns once, from validation windows. The other kinds go on learning as targets
    come true: ``rolling`` from as many of the newest windows, ``aci`` from the same ones at a level
    that each hit lowers and each miss raises.

    Coverage is guaranteed where validation and future windows are exchangeable, with ``aci`` in the
    long run whatever happens. Prices are only roughly exchangeable, and windows overlap:
    ``evaluate`` reports what intervals really held.

    Args:
        radius: in spreads, for each step and level, negative below the median (step, level).
        windows: number of validation windows it rests on.
        kind: whether it goes on learning, and how.
        skewed: whether outcomes reach further to one side.
        since: date of the first validation window's origin.
        sided: whether each side of the median has a spread of its own.

    Source: Vovk, Gammerman & Shafer 2005; normalised scores: Papadopoulos et al. 2008; aci:
    Gibbs & Candès 2021.
    """

    radius: tuple[tuple[float, ...], ...]
    windows: int
    kind: Kind = "conformal"
    skewed: bool = False
    since: str = ""
    sided: bool = False

    @classmethod
    def fit(
        cls,
        quantiles: Array,
        actual: Array,
        *,
        kind: Kind = "conformal",
        skewed: bool = False,
        since: str = "",
        sided: bool = False,
    ) -> Self:
        """Learn from validation windows.

        Args:
            quantiles: the network's own (window, step, level).
            actual: outcomes in the same unit (window, step).
            kind: whether it goes on learning, and how.
            skewed: whether outcomes reach further to one side.
            since: date of the first window's origin.
            sided: whether each side of the median has a spread of its own.
        """
        scores = scores_of(quantiles, actual, skewed, sided)
        return cls.from_scores(scores, kind=kind, skewed=skewed, since=since, sided=sided)

    @classmethod
    def from_scores(
        cls,
        scores: Array,
        *,
        kind: Kind = "conformal",
        skewed: bool = False,
        since: str = "",
        sided: bool = False,
    ) -> Self:
        """Learn from what ``scores_of`` returned for the validation windows (window, step)."""
        target = np.tile(targets_of(skewed), (scores.shape[1], 1))
        radius = _signed(radius_of(np.sort(scores, axis=0), target, skewed), skewed)
        rows = tuple(tuple(map(float, row)) for row in radius)
        return cls(rows, len(scores), kind, skewed, since, sided)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``dataclasses.asdict`` wrote; version 0.1 called the radius ``reach``.

        Raises:
            ValueError: if it is something else.
        """
        current = {"radius" if name == "reach" else name: value for name, value in document.items()}
        calibration = TypeAdapter(cls).validate_python(current)
        if {len(row) for row in calibration.radius} != {len(LEVELS)}:
            raise ValueError("the radius is no table of steps and levels")
        radius = np.asarray(calibration.radius)
        if not np.isfinite(radius).all() or (np.diff(radius, axis=1) < 0).any():
            raise ValueError("the radius falls from one level to the next, or is no number")
        if calibration.windows < 1:
            raise ValueError(f"it was learned from {calibration.windows} windows")
        return calibration

    def apply(self, quantiles: Array) -> Array:
        """Return a network's own quantiles (window, step, level), calibrated.

        Raises:
            RunError: if they have another number of steps.
        """
        if len(self.radius) != quantiles.shape[1]:  # one step would fit any number of them
            raise RunError(
                f"a calibration was learned from {len(self.radius)} steps, not from "
                f"{quantiles.shape[1]}",
                "train again",
            )
        return _stretch(quantiles, np.asarray(self.radius), self.sided)

    def first_score(self, window: int) -> int:
        """Return the first of the windows whose scores ``apply_online`` looks at for a window.

        Adapted levels depend on every hit since validation; the other kinds look at the newest
        scores alone.
        """
        return 0 if self.kind == "aci" else window - len(self.radius) + 1 - self.windows

    def apply_online(self, quantiles: Array, scores: Array, wanted: Rows) -> Array:
        """Calibrate some windows, each by what was known at its own origin.

        Args:
            quantiles: the network's own of these windows (wanted window, step, level).
            scores: what ``scores_of`` returned for consecutive origins since the first validation
                window, or since ``first_score`` of the first wanted one (window, step); not looked
                at before the outcomes are known.
            wanted: which of these windows, each after as many as validation has (wanted window,).

        Returns:
            Calibrated quantiles (wanted window, step, level).
        """
        steps = scores.shape[1]
        target = np.tile(targets_of(self.skewed), (steps, 1))  # (step, level)
        adapted_level, radii = target.copy(), dict[int, Array]()
        # Adapted levels depend on every hit since the first origin at which as many outcomes of the
        # last step are known as validation has windows; the other kinds need the wanted origins
        # alone.
        begin = self.windows + steps - 1 if self.kind == "aci" else int(wanted.min())
        for window in range(begin, int(wanted.max()) + 1):
            radii[window] = radius_of(
                _newest(scores, window, self.windows), adapted_level, self.skewed
            )
            if self.kind == "aci":
                # Gibbs & Candès 2021, eq. 2: a miss widens by STEP * target, a hit narrows by
                # STEP * (1 - target), so that the long-run share of hits is the target.
                adapted_level = np.clip(
                    adapted_level + STEP * (target - self._hits(scores, radii, window)), 0, 1
                )
        radius = np.stack([radii[int(window)] for window in wanted])
        return _stretch(quantiles, _signed(radius, self.skewed), self.sided)

    @staticmethod
    def _hits(scores: Array, radii: dict[int, Array], window: int) -> Array:
        """Return whether the newest known outcomes lay within their radii (step, level)."""
        # the newest outcome of step s that is known at an origin was forecast s origins earlier
        steps = range(scores.shape[1])
        # No radius was promised before the walk began: the present one stands in.
        promised = np.stack([radii.get(window - step - 1, radii[window])[step] for step in steps])
        came = np.array([scores[window - step - 1, step] for step in steps])
        return (came[:, None] <= promised).astype(float)


def scores_of(quantiles: Array, actual: Array, skewed: bool, sided: bool = False) -> Array:
    """Return how many spreads outcomes lie from the median (window, step)."""
    return central_scores(quantiles[..., CENTRAL], actual, skewed, sided)


def central_scores(central: Array, actual: Array, skewed: bool, sided: bool = False) -> Array:
    """Do the same from the quantiles at the levels of CENTRAL alone (window, step, 3)."""
    below, above = _spreads(central, sided)
    errors = actual - central[..., 1]
    errors = errors / np.where(errors < 0, below, above)
    return errors if skewed else np.abs(errors)


def targets_of(skewed: bool) -> Array:
    """Return the share of scores that should not exceed the radius at each level (level,)."""
    # The quantile at level p is an end of the central interval of coverage |2 p - 1|.
    return LEVELS if skewed else np.abs(2 * LEVELS - 1)


def radius_of(ordered: Array, adapted_level: Array, skewed: bool) -> Array:
    """Return the smallest score that a share of scores does not exceed, corrected for n scores.

    Args:
        ordered: scores from the smallest to the largest (window, step).
        adapted_level: (step, level).
        skewed: whether the lower levels are a tail of their own, and so rounded outwards too.

    Returns:
        (step, level).
    """
    # The next score is equally likely to fall into each of the n + 1 gaps between n scores, so
    # the k-th smallest is not exceeded with probability k / (n + 1) (Vovk et al. 2005).
    rank = (len(ordered) + 1) * adapted_level
    rank = np.where(skewed & (LEVELS < 0.5), np.floor(rank), np.ceil(rank))
    # With too few scores the rank lies beyond them: the outermost one is all that is known (see
    # ``promises.needed_windows``).
    return np.take_along_axis(ordered.T, np.clip(rank.astype(int), 1, len(ordered)) - 1, axis=1)


def _newest(scores: Array, window: int, count: int) -> Array:
    """Return the newest scores known at a window's origin, sorted (window, step)."""
    # At this origin, step s (from 0) has come true of the windows before window - s.
    ends = [window - step for step in range(scores.shape[1])]
    return np.sort(
        np.stack([scores[end - count : end, step] for step, end in enumerate(ends)], axis=1), axis=0
    )


def _signed(radius: Array, skewed: bool) -> Array:
    """Make radii below the median negative; adapted ones may have crossed, so they are sorted."""
    return np.sort(radius if skewed else np.sign(LEVELS - 0.5) * radius, axis=-1)


def _stretch(quantiles: Array, radius: Array, sided: bool) -> Array:
    below, above = (spread[..., None] for spread in spreads(quantiles, sided))
    stretched: Array = quantiles[..., MEDIAN, None] + np.where(radius < 0, below, above) * radius
    return stretched


def spreads(quantiles: Array, sided: bool = False) -> tuple[Array, Array]:
    """Return the spread below and above the median (window, step); 1 for a point forecast.

    Args:
        quantiles: (window, step, level).
        sided: whether the two may differ; half the central 68 % interval where not.
    """
    return _spreads(quantiles[..., CENTRAL], sided)


def _spreads(central: Array, sided: bool) -> tuple[Array, Array]:
    low, median, high = (central[..., place] for place in range(3))
    half = (high - low) / 2
    below, above = (median - low, high - median) if sided else (half, half)
    return np.where(below > 0, below, 1.0), np.where(above > 0, above, 1.0)
