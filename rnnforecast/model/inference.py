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
from rnnforecast.parallel import at_work

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
class NetworkFiles:
    """The files that a trained network is opened from.

    Args:
        name: what messages call it.
        onnx: content of its graph; empty where it is missing.
        weights: content of its arrays; empty where it has none.
    """

    name: str
    onnx: bytes
    weights: bytes = b""

    @classmethod
    def beside(cls, path: Path) -> NetworkFiles:
        """Read an ONNX file and the arrays beside it, as far as there is each."""
        arrays = path.with_suffix(WEIGHTS)
        return cls(
            str(path), *(file.read_bytes() if file.exists() else b"" for file in (path, arrays))
        )

    def open(self, threads: int = 0) -> Network:
        """Return the network, by ONNX Runtime if that can open it, else by NumPy.

        Args:
            threads: that ONNX Runtime uses; 0 for one on each core.

        Raises:
            RunError: if it can be opened in neither way.
        """
        reason = "is missing"
        if self.onnx:
            try:
                return open_graph(self.onnx, threads)
            except GraphError as error:
                reason = f"cannot be opened ({error})"
        if not self.weights:
            raise RunError(f"{self.name} {reason}", "train again")
        try:
            network = NumpyNetwork.from_bytes(self.weights)
        except ValueError:
            raise RunError(f"{self.name} {reason}, its arrays are damaged", "train again") from None
        log.warning("%s %s; NumPy computes in its place", self.name, reason)
        return network


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Exported networks, ready to run.

    Args:
        members: each from scaled windows to raw outputs.
        files: what they were opened from; it is these that travel to another process.
    """

    members: tuple[Network, ...]
    files: tuple[NetworkFiles, ...] = ()

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Ensemble:
        """Open ONNX files; where one cannot be opened, the arrays beside it.

        Raises:
            RunError: if a network can be opened in neither way.
        """
        return cls.from_files([NetworkFiles.beside(path) for path in paths])

    @classmethod
    def from_exported(cls, networks: Sequence[ExportedNetwork]) -> Ensemble:
        """Open networks that are in memory."""
        return cls.from_files(
            [
                NetworkFiles(f"the network of seed {network.seed}", network.onnx, network.weights)
                for network in networks
            ]
        )

    @classmethod
    def from_files(cls, networks: Sequence[NetworkFiles], threads: int = 0) -> Ensemble:
        """Open networks by the contents of their files.

        Args:
            networks: the members.
            threads: that ONNX Runtime uses for each; 0 for one on each core.

        Raises:
            RunError: if a network can be opened in neither way.
        """
        return cls(tuple(network.open(threads) for network in networks), tuple(networks))

    def __reduce__(self) -> tuple[Callable[..., Ensemble], tuple[tuple[NetworkFiles, ...]]]:
        """Send the contents of the files: sessions of ONNX Runtime cannot be pickled."""
        return _reopened, (self.files,)

    def __len__(self) -> int:
        return len(self.members)

    def only(self, number: int) -> Ensemble:
        """Return one member by itself."""
        return Ensemble((self.members[number],), self.files[number : number + 1])

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Run every member.

        Args:
            inputs: scaled windows (window, lookback, feature).

        Returns:
            raw outputs (member, window, step, parameter).

        Raises:
            RunError: if the windows do not suit a network, an output is not finite, or the networks
                are not of one kind.
        """
        try:
            answers = [member(inputs) for member in self.members]
        except GraphError as error:
            raise RunError(f"a network cannot be run ({error})", "train again") from None
        shapes = {answer.shape for answer in answers}
        if any(len(shape) != 3 or shape[0] != len(inputs) for shape in shapes) or len(shapes) > 1:
            raise RunError(
                f"the networks answer {len(inputs)} windows with arrays of {sorted(shapes)}, "
                "not each with one of (window, step, parameter)",
                "train again",
            )
        outputs = np.stack(answers).astype(float)
        # A window that lacks a value may be answered with NaN, a whole one may not.
        if not np.isfinite(outputs).all() and np.isfinite(inputs).all():
            raise RunError("a network answers with numbers that are not finite", "train again")
        return outputs


def _reopened(files: tuple[NetworkFiles, ...]) -> Ensemble:
    """Open networks that another process has sent; a worker has one core for them."""
    return Ensemble.from_files(files, threads=1 if at_work() else 0)
