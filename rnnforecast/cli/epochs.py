"""A training on a terminal: each epoch as it ends, and a line for each network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rnnforecast.cli.console import progress
from rnnforecast.cli.context import Settings

if TYPE_CHECKING:
    from rnnforecast.config.experiment import Experiment
    from rnnforecast.model.training.ensemble import Epoch


BAR = 43
"""Columns of a progress bar with its count and the time left."""


def _fitting(parts: Sequence[str], columns: int) -> str:
    """Return as many of the last parts as there is room for."""
    for first in range(len(parts)):
        text = "  ".join(parts[first:])
        if len(text) <= columns:
            return text
    return ""


@contextmanager
def show_epochs(settings: Settings, experiment: Experiment) -> Iterator[Callable[[Epoch], None]]:
    """Show each epoch on a terminal, and anywhere a line for each network when it is trained."""
    members, epochs = experiment.training.ensemble, experiment.training.epochs
    fit: list[Epoch] = []
    with progress(settings) as display:
        task = display.add_task("starting TensorFlow", total=None, detail="")

        def finish_member() -> None:
            if fit and not settings.quiet:
                best = min(fit, key=lambda epoch: epoch.val_loss)
                line = f"best validation loss {best.val_loss:.4f}, epoch {best.epoch} of {len(fit)}"
                display.console.print(
                    f"network {best.member} of {members}: {line}", highlight=False
                )
            fit.clear()

        def show(epoch: Epoch) -> None:
            if epoch.epoch == 1:
                finish_member()
            fit.append(epoch)
            best = min(past.val_loss for past in fit)
            name = f"network {epoch.member} of {members}"
            parts = (
                f"loss {epoch.loss:.4f}",
                f"validation {epoch.val_loss:.4f}",
                f"best {best:.4f}",
            )
            detail = _fitting(parts, display.console.width - len(name) - BAR)
            display.update(
                task, description=name, total=epochs, completed=epoch.epoch, detail=detail
            )

        yield show
        finish_member()
