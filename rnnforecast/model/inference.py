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
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        failures = (
            onnxruntime.capi.onnxruntime_pybind11_state.Fail,
            onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
            onnxruntime.capi.onnxruntime_pybind11_state.NoSuchFile,
            onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
        )
        members = []
        for path in paths:
            try:
                members.append(
                    onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
                )
            except failures as error:
                raise RunError(
                    f"{path} cannot be opened ({str(error)[:80]})", "train again"
                ) from None
        log.info(
            "opened %d networks in %s", len(members), paths[0].parent if len(paths) else "nowhere"
        )
        return cls(tuple(members))

    def __len__(self) -> int:
        return len(self.members)

    def only(self, number: int) -> Ensemble:
        """One member by itself."""
        return Ensemble((self.members[number],))

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
        """Run every member.

        Args:
            inputs: scaled windows (window, lookback, feature).

        Returns:
            raw outputs (member, window, step, parameter).
        """
        return np.stack(
            [member.run(None, {member.get_inputs()[0].name: inputs})[0] for member in self.members]
        ).astype(float)
