"""Losses as a TensorBoard log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rnnforecast.model.backend import tf
from rnnforecast.model.training.ensemble import Epoch


class TensorBoardLog:
    """Write the losses of each epoch, one curve for each member.

    Args:
        folder: of the log.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writers: dict[int, Any] = {}

    def __call__(self, epoch: Epoch) -> None:
        name = str(self.folder / f"network_{epoch.member:02d}")
        writer = self.writers.get(epoch.member) or tf.summary.create_file_writer(name)
        self.writers[epoch.member] = writer
        with writer.as_default(step=epoch.epoch):
            tf.summary.scalar("loss", epoch.loss)
            tf.summary.scalar("validation loss", epoch.val_loss)
        writer.flush()

    def close(self) -> None:
        """Close the files."""
        for writer in self.writers.values():
            writer.close()
