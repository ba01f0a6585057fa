"""An experiment to a Keras model made of stock layers: it opens anywhere without this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.model import Model
from rnnforecast.config.types import AUTO
from rnnforecast.model.backend import keras
from rnnforecast.model.heads import HEADS, Head, head_of

layers, ops = keras.layers, keras.ops
Tensor = Any

CELLS = {"simple_rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}


def build(experiment: Experiment) -> keras.Model:
    """Build a network with fresh weights.

    Args:
        experiment: its window and model sections.

    Returns:
        a model from scaled inputs (window, lookback, feature) to raw outputs (window, step,
        parameter).
    """
    window, model = experiment.window, experiment.model
    assert window.features != AUTO, "resolve the experiment before building its network"
    if len(experiment.data.symbol) > 1:  # one symbol alone is no market
        assert experiment.data.market != AUTO, "resolve the experiment before building its network"
    inputs = keras.Input((window.lookback, experiment.inputs), name="window")
    parameters = head_of(experiment).parameters
    horizon = experiment.answered
    steps = _less_last(inputs) if model.subtract_last else inputs
    if model.architecture == "segrnn":
        outputs = _segrnn(steps, model, horizon, parameters)
    elif model.decoder != "none":
        outputs = _seq2seq(steps, model, horizon, parameters)
    else:
        summary = BODIES.get(model.architecture, _recurrent)(steps, model)
        raw = layers.Dense(horizon * parameters, name="head")(summary)
        outputs = layers.Reshape((horizon, parameters), name="path")(raw)
    network = keras.Model(inputs, outputs, name=model.architecture)
    _silence(network, head_of(experiment))
    if model.gate_bias is not None:
        _open_gates(network, model.gate_bias)
    return network


def _silence(network: keras.Model, head: Head) -> None:
    """Let the number that the head wants silent begin at 0, whatever the window; it can learn."""
    if head.silent is None:
        return
    kernel = network.get_layer("head").kernel  # a step's numbers lie beside each other
    _set(kernel, np.s_[:, head.silent :: head.parameters], 0.0)


def _open_gates(network: keras.Model, bias: float) -> None:
    """Let a recurrence begin by keeping what it knows (Gers et al. 2000;
    Tallec & Ollivier 2018, chrono).

    The forget gate stands second among an LSTM's gates, the update gate first among a GRU's.
    """
    for layer in recurrent_layers(network):
        if isinstance(layer, layers.LSTM):
            _set(layer.cell.bias, np.s_[layer.units : 2 * layer.units], bias)
        if isinstance(layer, layers.GRU):
            _set(layer.cell.bias, np.s_[0, : layer.units], bias)


def recurrent_layers(network: keras.Model) -> Iterator[keras.layers.RNN]:
    """Yield every recurrent layer, the two directions of a bidirectional one separately."""
    for layer in network.layers:
        bidirectional = isinstance(layer, layers.Bidirectional)
        for way in (layer.forward_layer, layer.backward_layer) if bidirectional else (layer,):
            if isinstance(way, layers.RNN):
                yield way


def _set(variable: Any, place: Any, value: float) -> None:
    values = variable.numpy()
    values[place] = value
    variable.assign(values)


def _recurrent(steps: Tensor, model: Model) -> Tensor:
    """Stack SimpleRNN, LSTM or GRU layers, one or both ways."""
    for depth in range(1, len(model.units) + 1):
        below, last = steps, depth == len(model.units)
        cell = _cell(
            model,
            depth,
            # every step, where a further layer, attention or a residual reads them
            return_sequences=not last or model.pooling == "attention" or model.residual,
        )
        steps = (
            layers.Bidirectional(cell, name=f"both_ways_{depth}")(steps)
            if model.bidirectional
            else cell(steps)
        )
        steps = _finish_layer(steps, below, model, depth)
    return _pool(steps, model)


def _cell(model: Model, depth: int, **settings: Any) -> keras.layers.RNN:
    """Make a recurrent layer of the stack."""
    return CELLS[model.architecture](
        model.units[depth - 1],
        activation=model.activation,
        kernel_initializer=model.initializer,
        kernel_regularizer=_l2(model),
        recurrent_dropout=model.recurrent_dropout,
        name=f"recurrent_{depth}",
        **settings,
    )


def _seq2seq(steps: Tensor, model: Model, horizon: int, parameters: int) -> Tensor:
    """Add a second recurrence that begins where the first one ends (Sutskever et al. 2014).

    ``parallel`` receives its place in the path, ``autoregressive`` its own last answer, in training
    as in forecasting, so that it never sees an actual of the path: where that answer lay, or how
    wide it was if the location is not learned.
    """
    depths = len(model.units)
    for depth in range(1, depths):
        steps = _finish_layer(
            _cell(model, depth, return_sequences=True)(steps), steps, model, depth
        )
    _, *state = _cell(model, depths, return_state=True)(steps)
    drop, head = (
        layers.Dropout(model.dropout, name="dropout"),
        layers.Dense(parameters, name="head"),
    )
    if model.decoder == "parallel":
        places = layers.Embedding(horizon, model.units[-1], name="position")(
            _positions(steps, range(horizon))
        )
        decoder = CELLS[model.architecture](model.units[-1], return_sequences=True, name="decoder")
        return head(drop(decoder(places, initial_state=state)))
    decoder = CELLS[model.architecture](model.units[-1], return_state=True, name="decoder")
    location = HEADS[model.head].location or 0
    # A centred head has no location among its numbers: what is fed back is the first of them.
    fed_back = location if parameters == HEADS[model.head].parameters else 0
    answer, path = ops.zeros_like(steps[:, :1, :1]), []
    for _ in range(horizon):
        summary, *state = decoder(answer, initial_state=state)
        path.append(layers.Reshape((1, parameters))(head(drop(summary))))
        answer = path[-1][:, :, fed_back : fed_back + 1]
    return layers.Concatenate(axis=1, name="path")(path) if horizon > 1 else path[0]


def _cnn(steps: Tensor, model: Model) -> Tensor:
    """Stack causal convolutions of doubling dilation (van den Oord et al. 2016;
    Bai et al. 2018)."""
    for depth, units in enumerate(model.units, 1):
        below = steps
        steps = layers.Conv1D(
            units,
            model.kernel,
            dilation_rate=2 ** (depth - 1),
            padding="causal",
            activation=model.activation,
            kernel_initializer=model.initializer,
            kernel_regularizer=_l2(model),
            name=f"convolution_{depth}",
        )(steps)
        steps = _finish_layer(steps, below, model, depth)
    return _pool(steps, model)


def _transformer(steps: Tensor, model: Model) -> Tensor:
    """Encode the steps, normalised before each block (Vaswani et al. 2017; Xiong et al. 2020)."""
    width = model.units[0]
    steps = layers.Dense(width, kernel_initializer=model.initializer, name="embedding")(steps)
    steps = steps + layers.Embedding(steps.shape[1], width, name="position")(
        _positions(steps, range(steps.shape[1]))
    )
    for depth in range(1, len(model.units) + 1):
        calm = layers.LayerNormalization(name=f"norm_{depth}")(steps)
        attention = layers.MultiHeadAttention(
            model.attention_heads,
            width // model.attention_heads,
            dropout=model.dropout,
            name=f"attention_{depth}",
        )
        steps = steps + attention(calm, calm)
        calm = layers.LayerNormalization(name=f"norm_{depth}_feed")(steps)
        wide = layers.Dense(
            2 * width,
            activation=model.activation,
            kernel_initializer=model.initializer,
            kernel_regularizer=_l2(model),
            name=f"feed_{depth}",
        )(calm)
        steps = steps + layers.Dropout(model.dropout, name=f"dropout_{depth}")(
            layers.Dense(width, name=f"back_{depth}")(wide)
        )
    return _pool(layers.LayerNormalization(name="norm")(steps), model)


def _linear(steps: Tensor, model: Model) -> Tensor:
    """Flatten the window less its last value, and add no hidden layer:
    NLinear (Zeng et al. 2023), the honest control."""
    return layers.Dropout(model.dropout, name="dropout")(
        layers.Flatten(name="flat")(_less_last(steps))
    )


def _segrnn(inputs: Tensor, model: Model, horizon: int, parameters: int) -> Tensor:
    """Build SegRNN with parallel decoding (Lin et al. 2023, arXiv 2308.11200).

    The window less its last value is cut into segments, each embedded and read by one GRU. The same
    GRU continues from its final state once for each segment of the path, and is given only the
    segment's position, so that all segments are answered at once.
    """
    units, segment = model.units[0], model.segment
    pieces = layers.Reshape((-1, segment * inputs.shape[-1]), name="segments")(_less_last(inputs))
    embedded = layers.Dense(
        units, activation="relu", kernel_initializer=model.initializer, name="embedding"
    )(pieces)
    gru = layers.GRU(units, kernel_regularizer=_l2(model), return_state=True, name="recurrent_1")
    _, state = gru(embedded)
    # The last segment may reach beyond the horizon; what lies there is cut off.
    place = layers.Embedding(-(-horizon // segment), units, name="position")
    answer = layers.Dense(segment * parameters, name="head")
    drop = layers.Dropout(model.dropout, name="dropout")
    decoded = []
    for number in range(-(-horizon // segment)):
        summary, _ = gru(place(_positions(inputs, [number])), initial_state=state)
        decoded.append(
            layers.Reshape((segment, parameters), name=f"segment_{number + 1}")(
                answer(drop(summary))
            )
        )
    path = layers.Concatenate(axis=1, name="path")(decoded) if len(decoded) > 1 else decoded[0]
    return path[:, :horizon, :]


BODIES: dict[str, Callable[[Tensor, Model], Tensor]] = {
    "cnn": _cnn,
    "transformer": _transformer,
    "linear": _linear,
}
"""How each architecture that is not recurrent turns a window (window, step, feature) into
a summary (window, unit)."""


def _finish_layer(steps: Tensor, below: Tensor, model: Model, depth: int) -> Tensor:
    """Add what may follow a layer: the residual, the norm, dropout."""
    if model.residual:
        same = below.shape[-1] == steps.shape[-1]
        steps = steps + (
            below if same else layers.Dense(steps.shape[-1], name=f"residual_{depth}")(below)
        )
    if model.layer_norm:
        steps = layers.LayerNormalization(name=f"norm_{depth}")(steps)
    return layers.Dropout(model.dropout, name=f"dropout_{depth}")(steps)


def _pool(steps: Tensor, model: Model) -> Tensor:
    """Reduce steps (window, step, unit) to a summary (window, unit);
    a recurrence may have left its last state already."""
    if len(steps.shape) == 2:
        return steps
    if model.pooling == "attention":
        weights = layers.Softmax(axis=1, name="weights")(layers.Dense(1, name="attention")(steps))
        return ops.sum(weights * steps, axis=1)
    return steps[:, -1, :]


def _less_last(steps: Tensor) -> Tensor:
    """Subtract the newest step from every step: where the window stands no longer matters."""
    return steps - steps[:, -1:, :]


def _positions(like: Tensor, numbers: Any) -> Tensor:
    """Return the same whole numbers for every window (window, number):
    a graph of stock layers has no constants."""
    zeros = ops.zeros_like(like[:, :1, 0])
    return ops.cast(ops.concatenate([zeros + float(number) for number in numbers], axis=1), "int32")


def _l2(model: Model) -> keras.regularizers.Regularizer | None:
    return keras.regularizers.L2(model.l2) if model.l2 else None
