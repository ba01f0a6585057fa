"""A search finds a planted signal that its start cannot see, and what it finds holds afterwards."""

from __future__ import annotations

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

import rnnforecast as rf
from rnnforecast.data.synthetic import autoregression, history_of

START = {
    "pool": ["network"], "model.location": "learned", "window.horizon": 1, "model.units": 4,
    "window.features": ["log_return"], "training.epochs": 15, "training.learning_rate": 0.01,
    "training.batch_size": 128, "training.ensemble": 1,
}  # fmt: skip
SPACE = {"model.architecture": ["gru", "linear"], "window.lookback": [10, 25]}


def test_a_dependence_on_twenty_days_ago_is_found_and_holds_on_the_test_part() -> None:
    history = history_of(autoregression(1500, 3, 0.5, 20))
    found = rf.tune("gru", history, START, space=SPACE, trials=7, folds=1)
    assert found.best.model.architecture == "linear" and found.best.window.lookback == 25
    best, start = found.value.best_trial, found.value.start_trial
    assert start is not None and best.value is not None and start.value is not None
    lead = 1 - best.value / start.value
    skill = skill_of(found.best, history)
    assert lead > 0.03
    assert 0.1 < skill < 0.2  # the truth itself has 20.4 % there


def skill_of(experiment: rf.Experiment, history: rf.PriceHistory) -> float:
    """Return how much lower the RMSE is than naive's on the test part."""
    table = rf.train(experiment, history).evaluate(baselines=["naive"]).comparisons
    rows = table[(table["baseline"] == "naive") & (table["step"] == 0)].set_index("metric")
    return float(rows.loc["rmse", "skill"])  # type: ignore[arg-type]
