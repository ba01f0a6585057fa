"""The program, loaded once and forked for each trial: thousands of trials pay for one start.

A trial runs ``main`` as a process of its own does, in its own session, with its own environment,
folder and output; only its libraries were imported before the fork.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

LIBRARIES = (
    "rnnforecast.model.backend", "pandas", "pyarrow.parquet", "onnxruntime", "scipy.stats",
    "matplotlib.pyplot", "arch.univariate", "statsmodels.api", "joblib",
)  # fmt: skip
OURS = ("train", "score", "export", "report", "track", "daily", "reproduce", "compare")
TIMED_OUT = -1000


class ForkServer:
    """A process that forks itself for each command line that it is given.

    Args:
        preload: library that its children are watched by.
    """

    def __init__(self, preload: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fork_server"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "LD_PRELOAD": str(preload), "MPLBACKEND": "agg"},
        )  # fmt: skip

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, timeout: float
    ) -> tuple[int, str, str]:
        """Run a command line; return its exit code and what it printed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with TemporaryDirectory() as side:
            outputs = [str(Path(side) / name) for name in ("out", "err")]
            request = [list(words), dict(environment), str(folder), timeout, outputs]
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            out, err = (Path(path).read_text("utf-8", "replace") for path in outputs)
        return code, out, err

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def serve() -> None:
    """Load what the program needs, then run what is asked for, one after the other."""
    from importlib import import_module

    from rnnforecast import process
    from rnnforecast.cli.lazy import load_all
    from rnnforecast.cli.main import main

    answers = os.fdopen(os.dup(1), "w")
    process.take_over()
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    load_all()
    for name in (*LIBRARIES, *(f"rnnforecast.pipeline.{name}" for name in OURS)):
        import_module(name)
    while line := sys.stdin.readline():
        words, environment, folder, timeout, outputs = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(environment, folder, outputs)
            sys.argv = ["rnnforecast", *words]
            main()
        print(_wait(child, timeout), file=answers, flush=True)


def _become(environment: Mapping[str, str], folder: str, outputs: Sequence[str]) -> None:
    """Turn a fork into a process like one that was started in a folder."""
    os.setsid()
    os.environ.update(environment)
    os.chdir(folder)
    for number, path in enumerate(outputs, 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    ctypes.CDLL(None).fault_again()


def _wait(child: int, timeout: float) -> int:
    """Wait for a fork and whatever it has started; return its exit code, minus a signal."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)  # workers that have lost their master
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return TIMED_OUT


if __name__ == "__main__":
    serve()
