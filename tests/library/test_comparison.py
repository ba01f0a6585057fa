"""``rf.compare``: evaluations in, tables, a sentence and a figure out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

import rnnforecast as rf
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.backtest import NETWORK

from ..conftest import random_walk

SETTINGS = {
    "window.lookback": 8, "window.horizon": 2, "model.units": 4, "training.epochs": 1,
    "training.ensemble": 1, "training.batch_size": 32,
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluation() -> rf.Evaluation:
    model = rf.train("gru", random_walk(), SETTINGS)
    return model.evaluate(baselines=["naive"])


@pytest.fixture(scope="module")
def worse(evaluation: rf.Evaluation) -> rf.Evaluation:
    """The same with the network's quantiles moved far away."""
    backtest = evaluation.value.backtest.copy()  # type: ignore[union-attr]
    quantiles = [column for column in backtest if str(column).startswith("q")]
    own = backtest["model"] == NETWORK
    backtest.loc[own, quantiles] += 0.2 * backtest.loc[own, ["last"]].to_numpy()
    value: Any = evaluation.value
    return replace(evaluation, value=replace(value, backtest=backtest))


def test_the_better_one_is_named_and_losses_are_those_of_the_evaluation(
    evaluation: rf.Evaluation, worse: rf.Evaluation
) -> None:
    comparison = rf.compare({"good": evaluation, "bad": worse}, metric="mae")
    assert list(comparison.means["name"]) == ["good", "bad", "naive"]
    scores = evaluation.scores
    overall = scores[(scores["metric"] == "mae") & (scores["step"] == 0)].set_index("model")
    losses = comparison.means.set_index("name")["loss"]
    assert losses["good"] == pytest.approx(overall.loc[NETWORK, "value"])
    assert losses["naive"] == pytest.approx(overall.loc["naive", "value"])
    assert comparison.losses["bad"].mean() > 5 * comparison.losses["good"].mean()
    assert "good has the lowest MAE; it is better than bad" in str(comparison)
    assert comparison.pairs["corrected_p"].iloc[0] < 0.01
    assert isinstance(comparison.plot(), Figure) and "<table" in comparison._repr_html_()


def test_without_names_the_network_names_it_and_the_second_has_a_number(
    evaluation: rf.Evaluation, worse: rf.Evaluation
) -> None:
    comparison = rf.compare(evaluation, worse)
    assert set(comparison.means["name"]) == {"gru", "gru (2)", "naive"}
    assert repr(comparison) == f"Comparison(gru, gru (2), {len(comparison.losses)} origins)"


def test_what_cannot_be_compared_is_refused_in_one_line(
    evaluation: rf.Evaluation, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="a comparison takes two"):
        rf.compare(evaluation)
    with pytest.raises(UsageError, match="choose another name"):
        rf.compare({"naive": evaluation, "other": evaluation})
    with pytest.raises(RunError, match="is not the folder of a run"):
        rf.compare(evaluation, tmp_path / "none")
    other = replace(evaluation, history=random_walk(symbol="OTHER"))
    with pytest.raises(UsageError, match="gru forecasts the price of WALK"):
        rf.compare(evaluation, other)
