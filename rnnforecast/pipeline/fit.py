"""Fits networks, member by member, and keeps what has been reached.

Importing this loads TensorFlow.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from rnnforecast.cluster import on_cluster
from rnnforecast.dataset.panel import Windows
from rnnforecast.errors import TrainingStoppedError
from rnnforecast.model.backend import device
from rnnforecast.model.export import lent_exporter, weights_of
from rnnforecast.model.inference import ExportedNetwork
from rnnforecast.model.training.ensemble import (
    Callbacks,
    Checkpoint,
    Epoch,
    ResumePoint,
    Weights,
    fit_ensemble,
)
from rnnforecast.model.training.tensorboard import TensorBoardLog
from rnnforecast.parallel import spread

log = logging.getLogger(__name__)

EACH = 8
"""Windows of each kind, the most extreme and any, on which an exported network is compared."""


@dataclass(frozen=True, eq=False)
class Progress:
    """The progress of a training.

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
    """The keeper of what a training has reached, so that a killed one can go on.

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
    done = len(progress.networks)
    tables = [progress.fit[progress.fit["member"] <= done]] if done else []
    weights = [weights_of(content, "a network to continue") for content in start]
    if on_cluster():
        members = _members_spread(windows, done, on_epoch, stop, weights)
    else:
        members = _members_here(
            windows, Callbacks(on_epoch, journal.on_checkpoint, stop), progress, weights
        )
    for fitted in members:
        networks = (*progress.networks, fitted.network)
        tables.append(fitted.fit)
        log.info("trained network %d in %d epochs", len(networks), len(fitted.fit))
        fewer = len(networks) < windows.experiment.training.ensemble
        progress = Progress(networks, pd.concat(tables), fitted.interrupted or fewer)
        journal.on_network(progress)
    gc.collect()  # tracing leaves cycles behind: some 50 MB, in 0.05 s
    return progress


@dataclass(frozen=True, eq=False)
class FittedMember:
    """One trained network of an ensemble, exported.

    Args:
        network: as the files that it will be.
        fit: its losses: member, epoch, loss, val_loss.
        interrupted: whether it was stopped before its end.
    """

    network: ExportedNetwork
    fit: pd.DataFrame
    interrupted: bool


def _members_here(
    windows: Windows, callbacks: Callbacks, progress: Progress, weights: Sequence[Weights]
) -> Iterator[FittedMember]:
    """Train what is missing of an ensemble in this process, one network after another."""
    done = len(progress.networks)
    epochs = progress.checkpoint.epochs
    stale = bool(epochs) and epochs[0].member <= done  # of a network that has been finished since
    resume = ResumePoint(done + 1, Checkpoint() if stale else progress.checkpoint)
    with lent_exporter(windows.experiment, windows.telling(EACH)) as exporter:
        for member in fit_ensemble(windows, callbacks, resume, weights):
            network = exporter.export(member.network, member.seed)
            yield FittedMember(network, member.fit, member.interrupted)


def _members_spread(
    windows: Windows,
    done: int,
    on_epoch: Callable[[Epoch], None],
    stop: Callable[[], bool],
    weights: Sequence[Weights],
) -> Iterator[FittedMember]:
    """Train what is missing of an ensemble on a cluster, each network on a worker of its own.

    A network whose worker is lost begins again; its epochs are heard of when it is done. Networks
    are yielded in their order, for a training that is resumed goes on after the last one.

    Raises:
        TrainingStoppedError: if it is stopped before the first network is done.
    """
    early = dict[int, FittedMember]()
    jobs = [(number,) for number in range(done + 1, windows.experiment.training.ensemble + 1)]
    for number, fitted in spread(
        fit_member, jobs, shared=(windows, tuple(weights)), should_stop=stop
    ):
        early[number] = fitted
        while (following := early.pop(done + 1, None)) is not None:
            done += 1
            for row in following.fit.itertuples(index=False):
                on_epoch(Epoch(*row))
            yield following
    if not done:
        raise TrainingStoppedError(
            "the training was stopped before a network was done", "there is nothing to keep"
        )


def fit_member(
    windows: Windows, weights: Sequence[Weights], number: int
) -> tuple[int, FittedMember]:
    """Train one network of an ensemble: values in, values out, on whatever machine.

    Args:
        windows: the train part teaches, the validation part stops.
        weights: that each network begins with; by default fresh ones.
        number: of the network, from 1.
    """
    training = windows.experiment.training.model_copy(update={"ensemble": number})
    alone = replace(
        windows, experiment=windows.experiment.model_copy(update={"training": training})
    )
    (member,) = fit_ensemble(alone, resume=ResumePoint(number), start=weights)
    with lent_exporter(windows.experiment, windows.telling(EACH)) as exporter:
        network = exporter.export(member.network, member.seed)
    return number, FittedMember(network, member.fit, member.interrupted)


__all__ = ["Checkpoint", "Journal", "Progress", "TensorBoardLog", "device", "fit_networks"]
