"""A graph that does what none of our networks does is refused before ONNX Runtime sees it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from rnnforecast.model import runtime
from rnnforecast.model.graph_check import GraphError, check_graph
from rnnforecast.model.runtime import open_graph
from rnnforecast.runs import Run

WINDOW = np.ones((1, 8, 2), np.float32)
CONTROL = helper.make_tensor_value_info
FOREVER = numpy_helper.from_array(np.array(True), "forever")


def number(name: str, value: object) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(value, np.int64), name)


def graph(
    nodes: Sequence[onnx.NodeProto], constants: Sequence[onnx.TensorProto] = ()
) -> onnx.ModelProto:
    shape: list[str | int | None] = [None, 8, 2]
    inner = helper.make_graph(
        list(nodes),
        "network",
        [helper.make_tensor_value_info("window", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        list(constants),
    )
    return helper.make_model(inner, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def loop(steps: str, body_nodes: Sequence[onnx.NodeProto] = ()) -> onnx.NodeProto:
    """A loop that adds a window to itself, as often as the constant of a name says."""
    nodes = [
        helper.make_node("Identity", ["go"], ["on"]),
        helper.make_node("Identity", ["x"], ["z"]),
        *body_nodes,
    ]
    body = helper.make_graph(
        nodes,
        "body",
        [
            CONTROL("step", TensorProto.INT64, []),
            CONTROL("go", TensorProto.BOOL, []),
            CONTROL("x", TensorProto.FLOAT, None),
        ],
        [CONTROL("on", TensorProto.BOOL, []), CONTROL("z", TensorProto.FLOAT, None)],
    )
    return helper.make_node("Loop", [steps, "forever", "window"], ["y"], body=body)


def elsewhere() -> onnx.ModelProto:
    model = graph([helper.make_node("Add", ["window", "w"], ["y"])], [number("w", 1)])
    (tensor,) = model.graph.initializer
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return model


def with_function() -> onnx.ModelProto:
    model = graph([helper.make_node("Relu", ["window"], ["y"])])
    function = model.functions.add()
    function.name, function.domain = "Relu", ""
    return model


def merged_steps() -> bytes:
    """A loop whose number of steps stands in two pieces of one message, which readers join."""
    (attribute,) = helper.make_node("Constant", [], ["M"], value=number("M", 3)).attribute
    more = onnx.AttributeProto()
    more.t.int64_data.append(2**62)
    pieces = attribute.SerializeToString() + more.SerializeToString()
    node = onnx.NodeProto(op_type="Constant", output=["M"]).SerializeToString() + _field(5, pieces)
    nodes = graph([loop("M")], [FOREVER]).graph.SerializeToString() + _field(1, node)
    return _field(7, nodes)


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content) & 127 | 128, len(content) >> 7]) + content


ADD_THREE = [helper.make_node("Constant", [], ["M"], value=number("M", 3)), loop("M")]
HARMLESS: dict[str, onnx.ModelProto] = {
    "arithmetic": graph([helper.make_node("Relu", ["window"], ["y"])]),
    "a loop of eight steps": graph([loop("M")], [FOREVER, number("M", 8)]),
    "steps in a node": graph(ADD_THREE, [FOREVER]),
    "the domain by its name": graph(
        [helper.make_node("Relu", ["window"], ["y"], domain="ai.onnx")]
    ),
}
HOSTILE: dict[str, tuple[onnx.ModelProto, str]] = {
    "without end": (graph([loop("M")], [FOREVER, number("M", 2**62)]), "loop without a small"),
    "no number of steps": (graph([loop("")], [FOREVER]), "loop without a small"),
    "steps below none": (graph([loop("M")], [FOREVER, number("M", -1)]), "loop without a small"),
    "steps of two kinds": (
        graph([loop("M")], [FOREVER, number("M", 8), number("M", 2**62)]), "loop without a small",
    ),
    "computed steps": (
        graph([helper.make_node("Mul", ["a", "a"], ["M"]), loop("M")], [FOREVER, number("a", 9)]),
        "loop without a small",
    ),
    "steps among many": (graph([loop("M")], [FOREVER, number("M", [8] * 2)]), "without a small"),
    "a loop in a loop": (
        graph([loop("M", [loop("M")])], [FOREVER, number("M", 8)]), "loop within a loop",
    ),
    "a branch": (graph([helper.make_node("If", ["forever"], ["y"])], [FOREVER]), "operator 'If'"),
    "chance": (graph([helper.make_node("RandomNormalLike", ["window"], ["y"])]), "'RandomNormalLi"),
    "of its maker": (
        graph([helper.make_node("Gelu", ["window"], ["y"], domain="com.microsoft")]), "'Gelu'",
    ),
    "of anybody": (graph([helper.make_node("Relu", ["window"], ["y"], domain="x")]), "'Relu'"),
    "control codes": (graph([helper.make_node("\x1b[2J", ["window"], ["y"])]), r"'\\x1b\[2J'"),
    "other files": (elsewhere(), "arrays in other files"),
    "functions": (with_function(), "functions or training"),
    "text": (
        graph([helper.make_node("Relu", ["window"], ["y"])],
              [helper.make_tensor("t", TensorProto.STRING, [1], [b"x"])]), "it holds text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_what_networks_do_is_run(name: str) -> None:
    answer = open_graph(HARMLESS[name].SerializeToString())(WINDOW)
    np.testing.assert_array_equal(answer, WINDOW)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_network_does_is_refused_by_name(name: str) -> None:
    model, reason = HOSTILE[name]
    with pytest.raises(GraphError, match=reason) as refused:
        open_graph(model.SerializeToString())
    assert "\n" not in str(refused.value) and len(str(refused.value)) <= 80


def test_a_message_in_pieces_hides_nothing() -> None:
    constant = onnx.ModelProto.FromString(merged_steps()).graph.node[-1]
    assert constant.attribute[0].t.int64_data == [2**62]  # the format allows it
    with pytest.raises(GraphError, match="loop without a small"):
        check_graph(merged_steps())


def test_damage_anywhere_is_a_graph_error_or_harmless(trained: tuple[object, Run]) -> None:
    content = trained[1].read_bytes("members/01.onnx")
    check_graph(content)
    random = np.random.default_rng(1)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[random.integers(len(content))] ^= 1 << int(random.integers(8))
        for changed in (bytes(damaged), content[: random.integers(1, len(content))]):
            try:
                check_graph(changed)
            except GraphError as error:
                assert str(error).startswith("it ")


def test_a_graph_that_needs_more_memory_than_there_is_is_refused() -> None:
    nodes = [
        helper.make_node("ReduceSum", ["window"], ["sum"], keepdims=0),
        helper.make_node("Expand", ["sum", "shape"], ["wide"]),
        helper.make_node("ReduceMean", ["wide"], ["mean"], keepdims=1),
        helper.make_node("Add", ["mean", "window"], ["y"]),
    ]
    network = open_graph(graph(nodes, [number("shape", [10**6, 10**7])]).SerializeToString())
    with pytest.raises(GraphError):
        network(WINDOW)


def test_a_graph_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "PATIENCE_S", -0.9)  # with a second for the window: .1 s
    monkeypatch.setattr("rnnforecast.model.graph_check.MOST_STEPS", 2**63)
    network = open_graph(graph([loop("M")], [FOREVER, number("M", 2**62)]).SerializeToString())
    with pytest.raises(GraphError, match="has not answered within 0 s"):
        network(WINDOW)
