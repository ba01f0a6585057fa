"""What ``import rnnforecast`` promises: these names, lazily, lightly, typed."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files

import pytest

import rnnforecast as rf


def test_every_promised_name_is_there_and_nothing_else_is_promised() -> None:
    assert rf.__all__ == sorted(rf.__all__)
    for name in rf.__all__:
        value = getattr(rf, name)
        assert value.__doc__ and value.__module__.startswith("rnnforecast")
    assert set(rf.__all__) <= set(dir(rf))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'forecast_everything'"):
        _ = rf.forecast_everything


def test_importing_is_light() -> None:
    script = (
        "import sys, time; begun = time.perf_counter(); import rnnforecast\n"
        "seconds = time.perf_counter() - begun\n"
        "print(seconds, *({'numpy', 'pandas', 'pydantic', 'typer', "
        "'tensorflow'} & set(sys.modules)))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        for _ in range(3)
    ]
    lines = [run.stdout.split() for run in runs]
    assert min(float(line[0]) for line in lines) < 0.1 and all(len(line) == 1 for line in lines)


def test_the_types_are_shipped() -> None:
    assert files("rnnforecast").joinpath("py.typed").is_file()
