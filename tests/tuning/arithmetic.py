"""Trials without networks: losses by arithmetic."""

from __future__ import annotations

from typing import Any

import pytest

from rnnforecast.config.experiment import Experiment
from rnnforecast.model.training.ensemble import Epoch
from rnnforecast.tuning import fit


def loss_of(experiment: Experiment) -> float:
    """Return a loss with its minimum at a learning rate of 0.003."""
    return 0.9 + abs(experiment.training.learning_rate - 0.003)


def by_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every trial in this process have the loss of ``loss_of`` after one epoch."""

    def fold_loss(experiment: Experiment, fold: Any, metric: str, on_epoch: Any, *_: Any) -> float:
        on_epoch(Epoch(1, 1, 1.0, loss_of(experiment)))
        return loss_of(experiment)

    monkeypatch.setattr(fit, "fold_loss", fold_loss)
