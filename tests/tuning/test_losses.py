"""What a search minimises, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import UsageError
from rnnforecast.quantities import DIRECTION, PRICE
from rnnforecast.tuning.losses import METRICS, Metric, check_metric, naive_loss

from ..conftest import SMALL, make_history, random_walk


def test_the_errors_of_naive_are_shares_of_the_last_close() -> None:
    dataset = prepare(load("gru", SMALL), random_walk())
    origins = dataset.splits.origins("test")
    closes = dataset.closes
    paths = np.array([closes[at + 1 : at + 4] / closes[at] - 1 for at in origins])
    assert naive_loss(dataset, origins, "mae") == pytest.approx(np.abs(paths).mean())
    assert naive_loss(dataset, origins, "rmse") == pytest.approx(np.sqrt((paths**2).mean()))
    assert naive_loss(dataset, origins, "crps") < naive_loss(dataset, origins, "mae")


def test_the_level_of_a_price_does_not_count() -> None:
    walk = random_walk()
    dearer = make_history(1000 * walk.bars["close"].to_numpy())
    losses = []
    for history in (walk, dearer):
        dataset = prepare(load("gru", SMALL), history)
        losses.append([naive_loss(dataset, dataset.splits.origins("test"), m) for m in METRICS])
    assert losses[0] == pytest.approx(losses[1])


def test_a_direction_has_its_brier_score() -> None:
    experiment = load("direction", ["window.lookback=8", "window.horizon=1"])
    dataset = prepare(experiment, random_walk())
    origins = dataset.splits.origins("test")
    rose = dataset.closes[origins + 1] > dataset.closes[origins]
    taught = replace(dataset.splits, rows=dataset.splits.test)
    share = (np.diff(dataset.closes[: taught.rows]) > 0).mean()
    assert naive_loss(dataset, origins, "crps") == pytest.approx(
        ((share - rose) ** 2).mean(), rel=0.02
    )


def test_metrics_are_those_of_the_quantity() -> None:
    assert get_args(Metric) == METRICS
    check_metric("rmse", PRICE)
    with pytest.raises(UsageError, match="direction has no metric 'mae'; use: crps"):
        check_metric("mae", DIRECTION)
