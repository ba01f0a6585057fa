"""Features of the user's own: a function in a Python file, from bars to a series."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from rnnforecast.config.features import own_feature
from rnnforecast.errors import DataError, UsageError

FAILURES = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError, TypeError,
    ValueError,
)  # fmt: skip
"""What a user's code may raise without being a mistake of ours."""
FORM = "write def feature(bars: pandas.DataFrame) -> pandas.Series"


def own_series(name: str, bars: pd.DataFrame) -> pd.Series:
    """The values of a feature of the user's own.

    Args:
        name: ``file.py:function``.
        bars: as used, by date; the function gets a copy.

    Raises:
        UsageError: if the file or the function is not there, or the file cannot be run.
        DataError: if the function fails, or answers with something else than a number for each bar.
    """
    function = _function(name)
    try:
        found = function(bars.copy())
    except FAILURES as error:
        raise DataError(
            f"feature {name} fails: {type(error).__name__} {error}", "mend that function"
        ) from None
    if not isinstance(found, pd.Series):
        raise DataError(f"feature {name} answers with a {type(found).__name__}", FORM)
    if not found.index.equals(bars.index):
        raise DataError(
            f"feature {name} answers with {len(found)} values, not one for the date of each of {len(bars)} bars",
            "keep the index of the bars",
        )
    try:
        return found.astype(float)
    except (TypeError, ValueError):
        raise DataError(f"feature {name} answers with {found.dtype}, not numbers", FORM) from None


def _function(name: str) -> Callable[[pd.DataFrame], Any]:
    """The function that a name means, from a fresh run of its file."""
    own = own_feature(name)
    assert own is not None, name
    path, wanted = Path(own[0]), own[1]
    if not path.is_file():
        raise UsageError(
            f"feature {name}: there is no file {path}",
            "name it from the config's folder or this one",
        )
    try:
        names = runpy.run_path(str(path))
    except (SyntaxError, UnicodeDecodeError, *FAILURES) as error:
        raise UsageError(
            f"feature {name}: {path} does not run ({type(error).__name__} {error})", "mend it"
        ) from None
    function: Callable[[pd.DataFrame], Any] | None = names.get(wanted)
    if not callable(function):
        has = (
            ", ".join(
                key for key, value in names.items() if callable(value) and not key.startswith("_")
            )
            or "none"
        )
        raise UsageError(f"feature {name}: {path.name} has no function {wanted}", f"it has: {has}")
    return function
