"""Raw outputs of trained networks without TensorFlow: by ONNX Runtime, else by NumPy."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnforecast.errors import RunError
from rnnforecast.model.numpy_network import NumpyNetwork
from rnnforecast.model.runtime import GraphError, open_graph

log = logging.getLogger(__name__)

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Scaled windows (window, lookback, feature) to raw outputs (window, step, parameter)."""

KERAS, ONNX, WEIGHTS = ".keras", ".onnx", ".npz"
"""The endings of a network's files: Keras' own format, a graph, plain arrays for NumPy."""


@dataclass(frozen=True, eq=False)
class ExportedNetwork:
    """A trained network as the files that it will be.

    Args:
        seed: that it was trained from.
        parameters: how many weights it has.
        keras: in Keras' own format.
        onnx: its graph for ONNX Runtime; empty where none could be made.
        weights: its layers and weights for NumPy; empty where it is more than stock recurrences.
    """

    seed: int
    parameters: int
    keras: bytes
    onnx: bytes
    weights: bytes = b""

    def files(self) -> dict[str, bytes]:
        """Return the content of each file that it has, by ending."""
        contents = {ONNX: self.onnx, WEIGHTS: self.weights, KERAS: self.keras}
        return {ending: content for ending, content in contents.items() if content}

    def write(self, stem: Path) -> None:
        """Write ``stem.keras``, ``stem.onnx`` and ``stem.npz``, as far as there is each."""
        for ending, content in self.files().items():
            stem.with_suffix(ending).write_bytes(content)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Exported networks, ready to run.

    Args:
        members: each from scaled windows to raw outputs.
    """

    members: tuple[Network, ...]

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Ensemble:
        """Open ONNX files; where one cannot be opened, the arrays beside it.

        Raises:
            RunError: if a network can be opened in neither way.
        """
        log.info("opening %d networks in %s", len(paths), paths[0].parent if paths else "nowhere")
        return cls(tuple(_load(path) for path in paths))

    @classmethod
    def from_exported(cls, networks: Sequence[ExportedNetwork]) -> Ensemble:
        """Open networks that are in memory."""
        return cls(tuple(_open(network) for network in networks))

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
            RunError: if the windows do not suit a network.
        """
        try:
            return np.stack([member(inputs) for member in self.members]).astype(float)
        except GraphError as error:
            raise RunError(f"a network cannot be run ({error})", "train again") from None


def _load(path: Path) -> Network:
    """Open one network's graph, or the arrays beside it."""
    try:
        return open_graph(path)
    except GraphError as error:
        arrays = path.with_suffix(WEIGHTS)
        if not arrays.exists():
            raise RunError(f"{path} cannot be opened ({error})", "train again") from None
        reason = "cannot be opened" if path.exists() else "is missing"
    try:
        network = NumpyNetwork.from_bytes(arrays.read_bytes())
    except (OSError, ValueError):
        raise RunError(f"{path} {reason}, and {arrays.name} is damaged", "train again") from None
    log.warning("%s %s; its network runs in NumPy, from %s", path, reason, arrays.name)
    return network


def _open(network: ExportedNetwork) -> Network:
    """Open one network that is in memory."""
    if not network.onnx:
        return NumpyNetwork.from_bytes(network.weights)
    try:
        return open_graph(network.onnx)
    except GraphError as error:
        raise RunError(
            f"the network of seed {network.seed} cannot be opened ({error})", "train again"
        ) from None
