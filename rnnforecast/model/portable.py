"""A trained network as a TensorFlow SavedModel or a LiteRT model, for programs without Keras.

Importing this loads TensorFlow.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias

import numpy as np

from rnnforecast.errors import ExportError

from rnnforecast.model.backend import keras, quiet, tf  # isort: skip  # the first to load it
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from rnnforecast.model.export import agree, load_network
from rnnforecast.model.numpy_network import Floats

Format: TypeAlias = Literal["savedmodel", "litert"]

WINDOW, RAW = "window", "raw"
"""Names of what goes in, scaled (window, lookback, feature), and of what comes out, raw (window,
step, parameter)."""


def portable(content: bytes, kind: Format, windows: Floats, expected: Floats) -> dict[str, bytes]:
    """Return a network in another format, after it has answered as its ONNX graph does.

    Args:
        content: the network in Keras' own format.
        kind: of the files.
        windows: scaled inputs (window, lookback, feature).
        expected: what the ONNX graph answers to them (window, step, parameter).

    Returns:
        The files by name: one of LiteRT, several of a SavedModel.

    Raises:
        ExportError: if it cannot be converted, or answers otherwise.
    """
    network = load_network(content, "a network to export")
    try:  # converters fail in ways of their own
        with quiet(), warnings.catch_warnings(action="ignore"):
            files = _saved_model(network) if kind == "savedmodel" else {"": _litert(network)}
            answers = ANSWERS[kind](files, windows)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise ExportError(
            f"the network cannot be converted ({reason})", "export it as --format onnx"
        ) from error
    if not agree(answers, expected):
        apart = float(np.abs(answers - expected).max())
        raise ExportError(
            f"as {kind} the network answers otherwise than as ONNX (by up to {apart:.2g})",
            "export it as --format onnx",
        )
    return files


def _function(network: keras.Model, batch: int | None) -> Any:
    """Return the network as a function of named tensors."""
    signature = tf.TensorSpec((batch, *network.input_shape[1:]), tf.float32, name=WINDOW)

    def answer(window: Any) -> dict[str, Any]:
        return {RAW: network(window, training=False)}

    return tf.function(answer, input_signature=[signature], autograph=False)


def _saved_model(network: keras.Model) -> dict[str, bytes]:
    """Return the files of a SavedModel with one signature, ``serving_default``."""
    module = tf.Module()
    module.network, module.serve = network, _function(network, None)
    with TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
        paths = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _litert(network: keras.Model) -> bytes:
    """Return a LiteRT model of built-in operators alone: it needs no Flex delegate.

    It answers one window at a time and its weights are constants: that is what lets the
    recurrences convert to the built-in WHILE.
    """
    concrete = _function(network, 1).get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    return bytes(converter.convert())


def _saved_model_answers(files: dict[str, bytes], windows: Floats) -> Floats:
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        serve = tf.saved_model.load(folder).signatures["serving_default"]
        return np.asarray(serve(**{WINDOW: tf.constant(windows)})[RAW])


def _litert_answers(files: dict[str, bytes], windows: Floats) -> Floats:
    interpreter = tf.lite.Interpreter(model_content=files[""])
    interpreter.allocate_tensors()
    (given,), (answered,) = interpreter.get_input_details(), interpreter.get_output_details()
    answers = []
    for window in windows:
        interpreter.set_tensor(given["index"], window[None])
        interpreter.invoke()
        answers.append(interpreter.get_tensor(answered["index"]))
    return np.concatenate(answers)


ANSWERS = {"savedmodel": _saved_model_answers, "litert": _litert_answers}
"""How files are asked."""
