"""The jobs of ``gpu.py``: each prints a line of JSON for each thing that it has measured.

python benchmarks/gpu_jobs.py JOB --device gpu [--tickers 482] [--limit 12]
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

import common  # noqa: F401  # takes the process over
import numpy as np
from tickers import DAYS, SETTINGS, candles

Found = dict[str, Any]

BATCHES = (8_192, 1_024, 32_768, 64)
MIXED = ("mixed_bfloat16", "mixed_float16")
"""Keras' policies of mixed precision."""
ROUNDS = 5
"""Epochs whose median counts, where so many fit into the limit."""
EPOCHS, SEEDS = 10, 5
"""Of each network of ``agreement``."""


def main() -> None:
    """Do a job, and print what it yields."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("job", choices=list(JOBS))
    parser.add_argument("--device", choices=["gpu", "cpu"], default="gpu")
    parser.add_argument("--tickers", type=int, default=482)
    parser.add_argument("--limit", type=float, default=12.0)
    chosen = parser.parse_args()
    for found in JOBS[chosen.job](chosen):
        print(json.dumps(found), flush=True)


def use(device: str) -> None:
    """Choose the device as the option of the command line does; before TensorFlow is loaded.

    Raises:
        UsageError: if it is a GPU, and TensorFlow sees none.
    """
    from rnnforecast.cli.options import use_device

    use_device(device, None)


def describe() -> Found:
    """Return what is trained on, and the versions of what trains."""
    from rnnforecast.model.backend import device, tf

    built = tf.sysconfig.get_build_info()
    found: Found = {
        "what": "device",
        "device": device(),
        "built": {name: built.get(f"{name}_version") for name in ("cuda", "cudnn")},
    }
    for card in tf.config.list_physical_devices("GPU"):
        found["card"] = tf.config.experimental.get_device_details(card)
        # how it is switched on; tf.config says nothing of it
        found["memory_growth"] = os.environ.get("TF_FORCE_GPU_ALLOW_GROWTH")
        try:
            found["cudnn_loaded"] = ctypes.CDLL("libcudnn.so.9").cudnnGetVersion()
        except OSError as error:
            found["cudnn_loaded"] = str(error)
    return found


def windows_of_panel(tickers: int) -> Any:
    """Return the windows of so many made-up tickers."""
    from rnnforecast.config import load
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.dataset.panel import Series, prepare_panel, windows_of

    names = [f"T{number:03d}" for number in range(tickers)]
    experiment = load("gru", [*SETTINGS, f"data.symbol={json.dumps(names)}"])
    series = [
        Series(PriceHistory(name, candles(DAYS, seed), "1d", "24/7"), {})
        for seed, name in enumerate(names)
    ]
    panel = prepare_panel(experiment, series)
    return windows_of(panel.datasets, panel.scalers)


def epoch(
    windows: Any,
    *,
    limit: float,
    batch: int = 64,
    cell: str = "lstm",
    policy: str = "float32",
    cudnn: bool = True,
) -> Found:
    """Measure an epoch of training.

    Args:
        windows: of one ticker or several.
        limit: seconds that the measured batches may take, about.
        batch: windows in each.
        cell: the recurrent layer.
        policy: of Keras, for the precision.
        cudnn: whether Keras may choose cuDNN.

    Returns:
        its seconds, or why it ``failed``.
    """
    from rnnforecast.model.backend import tf

    what = f"{cell}, batch {batch}"
    what += ("" if policy == "float32" else f", {policy}") + ("" if cudnn else ", without cuDNN")
    found = {"what": what, "batch": batch, "windows": len(windows.origins["train"])}
    try:
        return {**found, **_epoch(windows, limit, batch, cell, policy, cudnn)}
    except (tf.errors.OpError, TypeError, ValueError, NotImplementedError) as error:
        return {**found, "failed": str(error)[:1000]}


def _epoch(windows: Any, limit: float, batch: int, cell: str, policy: str, cudnn: bool) -> Found:
    """Measure an epoch, or let what TensorFlow raises through."""
    from rnnforecast.model.backend import device, keras, tf
    from rnnforecast.model.network import build, recurrent_layers
    from rnnforecast.model.training.epoch import Loop
    from rnnforecast.model.training.trainer import make_optimizer

    training = windows.experiment.training.model_copy(update={"batch_size": batch})
    model = windows.experiment.model.model_copy(update={"architecture": cell})
    experiment = windows.experiment.model_copy(update={"training": training, "model": model})
    windows = replace(windows, experiment=experiment)
    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy(policy)
    network = build(experiment)
    if policy != "float32":  # as Keras advises: the loss in single precision
        same = keras.layers.Activation("linear", dtype="float32")
        network = keras.Model(network.inputs, same(network.outputs[0]))
    keras.config.set_dtype_policy("float32")
    for layer in recurrent_layers(network):
        if not cudnn and cell != "simple_rnn":
            layer.use_cudnn = False
    optimizer = make_optimizer(training)
    optimizer.build(network.trainable_variables)
    on_gpu = device() == "GPU"
    if on_gpu:
        tf.config.experimental.reset_memory_stats("GPU:0")
    began = time.perf_counter()
    loop = Loop(network, optimizer, windows)
    order = np.random.default_rng(1).permutation(len(windows.origins["train"]))
    loop.train(order[:batch])
    first = time.perf_counter() - began
    loop.train(order[: 2 * batch])  # another number of windows: from now on the graph takes any
    probe = order[: 4 * batch]
    began = time.perf_counter()
    loop.train(probe)
    taken = time.perf_counter() - began
    count = min(len(order), max(batch, int(limit / taken * len(probe)) // batch * batch))
    rounds, losses, spent = [], [], time.perf_counter()
    while len(rounds) < ROUNDS and (not rounds or time.perf_counter() - spent < limit):
        began = time.perf_counter()
        losses.append(loop.train(order[:count]))
        rounds.append(time.perf_counter() - began)
    taken = statistics.median(rounds)
    found = {
        "first_step_s": first, "measured_windows": count, "measured_s": rounds,
        "epoch_s": taken * len(order) / count, "whole_epoch": count == len(order),
        "windows_per_s": count / taken, "losses": losses,
    }  # fmt: skip
    if on_gpu:
        found["peak_gpu_mb"] = tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**20
        found["taken_gpu_mb"] = taken_gpu_mb()
    return found


def taken_gpu_mb() -> int | None:
    """Return how much of the card's memory is in use, by whomever; None where nobody can say."""
    try:
        query = ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
        return int(subprocess.run(query, capture_output=True, text=True).stdout.split()[0])
    except (OSError, IndexError, ValueError):
        return None


def kernels(chosen: argparse.Namespace) -> Iterator[Found]:
    """Train two batches of each cell while cuDNN and TensorFlow log what they do."""
    use(chosen.device)
    from rnnforecast.model.backend import tf

    yield describe()
    tf.debugging.set_log_device_placement(True)
    windows = windows_of_panel(1)
    windows = replace(windows, origins={part: rows[:128] for part, rows in windows.origins.items()})
    for cell in ("lstm", "gru"):
        yield epoch(windows, limit=0.0, cell=cell)


def one(chosen: argparse.Namespace) -> Iterator[Found]:
    """Measure the epochs of one ticker."""
    use(chosen.device)
    from rnnforecast.model.backend import device

    windows = windows_of_panel(1)
    for cell in ("lstm", "gru"):
        yield epoch(windows, limit=chosen.limit, cell=cell)
    if device() == "GPU":
        yield epoch(windows, limit=chosen.limit, cudnn=False)
        for policy in MIXED:
            yield epoch(windows, limit=chosen.limit, policy=policy)
        yield epoch(windows, limit=chosen.limit, batch=747)


def panel(chosen: argparse.Namespace) -> Iterator[Found]:
    """Measure the epochs of a panel."""
    use(chosen.device)
    from rnnforecast.model.backend import device

    began = time.perf_counter()
    windows = windows_of_panel(chosen.tickers)
    yield {"what": "prepare", "seconds": time.perf_counter() - began}
    if device() == "CPU":
        for batch in (64, 1_024):
            yield epoch(windows, limit=chosen.limit, batch=batch)
        return
    for batch in BATCHES:
        yield epoch(windows, limit=chosen.limit, batch=batch)
    yield epoch(windows, limit=chosen.limit, batch=8_192, cell="gru")
    for policy in MIXED:
        yield epoch(windows, limit=chosen.limit, batch=8_192, policy=policy)


def agreement(chosen: argparse.Namespace) -> Iterator[Found]:
    """Train the same networks on the device and on the CPU, side by side.

    Yields:
        each network's losses and test CRPS; last, the means of both and what the seed does.
    """
    command = [sys.executable, __file__, "networks", "--device"]
    both = {
        device: subprocess.Popen([*command, device], stdout=subprocess.PIPE, text=True)
        for device in dict.fromkeys([chosen.device, "cpu"])
    }
    crps: dict[str, list[float]] = {device: [] for device in both}
    for device, process in both.items():
        assert process.stdout
        for line in process.stdout:
            found = json.loads(line)
            crps[device].append(found["test_crps"])
            yield {**found, "what": f"seed {found['seed']} on the {found['device']}"}
        if process.wait():
            yield {"what": f"networks on the {device}", "failed": f"exit code {process.returncode}"}
    if not all(len(values) == SEEDS for values in crps.values()) or len(crps) < 2:
        return
    ours, theirs = (np.array(values) for values in crps.values())
    yield {
        "what": "test CRPS",
        "gpu": ours.mean(), "cpu": theirs.mean(),
        "seed_sd": float(np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / 2)),
        "difference": (ours - theirs).mean(),
        "difference_se": (ours - theirs).std(ddof=1) / np.sqrt(SEEDS),
        "largest_difference": np.abs(ours - theirs).max(),
    }  # fmt: skip


def networks(chosen: argparse.Namespace) -> Iterator[Found]:
    """Train networks from SEEDS seeds on the S&P 500, in this process."""
    use(chosen.device)
    from rnnforecast.config import load
    from rnnforecast.data.sample import sample
    from rnnforecast.dataset.dataset import prepare
    from rnnforecast.dataset.panel import windows_of
    from rnnforecast.evaluation.metrics.distribution import crps_of_percentiles
    from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES
    from rnnforecast.model.backend import device
    from rnnforecast.model.heads import head_of
    from rnnforecast.model.training.ensemble import fit_ensemble

    training = [f"training.epochs={EPOCHS}", "training.patience=null", f"training.ensemble={SEEDS}"]
    experiment = load("gru", [*SETTINGS, *training, 'data.symbol="^GSPC"'])
    dataset = prepare(experiment, sample("^GSPC"))
    scalers, origins = dataset.fit_scalers(), dataset.splits.origins("test")
    inputs = dataset.inputs(scalers.inputs, origins)
    actual = dataset.scaled_targets(scalers.targets, "test")
    for member in fit_ensemble(windows_of([dataset], [scalers])):
        raw = np.asarray(member.network.predict(inputs, batch_size=256, verbose=0), float)
        quantiles = head_of(experiment).answer(raw, LEVELS[PERCENTILES])
        crps = crps_of_percentiles(actual.ravel(), quantiles.reshape(actual.size, -1))
        yield {
            "seed": member.seed, "device": device(),
            "losses": member.fit["loss"].round(6).tolist(),
            "val_losses": member.fit["val_loss"].round(6).tolist(),
            "test_crps": float(crps.mean()),
        }  # fmt: skip


def repeat(chosen: argparse.Namespace) -> Iterator[Found]:
    """Train a network twice from one seed, then twice with ``training.deterministic``."""
    use(chosen.device)
    from rnnforecast.model.backend import tf
    from rnnforecast.model.training.ensemble import fit_ensemble

    windows = windows_of_panel(1)
    for deterministic in (False, True):  # in this order: it cannot be turned off again
        settings = {"deterministic": deterministic, "ensemble": 1, "epochs": 3}
        training = windows.experiment.training.model_copy(update=settings)
        experiment = windows.experiment.model_copy(update={"training": training})
        found: Found = {"what": "deterministic" if deterministic else "as it comes"}
        try:
            began = time.perf_counter()
            first, second = (
                next(fit_ensemble(replace(windows, experiment=experiment))).network.get_weights()
                for _ in range(2)
            )
        except tf.errors.OpError as error:
            yield {**found, "failed": str(error)[:1000]}
            continue
        pairs = list(zip(first, second, strict=True))
        yield {
            **found,
            "identical": all(np.array_equal(one, other) for one, other in pairs),
            "largest_difference": max(float(np.abs(one - other).max()) for one, other in pairs),
            "seconds": time.perf_counter() - began,
        }


def product(chosen: argparse.Namespace) -> Iterator[Found]:
    """Train as a user does, on the device, with export, calibration and forecast."""
    for device in dict.fromkeys([chosen.device, "cpu"]):
        with TemporaryDirectory() as home:
            program = [sys.executable, "-m", "rnnforecast", "--home", home, "--quiet"]
            setting = ["--set", "training.ensemble=2", "--set", "training.epochs=10"]
            fetch = [*program, "fetch", "^GSPC", "--source", "sample"]
            train = [*program, "train", "^GSPC", "--config", "lstm", "--device", device, *setting]
            subprocess.run(fetch, capture_output=True)
            began = time.perf_counter()
            done = subprocess.run(train, capture_output=True, text=True)
            found: Found = {"what": f"train --device {device}"}
            found |= {"exit": done.returncode, "seconds": time.perf_counter() - began}
            yield found if not done.returncode else {**found, "failed": done.stderr[-1500:]}


JOBS: dict[str, Callable[[argparse.Namespace], Iterator[Found]]] = {
    "kernels": kernels,
    "one": one,
    "panel": panel,
    "agreement": agreement,
    "networks": networks,
    "repeat": repeat,
    "product": product,
    "one-cpu": one,
    "panel-cpu": panel,
}

if __name__ == "__main__":
    main()
