"""Standardised errors are those of the medians that are delivered, and are kept with the run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnforecast import runs
from rnnforecast.forecast.quantile_levels import MEDIAN
from rnnforecast.pipeline import standardised
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.standardised import evaluate_standardised
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_forecaster, load_table


@pytest.fixture
def run(trained: tuple[Path, Run], tmp_path: Path) -> Run:
    home = Path(shutil.copytree(trained[0], tmp_path / "home"))
    return runs.find(home / "runs")


def test_the_errors_are_those_of_the_delivered_medians(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standardised, "CHUNK", 13)
    table = evaluate_standardised(run)
    dataset, forecaster = dataset_of(run), load_forecaster(run)
    origins = dataset.splits.origins("test")
    medians = forecaster.quantiles(dataset, origins)[..., MEDIAN]
    deviation = dataset.closes[: dataset.splits.validation].std()
    errors = (medians - dataset.future_values[origins]) / deviation
    own = table.set_index("model").loc["network"]
    assert own["mse"] == pytest.approx((errors**2).mean())
    assert own["mae"] == pytest.approx(np.abs(errors).mean())
    again = runs.find(run.root)
    assert len(again.manifest.test_touched) == 1
    kept = load_table(again, runs.STANDARDISED)
    assert kept is not None and kept["mse"].tolist() == table["mse"].tolist()
