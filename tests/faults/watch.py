"""Runs commands under ``preload.c``: what they change, whom they call,
and what becomes of a fault."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.faults.fork_server import TIMED_OUT, ForkServer

SOURCE = Path(__file__).with_name("preload.c")
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Watched:
    """A command that has ended.

    Args:
        code: its exit code; negative after a signal.
        out: standard output.
        err: standard error.
        lines: of the log: kind, number, call, path.
    """

    code: int
    out: str
    err: str
    lines: tuple[tuple[str, int, str, str], ...]

    def of(self, kind: str) -> list[tuple[str, str]]:
        """Calls of one kind with their paths."""
        return [(call, path) for found, _, call, path in self.lines if found == kind]

    @property
    def changes(self) -> int:
        """How many calls changed the home."""
        return len(self.of("change"))


@cache
def shim() -> Path:
    """The compiled preload; the test skips where there is no C compiler or no preloading."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not sys.platform.startswith("linux") or compiler is None:
        pytest.skip("needs Linux and a C compiler")
    library = Path(mkdtemp(prefix="faults-")) / f"preload{sysconfig.get_config_var('SHLIB_SUFFIX')}"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def watched(
    home: Path,
    arguments: Sequence[str],
    *,
    at: int = 0,
    how: str = "",
    once: bool = False,
    timeout: float = 300,
    folder: Path | None = None,
    server: ForkServer | None = None,
    **environment: str,
) -> Watched:
    """Run a command of the program under watch.

    Args:
        home: whose changes count; also the ``--home``.
        arguments: the command and its options.
        at: number of the change to break, from 1; 0 breaks none.
        how: ``kill``, ``killed`` or the number of an error.
        once: let only that change fail.
        timeout: seconds.
        folder: current folder; by default the home.
        server: to run it in; by default it is a process of its own.
    """
    side = Path(mkdtemp(prefix="watch-"))
    counter, log = side / "counter", side / "log"
    counter.write_bytes(bytes(8))
    log.touch()
    faults = {"FAULT_AT": str(at), "FAULT_HOW": how, **({"FAULT_ONCE": "1"} if once else {})}
    trial = {
        "PYTHONPATH": str(REPOSITORY), "COLUMNS": "100", "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1", "FAULT_ROOT": str(home.resolve()),
        "FAULT_COUNTER": str(counter), "FAULT_LOG": str(log), **(faults if at else {}),
        **environment,
    }  # fmt: skip
    words = ["--home", str(home), *arguments]
    run = _start if server is None else server.run
    code, out, err = run(words, trial, folder or home, timeout)
    lines = []
    for line in log.read_text(errors="replace").splitlines():
        kind, number, call, path = [*line.split(" ", 3), "", "", ""][:4]
        lines.append((kind, int(number), call, path))
    shutil.rmtree(side)
    return Watched(code, out, err, tuple(lines))


def _start(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, timeout: float
) -> tuple[int, str, str]:
    """Run the program as a process of its own; return its exit code and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rnnforecast", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
        start_new_session=True, text=True, errors="replace",
        env={**os.environ, "LD_PRELOAD": str(shim()), **environment},
    )  # fmt: skip
    try:
        out, err = process.communicate(timeout=timeout)
        return process.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return TIMED_OUT, *process.communicate()
