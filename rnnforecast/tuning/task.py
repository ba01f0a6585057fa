"""What all trials of a search have in common, and when there are enough; a value for workers."""

from __future__ import annotations

import time
from dataclasses import dataclass

import optuna
from optuna.trial import TrialState

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import with_settings
from rnnforecast.config.memory import check_memory
from rnnforecast.config.space import Space
from rnnforecast.tuning.folds import SearchFold
from rnnforecast.tuning.losses import Metric
from rnnforecast.tuning.pruning import Pruner, compares_folds
from rnnforecast.tuning.sampling import Sampler
from rnnforecast.tuning.study import ended, trials_of

OTHER_LOSSES = ("model.head", "model.point_loss", "window.scaler", "model.location")
"""Settings after whose change a validation loss is in another unit, or of another kind."""


@dataclass(frozen=True, eq=False)
class Task:
    """The common part of all trials of a search; it travels to workers as a value.

    Args:
        experiment: the settings that the search starts from.
        space: which of them are searched.
        folds: of ``search_folds``.
        metric: what is minimised.
        networks: of each trial on each fold.
        sampler: what proposes settings.
        pruner: what ends trials that lag behind.
        seed: of the proposals.
    """

    experiment: Experiment
    space: Space
    folds: tuple[SearchFold, ...]
    metric: Metric = "crps"
    networks: int = 1
    sampler: Sampler = "tpe"
    pruner: Pruner = "median"
    seed: int = 1

    @property
    def by_epoch(self) -> bool:
        """Whether a trial reports the validation loss of each epoch, not the value of each fold.

        Epochs serve where validation losses of all trials are comparable.
        """
        comparable = not {item.key for item in self.space} & set(OTHER_LOSSES)
        return comparable and not compares_folds(self.pruner)

    @property
    def steps(self) -> int:
        """Values that a trial reports at most."""
        epochs = self.experiment.training.epochs * self.networks if self.by_epoch else 1
        return len(self.folds) * epochs

    def experiment_of(self, overrides: list[str]) -> Experiment:
        """Return the settings of a trial.

        Raises:
            UsageError: if they do not go together, or need too much memory.
        """
        chosen = [*overrides, f"training.ensemble={self.networks}"]
        experiment = with_settings(self.experiment, chosen)
        check_memory(experiment, sum(len(bars.history) for bars in self.folds[-1].series))
        return experiment


@dataclass(frozen=True)
class Limits:
    """The limits after which no further trial begins.

    Args:
        trials: that end in all, those of earlier calls included.
        until: seconds since the epoch (``time.time``); None knows no end.
    """

    trials: int
    until: float | None = None

    def reached(self, study: optuna.Study) -> bool:
        """Return whether there is nothing left to begin."""
        late = self.until is not None and time.time() >= self.until
        running = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return late or len(ended(trials_of(study))) + len(running) >= self.trials
