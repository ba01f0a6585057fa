"""``rf.tune``: a value with the best settings, every trial and figures."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

import optuna

import rnnforecast as rf

from ..conftest import random_walk
from ..tuning.arithmetic import by_arithmetic

SETTINGS = {"window.features": ["log_return"]}
SPACE = {"training.learning_rate": {"low": 0.0005, "high": 0.1}, "model.units": [16, 32]}


@pytest.fixture(autouse=True)
def _arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    by_arithmetic(monkeypatch)


def test_a_search_is_a_value_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {**SETTINGS, "model.dropout": 0.25}  # which the preset's own ranges leave out
    found = rf.tune("gru", random_walk(), settings, space=SPACE, trials=8, folds=2)
    assert len(found.trials) == 8 and found.trials["value"].min() == found.value.best_trial.value
    assert found.best.searched is not None and found.best.searched.trials == 8
    assert found.importances.sum() == pytest.approx(1)
    assert found.plot().axes and found.plot("importances").axes
    assert repr(found).startswith("Search(8 trials, the best 0.9")
    assert not list(tmp_path.iterdir()) and capsys.readouterr().out == ""


def test_an_experiment_is_searched_by_a_space_of_its_own_and_goes_on(tmp_path: Path) -> None:
    experiment = rf.load_config("gru", ["window.features=[log_return]"])
    kept = {"storage": str(tmp_path / "trials.log"), "space": SPACE, "folds": 1}
    rf.tune(experiment, random_walk(), trials=2, **kept)  # type: ignore[arg-type]
    more = rf.tune(experiment, random_walk(), trials=3, resume=True, **kept)  # type: ignore[arg-type]
    assert len(more.trials) == 3
    with pytest.raises(rf.RnnForecastError, match="too few trials have finished"):
        more.plot("importances")


def test_a_search_takes_a_pruner_by_its_name_and_as_an_object(tmp_path: Path) -> None:
    kept = {"storage": str(tmp_path / "trials.log"), "space": SPACE, "folds": 1}
    settings = {**SETTINGS, "training.learning_rate": 0.003}
    strict = optuna.pruners.ThresholdPruner(upper=0.91)
    found = rf.tune("gru", random_walk(), settings, trials=6, pruner=strict, **kept)  # type: ignore[arg-type]
    assert set(found.trials["state"]) == {"finished", "pruned"}
    with pytest.raises(rf.RnnForecastError, match=r"begun with pruner=ThresholdPruner\("):
        rf.tune("gru", random_walk(), settings, trials=7, resume=True, **kept)  # type: ignore[arg-type]


def test_what_cannot_be_meant_is_told_in_words_of_python() -> None:
    with pytest.raises(rf.RnnForecastError, match=r"trials= ?is 0"):
        rf.tune("gru", random_walk(), trials=0)
    with pytest.raises(rf.RnnForecastError, match="no section tune"):
        rf.tune(rf.load_config("gru"), random_walk())
    with pytest.raises(rf.RnnForecastError, match=r"pruner= ?is 'asha'; use one of Optuna's"):
        rf.tune("gru", random_walk(), pruner="asha")  # type: ignore[arg-type]
    with pytest.raises(rf.RnnForecastError, match="several workers share a storage"):
        rf.tune("gru", random_walk(), SETTINGS, workers=2)
