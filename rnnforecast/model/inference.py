"""Raw outputs from exported graphs, by ONNX Runtime: no TensorFlow."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnforecast.errors import RunError
from rnnforecast.model.runtime import onnxruntime

log = logging.getLogger(__name__)


FAILURES: tuple[type[Exception], ...] = tuple(
    kind
    for kind in vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    if isinstance(kind, type) and issubclass(kind, Exception)
)
"""What ONNX Runtime raises: it has no public base class, so all that its C module defines."""


@dataclass(frozen=True, eq=False)
class ExportedNetwork:
    """A trained network as the files that it will be.

    Args:
        seed: that it was trained from.
        parameters: how many weights it has.
        keras: in Keras' own format.
        onnx: its graph for ONNX Runtime.
    """

    seed: int
    parameters: int
    keras: bytes
    onnx: bytes

    def write(self, stem: Path) -> None:
        """Write ``stem.keras`` and ``stem.onnx``."""
        stem.with_suffix(".keras").write_bytes(self.keras)
        stem.with_suffix(".onnx").write_bytes(self.onnx)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Exported networks, ready to run.

    Args:
        members: their sessions.
    """

    members: tuple[onnxruntime.InferenceSession, ...]

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Ensemble:
        """Open ONNX files.

        Raises:
            RunError: if one is missing or damaged.
        """
        log.info("opening %d networks in %s", len(paths), paths[0].parent if paths else "nowhere")
        return cls(tuple(_open(path, str(path)) for path in paths))

    @classmethod
    def from_exported(cls, networks: Sequence[ExportedNetwork]) -> Ensemble:
        """Open networks that are in memory."""
        return cls(tuple(_open(one.onnx, f"the network of seed {one.seed}") for one in networks))

    @classmethod
    def from_graphs(cls, graphs: Sequence[tuple[bytes, str]]) -> Ensemble:
        """Open the contents of ONNX files, each with what messages call it.

        Raises:
            RunError: if one is damaged.
        """
        return cls(tuple(_open(graph, name) for graph, name in graphs))

    def __len__(self) -> int:
        return len(self.members)

    def only(self, number: int) -> Ensemble:
        """Return one member by itself."""
        return Ensemble((self.members[number],))

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Run every member.

        Args:
            inputs: scaled windows (window, lookback, feature).

        Returns:
            raw outputs (member, window, step, parameter).

        Raises:
            RunError: if an output is not finite.
        """
        outputs = np.stack(
            [member.run(None, {member.get_inputs()[0].name: inputs})[0] for member in self.members]
        ).astype(float)
        if not np.isfinite(outputs).all() and np.isfinite(inputs).all():
            raise RunError("a network answers with numbers that are not finite", "train again")
        return outputs


def _open(graph: Path | bytes, name: str) -> onnxruntime.InferenceSession:
    """Open one graph, from a file or from memory."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except FAILURES as error:
        raise RunError(f"{name} cannot be opened ({str(error)[:80]})", "train again") from None
