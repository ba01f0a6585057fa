"""Fits networks, member by member, and keeps what has been reached.

Importing this loads TensorFlow.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from rnnforecast.dataset.panel import Windows
from rnnforecast.model.backend import device
from rnnforecast.model.export import Exporter, weights_of
from rnnforecast.model.inference import ExportedNetwork
from rnnforecast.model.training.ensemble import (
    Callbacks,
    Checkpoint,
    Epoch,
    ResumePoint,
    fit_ensemble,
)
from rnnforecast.model.training.tensorboard import TensorBoardLog

log = logging.getLogger(__name__)

EACH = 8
"""Windows of each kind, the most extreme and any, on which an exported network is compared."""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a training has come.

    Args:
        networks: those that are trained.
        fit: their losses: member, epoch, loss, val_loss; empty before the first one.
        interrupted: whether there are more to train, or one was stopped before its end.
        checkpoint: of the network that is being trained.
    """

    networks: tuple[ExportedNetwork, ...] = ()
    fit: pd.DataFrame = field(default_factory=pd.DataFrame)
    interrupted: bool = True
    checkpoint: Checkpoint = field(default_factory=Checkpoint)


@dataclass(frozen=True)
class Journal:
    """Who is handed what a training has reached, so that a killed one can go on.

    Args:
        on_checkpoint: after each epoch.
        on_network: after each network.
    """

    on_checkpoint: Callable[[Checkpoint], None] = lambda checkpoint: None
    on_network: Callable[[Progress], None] = lambda progress: None


def fit_networks(
    windows: Windows,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
    stop: Callable[[], bool] = lambda: False,
    journal: Journal = Journal(),
    progress: Progress | None = None,
    start: Sequence[bytes] = (),
) -> Progress:
    """Train the networks of an ensemble.

    Args:
        windows: what they learn from.
        on_epoch: called after each epoch.
        stop: asked before each epoch whether to end, with the best so far.
        journal: who keeps what has been reached.
        progress: what an earlier training has reached.
        start: the networks that each goes on from, in Keras' own format; by default from fresh
            weights.

    Returns:
        the trained networks and their losses.

    Raises:
        DataError: if the loss diverges.
        ExportError: if a network's files would not answer as it does.
    """
    progress = progress or Progress()
    done, exporter = len(progress.networks), Exporter(windows.telling(EACH))
    epochs = progress.checkpoint.epochs
    stale = bool(epochs) and epochs[0].member <= done  # of a network that has been finished since
    resume = ResumePoint(done + 1, Checkpoint() if stale else progress.checkpoint)
    weights = [weights_of(content, "a network to continue") for content in start]
    tables = [progress.fit[progress.fit["member"] <= done]] if done else []
    callbacks = Callbacks(on_epoch, journal.on_checkpoint, stop)
    for member in fit_ensemble(windows, callbacks, resume, weights):
        networks = (*progress.networks, exporter.export(member.network, member.seed))
        tables.append(member.fit)
        log.info("trained network %d in %d epochs", member.number, len(member.fit))
        fewer = len(networks) < windows.experiment.training.ensemble
        progress = Progress(networks, pd.concat(tables), member.interrupted or fewer)
        journal.on_network(progress)
    return progress


__all__ = ["Checkpoint", "Journal", "Progress", "TensorBoardLog", "device", "fit_networks"]
