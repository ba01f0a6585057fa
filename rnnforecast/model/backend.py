"""Loads TensorFlow, without its chatter. Importing this module is what makes a command slow."""

from __future__ import annotations

import gc
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


@contextmanager
def here_to_stay() -> Iterator[None]:
    """Import without looking for garbage: nothing of a library becomes any, but looking takes a second or more.

    What has been loaded is not looked through later either, least of all object by object when the process ends.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


@contextmanager
def absent(*packages: str) -> Iterator[None]:
    """Within, packages that are not loaded yet cannot be imported, as if they were not installed."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is how Python spells it
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


UNUSED = ("matplotlib", "sklearn")
"""What Keras has optional wrappers for, not used here; loading them takes most of a second."""
TESTED_XLA = "2.21."
"""The TensorFlow whose compiler is known to know COMPILER: an unknown option would end the process."""
COMPILER = (
    "--xla_cpu_enable_concurrency_optimized_scheduler=false --xla_cpu_multi_thread_eigen=false"
)
"""One thread for each compiled lane: handing a small matrix from thread to thread costs more than it brings."""

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if importlib.metadata.version("tensorflow").startswith(TESTED_XLA):
    os.environ["XLA_FLAGS"] = f"{COMPILER} {os.environ.get('XLA_FLAGS', '')}".strip()
with quiet(), here_to_stay(), absent(*UNUSED):
    import curl_cffi  # noqa: F401  (0.17 cannot fetch any more in a process where TensorFlow was loaded before it)
    import keras
    import tensorflow as tf
tf.get_logger().setLevel(logging.ERROR)  # it warns of a graph traced once for each network
logging.getLogger(__name__).info(
    "loaded TensorFlow %s and Keras %s", tf.__version__, keras.__version__
)


def device() -> str:
    """What networks are trained on here: ``GPU`` where TensorFlow sees one, else ``CPU``."""
    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"


if device() == "CPU":
    tf.config.threading.set_intra_op_parallelism_threads(
        1
    )  # the lanes of a batch use the cores, see ``loop``


__all__ = ["device", "keras", "quiet", "tf"]
