"""ONNX Runtime opens graphs, and says in one line what it cannot."""

from __future__ import annotations

import os

import numpy as np
import pytest

from rnnforecast.model.runtime import GraphError, open_graph
from rnnforecast.runs import Run


@pytest.mark.parametrize("content", [b"", b"no graph at all", b"\x08\x07" * 50])
def test_what_is_no_graph_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(GraphError) as refused:
        open_graph(content)
    assert "\n" not in str(refused.value) and len(str(refused.value)) <= 80


def test_a_graph_answers_windows_of_its_shape_and_no_others(trained: tuple[object, Run]) -> None:
    network = open_graph(trained[1].read_bytes("members/01.onnx"))
    lookback, features = network.session.get_inputs()[0].shape[1:]
    inputs = np.zeros((3, lookback, features), np.float32)
    outputs = network(inputs)
    assert outputs.shape[0] == 3 and np.isfinite(outputs).all()
    np.testing.assert_allclose(outputs[0], outputs[2], rtol=1e-6)
    with pytest.raises(GraphError):
        network(inputs[:, :, :0])


def test_nothing_is_reported_to_its_makers() -> None:
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
