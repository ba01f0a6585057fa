"""The job with rnnforecast; an epoch includes validation and the checkpoint that a killed
training goes on from."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from job import BATCH, CELL, EPOCHS, LAYERS, LOOKBACK, UNITS, report

from rnnforecast import process
from rnnforecast.config import load
from rnnforecast.data.sample import sample
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.panel import windows_of

process.take_over()  # as the command line does, before it loads TensorFlow

from rnnforecast.model.export import Exporter  # noqa: E402
from rnnforecast.model.inference import Ensemble  # noqa: E402
from rnnforecast.model.training.ensemble import Callbacks, Epoch, fit_ensemble  # noqa: E402

experiment = load(
    "gru",
    [
        f"model.architecture={CELL}", f"model.units={[UNITS] * LAYERS}", "model.dropout=0",
        "model.head=point",
        f"window.lookback={LOOKBACK}", "window.horizon=1", "window.features=[log_return]",
        "window.target=log_return",
        f"training.batch_size={BATCH}", f"training.epochs={EPOCHS}", "training.patience=null",
        "training.ensemble=1",
        "training.clipnorm=null", "split.validation=0.15", "split.test=0.15",
    ],
)  # fmt: skip
dataset = prepare(experiment, sample("^GSPC"))
scalers = dataset.fit_scalers()

marks: list[float] = [time.perf_counter()]


def show(_: Epoch) -> None:
    """Times each epoch, the first with the making of the graph."""
    marks.append(time.perf_counter())


(member,) = fit_ensemble(windows_of([dataset], [scalers]), Callbacks(show))
inputs = dataset.inputs(scalers.inputs, dataset.splits.origins("test"))
with (
    TemporaryDirectory() as folder
):  # forecasts are made as ``predict`` makes them, from the exported graph
    Exporter().export(member.network, 1).write(Path(folder) / "01")
    (raw,) = Ensemble.load([Path(folder) / "01.onnx"])(inputs)
predicted = scalers.targets.invert(raw[:, 0])[:, 0] * 100
seconds = [after - before for before, after in pairwise(marks)]
report(seconds, predicted, "keras", "tensorflow")
