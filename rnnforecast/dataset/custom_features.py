"""Features of the user's own: a function in a Python file, from bars to a series."""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.config.features import own_feature
from rnnforecast.errors import DataError, RnnForecastError, UsageError

FORM = "write def feature(bars: pandas.DataFrame) -> pandas.Series"
HUGE = 1e100
"""Beyond this size, squares of a feature overflow."""


def own_series(name: str, bars: pd.DataFrame) -> pd.Series:
    """Compute the values of a feature from the user's own file.

    What the function prints goes to stderr: stdout belongs to results.

    Args:
        name: ``file.py:function``.
        bars: as used, by date; the function gets a copy.

    Raises:
        UsageError: if the file or the function is not there, or the file cannot be run.
        DataError: if the function fails, or answers with something else than a number for each bar.
    """
    path, function = _function(name)
    with _guarded(f"feature {name} fails", path, DataError):
        answer = function(bars.copy())
    if not isinstance(answer, pd.Series):
        raise DataError(f"feature {name} answers with a {type(answer).__name__}", FORM)
    if not answer.index.equals(bars.index):
        raise DataError(
            f"feature {name} answers with {len(answer)} values, not one for the date of each of "
            f"{len(bars)} bars",
            "keep the index of the bars",
        )
    return _checked(name, answer)


def _checked(name: str, answer: pd.Series) -> pd.Series:
    """Return the values as real numbers of a usable size; NaN where not known yet."""
    if pd.api.types.is_complex_dtype(answer):
        raise DataError(f"feature {name} answers with complex numbers", "return their real part")
    try:
        values = answer.astype(float)
    except (TypeError, ValueError):
        raise DataError(f"feature {name} answers with {answer.dtype}, not numbers", FORM) from None
    with np.errstate(invalid="ignore"):
        wild = np.flatnonzero(np.abs(values.to_numpy(float)) > HUGE)
    if len(wild):
        value, day = values.iloc[wild[0]], pd.Timestamp(str(values.index[wild[0]]))
        raise DataError(
            f"feature {name} is {value:g} on {day:%Y-%m-%d}",
            "return finite numbers, and NaN where a value is not known yet",
        )
    return values


def _function(name: str) -> tuple[Path, Callable[[pd.DataFrame], Any]]:
    """Run the file afresh, and return it with the function that a name means."""
    own = own_feature(name)
    assert own is not None, name
    path, wanted = Path(own[0]), own[1]
    if not path.is_file():
        raise UsageError(
            f"feature {name}: there is no file {path}",
            "name it from the config's folder or this one",
        )
    with _guarded(f"feature {name}: {path} does not run", path, UsageError):
        names = runpy.run_path(str(path))
    function: Callable[[pd.DataFrame], Any] | None = names.get(wanted)
    if not callable(function):
        has = (
            ", ".join(
                key for key, value in names.items() if callable(value) and not key.startswith("_")
            )
            or "none"
        )
        raise UsageError(f"feature {name}: {path.name} has no function {wanted}", f"it has: {has}")
    return path, function


@contextlib.contextmanager
def _guarded(problem: str, path: Path, kind: type[RnnForecastError]) -> Iterator[None]:
    """Run a user's code: whatever it raises is one line with its place,
    whatever it prints goes to stderr."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a user's code may raise anything
        failure = f"{type(error).__name__} {error}".strip()
        raise kind(f"{problem}: {failure}, {_place(error, path)}", f"correct {path.name}") from None


def _place(error: BaseException, path: Path) -> str:
    """Name the last line of the user's file that took part in a failure."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name == path.name
    ]
    line = error.lineno if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
    return f"{path.name} line {line}" if line else path.name
