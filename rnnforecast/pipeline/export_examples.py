"""A small program that forecasts from an exported run without this package."""

from __future__ import annotations

import json
from typing import Literal, TypeAlias

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.model.heads import head_of
from rnnforecast.quantities import DIRECTION

Format: TypeAlias = Literal["onnx", "savedmodel", "litert"]

NEEDS = {
    "onnx": "numpy onnxruntime",
    "savedmodel": "numpy tensorflow",
    "litert": "numpy ai-edge-litert",
}
"""What to install for each format."""

HEAD = '''"""Forecast {symbol} from its exported networks; rnnforecast is not needed.

    pip install {needs}
    python example.py

Tensors: ``window``, float32 (1, {lookback}, {features}): the newest {lookback} rows of the inputs,
scaled, the newest last. ``raw``, float32 (1, {answered}, {parameters}): for each step ahead the
numbers of the head {head}{names}.
"""
'''
READ = """
import json
from pathlib import Path

import numpy as np
{imports}
HERE = Path(__file__).parent
about = json.loads((HERE / "example.json").read_text())
scaler = json.loads((HERE / "scaler.json").read_text())

# inputs in their own units to what the networks have learned from: (value - center) / scale
rows = np.loadtxt(HERE / "inputs.csv", delimiter=",", skiprows=1, ndmin=2)
center, scale = (np.array(scaler["inputs"][name]) for name in ("center", "scale"))
window = ((rows - center) / scale)[None].astype("float32")  # (1, lookback, feature)


"""
OPEN = {
    "onnx": '''def answer(number):
    """The raw answer of one network (step, parameter)."""
    session = onnxruntime.InferenceSession(HERE / f"members/{number:02d}.onnx")
    return session.run(None, {session.get_inputs()[0].name: window})[0][0]
''',
    "savedmodel": '''def answer(number):
    """The raw answer of one network (step, parameter)."""
    network = tf.saved_model.load(HERE / f"savedmodel/{number:02d}")
    return network.signatures["serving_default"](window=tf.constant(window))["raw"].numpy()[0]
''',
    "litert": '''def answer(number):
    """The raw answer of one network (step, parameter)."""
    interpreter = Interpreter(str(HERE / f"litert/{number:02d}.tflite"))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], window)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
''',
}
IMPORTS = {
    "onnx": 'import os\n\nos.environ["ORT_DISABLE_TELEMETRY"] = "1"  # its builds ask Microsoft'
    "\nimport onnxruntime  # noqa: E402\n",
    "savedmodel": "import tensorflow as tf\n",
    "litert": "from ai_edge_litert.interpreter import Interpreter\n",
}
BACK = """

raw = np.stack([answer(number) for number in range(1, about["members"] + 1)])
# where the middle of the distribution lies (member, step); not learned: at the scaler's center
location = np.zeros(raw.shape[:2]) if about["location"] is None else raw[:, :, about["location"]]
center, scale = (np.array(scaler["targets"][name]) for name in ("center", "scale"))
target = location.mean(axis=0) * scale + center  # in the unit of the target (step,)
last = about["last"]  # {last}
{back}
for date, number in zip(about["dates"], values):
    print(date, float(number))
"""
DECODE = {
    "log_return": "values = last * np.exp(target)  # log(price / last) to the price",
    "return": "values = last * (1 + target)  # price / last - 1 to the price",
    "difference": "values = last + target  # price - last to the price",
    "price": "values = target  # the price itself",
    "volatility": "values = np.exp(target)  # log volatility of a bar to the volatility",
    "direction": "values = (1 / (1 + np.exp(-location))).mean(axis=0)  # the chance of a rise",
}


def example(experiment: Experiment, dataset: Dataset, members: int, kind: Format) -> str:
    """Return the program.

    Args:
        experiment: of the run.
        dataset: that it forecasts.
        members: networks of the run.
        kind: what the networks are opened from.
    """
    head, window = head_of(experiment), experiment.window
    names = "" if head.location is None else f", number {head.location} of which is the location"
    direction = window.quantity == DIRECTION
    last = "unused" if direction else "the last known close, or volatility of late"
    begin = HEAD.format(
        symbol=dataset.history.symbol, needs=NEEDS[kind], lookback=window.lookback,
        features=len(dataset.names), answered=experiment.answered, parameters=head.parameters,
        head=experiment.model.head, names=names,
    )  # fmt: skip
    read = READ.replace("{imports}", IMPORTS[kind])
    back = BACK.replace("{last}", last).replace("{back}", DECODE[window.target])
    return begin + read + OPEN[kind] + back


def example_values(experiment: Experiment, dataset: Dataset, members: int, dates: list[str]) -> str:
    """Return what the program must know besides the files of the run, as JSON.

    Args:
        experiment: of the run.
        dataset: that it forecasts.
        members: networks of the run.
        dates: of the coming bars.
    """
    values = {
        "symbol": dataset.history.symbol,
        "currency": dataset.history.currency,
        "last_bar": dataset.history.last.isoformat(),
        "last": float(dataset.last_value[dataset.newest_origin]),
        "target": experiment.window.target,
        "features": list(dataset.names),
        "members": members,
        "location": head_of(experiment).location,
        "dates": dates[: experiment.answered],
    }
    return json.dumps(values, indent=1) + "\n"
