"""Checks of features of the user's own: cut off after far more days,
and watched for other sources."""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.audit.case import UNSTEADY, Subject, rounding
from rnnforecast.audit.finding import Finding, first_on
from rnnforecast.config.features import own_feature, without_folder
from rnnforecast.dataset.custom_features import own_series
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError

RANDOM = 200
"""Rows drawn at random after which the bars are cut off."""
SECONDS = 4.0
"""Spent on further rows of each feature, until every row has been cut after."""
MANY = 6
"""Sources of one feature that are named; more are counted."""
DATE = re.compile(r"\b(19|20)\d\d-\d\d(-\d\d)?\b")
INTEGER_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?")
LARGE = 100
"""A number in a comparison from which on it may be a row or a price that is known by hindsight."""
CALENDAR = {"Timestamp", "datetime", "date", "to_datetime", "Period"}
CACHES = {"cache", "lru_cache", "cached", "Memory"}
STORES = {"pickle", "joblib", "shelve", "sqlite3", "requests", "urllib", "httpx", "yfinance"}
READS = re.compile(r"^(read_\w+|load|loadtxt|genfromtxt|fromfile|open|open_dataset|download)$")
CODE = (".py", ".pyc", ".pyd", ".so", ".dll", ".dylib", ".pth", ".zip", ".egg-link")


def look_back(subject: Subject) -> Finding:
    """Cut the bars off after every row, or as many as there is time for.

    First come the rows next to a missing value, which is where values are filled, the ends of
    weeks, months and years, and RANDOM others; then all that remain, for SECONDS a feature.
    """
    check, leaks, unsteady, cuts = "features of your own look back only", [], [], 0
    for name in subject.pipeline.own:
        title = f"feature {without_folder(name)}"
        try:
            leak, moves, done = _first_leak(name, subject.used.history.bars)
        except DataError as error:
            leaks.append(f"{title} cannot be had: {error.problem}")
            continue
        cuts += done
        if leak is not None:
            leaks.append(f"{title} saw the future, {first_on(leak)}")
        elif moves:
            unsteady.append(f"{title} differs from call to call: seed what it draws")
    compared = (
        f"{_counted(len(subject.pipeline.own), 'feature')}, cut off after {_counted(cuts, 'row')}"
    )
    if leaks:
        return Finding(check, compared, "failed", ", ".join(leaks))
    return Finding(check, compared, "noted" if unsteady else "passed", ", ".join(unsteady))


def _first_leak(name: str, bars: pd.DataFrame) -> tuple[pd.Timestamp | None, bool, int]:
    """Return the first day at which a feature knew what came later, whether it is unsteady, and
    the number of rows after which it was cut off."""
    began = time.perf_counter()
    whole = own_series(name, bars).to_numpy(float)
    again = own_series(name, bars).to_numpy(float)
    unsteady = float(np.nanmax(np.abs(whole - again), initial=0.0))
    slack = max(rounding(whole), UNSTEADY * unsteady)
    first, rest = _rows(bars)
    done = 0
    for row in [*first, *rest]:
        if done >= len(first) and time.perf_counter() - began > SECONDS:
            break
        done += 1
        try:
            cut = own_series(name, bars.iloc[: row + 1]).to_numpy(float)
        except DataError:
            continue  # no feature of so few bars can be had: that betrays nothing
        if len(moved := np.flatnonzero(differs(whole[: row + 1], cut, slack))):
            return pd.DatetimeIndex(bars.index)[moved[0]], unsteady > 0, done
    return None, unsteady > 0, done


def differs(before: Array, after: Array, slack: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return where values differ by more than some slack, or one of them is missing (...)."""
    missing = np.isnan(before) != np.isnan(after)
    with np.errstate(invalid="ignore"):  # infinities
        moved = (np.abs(before - after) > slack) & ~(before == after)
    return np.asarray(missing | moved)


def _rows(bars: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Return the rows after which bars are cut off first, and the others, in random order."""
    rows, dates = np.arange(len(bars) - 1), pd.DatetimeIndex(bars.index)
    missing = bars.isna().any(axis=1).to_numpy()
    beside = missing[:-1] | missing[1:]  # the row itself or the next one lacks a value
    month = dates.year * 12 + dates.month
    ends = np.asarray(month[1:] != month[:-1])
    generator = np.random.default_rng(0)
    drawn = generator.choice(rows, size=min(RANDOM, len(rows)), replace=False)
    first: Rows = np.unique(np.concatenate([rows[beside], rows[ends], drawn]))
    rest = generator.permutation(np.setdiff1d(rows, first))
    return first.tolist(), rest.tolist()


@dataclass
class Sources:
    """A record of what a feature's code opens and asks while it is watched."""

    files: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


_watched: list[Sources] = []
_hooked: list[bool] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what is opened; Python keeps an audit hook for the life of the process."""
    if not _watched:
        return
    if event == "open" and isinstance(arguments[0], str | bytes):
        path = Path(arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0])
        if not _of_python(path):
            _watched[-1].files.add(path.name)
    elif event in ("socket.connect", "subprocess.Popen", "os.system", "sqlite3.connect"):
        _watched[-1].others.add(event)


def _of_python(path: Path) -> bool:
    """Say whether a file belongs to Python, a library or the system, not to the user's data."""
    if path.suffix in CODE or path.name == "pyvenv.cfg":
        return True
    system = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/zoneinfo/")
    whole = str(path.absolute())
    return whole.startswith((*system, sys.prefix, sys.base_prefix + "/lib")) or "dist-info" in whole


@contextmanager
def watched() -> Iterator[Sources]:
    """Note the files and connections that are opened within."""
    if not _hooked:
        sys.addaudithook(_hook)
        _hooked.append(True)
    sources = Sources()
    _watched.append(sources)
    try:
        yield sources
    finally:
        _watched.remove(sources)


def sources(subject: Subject) -> Finding:
    """Name every file that a feature opens, and dates and caches in its code: none is altered."""
    check, notes = "features read nothing but the bars", []
    for name in subject.pipeline.own:
        with watched() as opened:
            try:
                own_series(name, subject.used.history.bars)
            except DataError:
                continue  # told by another check
        doubts = [f"reads {file}" for file in sorted(opened.files)]
        doubts += [f"asks outside ({event})" for event in sorted(opened.others)]
        path, function = own_feature(name) or ("", "")
        doubts += suspicions(Path(path).read_text("utf-8"), function)
        if doubts:
            more = f" and {len(doubts) - MANY} more" if len(doubts) > MANY else ""
            notes.append(f"feature {without_folder(name)} {', '.join(doubts[:MANY])}{more}")
    compared = (
        f"files, dates and caches in the code of {_counted(len(subject.pipeline.own), 'feature')}"
    )
    if not notes:
        return Finding(check, compared)
    return Finding(check, compared, "noted", f"{'; '.join(notes)}: no audit alters these")


def _code_of(code: str, function: str) -> list[ast.AST]:
    """Return the nodes of a function, of all that it refers to in its file,
    and of what runs there."""
    body = ast.parse(code).body
    definitions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    wanted, used = [function], list[ast.AST]()
    if function not in definitions:
        return list(ast.walk(ast.Module(body, [])))
    for name in wanted:
        nodes = list(ast.walk(definitions[name]))
        used += nodes
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        wanted += sorted(called for called in names & set(definitions) if called not in wanted)
    others = [statement for statement in body if not isinstance(statement, ast.FunctionDef)]
    return [*used, *(node for statement in others for node in ast.walk(statement))]


def _large_numbers(node: ast.Compare) -> list[float]:
    """Return the numbers of a comparison that may be a row or a price."""
    sides = [node.left, *node.comparators]
    numbers = [side.value for side in sides if isinstance(side, ast.Constant)]
    return [
        value
        for value in numbers
        if isinstance(value, int | float)
        and abs(value) >= LARGE
        and not 1900 <= value <= 2100
        and not INTEGER_DATE.fullmatch(str(value))
    ]


def _is_users_own(module: str) -> bool:
    """Say whether a module lies outside of Python and its packages, where no audit reads it."""
    if module in ("", "rnnforecast"):
        return False
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        return False
    if spec is None or spec.origin is None or spec.origin in ("built-in", "frozen"):
        return False
    return not _of_python(Path(spec.origin).with_suffix(".data"))


def suspicions(code: str, function: str = "") -> list[str]:
    """Return what a feature's code may know or read beside the bars, each with its line.

    Dates, rows and prices that it compares with, caches, modules of the user's own and readers of
    files.
    """
    suspects: dict[str, None] = {}
    for node in _code_of(code, function):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if len(node.value) < 40 and (date := DATE.search(node.value)):
                suspects[f"knows the date {date[0]} (line {node.lineno})"] = None
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            if 1900 <= node.value <= 2100:
                suspects[f"may know the year {node.value} (line {node.lineno})"] = None
            elif INTEGER_DATE.fullmatch(str(node.value)):
                suspects[f"knows the date {node.value} (line {node.lineno})"] = None
        elif isinstance(node, ast.Compare):
            for number in _large_numbers(node):
                suspects[f"compares with {number:.10g} (line {node.lineno})"] = None
        elif isinstance(node, ast.Import | ast.ImportFrom):
            modules = {alias.name.split(".")[0] for alias in node.names}
            modules |= {(getattr(node, "module", None) or "").split(".")[0]}
            if "builtins" in modules:
                suspects[f"keeps values in builtins (line {node.lineno})"] = None
            for module in sorted(modules):
                if module in STORES:
                    suspects[f"uses {module} (line {node.lineno})"] = None
                elif _is_users_own(module):
                    suspects[f"imports {module} (line {node.lineno})"] = None
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in CACHES:
                suspects[f"keeps a cache (line {node.lineno})"] = None
            elif READS.match(name) or name in CALENDAR:
                suspects[f"calls {name} (line {node.lineno})"] = None
        elif isinstance(node, ast.Global):
            suspects[f"keeps {', '.join(node.names)} between calls (line {node.lineno})"] = None
    return list(suspects)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
