"""Cleaning does what the config says, counts it, and looks at nothing later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config.experiment import Data
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.cleaning import bad_ticks, clean
from rnnforecast.dataset.features import columns_read, feature_table
from rnnforecast.errors import DataError

from ..conftest import make_history, random_walk


def gappy() -> PriceHistory:
    """Ten days of Bitcoin without the fourth and fifth."""
    full = make_history(np.arange(100.0, 110.0))
    bars = full.bars.assign(open=full.bars["close"] - 1, volume=5.0).drop(full.dates[3:5])
    return PriceHistory("X", bars, "1d", "24/7")


def test_by_default_what_is_missing_stays_missing() -> None:
    history, cleaning = clean(gappy(), Data())
    assert len(history) == 8 and cleaning.to_dict()["without_bar"]["count"] == 0


def test_ffill_repeats_the_last_close_with_nothing_traded() -> None:
    history, cleaning = clean(gappy(), Data(missing="ffill"))
    assert cleaning.without_bar == ("2020-01-04", "2020-01-05")
    assert history.bars.iloc[2:6].to_dict("list") == {
        "close": [102, 102, 102, 105],
        "open": [101, 102, 102, 104],
        "volume": [5, 0, 0, 5],
    }


def test_error_names_the_sessions() -> None:
    with pytest.raises(DataError, match=r"X: 2 sessions have no bar \(2020-01-04, 2020-01-05\)"):
        clean(gappy(), Data(missing="error"))


def test_a_bar_without_a_price_is_dropped_filled_or_refused() -> None:
    history = random_walk(10)
    history.bars["adj_close"] = history.bars["close"]
    history.bars.iloc[4, 1] = np.nan
    assert len(clean(history, Data())[0]) == 9
    filled, cleaning = clean(history, Data(missing="ffill"))
    assert filled.bars["adj_close"].iloc[4] == history.bars["close"].iloc[4]  # nothing was paid
    assert cleaning.without_value == ("2020-01-05",)
    with pytest.raises(DataError, match="1 bars lack a value of adj_close"):
        clean(history, Data(missing="error"))
    assert len(clean(history, Data(price="close"))[0]) == 10  # nobody asks for the adjusted close


def spoiled(row: int = 200, factor: float = 2.0, rows: int = 1) -> PriceHistory:
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[row : row + rows] *= factor
    return make_history(closes)


def test_a_bad_tick_is_kept_dropped_or_flagged_as_the_config_says() -> None:
    assert clean(spoiled(), Data())[1].bad_ticks == ()
    dropped, cleaning = clean(spoiled(), Data(bad_ticks="drop"))
    assert cleaning.bad_ticks == ("2020-07-19",) and len(dropped) == 299
    flagged, cleaning = clean(spoiled(), Data(bad_ticks="flag"))
    assert cleaning.bad_ticks == ("2020-07-19",) and len(flagged) == 300


def test_only_the_first_bar_of_a_crash_is_suspected_since_the_second_confirms_it() -> None:
    assert np.flatnonzero(
        bad_ticks(spoiled(rows=100, factor=0.5).bars["close"].to_numpy())
    ).tolist() == [200]


def test_two_bad_ticks_on_different_sides_are_both_suspected() -> None:
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[200] *= 3
    closes[201] /= 3
    assert np.flatnonzero(bad_ticks(closes)).tolist() == [200, 201]


def test_a_random_walk_and_a_flat_start_are_not_suspected() -> None:
    assert not bad_ticks(random_walk(2000).bars["close"].to_numpy()).any()
    assert not bad_ticks(np.r_[np.ones(100), 5.0, np.ones(100)])[:100].any()


def test_whether_a_bar_is_bad_depends_on_no_later_one() -> None:
    closes = spoiled().bars["close"].to_numpy()
    whole = bad_ticks(closes)
    for end in (150, 200, 201, 202, 299):
        np.testing.assert_array_equal(bad_ticks(closes[:end]), whole[:end])
        later = closes.copy()
        later[end:] = 1e6
        np.testing.assert_array_equal(bad_ticks(later)[:end], whole[:end])


def test_ffill_fills_nothing_from_the_future() -> None:
    bars = gappy().bars
    altered = bars.copy()
    altered.iloc[3:] *= 7
    first, _ = clean(PriceHistory("X", bars, "1d", "24/7"), Data(missing="ffill"))
    second, _ = clean(PriceHistory("X", altered, "1d", "24/7"), Data(missing="ffill"))
    pd.testing.assert_frame_equal(first.bars.iloc[:5], second.bars.iloc[:5])


def candles(rows: int = 300) -> PriceHistory:
    close = random_walk(rows).bars["close"]
    columns = {"open": close, "high": close * 1.01, "low": close * 0.99, "adj_close": close}
    return PriceHistory("WALK", random_walk(rows).bars.assign(**columns), "1d", "24/7")


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_bar_without_an_open_is_kept_where_no_feature_reads_it(value: float) -> None:
    history = candles()
    history.bars.iloc[:200, 1] = value
    cleaned, cleaning = clean(history, Data())
    assert len(cleaned) == 300 and not cleaning.without_value
    assert cleaned.bars["open"].isna().sum() == 200


def test_where_opens_are_read_the_features_begin_with_the_first_one_and_single_gaps_go() -> None:
    history = candles()
    history.bars.iloc[:200, 1] = 0.0
    history.bars.iloc[250, 1] = np.nan
    cleaned, cleaning = clean(history, Data(), ("open",))
    assert len(cleaned) == 299 and cleaning.without_value == ("2020-09-07",)
    assert (
        feature_table(cleaned, ["overnight_gap"])["overnight_gap"].first_valid_index()
        == (history.dates[200])
    )


def test_the_columns_that_features_read_are_known() -> None:
    reads = {name: columns_read(name) for name in ("log_return", "parkinson", "overnight_gap")}
    assert reads == {"log_return": (), "parkinson": ("high", "low"), "overnight_gap": ("open",)}
    assert columns_read("mine.py:f") == ()


def test_a_filled_adjusted_close_follows_the_close_at_the_share_that_dividends_left() -> None:
    history = candles(10)
    history.bars["adj_close"] = history.bars["close"] * 0.9
    history.bars.iloc[4, 4] = np.nan
    filled, _ = clean(history, Data(missing="ffill"))
    assert filled.bars["adj_close"].iloc[4] == pytest.approx(0.9 * history.bars["close"].iloc[4])


@pytest.mark.parametrize("value", [0.0, -37.63])
def test_a_close_that_is_not_positive_is_a_bad_tick(value: float) -> None:
    closes = random_walk().bars["close"].to_numpy(float).copy()
    closes[200] = value
    assert np.flatnonzero(bad_ticks(closes)).tolist() == [200]
