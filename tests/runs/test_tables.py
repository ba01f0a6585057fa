"""A file with a right hash may still be no file of ours: it is named, and nothing ends in a bug."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rnnforecast.errors import RunError
from rnnforecast.runs.artifacts import load_calibration, load_pool, load_scalers
from rnnforecast.runs.folder import Folder, load_document
from rnnforecast.runs.layout import (
    CALIBRATION,
    COMPARISONS,
    FIT,
    FORECAST,
    POOL,
    SCALERS,
    SCORES,
    VERDICT,
)
from rnnforecast.runs.tables import COLUMNS, is_table, load_table

SCORE = {"model": "network", "step": 0, "metric": "mae", "value": 1.0, "low": None, "high": None,
         "n": 5}  # fmt: skip
ROWS = {
    SCORES: SCORE,
    COMPARISONS: {"model": "network", "baseline": "naive", "step": 0, "metric": "mae",
                  "skill": 0.1, "p": 0.5, "low": 0.0, "high": 0.2},
    FIT: {"member": 1, "epoch": 1, "loss": 1.0, "val_loss": 1.0},
    FORECAST: {"step": 1, "date": "2024-01-02"},
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("name", ROWS)
def test_a_table_needs_its_columns_and_numbers_where_numbers_belong(
    name: str, folder: Folder
) -> None:
    whole = pd.DataFrame([ROWS[name], ROWS[name]])
    folder.write(name, whole.to_csv(index=False))
    assert load_table(folder, name) is not None
    for column in whole:
        other = 1.5 if column in ("model", "baseline", "metric") else "x"
        for hostile in (whole.drop(columns=column), whole.assign(**{column: other})):
            folder.write(name, hostile.to_csv(index=False))
            with pytest.raises(RunError, match="is damaged"):
                load_table(folder, name)


def test_an_empty_table_has_columns_of_no_kind(folder: Folder) -> None:
    for name in ROWS:
        content = io.StringIO(",".join(ROWS[name]) + "\n")
        assert is_table(name, pd.read_csv(content))


def test_quantiles_are_all_there_or_none_is() -> None:
    some = pd.DataFrame([ROWS[FORECAST] | {"q0.1": 1.0, "q0.5": 2.0}])
    assert not is_table(FORECAST, some)


def test_a_forecast_of_a_backtest_stands_in_it_once() -> None:
    [name] = [name for name in COLUMNS if "packed" in name]
    row = {"model": "network", "origin": pd.Timestamp("2024-01-01"), "step": 1,
           "date": pd.Timestamp("2024-01-02"), "last": 1.0, "actual": 1.0}  # fmt: skip
    assert is_table(name, pd.DataFrame([row, row | {"step": 2}]))
    assert not is_table(name, pd.DataFrame([row, row]))


@pytest.mark.parametrize(
    ("name", "values", "load"),
    [
        (VERDICT, {"headline": 1.5, "sentence": "x"}, lambda f: load_document(f, VERDICT)),
        (VERDICT, {"headline": "x"}, lambda f: load_document(f, VERDICT)),
        (VERDICT, {"headline": "x", "sentence": "x", "flags": [None]},
         lambda f: load_document(f, VERDICT)),
        (CALIBRATION, {"radius": None, "windows": 3}, load_calibration),
        (CALIBRATION, {"radius": [[1.0], [1.0, 2.0]], "windows": 3}, load_calibration),
        (CALIBRATION, {"radius": [["x"]], "windows": 3}, load_calibration),
        (CALIBRATION, {"radius": [[1.0]], "windows": 3, "kind": "other"}, load_calibration),
        (POOL, {"gjr": None}, load_pool),
        (POOL, {"gjr": {"kind": "gjr", "unit": 3.5, "size": "x", "shape": []}}, load_pool),
        (POOL, {"unheard": {}}, load_pool),
        (SCALERS, {"inputs": {"center": ["x"], "scale": [1]}, "targets": {}}, load_scalers),
        (SCALERS, {"inputs": 3, "targets": []}, load_scalers),
    ],
)  # fmt: skip
def test_a_document_needs_what_it_is_read_for(
    name: str, values: dict[str, Any], load: Callable[[Folder], object], folder: Folder
) -> None:
    folder.write(name, json.dumps({"format": 1, **values}))
    with pytest.raises(RunError, match="is damaged"):
        load(folder)
