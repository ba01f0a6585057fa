"""Each trial has proposals of its own, whoever asks for them and when."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

import optuna
from optuna.distributions import FloatDistribution

from rnnforecast.errors import UsageError
from rnnforecast.tuning.sampling import Sampler, SeededSampler
from rnnforecast.tuning.search import Options
from rnnforecast.tuning.study import quiet_optuna

SPACE = {"x": FloatDistribution(0, 1), "y": FloatDistribution(0, 1)}


def proposals(kind: Sampler, together: int, seed: int = 1) -> dict[int, dict[str, float]]:
    """What 24 trials are given of which so many run at a time, by their numbers.

    Each is asked for by a process of its own, as it were: a study and a sampler of its own.
    """
    storage = optuna.storages.InMemoryStorage()
    given = {}
    with quiet_optuna():
        optuna.create_study(storage=storage, study_name="S")
        for _ in range(24 // together):
            studies = [
                optuna.load_study(
                    storage=storage, study_name="S", sampler=SeededSampler(kind, seed)
                )
                for _ in range(together)
            ]
            trials = [study.ask(SPACE) for study in studies]
            for study, trial in zip(studies, trials, strict=True):
                given[trial.number] = dict(trial.params)
                study.tell(trial, trial.params["x"])
    return given


@pytest.mark.parametrize("kind", ["random", "tpe"])
def test_trials_that_begin_together_differ(kind: Sampler) -> None:
    assert len({tuple(one.values()) for one in proposals(kind, 4).values()}) == 24


def test_what_random_proposes_depends_on_the_number_of_a_trial_alone() -> None:
    assert proposals("random", 1) == proposals("random", 4) != proposals("random", 1, seed=30)


def test_a_search_that_learns_proposes_the_same_one_after_another() -> None:
    assert proposals("tpe", 1) == proposals("tpe", 1) != proposals("tpe", 1, seed=30)


def test_it_proposes_what_the_sampler_itself_would_of_the_same_seed() -> None:
    for number, given in proposals("random", 1).items():
        study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1 + number))
        assert study.ask(SPACE).params == given


@pytest.mark.parametrize("sampler", ["grid", "TPE", "", None, optuna.samplers.RandomSampler()])
def test_another_sampler_is_refused_with_those_that_there_are(sampler: Any) -> None:
    with pytest.raises(UsageError, match=r"--sampler is .*; use one of: tpe, random"):
        Options(sampler=sampler)


@pytest.mark.parametrize("seed", [-1, 2**31, 0.5, "1"])
def test_a_seed_that_no_sampler_takes_is_refused(seed: Any) -> None:
    with pytest.raises(UsageError, match=r"--seed is .*; it must be between 0 and 2,147,483,647"):
        Options(seed=seed)


@pytest.mark.parametrize("trials", [2.5, "3", 0, None])
def test_a_number_of_trials_is_whole(trials: Any) -> None:
    with pytest.raises(UsageError, match=r"--trials is .*; it must be between 1 and 100,000"):
        Options(trials=trials)
