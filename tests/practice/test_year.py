"""A few simulated evenings; ``make year`` lives through 250 of them with twelve symbols."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.practice.market import make_year
from tests.practice.recomputation import recompute

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills processes")
def test_whatever_is_killed_no_forecast_is_lost_or_doubled(tmp_path: Path) -> None:
    made = subprocess.run(
        [
            sys.executable, "-m", "tests.practice.year", "--home", str(tmp_path),
            "--symbols", "2", "--days", "6", "--kills", "2", "--refit", "99",
        ],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "missing 0 []" in made.stdout and "doubled 0 []" in made.stdout
    assert ", different 0 []" in made.stdout and "of which lost 0" in made.stdout


def test_a_missing_and_a_doubled_forecast_would_be_seen() -> None:
    year = make_year(symbols=2, days=8)
    due = year.due(year.securities[1])
    assert len(due) == len(set(due)) >= 7
    assert pd.Timestamp("2024-09-02") not in due  # Labor Day


def test_a_split_and_a_misprint_are_served_as_a_source_would() -> None:
    security = make_year(symbols=2, days=40).securities[1]
    [(split, ratio)] = security.splits.items()
    [(wrong, right_from)] = security.misprints.items()
    before, after = (
        security.served(pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=23))["close"]
        for day in (split - pd.Timedelta(days=1), split + pd.Timedelta(days=5))
    )
    known = before.index[before.index < wrong]
    assert (before[known] / after[known]).round(9).eq(ratio).all()
    early = security.served(wrong.tz_localize("UTC") + pd.Timedelta(hours=23))["close"]
    late = security.served(right_from.tz_localize("UTC") + pd.Timedelta(hours=23))["close"]
    scale = early[known[0]] / late[known[0]]
    assert early[wrong] / late[wrong] == pytest.approx(1.006 * scale)


def test_the_recomputation_is_that_of_a_hand_calculation() -> None:
    closes = pd.Series([100.0, 110.0], pd.to_datetime(["2024-01-01", "2024-01-02"]))
    levels = [level / 100 for level in range(1, 100)]
    entry = {
        "origin": "2024-01-01T00:00:00", "close": 200.0, "levels": levels,
        "quantiles": {"network": [[200.0] * 99]},
    }  # fmt: skip
    scores = recompute([entry], closes).scores
    move = 0.0953101798
    assert scores["network mae 1"] == pytest.approx(move)
    assert scores["network crps 1"] == pytest.approx(move)  # of a point it is the absolute error
    assert scores["network coverage_0.80 1"] == 0
