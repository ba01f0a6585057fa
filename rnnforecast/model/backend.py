"""Loads TensorFlow and Keras. Importing this module is what makes a command slow.

In a process of ours it is loaded without its chatter and tuned; in any other one, nothing changes.
"""

from __future__ import annotations

import gc
import importlib.metadata
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rnnforecast import process
from rnnforecast.errors import UsageError
from rnnforecast.model.compilation_cache import lend_programs


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
    """Import without looking for garbage: nothing of a library becomes any, but looking takes a
    second or more.

    What has been loaded is not looked through later either, least of all object by object when the
    process ends.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
        _forget_callers()
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def _forget_callers() -> None:
    """Drop the tracebacks of optional imports that failed, of which TensorFlow has dozens.

    Their frames would keep all that their callers hold, down to the data of a whole training, for
    as long as the process lives.
    """
    for item in gc.get_objects():
        if issubclass(type(item), BaseException):
            item.__traceback__ = None


@contextmanager
def absent(*packages: str) -> Iterator[None]:
    """Keep packages that are not loaded yet from being imported within the block,
    as if they were not installed."""
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
"""The TensorFlow whose compiler is known to know COMPILER:
an unknown option would end the process."""
COMPILER = (
    "--xla_cpu_enable_concurrency_optimized_scheduler=false --xla_cpu_multi_thread_eigen=false"
)
"""One thread for each compiled lane: handing a small matrix from thread to thread costs
more than it brings."""


def tune_environment() -> None:
    """Set what TensorFlow and Keras read when they are loaded, for a process of ours."""
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # as much of a graphics card as is needed, not all of it at once
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    version = importlib.metadata.version("tensorflow")
    if version.startswith(TESTED_XLA):
        options = f"{COMPILER} {os.environ.get('XLA_FLAGS', '')}".strip()
        os.environ["XLA_FLAGS"] = options
        if not os.environ.get("TF_XLA_FLAGS") and (option := lend_programs(version, options)):
            os.environ["TF_XLA_FLAGS"] = option


def tune_threads() -> None:
    """Give each compiled lane one thread, in a process of ours:
    the lanes of a batch use the cores."""
    tf.get_logger().setLevel(logging.ERROR)  # it warns of a graph traced once for each network
    if device() == "CPU":
        tf.config.threading.set_intra_op_parallelism_threads(1)


def check_keras() -> None:
    """Refuse a Keras that was loaded with another backend.

    Raises:
        UsageError: if it was.
    """
    loaded = sys.modules.get("keras")
    backend = loaded.backend.backend() if loaded is not None else "tensorflow"
    if backend != "tensorflow":
        raise UsageError(
            f"Keras runs on {backend} in this process, networks are trained on TensorFlow",
            "start again, with KERAS_BACKEND=tensorflow before keras is imported",
        )


@contextmanager
def loading() -> Iterator[None]:
    """Surround the loading of TensorFlow: a process of ours is tuned for it, any other is
    afterwards as it was."""
    with ExitStack() as stack:
        stack.enter_context(quiet())
        if process.is_ours():
            tune_environment()
            stack.enter_context(here_to_stay())
            stack.enter_context(absent(*UNUSED))
        else:
            stack.enter_context(
                process.environment(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3")
            )
        yield


check_keras()
with loading():
    import curl_cffi  # noqa: F401
    import keras
    import tensorflow as tf
logging.getLogger(__name__).info(
    "loaded TensorFlow %s and Keras %s", tf.__version__, keras.__version__
)


def device() -> str:
    """Name what networks are trained on here: ``GPU`` where TensorFlow sees one, else ``CPU``."""
    return "GPU" if tf.config.list_physical_devices("GPU") else "CPU"


if process.is_ours():
    tune_threads()

__all__ = ["device", "keras", "quiet", "tf"]
