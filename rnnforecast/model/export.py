"""A trained network to files: Keras' own format to go on with, ONNX to forecast without TensorFlow."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnforecast.model.backend import keras, quiet


def load_network(path: Path) -> keras.Model:
    """A network in Keras' own format."""
    return keras.saving.load_model(path, compile=False)


def weights_of(path: Path) -> list[NDArray[np.generic]]:
    """The weights of a network in Keras' own format, layer by layer."""
    return [np.asarray(weight) for weight in load_network(path).get_weights()]


def save_network(network: keras.Model, stem: Path) -> None:
    """Write ``stem.keras`` and ``stem.onnx``.

    Args:
        network: not compiled, stock layers only.
        stem: path without suffix.
    """
    network.save(stem.with_suffix(".keras"))
    network(np.zeros((1, *network.input_shape[1:]), np.float32))  # the exporter wants a network that has been called
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with quiet(), warnings.catch_warnings(action="ignore"):
        network.export(stem.with_suffix(".onnx"), format="onnx", verbose=False)
