"""Loads TensorFlow, without its chatter. Importing this module is what makes a command slow."""

from __future__ import annotations

import importlib.metadata
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


TESTED_XLA = "2.21."
"""The TensorFlow whose compiler is known to know COMPILER: an unknown option would end the process."""
COMPILER = "--xla_cpu_enable_concurrency_optimized_scheduler=false --xla_cpu_multi_thread_eigen=false"
"""One thread for each compiled lane: handing a small matrix from thread to thread costs more than it brings."""

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if importlib.metadata.version("tensorflow").startswith(TESTED_XLA):
    os.environ["XLA_FLAGS"] = f"{COMPILER} {os.environ.get('XLA_FLAGS', '')}".strip()
with quiet():
    import curl_cffi  # noqa: F401  (0.17 cannot fetch any more in a process where TensorFlow was loaded before it)
    import keras
    import tensorflow as tf
tf.get_logger().setLevel(logging.ERROR)  # it warns of a graph traced once for each network
logging.getLogger(__name__).info("loaded TensorFlow %s and Keras %s", tf.__version__, keras.__version__)


def device() -> str:
    """What networks are trained on here: ``GPU`` where TensorFlow sees one, else ``CPU``."""
    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"


if device() == "CPU":
    tf.config.threading.set_intra_op_parallelism_threads(1)  # the lanes of a batch use the cores, see ``loop``


__all__ = ["device", "keras", "quiet", "tf"]
