"""``predict --joint`` prints ranks that sum to one, and refuses weights that it cannot read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.pipeline.train import train_run

from ..conftest import SMALL, Command, make_history


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joint")
    rng, store = np.random.default_rng(1), Store(folder / "data")
    for symbol in ("ONE", "TWO"):
        walk = 100 * np.exp(rng.normal(0, 0.01, 300).cumsum())
        store.save(replace(make_history(walk), symbol=symbol))
    settings = [*SMALL, "data.symbol=[ONE, TWO]"]
    train_run(load("gru", settings), store, folder / "runs", label="two")
    return folder


def test_ranks_and_a_portfolio_are_told(home: Path, here: Command, tmp_path: Path) -> None:
    weights = tmp_path / "weights.csv"
    weights.write_text("symbol,weight\nONE,0.5\nTWO,0.5\n")
    told = here("--json", "predict", "--joint", "--weights", str(weights), home=home)
    document = json.loads(told.stdout)
    assert set(document["ranks"]) == {"ONE", "TWO"}
    assert all(sum(shares) == pytest.approx(1) for shares in document["ranks"].values())
    risk = document["portfolio"]
    assert 0 < risk["value_at_risk_95"] < risk["expected_shortfall_95"]
    shown = here("predict", "--joint", "--out", "ranks.csv", home=home)
    assert shown.returncode == 0 and "highest" in shown.stdout
    ranks = pd.read_csv(tmp_path / "ranks.csv", index_col="symbol")
    assert ranks.loc["ONE"].tolist() == pytest.approx(document["ranks"]["ONE"])
    assert "days old" in document["warnings"][0]
    old = here("predict", "--joint", "--max-age", "3d", home=home)
    assert old.returncode == 4 and "older than --max-age 3d" in old.stderr


def test_weights_that_cannot_be_read_are_named(home: Path, here: Command, tmp_path: Path) -> None:
    path = tmp_path / "weights.csv"
    path.write_text("symbol,weight\nONE,half\n")
    refused = here("predict", "--weights", str(path), home=home)
    assert refused.returncode == 2 and "holds no weights" in refused.stderr
    path.write_text("symbol,weight\nGOOG,1\n")
    unknown = here("predict", "--weights", str(path), home=home)
    assert unknown.returncode == 2 and "not on GOOG" in unknown.stderr


def test_ranks_of_the_test_part_are_scored_beside_rivals(home: Path, here: Command) -> None:
    told = here("--json", "evaluate", "--ranks", "--baselines", "naive", home=home)
    assert told.returncode == 0, told.stderr
    document = json.loads(told.stdout)
    scores = {row["model"]: row for row in document["ranks"]}
    assert set(scores) == {"network", "uniform", "independent", "covariance"}
    assert scores["uniform"]["rps"] == pytest.approx(0.125)  # of two: (0.5 squared + 0) / 2
    assert len(document["rank_periods"]) == 4 * scores["network"]["periods"]
    page = Path(document["report"]).read_text("utf-8")
    assert "Who ranks where" in page and "own volatility, independent" in page


def test_standardised_errors_are_told_for_each_symbol_and_for_all(
    home: Path, here: Command
) -> None:
    told = here("--json", "evaluate", "--standardised", home=home)
    document = json.loads(told.stdout)
    network, naive = document["standardised"]
    assert (network["symbol"], naive["model"]) == ("all", "naive")
    of_channels = [row["mse"] for row in document["channels"] if row["model"] == "naive"]
    assert naive["mse"] == pytest.approx(sum(of_channels) / 2) and len(of_channels) == 2
    shown = here("evaluate", "--standardised", home=home)
    assert shown.returncode == 0 and "last value" in shown.stdout and "TWO" in shown.stdout
