"""A joint forecast keeps each symbol's own distribution and ties them as the past did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.errors import UsageError
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.pipeline.joint import JointForecast, joint_forecast
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run

from ..conftest import SMALL, make_history

SYMBOLS = ("LEFT", "RIGHT", "ALONE")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Store]:
    """Two symbols that move together, and one by itself."""
    home = tmp_path_factory.mktemp("home")
    rng, store = np.random.default_rng(1), Store(home / "data")
    shared, own = rng.normal(0, 0.01, 400), rng.normal(0, 0.004, (3, 400))
    for number, symbol in enumerate(SYMBOLS):
        steps = own[number] * 2.5 if symbol == "ALONE" else shared + own[number]
        store.save(replace(make_history(100 * np.exp(steps.cumsum())), symbol=symbol))
    settings = [*SMALL, f"data.symbol=[{', '.join(SYMBOLS)}]"]
    return train_run(load("gru", settings), store, home / "runs", label="panel"), store


@pytest.fixture(scope="module")
def joint(made: tuple[Run, Store]) -> JointForecast:
    return joint_forecast(*made)


def test_each_symbol_has_the_quantiles_of_its_own_forecast(
    made: tuple[Run, Store], joint: JointForecast
) -> None:
    run, store = made
    for at, prediction in enumerate(predict(run, store, raw=True)):
        end = prediction.forecast.quantiles[-1]  # type: ignore[union-attr]
        drawn = np.quantile(joint.prices[:, at], LEVELS[[10, MEDIAN, -11]])
        width = end[-11] - end[10]
        assert drawn == pytest.approx(end[[10, MEDIAN, -11]], abs=0.05 * width)


def test_what_moved_together_is_forecast_together(joint: JointForecast) -> None:
    correlation = stats.spearmanr(joint.returns).statistic
    assert correlation[0, 1] > 0.6 and abs(correlation[0, 2]) < 0.2
    assert joint.days > 200


def test_ranks_are_probabilities_of_thirds_where_there_are_three(joint: JointForecast) -> None:
    ranks = joint.ranks()
    assert list(ranks.index) == list(SYMBOLS) and list(ranks) == ["rank_1", "rank_2", "rank_3"]
    assert ranks.sum(axis=1).to_numpy() == pytest.approx(np.ones(3))
    assert ranks.sum().to_numpy() == pytest.approx(np.ones(3))


def test_a_pair_that_moves_together_is_less_of_a_risk_against_each_other(
    joint: JointForecast,
) -> None:
    both = joint.portfolio({"LEFT": 0.5, "RIGHT": 0.5})
    spread = joint.portfolio({"LEFT": 0.5, "RIGHT": -0.5})
    assert 0 < spread.value_at_risk[0] < 0.7 * both.value_at_risk[0]
    assert both.expected_shortfall[0] > both.value_at_risk[0]
    with pytest.raises(UsageError, match="the run is not on GOOG"):
        joint.portfolio({"GOOG": 1.0})


def test_one_symbol_has_no_joint_forecast(trained: tuple[Path, Run]) -> None:
    home, run = trained
    with pytest.raises(UsageError, match="prices of several symbols"):
        joint_forecast(run, Store(home / "data"))
