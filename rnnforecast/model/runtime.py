"""ONNX Runtime, without its telemetry: the only module that imports it and that knows its
exceptions.

Its official builds report to Microsoft unless asked not to, and read the variable when they are
loaded (https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md).

A graph may come with a run of somebody else, so it is checked before it is opened, and runs within
bounds of memory and time.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rnnforecast.config.memory import memory_limit
from rnnforecast.model.graph_check import GraphError, check_graph

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

onnxruntime.disable_telemetry_events()  # where a program that uses us had loaded it before

_LOG_FATAL_ONLY = 4


MEMORY_SHARE = 0.75
"""Of the memory that this process may use, what all graphs together may take."""
PATIENCE_S = 60.0
"""Seconds that a graph may take, and one more for each window; networks answer in milliseconds."""


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
            GraphError: if they do not suit the graph, or it needs too much memory or time.
        """
        options, patience = onnxruntime.RunOptions(), PATIENCE_S + len(inputs)
        timer = threading.Timer(patience, setattr, (options, "terminate", True))
        timer.daemon = True
        timer.start()
        try:
            name = self.session.get_inputs()[0].name
            (outputs,) = self.session.run(None, {name: inputs}, options)
        except Exception as error:  # see ``open_graph``
            if options.terminate:
                raise GraphError(f"it has not answered within {patience:.0f} s") from None
            raise GraphError(_first_line(error)) from error
        finally:
            timer.cancel()
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
        GraphError: if it is damaged, of a kind that this version does not know, or does what no
            network of this program does.
    """
    check_graph(graph)
    _bound_memory()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _LOG_FATAL_ONLY
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise GraphError(_first_line(error)) from error
    return OnnxNetwork(session)


@cache
def _bound_memory() -> None:
    """Give all graphs of this process one pool of memory, which has an end."""
    limit = memory_limit()
    most = int(MEMORY_SHARE * limit) if limit < float("inf") else 0
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg(most, -1, -1, -1))


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:80]


__all__ = ["GraphError", "OnnxNetwork", "open_graph"]
