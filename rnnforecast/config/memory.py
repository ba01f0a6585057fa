"""Whether a training can fit into memory, from its settings: asked before anything is built.

The estimate is rough, within a factor of about two, and meant for settings that are wrong by powers
of ten: TensorFlow ends in an error of its own, or the machine in swapping, where they are tried.
"""

from __future__ import annotations

import os
from pathlib import Path

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.types import AUTO
from rnnforecast.errors import UsageError

FLOAT32, FLOAT64 = 4, 8
LARGEST_GRAPH = 2**31
"""Bytes of an ONNX file: protobuf's limit."""
COPIES = 8
"""Of each weight: itself, its gradient, Adam's two moments, the resume point, the best so far."""
MOST_CHOSEN = 8
"""Inputs that ``window.features: auto`` may choose."""
LEVELS = 103
"""Quantile levels at which forecasts are calibrated."""
PASSES = 3
"""An activation is computed, kept for the gradient, and met by the gradient."""
CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def check_memory(experiment: Experiment, rows: int, longest: int | None = None) -> None:
    """Refuse settings that this machine has no memory for.

    Args:
        experiment: what to train.
        rows: bars of all symbols together.
        longest: bars of the longest history: symbols are calibrated one after another; by default
            there is one.

    Raises:
        UsageError: naming the setting that weighs most.
    """
    weights = FLOAT32 * parameters(experiment)
    if weights > LARGEST_GRAPH:
        raise UsageError(
            f"a network of about {weights // FLOAT32:,} parameters is larger than an ONNX file "
            f"can be ({LARGEST_GRAPH / 1e9:.1f} GB)",
            "use smaller model.units",
        )
    needs = _needs(experiment, rows, longest or rows, weights)
    total, limit = sum(needs.values()), memory_limit()
    if total > limit:
        worst = max(needs, key=lambda setting: needs[setting])
        raise UsageError(
            f"training needs about {total / 1e9:,.1f} GB of memory, "
            f"{limit / 1e9:,.1f} GB are there",
            f"use a smaller {worst}",
        )


def _needs(experiment: Experiment, rows: int, longest: int, weights: int) -> dict[str, float]:
    """Return bytes by the setting that makes them many."""
    window, batch = experiment.window, experiment.training.batch_size
    width = sum(_gates(experiment) * units for units in experiment.model.units)
    width *= 2 if experiment.model.bidirectional else 1
    held_out = longest * (experiment.split.validation + experiment.split.test)
    return {
        "model.units": float(COPIES * weights),
        "training.batch_size": float(FLOAT32 * PASSES * batch * window.lookback * width),
        "window.horizon": FLOAT64 * (rows + held_out * LEVELS) * experiment.answered,
        "window.features": float(2 * FLOAT64 * rows * inputs(experiment)),
    }


def inputs(experiment: Experiment) -> int:
    """Return the number of features at each step of a window."""
    chosen = MOST_CHOSEN if experiment.window.features == AUTO else 0
    return chosen + experiment.inputs


def parameters(experiment: Experiment) -> int:
    """Return about how many weights a network has."""
    model, gates = experiment.model, _gates(experiment)
    below = inputs(experiment)
    if model.architecture == "linear":
        return below * experiment.window.lookback * experiment.answered * 3
    if model.architecture == "segrnn":
        below *= model.segment
    count = 0
    for units in model.units:
        recurrent = 0 if model.architecture == "cnn" else units
        one_way = gates * units * (below + recurrent + 1)
        count += one_way * (2 if model.bidirectional else 1)
        below = units * (2 if model.bidirectional else 1)
    return count + 3 * below * experiment.answered


def _gates(experiment: Experiment) -> int:
    """Return how many matrices a layer has in place of one."""
    model = experiment.model
    kinds = {"simple_rnn": 1, "lstm": 4, "gru": 3, "segrnn": 3, "cnn": model.kernel}
    return kinds.get(model.architecture, 6)


def memory_limit() -> float:
    """Return the bytes that this process may use: of the machine, its container and its shell."""
    limits = [float("inf")]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        limits.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    for path in CGROUPS:
        try:
            limits.append(float(Path(path).read_text()))
        except (OSError, ValueError):  # "max", or no such group
            continue
    try:
        import resource  # POSIX alone
    except ImportError:
        return min(limits)
    soft = resource.getrlimit(resource.RLIMIT_AS)[0]
    if soft != resource.RLIM_INFINITY:
        limits.append(float(soft))
    return min(limits)
