"""What ``data export`` writes, ``data import`` reads again: the same bars to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store

from ...conftest import Command

BARS = {
    "1m": pd.date_range("2026-03-02 14:30", periods=300, freq="min", tz="UTC"),
    "5m": pd.date_range("2026-03-02", periods=300, freq="5min", tz="UTC"),
    "1h": pd.date_range("2025-10-20", periods=300, freq="h", tz="UTC"),
    "90m": pd.date_range("2025-10-20", periods=300, freq="90min", tz="UTC"),
    "1d": pd.date_range("2025-01-01", periods=300),
    "2d": pd.date_range("2024-01-01", periods=120, freq="2D"),
    "1wk": pd.date_range("2020-01-06", periods=120, freq="7D"),
    "1mo": pd.date_range("2015-01-31", periods=60, freq="ME"),
    "3mo": pd.date_range("2000-01-01", periods=60, freq="QS"),
    "1y": pd.date_range("1900-01-01", periods=60, freq="YS"),
}


def history(interval: str, scale: float = 1.0) -> PriceHistory:
    """Bars with every column that there is, some without an open or a volume."""
    draw, count = np.random.default_rng(5), len(BARS[interval])
    close = scale * 100 * np.exp(np.cumsum(draw.normal(0, 0.01, count)))
    bars = pd.DataFrame(
        {
            "open": close * (1 + draw.normal(0, 0.002, count)),
            "high": close * 1.01,
            "low": close * 0.99,
            "close": close,
            "adj_close": close * np.where(np.arange(count) < 40, 0.97, 1.0),
            "volume": draw.integers(0, 10**7, count).astype(float),
            "dividends": np.where(np.arange(count) == 40, 3.0 * scale, 0.0),
            "splits": np.zeros(count),
        },
        index=BARS[interval].as_unit("ns").rename("date"),
    )
    bars.iloc[3, [0, 5]] = np.nan
    return PriceHistory("BTC-USD", bars, interval, "24/7", "USD")


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("interval", BARS)
def test_bars_of_any_length_come_back(
    interval: str, form: str, here: Command, tmp_path: Path
) -> None:
    before = history(interval)
    Store(tmp_path / "data").save(before)
    assert (
        here("data", "export", "BTC-USD", "--format", form, "--interval", interval).returncode == 0
    )
    other = tmp_path / "other"
    outcome = here("data", "import", f"BTC-USD_{interval}.{form}", home=other)
    assert outcome.returncode == 0, outcome.stderr
    after = Store(other / "data").load("BTC-USD", interval)
    pd.testing.assert_frame_equal(after.bars, before.bars, check_exact=True, check_freq=False)
    assert after.digest() == before.digest() and after.sessions == before.sessions


@pytest.mark.parametrize("scale", [1e-14, 1e-9, 1e9, 1e15])
def test_prices_of_any_size_come_back(scale: float, here: Command, tmp_path: Path) -> None:
    before = history("1d", scale)
    Store(tmp_path / "data").save(before)
    assert here("data", "export", "BTC-USD").returncode == 0
    assert here("data", "import", "BTC-USD_1d.csv", home=tmp_path / "other").returncode == 0
    assert Store(tmp_path / "other" / "data").load("BTC-USD").digest() == before.digest()


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_adjusted_bars_come_back_as_they_were_written(
    form: str, here: Command, tmp_path: Path
) -> None:
    before = history("1d").adjusted()
    Store(tmp_path / "data").save(history("1d"))
    assert here("data", "export", "BTC-USD", "--format", form, "--adjusted").returncode == 0
    assert here("data", "import", f"BTC-USD_1d.{form}", home=tmp_path / "other").returncode == 0
    after = Store(tmp_path / "other" / "data").load("BTC-USD")
    pd.testing.assert_frame_equal(after.bars, before.bars, check_exact=True, check_freq=False)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_series_that_is_no_price_comes_back(form: str, here: Command, tmp_path: Path) -> None:
    days = pd.date_range("2020-01-01", periods=90, name="date", unit="ns")
    table = pd.DataFrame({"load": np.sin(np.arange(90.0)), "wind": np.arange(90.0)}, index=days)
    table.to_csv(tmp_path / "grid.csv")
    assert (
        here("data", "import", "grid.csv", "--symbol", "GRID", "--target", "load").returncode == 0
    )
    assert here("data", "export", "GRID", "--format", form).returncode == 0
    other = tmp_path / "other"
    again = here(
        "data", "import", f"GRID_1d.{form}", "--symbol", "GRID", "--target", "close", home=other
    )
    assert again.returncode == 0, again.stderr
    before, after = (Store(home / "data").load("GRID") for home in (tmp_path, other))
    np.testing.assert_array_equal(before.bars["close"], table["load"])
    pd.testing.assert_frame_equal(
        after.bars[before.bars.columns], before.bars, check_exact=True, check_freq=False
    )
