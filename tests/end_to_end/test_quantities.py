"""Volatility and direction go the whole way: train, predict, evaluate, report."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data.store import Store

from ..conftest import Command, random_walk

TINY = ("--set", "training.epochs=2", "--set", "training.ensemble=2", "--set", "model.units=4")


def ok(result: object) -> str:
    assert result.returncode == 0, result.stderr  # type: ignore[attr-defined]
    return str(result.stdout)  # type: ignore[attr-defined]


@pytest.mark.parametrize("preset", ["volatility", "direction"])
def test_it_is_trained_forecast_scored_and_told(preset: str, here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk(500))
    ok(here("train", "--config", preset, "--symbol", "WALK", *TINY))
    predicted = ok(here("predict", "--plot"))
    assert {"volatility": "recent volatility a bar", "direction": "above that"}[preset] in predicted
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "figures" / "forecast.png").read_bytes().startswith(b"\x89PNG")
    told = ok(here("evaluate"))
    assert {"volatility": "scaled recent volatility", "direction": "always saying up"}[
        preset
    ] in told
    verdict = json.loads((folder / "verdict.json").read_text())
    assert (
        verdict["origins"] == {"volatility": 66, "direction": 71}[preset]
    )  # 75 rows, horizons 10 and 5
    assert verdict["headline"] in (folder / "report.html").read_text()
    forecast = pd.read_csv(folder / "forecast.csv")
    if preset == "direction":
        assert forecast["rising"].between(0, 1).all()
    else:
        assert (
            (
                forecast[["low_95", "low_80", "median", "high_80", "high_95"]]
                .diff(axis=1)
                .iloc[:, 1:]
                > 0
            )
            .all()
            .all()
        )
    ok(here("predict", "--json"))
