"""Trials are ended early only where they can be compared, by the rule that was asked for."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

import optuna

from rnnforecast.errors import UsageError
from rnnforecast.tuning.pruning import (
    PRUNERS,
    STARTUP,
    Pruner,
    check_pruner,
    compares_folds,
    describe_pruner,
    make_pruner,
)
from rnnforecast.tuning.study import quiet_optuna

EPOCHS = 6


class Impatient(optuna.pruners.BasePruner):
    """A pruner as a user may write it."""

    def __init__(self, most: float, rule: Callable[[float], float] = abs) -> None:
        self.most, self.rule, self.asked = most, rule, 0

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        self.asked += 1
        return self.rule(trial.intermediate_values[trial.last_step]) > self.most


def pruned_at(pruner: Pruner, folds: int, before: int = STARTUP) -> int | None:
    """The step at which a trial that is worse from the start is ended, among good ones."""
    steps = folds if compares_folds(pruner) else folds * EPOCHS
    with quiet_optuna():
        study = optuna.create_study(pruner=make_pruner(pruner, steps, folds))
        for _ in range(before):
            good = study.ask()
            for step in range(1, steps + 1):
                good.report(1.0 + step / 100, step)
            study.tell(good, 1.0)
        late = study.ask()
        for step in range(1, steps + 1):
            late.report(2.0 + step / 100, step)
            if late.should_prune():
                return step
    return None


@pytest.mark.parametrize(("folds", "step"), [(1, 3), (2, 6), (3, 6)])
@pytest.mark.parametrize("pruner", ["median", "percentile"])
def test_a_trial_has_its_first_fold_or_half_of_the_only_one(
    pruner: Pruner, folds: int, step: int
) -> None:
    """A linear map begins far behind a network that forecasts nothing yet, and may overtake it."""
    assert pruned_at(pruner, folds) == step
    assert pruned_at(pruner, folds, before=STARTUP - 1) is None
    assert pruned_at("none", folds) is None


def trials_like(pruner: Pruner, values: list[float]) -> list[int]:
    """How many epochs each of several trials is given, whose losses are the same in each epoch."""
    given = []
    with quiet_optuna():
        study = optuna.create_study(pruner=make_pruner(pruner, 3 * EPOCHS, 3))
        for value in values:
            trial = study.ask()
            for step in range(1, 3 * EPOCHS + 1):
                trial.report(value, step)
                if trial.should_prune():
                    study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                    break
            else:
                study.tell(trial, value)
            given.append(step)
    return given


def test_halving_lets_the_better_half_go_on_after_the_first_fold_and_after_the_second() -> None:
    assert trials_like("successive-halving", [3.0, 2.0, 1.0, 4.0]) == [18, 18, 18, 6]
    assert trials_like("successive-halving", [1.0, 2.0, 3.0, 1.5]) == [18, 6, 6, 12]


def test_halving_spares_the_best_of_all_and_hyperband_ends_the_worst_of_many() -> None:
    given = trials_like("hyperband", [1.0 + number / 40 for number in range(40)])
    assert given[0] == 18 and sum(epochs < 18 for epochs in given) > 20


@pytest.mark.parametrize(("folds", "step"), [(4, None), (5, 4), (8, 4)])
def test_wilcoxon_needs_four_folds_to_be_sure_and_one_more_to_spare(
    folds: int, step: int | None
) -> None:
    """Of 4 differences of one sign p is 1/16, of 3 it is 1/8: more than the 0.1 that it asks."""
    if step is None:
        with pytest.raises(UsageError, match=r"cannot with 4; use --folds 5 or more"):
            check_pruner("wilcoxon", folds)
    else:
        check_pruner("wilcoxon", folds)
        assert pruned_at("wilcoxon", folds, before=1) == step


def test_another_name_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="--pruner is 'asha'; use one of Optuna's: median, perc"):
        check_pruner("asha", 3)  # type: ignore[arg-type]
    for name in PRUNERS:
        check_pruner(name, 5)


def test_an_object_is_used_as_it_is_and_keeps_nothing_of_a_trial() -> None:
    own = Impatient(1.5)
    assert pruned_at(own, 2) == 1 and pruned_at(Impatient(3), 2) is None
    assert own.asked == 0


def test_an_object_is_described_by_what_decides() -> None:
    with quiet_optuna():
        patient, same, other = (
            optuna.pruners.PatientPruner(optuna.pruners.MedianPruner(trials), patience=3)
            for trials in (2, 2, 3)
        )
    assert describe_pruner(patient) == describe_pruner(same) != describe_pruner(other)
    assert describe_pruner(copy.deepcopy(patient)) == describe_pruner(patient)
    assert describe_pruner(Impatient(1.5)) == (
        "Impatient(asked=0, most=1.5, rule=builtin_function_or_method)"
    )
    assert describe_pruner("median") == "median"


class Held(optuna.pruners.BasePruner):
    """Holds whatever it is given."""

    def __init__(self, held: object = None) -> None:
        self.held = [held or self]

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        return False


def test_an_object_that_cannot_be_copied_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--pruner Held cannot be copied \(cannot pickle"):
        check_pruner(Held(threading.Lock()), 3)


def test_an_object_that_contains_itself_is_described() -> None:
    check_pruner(Held(), 3)
    assert describe_pruner(Held()) == "Held(held=[Held])"
