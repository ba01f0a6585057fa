"""What every benchmark needs: the machine in words, medians, a table, a file of results."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from rnnforecast import process

process.take_over()  # each benchmark runs in a process of its own

PEERS = Path(__file__).parent / "peers"
RESULTS = Path(__file__).parent / "results"
VENDORS = ("intel", "amd", "apple", "ampere", "qualcomm")
PACKAGES = ("rnnforecast", "tensorflow", "keras", "onnxruntime", "numpy", "pandas")


def machine() -> dict[str, Any]:
    """Return processor, cores, load, date, Python and versions."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def processor() -> str:
    """Return the processor's name, as the system gives it."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    return named[1].strip() if named else platform.processor() or platform.machine()


def slug(name: str) -> str:
    """Return the folder of a processor's results: its vendor and family, in lower case.

    >>> slug("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"), slug("AMD EPYC 9B14")
    ('intel-xeon', 'amd-epyc')
    """
    words = re.findall(r"[a-z0-9]+", re.sub(r"\((r|tm)\)", " ", name.lower()))
    first = next((at for at, word in enumerate(words) if word in VENDORS), 0)
    return "-".join(words[first : first + 2]) or "unknown"


def seconds(work: Callable[[], object], rounds: int) -> list[float]:
    """Return what each of several rounds took."""
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def whole(command: Sequence[str | Path], **environment: str) -> float:
    """Return the seconds that a command takes as a process of its own.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    began = time.perf_counter()
    subprocess.run(
        list(map(str, command)), check=True, capture_output=True, env={**os.environ, **environment}
    )
    return time.perf_counter() - began


def contender(script: str, *, torch: bool, **environment: str) -> dict[str, Any]:
    """Run a contender as a process of its own.

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
    """Return the median, and the range in brackets."""
    middle, least, most = (
        f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
        for value in (statistics.median(values), min(values), max(values))
    )
    return f"{middle} [{least}, {most}]"


def show(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, the first column to the left, and the machine under it."""
    here = machine()
    cores = f"{here['processor']}, {here['cores']} cores"
    under = f"{cores}, Python {here['python']}, TensorFlow {here['versions']['tensorflow']}"
    table = Table(title=title, title_justify="left", caption=under, caption_justify="left")
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(width=150).print(table)


def save(name: str, report: dict[str, Any]) -> None:
    """Write ``results/NAME.json``, with the machine."""
    _write(RESULTS, name, report)


def save_speed(name: str, report: dict[str, Any]) -> None:
    """Write ``results/PROCESSOR/NAME.json``, with the machine; other processors' stay."""
    _write(RESULTS / slug(processor()), name, report)


def _write(folder: Path, name: str, report: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"machine": machine(), **report}, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", "utf-8")
