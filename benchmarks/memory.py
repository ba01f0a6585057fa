"""What recurrent networks remember: the adding problem and the delayed copy, at growing lengths.

    python benchmarks/memory.py [--quick]

The folklore says that a SimpleRNN forgets within tens of steps and that LSTM and GRU do not. Each
architecture gets about the same number of parameters, the same batches and the same number of
steps; the spread is over seeds.

adding (Hochreiter & Schmidhuber 1997): of two rows, one random and one marking two steps, answer
the sum of the marked numbers. Error is relative to always answering the mean: 1 has learned
nothing, 0 is perfect. copy: answer the number that stood at the first step of a window of noise.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rnnforecast.config import Experiment, load
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.network import build
from rnnforecast.report.charts.files import save
from rnnforecast.report.charts.render_matplotlib import styled

PARAMETERS = 2_000
STEPS, BATCH, RATE = 1_500, 64, 2e-3
LENGTHS, SEEDS = (10, 25, 50, 100, 200, 400), (1, 2, 3)
RESULTS = Path(__file__).parent / "results"

CONTENDERS = {
    "simple_rnn": ("model.architecture=simple_rnn",),
    "lstm": ("model.architecture=lstm",),
    "lstm, open gates": ("model.architecture=lstm", "model.gate_bias=5"),
    "gru": ("model.architecture=gru",),
    "gru, open gates": ("model.architecture=gru", "model.gate_bias=5"),
    "segrnn": ("model.architecture=segrnn",),
    "cnn": ("model.architecture=cnn", "model.activation=relu", "model.residual=true"),
    "transformer": (
        "model.architecture=transformer",
        "model.activation=gelu",
        "model.pooling=attention",
    ),
}
COLOURS = dict(
    zip(
        CONTENDERS,
        ("#000000", "#56B4E9", "#0072B2", "#E69F00", "#D55E00", "#009E73", "#CC79A7", "#8A8A8A"),
        strict=True,
    )
)


@dataclass(frozen=True)
class Trial:
    """One training.

    Args:
        task: ``adding`` or ``copy``.
        contender: of CONTENDERS.
        length: steps in a window.
        seed: of weights and batches.
    """

    task: str
    contender: str
    length: int
    seed: int


def batch_of(task: str, length: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Windows (window, step, 2) and what to answer (window, 1)."""
    values = random.uniform(-1, 1, (BATCH, length, 1))
    marks = np.zeros((BATCH, length, 1))
    if task == "adding":
        half = length // 2
        places = np.c_[random.integers(0, half, BATCH), random.integers(half, length, BATCH)]
        np.put_along_axis(marks[..., 0], places, 1.0, axis=1)
        answers = np.take_along_axis(values[..., 0], places, axis=1).sum(axis=1, keepdims=True)
    else:
        marks[:, 0] = 1.0
        answers = values[:, 0]
    return np.concatenate([values, marks], axis=2).astype(np.float32), answers.astype(np.float32)


def experiment_of(contender: str, length: int) -> Experiment:
    """The contender at the width that comes nearest to PARAMETERS."""
    base = [
        f"window.lookback={length}",
        "window.horizon=1",
        "model.head=point",
        "model.dropout=0",
        *CONTENDERS[contender],
    ]
    if contender == "segrnn":
        base.append("model.segment=5")
    layers = max(1, int(np.ceil(np.log2(length / 2 + 1)))) if contender == "cnn" else 1

    def at(width: int) -> Experiment:
        units = width * 4 if contender == "transformer" else width
        return load("gru", [*base, f"model.units={[units] * layers}"])

    return min(
        (at(width) for width in range(2, 44)),
        key=lambda one: abs(build(one).count_params() - PARAMETERS),
    )


def run(trial: Trial, experiment: Experiment, steps: int) -> float:
    """Train on fresh batches, and return the squared error on new ones relative to
    answering the mean."""
    keras.utils.set_random_seed(trial.seed)
    random = np.random.default_rng(trial.seed)
    network, optimizer = build(experiment), keras.optimizers.Adam(RATE, clipnorm=1.0)
    optimizer.build(network.trainable_variables)

    @tf.function(reduce_retracing=True)
    def learn(inputs: object, answers: object) -> object:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((network(inputs, training=True)[..., 0] - answers) ** 2)
        optimizer.apply(
            tape.gradient(loss, network.trainable_variables), network.trainable_variables
        )
        return loss

    for _ in range(steps):
        learn(*map(tf.constant, batch_of(trial.task, trial.length, random)))
    errors, answers = [], []
    for _ in range(8):
        inputs, expected = batch_of(trial.task, trial.length, random)
        errors.append(np.asarray(network(inputs))[..., 0] - expected)
        answers.append(expected)
    return float(np.mean(np.square(errors)) / np.var(answers))


def trials(lengths: tuple[int, ...], seeds: tuple[int, ...]) -> Iterator[Trial]:
    """Every training, short windows first."""
    for length in lengths:
        for task in ("adding", "copy"):
            for contender in CONTENDERS:
                for seed in seeds:
                    yield Trial(task, contender, length, seed)


def draw(table: pd.DataFrame, path: Path) -> None:
    """Median over seeds with its range, a panel for each task."""
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(10, 4.4), layout="constrained")
        panels = figure.subplots(1, 2, sharey=True)
        for axes, (task, part) in zip(panels, table.groupby("task"), strict=True):
            for contender, group in part.groupby("contender", sort=False):
                error = group.groupby("length")["error"]
                middle, low, high = error.median(), error.min(), error.max()
                axes.plot(
                    middle.index,
                    middle,
                    "o-",
                    ms=3.5,
                    lw=1.4,
                    color=COLOURS[str(contender)],
                    label=str(contender),
                )
                axes.fill_between(
                    middle.index, low, high, color=COLOURS[str(contender)], alpha=0.12, lw=0
                )
            axes.axhline(1, color="#8A8A8A", lw=0.8, ls=":")
            axes.set(title=task, xscale="log", xlabel="steps in the window")
            axes.set_xticks(
                sorted(table["length"].unique()),
                [str(one) for one in sorted(table["length"].unique())],
            )
            axes.minorticks_off()
        panels[0].set_ylabel("squared error / that of the mean")
        panels[0].set_ylim(-0.03, 1.4)
        panels[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
        save(figure, path)


def main() -> None:
    """Run every trial, print the table, write results here and the figure to docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one seed, short windows, few steps")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    chosen = parser.parse_args()
    lengths, seeds, steps = tuple(chosen.lengths), tuple(chosen.seeds), chosen.steps
    if chosen.quick:
        lengths, seeds, steps = (10, 25), (1,), 200
    experiments = {
        (contender, length): experiment_of(contender, length)
        for contender in CONTENDERS
        for length in lengths
    }
    rows = []
    for trial in trials(lengths, seeds):
        experiment = experiments[trial.contender, trial.length]
        error = run(trial, experiment, steps)
        rows.append({**vars(trial), "parameters": build(experiment).count_params(), "error": error})
        print(
            f"{trial.task:7} {trial.length:4} {trial.contender:17} seed {trial.seed}: {error:.3f}",
            flush=True,
        )
    table = pd.DataFrame(rows)
    print(
        table.pivot_table(
            index=["task", "contender"],
            columns="length",
            values="error",
            aggfunc="median",
            sort=False,
        ).round(3)
    )
    RESULTS.mkdir(exist_ok=True)
    about = {
        "machine": platform.platform(),
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "steps": steps,
    }
    (RESULTS / "memory.json").write_text(json.dumps({**about, "trials": rows}, indent=1))
    draw(table, Path(__file__).parents[1] / "docs" / "memory.png")


if __name__ == "__main__":
    main()
