"""The clock series: closes count the rows, so a window shows which rows it holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnforecast.config import load
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.windows import Splits, gather, split_rows
from rnnforecast.errors import DataError

from ..conftest import make_history


def clock(rows: int = 100, lookback: int = 5, horizon: int = 3) -> Dataset:
    """Row i closes at i + 1; the only feature is the close, the target the price."""
    overrides = [
        f"window.lookback={lookback}",
        f"window.horizon={horizon}",
        "window.features=[close]",
        "window.target=price",
    ]
    return prepare(load("gru", overrides), make_history(np.arange(1.0, rows + 1)))


def hours(dataset: Dataset, origins: np.ndarray) -> np.ndarray:
    """Unscaled input windows of the clock (window, lookback)."""
    return gather(dataset.features.astype(np.float32), origins, dataset.experiment.window.lookback)[
        ..., 0
    ]


def test_a_window_ends_at_its_origin_and_its_targets_follow_without_a_gap() -> None:
    dataset = clock()
    for part in ("train", "validation", "test"):
        origins = dataset.splits.origins(part)
        ticks = np.concatenate([hours(dataset, origins), dataset.targets[origins]], axis=1)
        assert (np.diff(ticks, axis=1) == 1).all()
        assert (ticks[:, 4] == origins + 1).all()


def test_the_newest_row_is_an_origin_with_an_unknown_future() -> None:
    dataset = clock(rows=100)
    assert hours(dataset, np.array([dataset.newest_origin]))[0].tolist() == [96, 97, 98, 99, 100]
    assert np.isnan(dataset.targets[dataset.newest_origin]).all()


def test_the_last_scored_window_ends_with_the_last_row() -> None:
    dataset = clock(rows=100)
    assert dataset.targets[dataset.splits.origins("test")[-1]].tolist() == [98, 99, 100]


@given(
    rows=st.integers(60, 400), first=st.integers(0, 15), horizon=st.integers(1, 6),
    validation=st.floats(0.15, 0.3), test=st.floats(0.15, 0.3),
    purge=st.integers(0, 3), embargo=st.integers(0, 2),
)  # fmt: skip
def test_parts_share_no_target_and_keep_the_order_of_time(
    rows: int, first: int, horizon: int, validation: float, test: float, purge: int, embargo: int
) -> None:
    splits = split_rows(
        rows,
        first,
        horizon,
        validation=validation,
        test=test,
        name="X",
        purge=purge,
        embargo=embargo,
    )
    taught, judged = splits.targets("train"), splits.targets("validation")
    assert judged.start - taught.stop == purge
    assert splits.targets("test").start - judged.stop == embargo
    seen: list[set[int]] = []
    for part in ("train", "validation", "test"):
        origins = splits.origins(part)
        targets = {int(origin) + step for origin in origins for step in range(1, horizon + 1)}
        owned = splits.targets(part)
        assert targets <= set(owned)
        assert (
            len(origins) == len(owned) - horizon + 1
        )  # horizon - 1 windows are purged at each boundary
        assert not seen or max(seen[-1]) < min(targets)
        seen.append(targets)
    assert max(seen[-1]) == rows - 1


def test_every_test_window_is_scored_once_whatever_the_batch() -> None:
    splits = clock(rows=333, horizon=4).splits
    assert len(splits.origins("test")) == len(splits.targets("test")) - 4 + 1


def test_inputs_may_reach_back_into_the_part_before() -> None:
    dataset = clock()
    first = dataset.splits.origins("test")[:1]
    assert dataset.targets[first][0, 0] == dataset.splits.test + 1
    assert hours(dataset, first)[0, 0] < dataset.splits.test


def test_a_history_too_short_for_a_part_is_refused_with_numbers() -> None:
    with pytest.raises(
        DataError, match=r"X has 20 bars, too few for one train window .*horizon of 9"
    ):
        split_rows(20, 2, 9, validation=0.2, test=0.5, name="X")


def test_an_empty_part_has_no_origins_rather_than_wrong_ones() -> None:
    assert (
        len(Splits(rows=10, first_origin=8, validation=5, test=7, horizon=3).origins("train")) == 0
    )
