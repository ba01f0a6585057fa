"""How far back the loss reaches: the gradient of every state of a recurrence, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.model import RECURRENT
from rnnforecast.errors import UsageError
from rnnforecast.model.backend import keras, tf
from rnnforecast.model.losses import loss_of

VANISHED, EXPLODED = 1e-4, 1e2
"""Shares of the newest step's gradient at the oldest one from which on a person should know."""


def check_explainable(experiment: Experiment) -> None:
    """Refuse an experiment whose network is not a plain stack of recurrent layers.

    Raises:
        UsageError: naming the setting in the way.
    """
    model = experiment.model
    if model.architecture not in RECURRENT:
        raise UsageError(
            f"model.architecture {model.architecture} has no recurrence to follow",
            "use gru, lstm or rnn",
        )
    for option in ("bidirectional", "residual", "layer_norm"):
        if getattr(model, option):
            raise UsageError(
                f"model.{option} opens other ways for the gradient",
                f"use --set model.{option}=false",
            )
    if model.decoder != "none":
        raise UsageError(
            f"model.decoder {model.decoder} has a second recurrence", "use --set model.decoder=none"
        )
    if model.pooling != "last":
        raise UsageError(
            f"model.pooling {model.pooling} opens other ways", "use --set model.pooling=last"
        )


def state_gradients(
    network: keras.Model,
    experiment: Experiment,
    inputs: NDArray[np.float32],
    outcomes: NDArray[np.float32],
) -> pd.DataFrame:
    """Measure d loss / d h_t, of every recurrent layer at every step of the window.

    Each layer's cell is run step by step, with a zero added to its state: the gradient of that zero
    is the gradient of the state, by whatever way the loss depends on it.

    Args:
        network: of ``build``, one-way recurrent layers without residuals or norms.
        experiment: whose network it is.
        inputs: scaled windows (window, lookback, feature).
        outcomes: scaled target paths (window, step).

    Returns:
        one row for each layer and step: layer (from 1), step (0 the newest, -1 the one before),
        norm (root mean square over windows of the gradient's Euclidean norm).
    """
    depths = range(1, len(experiment.model.units) + 1)
    cells = [network.get_layer(f"recurrent_{depth}").cell for depth in depths]
    windows, lookback = inputs.shape[:2]
    zeros = [tf.zeros((lookback, windows, cell.units)) for cell in cells]
    with tf.GradientTape() as tape:
        tape.watch(zeros)
        last = _states(cells, tf.constant(inputs), zeros)
        raw = network.get_layer("path")(network.get_layer("head")(last))
        loss = tf.reduce_sum(
            tf.reduce_mean(loss_of(experiment)(tf.constant(outcomes), raw), axis=-1)
        )
    gradients = tape.gradient(loss, zeros)
    tables = [
        pd.DataFrame(
            {
                "layer": depth,
                "step": np.arange(1 - lookback, 1),
                "norm": np.sqrt(np.square(gradient.numpy().astype(float)).sum(axis=2).mean(axis=1)),
            }
        )
        for depth, gradient in zip(depths, gradients, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _states(cells: Sequence[Any], steps: Any, zeros: Sequence[Any]) -> Any:
    """Return the last layer's last state (window, unit), each state with its zero added."""
    inputs = tf.unstack(steps, axis=1)
    for cell, zero in zip(cells, zeros, strict=True):
        state = cell.get_initial_state(batch_size=steps.shape[0])
        outputs = []
        for at, step in enumerate(inputs):
            _, state = cell(step, state)
            # Only the output h_t gets a zero; the memory c_t of an LSTM passes on as it is.
            state = [state[0] + zero[at], *state[1:]]
            outputs.append(state[0])
        inputs = outputs
    return inputs[-1]


def reach(table: pd.DataFrame) -> dict[int, float]:
    """Return, for each layer, the gradient at the oldest step as a share of that at the newest."""
    norms = table.pivot_table(index="step", columns="layer", values="norm")
    newest = norms.iloc[-1].to_numpy(float)
    shares = np.divide(
        norms.iloc[0].to_numpy(float), newest, out=np.zeros_like(newest), where=newest > 0
    )
    return dict(enumerate(map(float, shares), 1))


def warning_of(share: float, lookback: int) -> str:
    """Warn of a layer's reach; nothing where all is well."""
    if share < VANISHED:
        return (
            f"vanishes: the oldest of {lookback} steps has {share:.1e} of the newest one's "
            "gradient; try lstm or gru with model.gate_bias=5, a shorter window.lookback, "
            "model.pooling=attention, or segrnn"
        )
    if share > EXPLODED or not np.isfinite(share):
        return (
            f"explodes: the oldest of {lookback} steps has {share:.1e} times the newest one's "
            "gradient; try training.clipnorm=1.0, model.activation=tanh, "
            "or a smaller training.learning_rate"
        )
    return ""
