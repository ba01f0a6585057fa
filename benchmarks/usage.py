"""What a command of the program uses as a process of its own: seconds, processor time, memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from common import show, spread

METER = Path(__file__).with_name("meter.py")
PARTS = ("wall_s", "cpu_s", "peak_mb")
Usage = dict[str, float]
"""``wall_s``, ``cpu_s`` of all processes, ``peak_mb`` of the largest one."""


def command(home: Path, *words: str | Path) -> Usage:
    """Run a command of the program in a home, and return what it used, with all its workers.

    Raises:
        SystemExit: if it fails, with what it says.
    """
    return used([sys.executable, "-m", "rnnforecast", "--home", home, "--quiet", *words])


def used(line: Sequence[str | Path]) -> Usage:
    """Run a command line, and return what it used, with all its workers.

    A small process between this one and the command measures it: a process starts with the peak
    memory of the one that started it.

    Raises:
        SystemExit: if it fails, with what it says.
    """
    with TemporaryDirectory() as folder:
        report = Path(folder) / "usage.json"
        meter = [sys.executable, "-S", METER, report, *line]
        process = subprocess.run(
            list(map(str, meter)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if process.returncode:
            raise SystemExit(process.stdout[-2_000:])
        usage: Usage = json.loads(report.read_text("utf-8"))
        return usage


def total(parts: Sequence[Usage]) -> Usage:
    """Return what commands used one after another: times add up, memory does not."""
    return {
        "wall_s": sum(part["wall_s"] for part in parts),
        "cpu_s": sum(part["cpu_s"] for part in parts),
        "peak_mb": max(part["peak_mb"] for part in parts),
    }


def show_usages(title: str, usages: dict[str, list[Usage]]) -> None:
    """Print what each command used in its rounds."""
    rows = []
    for name, rounds in usages.items():
        rows.append([name, *(spread([usage[part] for usage in rounds]) for part in PARTS)])
    show(title, ["", "seconds", "processor s", "peak MB"], rows)


def megabytes(folder: Path) -> float:
    """Return what the files below a folder hold, in MB of 10^6 bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
