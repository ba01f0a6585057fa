"""Runs that version 0.1.0 wrote open, predict and evaluate with the same figures for ever.

The archive was written by the code of 0.1.0: a run on one symbol and one on two, with their store,
calibrated and evaluated; ``expected.json`` holds the quantiles that its ``predict --raw`` gave.
"""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.report import page_text
from rnnforecast.pipeline.score import Request
from rnnforecast.runs.artifacts import load_table

ARCHIVE = Path(__file__).parents[1] / "fixtures" / "run_0_1_0.tar.xz"
LASTING = (
    "mae", "rmse", "mase", "rmsse", "rose", "direction", "coverage_0.50", "coverage_0.80",
    "coverage_0.90", "coverage_0.95", "winkler_0.80", "winkler_0.95", "pinball_0.05",
    "pinball_0.95",
)  # fmt: skip
"""Metrics whose definition stands.

Changed on purpose since 0.1.0: ``crps`` (quantile losses are integrated by the trapezoidal rule),
``log_score`` (tails beyond quantiles that coincide are wider) and ``pesaran_timmermann``
(one-sided).
"""
DETERMINED = ("network", "uncalibrated", "naive", "ewma", "linear")
"""Models whose forecasts are those of 0.1.0; the fits of GARCH got better on purpose."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked home. Predict from it; do not write to it."""
    folder = tmp_path_factory.mktemp("home")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize(("name", "key"), [("WALK_gru", "plain"), ("PANEL_gru", "panel")])
def test_a_run_of_0_1_0_predicts_the_same_quantiles(home: Path, name: str, key: str) -> None:
    expected = json.loads((home / "expected.json").read_text())[key]
    predictions = predict(runs.find(home / "runs", name), Store(home / "data"), raw=True)
    assert [prediction.forecast.symbol for prediction in predictions] == list(expected)
    for prediction in predictions:
        quantiles = prediction.forecast.quantiles
        np.testing.assert_allclose(quantiles, expected[prediction.forecast.symbol], rtol=1e-6)


@pytest.mark.parametrize("name", ["WALK_gru", "PANEL_gru"])
def test_a_run_of_0_1_0_is_evaluated_to_the_same_scores(name: str, tmp_path: Path) -> None:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    run = runs.find(tmp_path / "runs", name)
    before, backtest = load_table(run, runs.SCORES), load_table(run, runs.BACKTEST)
    looks = len(run.manifest.test_touched)
    evaluation = evaluate(run, Request(baselines=("garch", "ewma", "linear")))
    key = ["model", "step", "metric"]
    both = before.merge(evaluation.scores, on=key, suffixes=("_before", "_now"))
    lasting = both[both["metric"].isin(LASTING) & both["model"].isin(DETERMINED)]
    assert set(LASTING) - {"mase", "rmsse"} <= set(lasting["metric"])  # of one symbol alone
    assert set(lasting["model"]) == set(DETERMINED)
    assert "garch" in set(both["model"])  # scored, though not as before
    np.testing.assert_allclose(lasting["value_now"], lasting["value_before"], rtol=1e-5)
    assert len(run.manifest.test_touched) == looks + 1
    if backtest is not None:
        network = [table[table["model"] == "network"] for table in (backtest, evaluation.backtest)]
        before_, now = (table[QUANTILES].to_numpy(float) for table in network)
        np.testing.assert_allclose(now, before_, rtol=1e-5)


@pytest.mark.parametrize("name", ["WALK_gru", "PANEL_gru", "PANEL_gru/CALM"])
def test_a_run_of_0_1_0_has_a_page(home: Path, name: str) -> None:
    text = page_text(runs.find(home / "runs", name), "md")
    assert "0.1.0" in text
