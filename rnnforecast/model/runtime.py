"""ONNX Runtime, without its telemetry: the only module that imports it and that knows its
exceptions.

Its official builds report to Microsoft unless asked not to, and read the variable when they are
loaded (https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

onnxruntime.disable_telemetry_events()  # where a program that uses us had loaded it before

_LOG_FATAL_ONLY = 4


class GraphError(Exception):
    """ONNX Runtime cannot open a graph, or not run it."""


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """A graph that is ready to run.

    Args:
        session: of ONNX Runtime.
    """

    session: onnxruntime.InferenceSession

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the graph.

        Args:
            inputs: scaled windows (window, lookback, feature).

        Returns:
            raw outputs (window, step, parameter).

        Raises:
            GraphError: if they do not suit the graph.
        """
        try:
            (outputs,) = self.session.run(None, {self.session.get_inputs()[0].name: inputs})
        except Exception as error:  # see ``open_graph``
            raise GraphError(_first_line(error)) from error
        return np.asarray(outputs)


def open_graph(graph: bytes, threads: int = 0) -> OnnxNetwork:
    """Open a graph from the content of its file.

    Args:
        graph: content of the file.
        threads: that run it; 0 for one on each core, which a session keeps for as long as it lives.

    ONNX Runtime has no public base class of its exceptions: each of a dozen kinds derives from
    Exception itself and lives in a private C module. So whatever one call of its public interface
    raises is caught, here and nowhere else.

    Raises:
        GraphError: if it is damaged, or of a kind that this version does not know.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _LOG_FATAL_ONLY
    options.intra_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise GraphError(_first_line(error)) from error
    return OnnxNetwork(session)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:80]


__all__ = ["GraphError", "OnnxNetwork", "open_graph"]
