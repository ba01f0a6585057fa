"""Errors in z-scores are those of published benchmarks: by hand, and of the last value on ETTh1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.evaluation.standardised import over_channels, score_standardised

from ..conftest import SMALL, real_file
from ..docs.shell import DOCS


def test_errors_are_divided_by_the_deviation_of_training_closes(walk: PriceHistory) -> None:
    dataset = prepare(load("gru", [*SMALL, "data.symbol=WALK"]), walk)
    origins, closes = dataset.splits.origins("test"), dataset.closes
    path = closes[origins][:, None] * np.array([1.01, 1.02, 1.03])
    table = score_standardised(dataset, [(origins[:7], path[:7]), (origins[7:], path[7:])])
    deviation = closes[: dataset.splits.validation].std()
    windows = np.lib.stride_tricks.sliding_window_view(closes, 4)[origins]
    errors = {
        "network": (path - windows[:, 1:]) / deviation,
        "naive": (windows[:, :1] - windows[:, 1:]) / deviation,
    }
    for row in table.to_dict("records"):
        expected = errors[row["model"]]
        assert row["mse"] == pytest.approx((expected**2).mean())
        assert row["mae"] == pytest.approx(np.abs(expected).mean())
        assert (row["symbol"], row["windows"]) == ("WALK", len(origins))
    assert list(table["model"]) == ["network", "naive"]


def test_every_channel_counts_alike() -> None:
    rows = [("A", 1.0, 1.0, 10), ("B", 3.0, 2.0, 10)]
    table = pd.DataFrame(
        [(symbol, "network", *rest) for symbol, *rest in rows],
        columns=["symbol", "model", "mse", "mae", "windows"],
    )
    [mean] = over_channels(table).to_dict("records")
    assert mean == {"symbol": "all", "model": "network", "mse": 2.0, "mae": 1.5, "windows": 10}


@pytest.fixture
def recipe(tmp_path: Path) -> str:
    """The config of the page on published tables, as a reader saves it."""
    page = (DOCS / "published.md").read_text("utf-8")
    path = tmp_path / "ett.yaml"
    path.write_text(page.split("```yaml")[1].split("```")[0], "utf-8")
    return str(path)


def channel(recipe: str, table: pd.DataFrame, name: str) -> Dataset:
    """One channel with the benchmark's borders: 12, 4 and 4 months of 30 days."""
    bars = pd.DataFrame({"close": table[name].to_numpy(float)}, pd.DatetimeIndex(table["date"]))
    return prepare(load(recipe, [f"data.symbol={name}"]), PriceHistory(name, bars, "1h", "24/7"))


def test_the_recipe_cuts_channels_where_the_benchmark_does(recipe: str) -> None:
    hours = pd.date_range("2016-07-01", periods=17_420, freq="h")
    walk = np.random.default_rng(1).normal(size=len(hours)).cumsum()
    dataset = channel(recipe, pd.DataFrame({"date": hours, "OT": walk}), "OT")
    parts = [len(dataset.splits.origins(part)) for part in ("train", "validation", "test")]
    assert parts == [8640 - 336 - 95, 2785, 2785]
    scaler = dataset.fit_scalers().targets
    assert scaler.scale == pytest.approx([walk[:8640].std()] * 96)


def test_the_last_value_has_the_published_errors_on_etth1(recipe: str) -> None:
    """Repeat of LTSF-Linear's Table 2: 1.295 and .713, of 2,785 windows."""
    table = pd.read_csv(real_file("ltsf/ETTh1.csv"), parse_dates=["date"])
    scored = []
    for name in table.columns.drop("date"):
        dataset = channel(recipe, table, str(name))
        origins = dataset.splits.origins("test")
        path = np.repeat(dataset.closes[origins][:, None], 96, axis=1)
        scored.append(score_standardised(dataset, [(origins, path)]))
    for mean in over_channels(pd.concat(scored)).to_dict("records"):
        assert mean["mse"] == pytest.approx(1.2944, abs=1e-4)
        assert mean["mae"] == pytest.approx(0.7132, abs=1e-4)
        assert mean["windows"] == 2785
