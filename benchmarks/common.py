"""What every benchmark needs: the machine in words, medians, a table, a file of results."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rnnforecast import process

process.take_over()  # each benchmark runs in a process of its own

PEERS = Path(__file__).parent / "peers"
RESULTS = Path(__file__).parent / "results"
PACKAGES = ("rnnforecast", "tensorflow", "keras", "onnxruntime", "numpy", "pandas")


def machine() -> dict[str, Any]:
    """Processor, cores, Python and versions."""
    info = Path("/proc/cpuinfo")
    names = [
        line.split(":")[1].strip()
        for line in info.read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def seconds(work: Callable[[], object], rounds: int) -> list[float]:
    """What each of several rounds took."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def whole(command: Sequence[str | Path], **environment: str) -> float:
    """Seconds that a command takes as a process of its own.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    began = time.perf_counter()
    subprocess.run(
        list(map(str, command)), check=True, capture_output=True, env={**os.environ, **environment}
    )
    return time.perf_counter() - began


def contender(script: str, *, torch: bool, **environment: str) -> dict[str, Any]:
    """A contender's process.

    Args:
        script: of ``peers``; the last line that it prints is JSON.
        torch: whether it wants the environment of PEERS_PYTHON.
        environment: variables for it.

    Returns:
        what it reports and the seconds of the ``whole`` process, or why it ``failed``.
    """
    python = os.environ.get("PEERS_PYTHON", sys.executable) if torch else sys.executable
    began = time.perf_counter()
    done = subprocess.run(
        [python, PEERS / f"{script}.py"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["?"])[-1]}
    return {
        **json.loads(done.stdout.strip().splitlines()[-1]),
        "whole": time.perf_counter() - began,
    }


def spread(values: Sequence[float]) -> str:
    """The median, and the range in brackets."""
    return f"{statistics.median(values):.3g} [{min(values):.3g}, {max(values):.3g}]"


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, the first column as it is, the others to the right,
    and the machine under it."""
    about = machine()
    cores = f"{about['processor']}, {about['cores']} cores"
    under = f"{cores}, Python {about['python']}, TensorFlow {about['versions']['tensorflow']}"
    table = Table(title=title, title_justify="left", caption=under, caption_justify="left")
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(width=150).print(table)


def save(name: str, found: dict[str, Any]) -> None:
    """Write ``results/NAME.json``, with the machine."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps({"machine": machine(), **found}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")
