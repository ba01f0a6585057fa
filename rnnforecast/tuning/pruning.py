"""The rules by which Optuna ends trials that lag behind."""

from __future__ import annotations

import copy
from typing import Any, Literal, TypeAlias, get_args

from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
    WilcoxonPruner,
)

from rnnforecast.errors import UsageError

PrunerName: TypeAlias = Literal[
    "median", "percentile", "successive-halving", "hyperband", "wilcoxon", "none"
]
Pruner: TypeAlias = PrunerName | BasePruner
PRUNERS: tuple[PrunerName, ...] = get_args(PrunerName)
STARTUP = 5
"""Trials before which ``median`` and ``percentile`` prune nothing."""
BEST_SHARE = 25.0
"""Percentage of the trials that ``percentile`` lets continue."""
HALVING = 2
"""One trial of so many goes on, each time that ``successive-halving`` compares them."""
LEAST_FOLDS = 5
"""Folds below which ``wilcoxon`` prunes nothing: of 3 differences the smallest p is 0.125."""


def check_pruner(pruner: Pruner, folds: int) -> None:
    """Refuse a pruner that there is not, or that could never end a trial.

    Args:
        pruner: the name of one of Optuna's, or an object.
        folds: on which each trial is scored.

    Raises:
        UsageError: naming those that there are.
    """
    if isinstance(pruner, BasePruner):
        try:
            copy.deepcopy(pruner)
        except Exception as error:  # noqa: BLE001  (the class is a user's own)
            raise UsageError(
                f"--pruner {type(pruner).__name__} cannot be copied ({error})",
                "keep no locks, files or connections in it",
            ) from None
    elif pruner not in PRUNERS:
        raise UsageError(f"--pruner is {pruner!r}", f"use one of Optuna's: {', '.join(PRUNERS)}")
    if pruner == "wilcoxon" and folds < LEAST_FOLDS:
        raise UsageError(
            f"--pruner wilcoxon tests differences between folds, and cannot with {folds}",
            f"use --folds {LEAST_FOLDS} or more, or another --pruner",
        )


def make_pruner(pruner: Pruner, steps: int, folds: int) -> BasePruner:
    """Return the pruner of one trial.

    An object is copied, so that it means the same in one process and in several: what it learns
    from a trial, it must learn from the study.

    Args:
        pruner: the name of one of Optuna's, or an object.
        steps: values that a trial reports at most.
        folds: on which they are measured.
    """
    if isinstance(pruner, BasePruner):
        return copy.deepcopy(pruner)
    # Networks of different kinds, and step sizes, learn at different speeds: a linear map begins
    # far behind. So each has its first fold to catch up, or half of the only one.
    warmup = steps // max(folds, 2)
    match pruner:
        case "median":
            return MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=warmup)
        case "percentile":
            return PercentilePruner(BEST_SHARE, n_startup_trials=STARTUP, n_warmup_steps=warmup)
        case "successive-halving":
            return SuccessiveHalvingPruner(max(warmup, 1), reduction_factor=HALVING)
        case "hyperband":
            return HyperbandPruner(min_resource=1, max_resource=steps)
        case "wilcoxon":
            return WilcoxonPruner()
        case "none":
            return NopPruner()


def compares_folds(pruner: Pruner) -> bool:
    """Return whether a pruner tests the values of a trial in pairs, fold by fold."""
    return pruner == "wilcoxon" or isinstance(pruner, WilcoxonPruner)


def describe_pruner(pruner: Pruner) -> str:
    """Return a pruner's name, or the class of an object with its parameters.

    Two descriptions differ where trials would be ended by different rules. It holds no address
    in memory, so that it is the same in the next process.
    """
    return _plain(pruner, ()) if isinstance(pruner, BasePruner) else pruner


def _plain(value: Any, above: tuple[int, ...]) -> str:
    """Return a parameter as text: numbers and words as they are, of other objects the class.

    Args:
        value: of a parameter.
        above: identities of what contains it, which may be itself.
    """
    plain = value is None or isinstance(value, bool | int | float | str)
    if plain or id(value) in above:
        return repr(value) if plain else type(value).__name__
    above = (*above, id(value))
    if isinstance(value, BasePruner):
        values = {name.lstrip("_"): _plain(own, above) for name, own in vars(value).items()}
        parameters = ", ".join(f"{name}={values[name]}" for name in sorted(values))
        return f"{type(value).__name__}({parameters})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_plain(part, above) for part in value)}]"
    return type(value).__name__
