"""Loads TensorFlow, without its chatter. Importing this module is what makes a command slow."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Send what C++ libraries write to stderr nowhere; Python's own errors still show."""
    sys.stderr.flush()
    shown, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(shown, 2)
        os.close(shown)
        os.close(nowhere)


os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with quiet():
    import curl_cffi  # noqa: F401  (0.17 cannot fetch any more in a process where TensorFlow was loaded before it)
    import keras
    import tensorflow as tf
tf.get_logger().setLevel(logging.ERROR)  # it warns of a graph traced once for each network
logging.getLogger(__name__).info("loaded TensorFlow %s and Keras %s", tf.__version__, keras.__version__)


def device() -> str:
    """What networks are trained on here: ``GPU`` where TensorFlow sees one, else ``CPU``."""
    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"


__all__ = ["device", "keras", "quiet", "tf"]
