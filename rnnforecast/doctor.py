"""Whether this machine has what the program needs:
one finding for each thing that may be missing."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rnnforecast import __version__, runs
from rnnforecast.data import sources
from rnnforecast.data.records import Records
from rnnforecast.data.sources.patience import Patience
from rnnforecast.errors import RnnForecastError

PACKAGES = {
    "numpy": "numpy", "pandas": "pandas", "pyarrow": "pyarrow", "scipy": "scipy.stats",
    "scikit-learn": "sklearn",
    "statsmodels": "statsmodels.api", "arch": "arch", "matplotlib": "matplotlib.figure",
    "onnxruntime": "onnxruntime",
    "yfinance": "yfinance",
}  # fmt: skip
"""What takes time to import, by the name it is installed under,
in an order in which later ones need earlier ones."""
PYTHONS = ((3, 11), (3, 14))
"""The first version that will do, and the first that will not."""
ROOM = 1e9
"""Bytes that should be free: a hundred runs."""
ENDS_SOON = 60
"""Days before the end of a calendar in use from which on it is said."""
PROBE = "BTC-USD"
"""Traded every day."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        what: in a few words.
        found: the value.
        remedy: what to do about it; empty where it is fine.
        seconds: that importing took.
        warning: whether all works nonetheless, for now.
    """

    what: str
    found: str
    remedy: str = ""
    seconds: float | None = None
    warning: bool = False

    @property
    def fine(self) -> bool:
        """Whether there is nothing to do."""
        return not self.remedy


LOADING = (ImportError, RuntimeError, AttributeError, TypeError, ValueError, SystemError, OSError)
"""What libraries raise while they are loaded beside a NumPy that they were not built for."""


def diagnose(home: Path, *, online: bool) -> Iterator[Finding]:
    """Look at versions, imports, the device, the folder and, if wanted, the network.

    Args:
        home: the folder that holds ``data/`` and ``runs/``.
        online: whether to ask Yahoo for a price.

    Yields:
        findings as they are made; loading TensorFlow takes seconds.
    """
    yield Finding("rnnforecast", f"{__version__} in {Path(__file__).parent}")
    yield _python()
    for name, module in PACKAGES.items():
        yield _package(name, module)
    yield _tensorflow()
    yield _writable(home)
    yield _room(home)
    yield _shelf(home)
    yield from _calendars(home)
    if online:
        yield _network()


def _python() -> Finding:
    low, high = PYTHONS
    versions = f"{platform.python_version()}, {platform.platform()}, {os.cpu_count()} cores"
    fine = low <= sys.version_info[:2] < high
    return Finding("Python", versions, "" if fine else "install it with Python 3.11, 3.12 or 3.13")


def _package(name: str, module: str) -> Finding:
    begun = time.perf_counter()
    try:
        importlib.import_module(module)
    except LOADING as error:
        return Finding(
            name, f"cannot be imported ({error})", f"pip install --force-reinstall {name}"
        )
    return Finding(name, importlib.metadata.version(name), seconds=time.perf_counter() - begun)


def _tensorflow() -> Finding:
    """Report versions, and what networks will be trained on."""
    begun = time.perf_counter()
    try:
        from rnnforecast.model.backend import device, keras, tf
    except LOADING as error:
        return Finding(
            "tensorflow",
            f"cannot be imported ({error})",
            "pip install --force-reinstall tensorflow",
        )
    versions = f"{tf.__version__} with Keras {keras.__version__}, trains on the {device()}"
    return Finding("tensorflow", versions, seconds=time.perf_counter() - begun)


def _writable(home: Path) -> Finding:
    folder = next(parent for parent in (home, *home.absolute().parents) if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Finding("home", f"{home.absolute()} can be written")
    except OSError as error:
        return Finding(
            "home",
            f"{folder} cannot be written ({error.strerror})",
            "name another folder with --home",
        )


def _room(home: Path) -> Finding:
    folder = next(parent for parent in (home, *home.absolute().parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    remedy = "" if free >= ROOM else "free some space, or name another folder with --home"
    return Finding("disk", f"{free / 1e9:.1f} GB free", remedy)


def _shelf(home: Path) -> Finding:
    """Report what is stored, and whether it can be read."""
    try:
        (stored, damaged), trained = Records(home / "data").survey(), runs.all_runs(home / "runs")
        for run in trained:
            _ = run.manifest
        if damaged:
            raise damaged[0].error
    except (RnnForecastError, ValueError) as error:
        return Finding("stored", str(error), "fetch or train it again")
    waiting = len(runs.unfinished(home / "runs"))
    unfinished = f", {waiting} unfinished (rnnforecast runs list)" if waiting else ""
    return Finding("stored", f"{len(stored)} series, {len(trained)} runs{unfinished}")


def _calendars(home: Path) -> Iterator[Finding]:
    """Report the calendars of stored symbols whose known holidays end soon."""
    import pandas as pd

    from rnnforecast.data.calendars import calendar, week_of

    try:
        records = Records(home / "data").records()
    except RnnForecastError:
        return  # said already
    users: dict[str, list[str]] = {}
    for record in records:
        users.setdefault(str(record["sessions"]), []).append(str(record["symbol"]))
    today = pd.Timestamp.now().normalize()
    for name, symbols in sorted(users.items()):
        if week_of(name):
            continue
        try:
            last = calendar(name, today).last
        except RnnForecastError as error:
            yield Finding("calendar", error.problem, f"import {symbols[0]} again with --sessions")
            continue
        if (last - today).days < ENDS_SOON:
            yield Finding(
                "calendar",
                f"{name} (of {', '.join(symbols[:3])}) knows no holidays after {last:%Y-%m-%d}",
                "pip install --upgrade exchange_calendars, once it knows next year's",
                warning=True,
            )


def _network() -> Finding:
    begun = time.perf_counter()
    try:
        patience = Patience(tries=1, timeout_s=10.0, wait_s=0.0)
        history = sources.source("yahoo").history(sources.Question(PROBE, patience=patience))
    except RnnForecastError as error:
        return Finding(
            "Yahoo",
            error.problem,
            error.remedy or "try again later; rnnforecast data import takes files",
        )
    return Finding(
        "Yahoo", f"{PROBE} to {history.last:%Y-%m-%d}, in {time.perf_counter() - begun:.1f} s"
    )
