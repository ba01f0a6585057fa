"""A reader with NumPy and docs/significance.md gets the p that a verdict prints."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.metrics.distribution import losses
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import PRICE

PAGE = Path(__file__).parents[3] / "docs" / "significance.md"
ORIGINS, STEPS = 300, 3


@pytest.fixture(scope="module")
def recipe() -> dict[str, Any]:
    """What the lines of the page define, which import nothing but NumPy."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    assert re.findall(r"^(?:import|from) (\w+)", code, re.M) == ["numpy"]
    names: dict[str, Any] = {}
    exec(code, names)
    return names


@pytest.fixture(scope="module")
def backtest() -> pd.DataFrame:
    """Two models: a spread that is right, and one that is too wide half the time."""
    rng = np.random.default_rng(1)
    moves = rng.normal(0, 1, (ORIGINS, STEPS)).cumsum(axis=1)
    calm = np.where(np.arange(ORIGINS) // 30 % 2, 1.0, 1.4)[:, None, None]
    spread = np.sqrt(np.arange(1, STEPS + 1))[:, None] * stats.norm.ppf(LEVELS)
    tables = []
    for model, width in (("network", 1.0), ("naive", calm)):
        quantiles = (100 + width * np.broadcast_to(spread, (ORIGINS, *spread.shape))).reshape(
            -1, len(LEVELS)
        )
        frame = pd.DataFrame(
            {
                "model": model, "symbol": "WALK",
                "origin": np.repeat(pd.date_range("2020-01-01", periods=ORIGINS), STEPS),
                "step": np.tile(np.arange(1, STEPS + 1), ORIGINS),
                "last": 100.0, "actual": 100 + moves.ravel(),
            }
        )  # fmt: skip
        frame["date"] = frame["origin"] + pd.to_timedelta(frame["step"], unit="D")
        tables.append(pd.concat([frame, pd.DataFrame(quantiles, columns=QUANTILES)], axis=1))
    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize("step", [0, 1, STEPS])
def test_p_of_a_backtest_is_that_of_the_lines_in_the_docs(
    recipe: dict[str, Any], backtest: pd.DataFrame, step: int
) -> None:
    one_sided_p: Callable[[Any, int], float] = recipe["one_sided_p"]
    table = losses(backtest, PRICE)
    told = compare(table, "network", ["naive"]).query("metric == 'crps' and step == @step")
    chosen = table if step == 0 else table[table["step"] == step]
    crps = chosen.groupby(["model", "origin"])["crps"].mean()
    gains = (crps["naive"] - crps["network"]).to_numpy()
    by_page = one_sided_p(gains, step or STEPS)
    assert float(told["p"].iloc[0]) == pytest.approx(by_page, abs=1e-9) and 0 < by_page < 0.9


def test_the_t_distribution_of_the_docs_is_that_of_scipy(recipe: dict[str, Any]) -> None:
    x = np.array([-4.0, -1.0, 0.0, 0.3, 2.5])
    for degrees in (1, 16, 317):
        assert recipe["t_cdf"](x, degrees) == pytest.approx(stats.t.cdf(x, degrees), abs=1e-12)
