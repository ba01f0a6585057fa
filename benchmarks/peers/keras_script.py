"""The job as most tutorials write it: plain Keras, ``fit`` on arrays."""

from __future__ import annotations

import os
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
from job import BATCH, CELL, EPOCHS, LAYERS, LOOKBACK, UNITS, bounds, report, returns, windows
from keras import layers


class Clock(keras.callbacks.Callback):
    """Times each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(time.perf_counter() - self.began)


keras.utils.set_random_seed(1)
series = returns()
valid, test = bounds(len(series))
inputs, targets = windows(series)
layer = {"simple_rnn": layers.SimpleRNN, "lstm": layers.LSTM, "gru": layers.GRU}[CELL]
stack = [layer(UNITS, return_sequences=depth < LAYERS) for depth in range(1, LAYERS + 1)]
model = keras.Sequential([keras.Input((LOOKBACK, 1)), *stack, layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
clock, train = Clock(), valid - LOOKBACK
model.fit(
    inputs[:train], targets[:train], epochs=EPOCHS, batch_size=BATCH, verbose=0, callbacks=[clock]
)
predicted = model.predict(inputs[test - LOOKBACK :], verbose=0)[:, 0]
report(clock.seconds, predicted, "keras", "tensorflow")
