"""Trials are ended early only where they can be compared."""

from __future__ import annotations

import optuna
import pytest

from rnnforecast.tuning.search import quiet_optuna
from rnnforecast.tuning.study import STARTUP, Pruner, make_pruner

EPOCHS = 6


def pruned_at(kind: Pruner, folds: int) -> int | None:
    """The step at which a trial that is worse from the start is ended, among good ones."""
    with quiet_optuna():
        pruner = make_pruner(kind, folds * EPOCHS, folds)
        study = optuna.create_study(pruner=pruner)
        for _ in range(STARTUP):
            good = study.ask()
            for step in range(1, folds * EPOCHS + 1):
                good.report(1.0, step)
            study.tell(good, 1.0)
        late = study.ask()
        for step in range(1, folds * EPOCHS + 1):
            late.report(2.0, step)
            if late.should_prune():
                return step
    return None


@pytest.mark.parametrize(("folds", "step"), [(1, 3), (2, 6), (3, 6)])
def test_a_trial_has_its_first_fold_or_half_of_the_only_one(folds: int, step: int) -> None:
    """A linear map begins far behind a network that forecasts nothing yet, and may overtake it."""
    assert pruned_at("median", folds) == step
    assert pruned_at("none", folds) is None
