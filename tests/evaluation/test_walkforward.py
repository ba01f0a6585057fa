"""Folds: who learns from which rows, and which origins are scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnnforecast.config import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.walkforward import Fold, Protocol, folds


@pytest.fixture
def dataset(small: Experiment, walk: PriceHistory) -> Dataset:
    return prepare(small, walk)


def walked(dataset: Dataset, **protocol: object) -> list[Fold]:
    return folds(dataset, Protocol(**protocol))  # type: ignore[arg-type]


def test_without_refits_the_run_s_own_split_forecasts_every_origin(dataset: Dataset) -> None:
    (only,) = walked(dataset)
    assert only.splits is dataset.splits
    np.testing.assert_array_equal(only.origins, dataset.splits.origins("test"))


@pytest.mark.parametrize("window", ["expanding", "sliding"])
def test_each_fold_learns_only_from_rows_before_its_first_target(
    dataset: Dataset, window: str
) -> None:
    parts = walked(dataset, refit_every=10, window=window)
    assert np.array_equal(
        np.concatenate([fold.origins for fold in parts]), dataset.splits.origins("test")
    )
    for number, fold in enumerate(parts):
        assert fold.splits.learnable_stop <= fold.origins[0] + 1
        assert fold.splits.targets("validation").stop <= fold.origins[0] + 1
        assert fold.splits.targets("train").stop <= fold.splits.targets("validation").start
        assert fold.splits.learnable_start == (10 * number if window == "sliding" else 0)
        rows = len(fold.splits.targets("train"))
        assert rows == len(dataset.splits.targets("train")) + (
            0 if window == "sliding" else 10 * number
        )


def test_purge_and_embargo_leave_rows_out_on_both_sides_of_validation(dataset: Dataset) -> None:
    (fold, *_) = walked(dataset, refit_every=10, purge=4, embargo=6)
    plain = dataset.splits
    assert fold.splits.targets("train").stop == plain.targets("train").stop - 4
    assert fold.splits.targets("validation").stop == plain.targets("validation").stop - 6
    assert fold.splits.targets("test") == plain.targets("test")
    last = {part: int(fold.splits.origins(part)[-1]) for part in ("train", "validation")}  # type: ignore[arg-type]
    assert (
        last["train"] + 3 < fold.splits.validation - 4
        and last["validation"] + 3 < fold.splits.test - 6
    )


def test_origins_are_the_newest_and_a_step_apart(dataset: Dataset) -> None:
    every = dataset.splits.origins("test")
    (fold,) = walked(dataset, origins=5, step=3)
    assert fold.origins.tolist() == [
        every[-1] - 12,
        every[-1] - 9,
        every[-1] - 6,
        every[-1] - 3,
        every[-1],
    ]
    with pytest.raises(
        UsageError, match=r"the test part has 15 origins, 3 rows apart, not 90; ask for fewer"
    ):
        walked(dataset, origins=90, step=3)


def test_a_sliding_window_without_refits_is_refused() -> None:
    with pytest.raises(UsageError, match="are options of refits; add --refit-every 250"):
        Protocol(window="sliding")


def test_scalers_of_a_fold_are_learned_from_its_own_training_rows(dataset: Dataset) -> None:
    fold = walked(dataset, refit_every=10, window="sliding")[1]
    rows = dataset.features[fold.splits.learnable_start : fold.splits.validation]
    moved = replace(dataset, given_splits=fold.splits)
    np.testing.assert_allclose(moved.fit_scalers().inputs.center, rows.mean(axis=0))
