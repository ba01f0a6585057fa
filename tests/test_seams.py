"""What is used of other libraries beyond their promises:
one canary for each seam, named by the module that uses it."""

from __future__ import annotations

import ast
import inspect
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import typer
from typer.core import TyperCommand, TyperGroup
from typer.testing import CliRunner

from rnnforecast.cli.lazy import _as_shown
from rnnforecast.model.backend import keras
from rnnforecast.model.export import ConversionError, _convert
from rnnforecast.model.runtime import GraphError, open_graph

ROOT = Path(__file__).parents[1]
SEAMS = {
    "cli/lazy.py": {"_get_number_range_help_str"},
    "data/yahoo/seams.py": {"_instances", "_crumb", "_cookie"},
    "workers.py": {"_forkserver", "_forkserver_pid", "_run_exitfuncs", "_stop", "_work_ids"},
}
"""The modules that touch what another library keeps to itself, and what each touches."""
HOMES = {
    "joblib.externals.loky": {"parallel.py", "workers.py"},
    "onnxruntime": {"model/runtime.py"},
    "peewee": {"data/yahoo/seams.py"},
    "typer.core": {"cli/lazy.py"},
    "yfinance": {"data/yahoo/seams.py", "data/yahoo/client.py"},
}
"""The only modules that import a library whose promises do not cover what is used of it."""
F32 = onnx.TensorProto.FLOAT


def graph_of(operation: str, version: int = 17) -> bytes:
    """A graph of one operation on a window of two steps."""
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node(operation, ["x"], ["y"])
    graph = onnx.helper.make_graph(
        [node], "g", [value("x", F32, [None, 2, 1])], [value("y", F32, [None, 2, 1])]
    )
    imports = [onnx.helper.make_opsetid("", version)]
    model = onnx.helper.make_model(graph, opset_imports=imports, ir_version=9)
    return bytes(model.SerializeToString())


BAD_GRAPHS = {
    "empty": b"",
    "no protobuf": b"\x08\x07not a graph",
    "cut": graph_of("Relu")[:-7],
    "an unknown operation": graph_of("NoSuchOperation"),
    "an operation set of the future": graph_of("Relu", 999),
}


@pytest.mark.parametrize("content", BAD_GRAPHS.values(), ids=BAD_GRAPHS)
def test_runtime_whatever_onnx_runtime_raises_on_opening_is_a_graph_error(content: bytes) -> None:
    with pytest.raises(GraphError) as caught:
        open_graph(content)
    assert "\n" not in str(caught.value)


def test_runtime_whatever_onnx_runtime_raises_on_running_is_a_graph_error() -> None:
    network = open_graph(graph_of("Relu"))
    windows = np.array([[[-1.0], [2.0]]], np.float32)
    np.testing.assert_array_equal(network(windows), [[[0.0], [2.0]]])
    with pytest.raises(GraphError):
        network(np.ones((1, 3, 1), np.float32))
    with pytest.raises(GraphError):
        network(windows.astype(np.int64))  # type: ignore[arg-type]


def test_export_tf2onnx_converts_a_network_of_keras_3() -> None:
    inputs = keras.Input((4, 1), name="window")
    network = keras.Model(inputs, keras.layers.Dense(2, name="head")(inputs))
    model = _convert(network)
    assert [value.name for value in model.graph.input] == ["window"]
    assert len(model.graph.output) == 1
    window = np.linspace(-1, 1, 4, dtype=np.float32)[None, :, None]
    answer = open_graph(model.SerializeToString())(window)
    np.testing.assert_allclose(answer, network(window), atol=1e-6)


def test_export_whatever_the_converter_raises_is_a_conversion_error() -> None:
    class Broken:
        """A network whose export fails as an incompatible tf2onnx does."""

        inputs = (keras.Input((4, 1), name="window"),)
        input_shape = (None, 4, 1)

        def export(self, *_: Any, **__: Any) -> None:
            raise AttributeError("'np' has no attribute 'cast'")

    with pytest.raises(ConversionError, match="AttributeError: 'np' has no attribute"):
        _convert(Broken())


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU"])
def test_acceleration_a_layer_of_keras_runs_the_inner_loop_that_is_put_on_it(kind: str) -> None:
    layer = getattr(keras.layers, kind)(3)
    own, seen = layer.inner_loop, []

    def inner_loop(sequences: Any, initial_state: Any, mask: Any, **rest: Any) -> Any:
        seen.append((sequences.shape, len(keras.tree.flatten(initial_state)), mask, set(rest)))
        return own(sequences, initial_state, mask, **rest)

    layer.inner_loop = inner_loop
    last = layer(np.ones((2, 5, 1), np.float32))
    ((shape, states, mask, rest),) = seen
    assert tuple(shape) == (2, 5, 1) and states == (2 if kind == "LSTM" else 1)
    assert mask is None and rest <= {"training"} and tuple(last.shape) == (2, 3)
    del layer.inner_loop
    assert inspect.ismethod(layer.inner_loop)


def app_of_two() -> typer.Typer:
    app = typer.Typer()
    app.command("one")(lambda: None)
    app.command("two")(lambda: None)
    return app


def test_lazy_typer_makes_a_group_whose_commands_can_be_looked_up_and_resolved() -> None:
    group = typer.main.get_group(app_of_two())
    assert isinstance(group, TyperGroup)
    assert set(group.commands) == {"one", "two"}
    context = typer.Context(group)
    name, command, rest = group.resolve_command(context, ["two", "word"])
    assert (name, rest) == ("two", ["word"]) and isinstance(command, TyperCommand)


def test_lazy_typer_asks_an_option_for_the_range_that_help_shows() -> None:
    app = typer.Typer()

    @app.command()
    def one(count: int = typer.Option(1, min=1, max=9)) -> None:
        """Take a number."""

    command = typer.main.get_command(app)
    [option] = [param for param in command.params if param.name == "count"]
    assert "1<=x<=9" in option._get_number_range_help_str()
    [shown] = [param for param in _as_shown(list(command.params)) if param.name == "count"]
    assert shown._get_number_range_help_str() == ""


def test_lazy_typer_asks_the_group_class_that_it_is_given() -> None:
    asked = []

    class Group(TyperGroup):
        def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
            asked.append(cmd_name)
            return super().get_command(ctx, cmd_name)  # type: ignore[arg-type]

    app = typer.Typer(cls=Group)
    app.command("one")(lambda: None)
    app.command("two")(lambda: None)
    assert CliRunner().invoke(app, ["two"]).exit_code == 0
    assert "two" in asked


def test_lazy_typer_keeps_commands_and_groups_where_their_epilog_is_set() -> None:
    app, inner = app_of_two(), app_of_two()
    app.add_typer(inner, name="inner")
    for command in app.registered_commands:
        command.epilog = "the end"
    assert [group.typer_instance for group in app.registered_groups] == [inner]
    assert "the end" in CliRunner().invoke(app, ["one", "--help"]).output


def test_main_typer_says_that_a_group_without_words_was_shown_its_help() -> None:
    app = typer.Typer(no_args_is_help=True)
    app.command("one")(lambda: None)
    app.command("two")(lambda: None)
    with pytest.raises(typer.TyperException) as caught:
        app([], standalone_mode=False)
    assert type(caught.value).__name__ == "NoArgsIsHelpError"


def private_names(tree: ast.AST, own: set[str]) -> set[str]:
    """Names with a leading underscore that are read of or imported from elsewhere."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not node.attr.endswith("__"):
            names.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("rnnforecast"):
            names |= {part for part in (node.module or "").split(".") if part != "__future__"}
            names |= {alias.name for alias in node.names}
    return {name for name in names if name.startswith("_")} - own


def defined(tree: ast.AST) -> set[str]:
    """Names that a module itself defines or assigns, on objects too."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names |= {node.attr} if node.value.id in ("self", "cls") else set()
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def trees() -> dict[str, ast.Module]:
    package = ROOT / "rnnforecast"
    return {
        path.relative_to(package).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(package.rglob("*.py"))
    }


def test_what_other_libraries_keep_to_themselves_is_touched_in_the_seams_alone() -> None:
    standard = {"_replace", "_fields", "_asdict", "_exit"}  # documented, in spite of their names
    touched = {
        path: names
        for path, tree in trees().items()
        if (names := private_names(tree, defined(tree) | standard))
    }
    assert touched == SEAMS


def test_each_seam_has_one_home_and_its_library_is_bounded_above() -> None:
    homes: dict[str, set[str]] = {library: set() for library in HOMES}
    for path, tree in trees().items():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for library in HOMES:
                if any(name == library or name.startswith(f"{library}.") for name in names):
                    homes[library].add(path)
    assert homes == HOMES
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounded = {line.partition(">=")[0] for line in project["dependencies"] if ",<" in line}
    libraries = {library.partition(".")[0] for library in HOMES}
    assert libraries | {"keras", "tensorflow", "onnx", "tf2onnx", "curl_cffi"} <= bounded


def test_runtime_onnx_runtime_can_be_told_to_report_nothing() -> None:
    import onnxruntime

    assert callable(onnxruntime.disable_telemetry_events)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    assert options.log_severity_level == 4


def test_main_typer_names_what_is_wrong_with_a_command_line_in_its_exceptions() -> None:
    app = typer.Typer()

    @app.command("one")
    def one(count: int = 1) -> None:
        """Take a number."""

    app.command("two")(lambda: None)
    with pytest.raises(typer.TyperException) as unknown:
        app(["one", "--cuont", "2"], standalone_mode=False)
    assert unknown.value.option_name == "--cuont"  # type: ignore[attr-defined]
    context = unknown.value.ctx  # type: ignore[attr-defined]
    assert "--count" in {name for param in context.command.params for name in param.opts}
    with pytest.raises(typer.TyperException) as wrong:
        app(["one", "--count", "many"], standalone_mode=False)
    assert "--count" in wrong.value.format_message()
    with pytest.raises(typer.TyperException, match="No such command 'three'"):
        app(["three"], standalone_mode=False)
