"""All index arithmetic: which rows are inputs, which are targets, and which part owns a window.

An *origin* is the row of the last known close. Its window reads rows ``origin - lookback + 1``
to ``origin`` and forecasts rows ``origin + 1`` to ``origin + horizon``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnforecast.errors import DataError

Part = Literal["train", "validation", "test"]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Splits:
    """A chronological split of rows.

    A window belongs to the part that holds all its targets, so the ``horizon - 1`` windows whose
    targets straddle a boundary belong to none. Inputs may reach back into an earlier part.

    Args:
        rows: how many there are.
        first_origin: the oldest row with a whole input window.
        validation: first row whose close is a validation target.
        test: first row whose close is a test target.
        horizon: steps in a target path.
        purge: rows before the validation part that are nobody's targets, beyond those that windows
            straddle.
        embargo: rows before the test part that are nobody's targets.
        learnable_start: the oldest row that anything is learned from.
    """

    rows: int
    first_origin: int
    validation: int
    test: int
    horizon: int
    purge: int = 0
    embargo: int = 0
    learnable_start: int = 0

    @property
    def learnable_stop(self) -> int:
        """The first row that nothing may be learned from."""
        return self.test - self.embargo

    def targets(self, part: Part) -> range:
        """Return the rows whose closes are targets of a part."""
        return {
            "train": range(self.first_origin + 1, self.validation - self.purge),
            "validation": range(self.validation, self.learnable_stop),
            "test": range(self.test, self.rows),
        }[part]

    def origins(self, part: Part) -> Rows:
        """Return the origins whose targets all lie in a part (window,)."""
        owned = self.targets(part)
        # Targets are the rows origin + 1 to origin + horizon, and all of them must be owned.
        first = max(owned.start - 1, self.first_origin)
        return np.arange(first, max(first, owned.stop - self.horizon), dtype=np.int64)


def first_rows(rows: int, *, validation: float, test: float) -> tuple[int, int]:
    """Return the first rows of the validation part and of the test part, which stands at the end,
    by their shares."""
    first_of_test = rows - int(rows * test)
    return first_of_test - int(rows * validation), first_of_test


def bars_needed(
    first_origin: int,
    horizon: int,
    *,
    validation: float,
    test: float,
    purge: int = 0,
    embargo: int = 0,
) -> int:
    """Estimate how many bars give each part of a split at least one window.

    Args:
        first_origin: the oldest row with a whole input window.
        horizon: steps in a target path.
        validation: share of the rows.
        test: share of the rows, at the end.
        purge: rows left out before the validation part.
        embargo: rows left out before the test part.
    """
    # A part holds a window if its share of all bars covers the rows that one window needs.
    train = (first_origin + horizon + 1 + purge) / (1 - validation - test)
    return int(np.ceil(max(train, (horizon + embargo) / validation, horizon / test))) + 1


def split_rows(
    rows: int,
    first_origin: int,
    horizon: int,
    *,
    validation: float,
    test: float,
    name: str,
    purge: int = 0,
    embargo: int = 0,
) -> Splits:
    """Cut rows into train, validation and test by shares.

    Args:
        rows: of the history.
        first_origin: the oldest row with a whole input window.
        horizon: steps in a target path.
        validation: share of the rows.
        test: share of the rows, at the end.
        name: of the series, for the message.
        purge: rows left out before the validation part.
        embargo: rows left out before the test part.

    Raises:
        DataError: if a part holds no window.
    """
    firsts = first_rows(rows, validation=validation, test=test)
    splits = Splits(rows, first_origin, *firsts, horizon, purge, embargo)
    needed = bars_needed(
        first_origin, horizon, validation=validation, test=test, purge=purge, embargo=embargo
    )
    for part in ("train", "validation", "test"):
        if not len(splits.origins(part)):
            raise DataError(
                f"{name} has {rows} bars, too few for one {part} window with {first_origin + 1} "
                f"bars before the first forecast and a horizon of {horizon} (about {needed} are "
                "needed)",
                "fetch more, or --set a smaller window.lookback or window.horizon",
                {"lacks": part},
            )
    return splits


def moving_stretch(values: NDArray[np.float64], rows: range, first: int) -> range | None:
    """Find the newest stretch of rows as long as another one in which half of the values move.

    Args:
        values: of each row (row,).
        rows: the stretch in which too few do.
        first: the oldest row that may belong to it.
    """
    # moved[row] counts the moves up to a row, so differences of it count those of any stretch.
    moved = np.r_[0, np.cumsum(np.diff(values) != 0)]
    length = len(rows)
    for start in range(rows.start, first - 1, -max(1, length // 10)):
        if moved[start + length - 1] - moved[start - 1] >= length / 2:
            return range(start, start + length)
    return None


def gather(values: NDArray[np.float32], origins: Rows, lookback: int) -> NDArray[np.float32]:
    """Gather input windows.

    Args:
        values: of the features (row, feature).
        origins: the last row of each window (window,).
        lookback: steps in a window.

    Returns:
        (window, lookback, feature), the newest step last.
    """
    windows: NDArray[np.float32] = values[origins[:, None] + np.arange(1 - lookback, 1)]
    return windows
