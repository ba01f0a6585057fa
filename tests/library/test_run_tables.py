"""Tables of a run for other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnforecast.errors import RunError, UsageError
from rnnforecast.library.run_tables import run_table
from rnnforecast.runs import Run


def test_a_forecast_is_the_same_in_both_layouts(trained: tuple[Path, Run]) -> None:
    ours, nixtla = (run_table(trained[1], "forecast", nixtla=nixtla) for nixtla in (False, True))
    assert list(ours["symbol"].unique()) == list(nixtla["unique_id"].unique()) == ["WALK"]
    np.testing.assert_array_equal(ours["median"], nixtla["rnnforecast"])
    np.testing.assert_array_equal(ours["low_80"], nixtla["rnnforecast-lo-80"])
    assert (nixtla["ds"] > nixtla["cutoff"]).all()


def test_what_is_not_there_yet_names_its_command(trained: tuple[Path, Run]) -> None:
    with pytest.raises(RunError, match=f"run: rnnforecast evaluate {trained[1].name}"):
        run_table(trained[1], "backtest")
    with pytest.raises(UsageError, match="scores have no Nixtla format"):
        run_table(trained[1], "scores", nixtla=True)
