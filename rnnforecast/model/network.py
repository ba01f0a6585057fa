"""An experiment to a Keras model made of stock layers: it opens anywhere without this package."""

from __future__ import annotations

from rnnforecast.config.experiment import Experiment
from rnnforecast.model.backend import keras
from rnnforecast.model.heads import HEADS

CELLS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def build(experiment: Experiment) -> keras.Model:
    """A network with fresh weights.

    Args:
        experiment: its window and model sections.

    Returns:
        a model from scaled inputs (window, lookback, feature) to raw outputs (window, step, parameter).
    """
    window, model = experiment.window, experiment.model
    parameters = HEADS[model.head].parameters
    inputs = keras.Input((window.lookback, len(window.features)), name="window")
    steps = inputs
    for depth, units in enumerate(model.units, 1):
        deeper = depth < len(model.units)
        steps = CELLS[model.cell](
            units, activation=model.activation, return_sequences=deeper, name=f"recurrent_{depth}"
        )(steps)
    summary = keras.layers.Dropout(model.dropout, name="dropout")(steps)
    raw = keras.layers.Dense(window.horizon * parameters, name="head")(summary)
    outputs = keras.layers.Reshape((window.horizon, parameters), name="path")(raw)
    return keras.Model(inputs, outputs, name=model.cell)
