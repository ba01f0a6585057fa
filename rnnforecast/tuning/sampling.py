"""The proposals of settings: Optuna's samplers, with a seed for each trial."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal, TypeAlias, get_args

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from rnnforecast.errors import UsageError

Sampler: TypeAlias = Literal["tpe", "random"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)


def check_sampler(sampler: Sampler, seed: int | None) -> None:
    """Refuse a sampler that there is not, or a seed that is none.

    Args:
        sampler: its name.
        seed: of the proposals; None stands for that of the training.

    Raises:
        UsageError: naming what there is.
    """
    if sampler not in SAMPLERS:
        raise UsageError(f"--sampler is {sampler!r}", f"use one of: {', '.join(SAMPLERS)}")
    if seed is not None and not (isinstance(seed, Integral) and 0 <= seed < 2**31):
        raise UsageError(f"--seed is {seed!r}", f"it must be between 0 and {2**31 - 1:,}")


class SeededSampler(BaseSampler):
    """One of Optuna's samplers whose seed counts up with the trials.

    So a resumed search does not repeat itself, trials that begin at the same moment in several
    processes differ, and what ``random`` proposes depends on a trial's number alone.

    Args:
        kind: which sampler.
        seed: of trial 0.
    """

    def __init__(self, kind: Sampler, seed: int) -> None:
        self.kind, self.seed = kind, seed
        self.own = self._sampler(0)

    def _sampler(self, number: int) -> BaseSampler:
        """Return the sampler of one trial."""
        if self.kind == "random":
            return RandomSampler(seed=self.seed + number)
        return TPESampler(seed=self.seed + number, multivariate=True, constant_liar=True)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Begin a trial with a seed of its own."""
        self.own = self._sampler(trial.number)
        self.own.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Return the settings that are proposed together."""
        return self.own.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Propose these settings."""
        return self.own.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """Propose one further setting."""
        return self.own.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """End a trial."""
        self.own.after_trial(study, trial, state, values)
