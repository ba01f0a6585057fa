"""A joint forecast keeps each symbol's own distribution and ties them as the past did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.errors import UsageError
from rnnforecast.forecast.joint import ranked_probability_score
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.evaluation import PanelEvaluation
from rnnforecast.pipeline.joint import JointForecast, joint_forecast
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.report import page_text
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_table

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


@pytest.fixture(scope="module")
def scored(made: tuple[Run, Store]) -> PanelEvaluation:
    evaluation = evaluate(made[0], Request(baselines=("naive",), ranks=True))
    assert isinstance(evaluation, PanelEvaluation)
    return evaluation


def test_ranks_of_the_test_part_are_those_that_were_forecast_on_that_day(
    made: tuple[Run, Store], scored: PanelEvaluation, tmp_path: Path
) -> None:
    """Bars after a period began are cut off: the joint forecast is the one that was scored."""
    assert scored.ranks is not None
    own = scored.ranks[scored.ranks["model"] == "network"]
    periods = own["begin"].to_numpy()
    assert len(periods) > 10 and (own["end"].to_numpy()[:-1] == periods[1:]).all()
    run, store = made
    begin, end = own["begin"].iloc[-2], own["end"].iloc[-2]
    cut, returns = Store(tmp_path / "data"), []
    for symbol in SYMBOLS:
        history = store.load(symbol, "1d")
        closes = history.bars["close"]
        closes.index = closes.index.strftime("%Y-%m-%d")
        returns.append(closes[end] / closes[begin] - 1)
        cut.save(history.between(end=begin))
    ranks = joint_forecast(run, cut).ranks().to_numpy(float)
    expected = ranked_probability_score(ranks, np.array(returns))
    assert own["rps"].iloc[-2] == pytest.approx(expected, abs=1e-3)


def test_scored_ranks_are_kept_with_the_run_until_it_is_scored_without_them(
    made: tuple[Run, Store], scored: PanelEvaluation
) -> None:
    run = made[0]
    kept = load_table(run, runs.RANKS)
    assert kept is not None and kept["rps"].tolist() == scored.ranks["rps"].tolist()  # type: ignore[index]
    assert set(kept["model"]) == {"network", "uniform", "independent", "covariance"}
    text = page_text(run, "md")
    assert "Who ranks where" in text and "shrunk covariance" in text
    evaluate(run, Request(baselines=("naive",)))
    assert load_table(run, runs.RANKS) is None and "Who ranks where" not in page_text(run, "md")


def test_the_ranks_of_one_symbol_are_refused_before_the_test_part_is_looked_at(
    trained: tuple[Path, Run],
) -> None:
    looks = trained[1].manifest.test_touched
    with pytest.raises(UsageError, match="so nothing is ranked"):
        evaluate(trained[1], Request(ranks=True))
    assert trained[1].manifest.test_touched == looks
