"""The folds of a search lie within the training part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import DataError
from rnnforecast.tuning.folds import search_folds

from ..conftest import SMALL, random_walk


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return load("gru", [*SMALL, "split.purge=4"])


def test_no_fold_has_a_bar_that_validates_or_tests_the_winner(experiment: Experiment) -> None:
    history = random_walk(400)
    outer = prepare(experiment, history)
    last = outer.history.dates[outer.splits.targets("train").stop - 1]
    folds = search_folds(experiment, [Series(history, {})], 3, "crps")
    assert [fold.series[0].history.last <= last for fold in folds] == [True] * 3
    assert folds[-1].series[0].history.last == last


def test_folds_follow_each_other_and_each_learns_from_what_is_older(
    experiment: Experiment,
) -> None:
    folds = search_folds(experiment, [Series(random_walk(400), {})], 3, "crps")
    (first,), (second,), (third,) = (fold.datasets(experiment) for fold in folds)
    scored = [
        dataset.history.dates[dataset.splits.targets("test")] for dataset in (first, second, third)
    ]
    assert scored[0][-1] < scored[1][0] and scored[1][-1] < scored[2][0]
    assert (scored[1][0] - scored[0][-1]).days == 1  # a daily series: nothing lies between
    for dataset in (first, second, third):
        splits = dataset.splits
        assert splits.targets("train").stop == splits.targets("validation").start - 4  # the purge
        assert len(splits.origins("train")) > len(splits.origins("validation")) > 20
        # 267 days have a training target of the whole; 15 % of them validate, as many are scored
        assert [len(splits.targets(part)) for part in ("validation", "test")] == [40, 40]


def test_what_comes_after_the_training_part_changes_nothing(experiment: Experiment) -> None:
    history = random_walk(400)
    bars = history.bars.copy()
    bars.iloc[285:] *= np.exp(np.random.default_rng(1).normal(0, 0.2, (115, 1))).cumprod(axis=0)
    other = type(history)("WALK", bars, "1d", history.sessions, "USD")
    a, b = (search_folds(experiment, [Series(each, {})], 2, "crps") for each in (history, other))
    assert [fold.naive for fold in a] == [fold.naive for fold in b]
    pd.testing.assert_frame_equal(a[-1].series[0].history.bars, b[-1].series[0].history.bars)


def test_symbols_of_a_panel_are_cut_at_the_same_days(experiment: Experiment) -> None:
    series = [Series(random_walk(400, seed, name), {}) for seed, name in ((1, "A"), (2, "B"))]
    panel = experiment.model_copy(
        update={"data": experiment.data.model_copy(update={"symbol": ("A", "B")})}
    )
    folds = search_folds(panel, series, 2, "crps")
    ends = {bars.history.last for bars in folds[0].series}
    assert len(ends) == 1 and len(folds[0].naive) == len(folds[0].pools) == 2


def test_too_short_a_training_part_is_refused_with_a_way_out(experiment: Experiment) -> None:
    with pytest.raises(DataError, match=r"too few for 9 folds.*use --folds 1"):
        search_folds(experiment, [Series(random_walk(70), {})], 9, "crps")
