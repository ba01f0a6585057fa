"""One forecast in three layouts holds the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.errors import UsageError
from rnnforecast.forecast.forecaster import Forecast, RiseProbability
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.library.forecast_files import forecast_file_table, parse_coverages

DATES = pd.date_range("2024-01-03", periods=2)
QUANTILES = np.stack([100 + 10 * np.array(LEVELS), 200 + 20 * np.array(LEVELS)])
FORECAST = Forecast(
    "X", pd.Timestamp("2024-01-02"), 100.0, DATES, QUANTILES, "USD", calibrated=True
)


@pytest.mark.parametrize(
    ("text", "coverages"), [(None, (80.0, 95.0)), ("90,50", (50.0, 90.0)), ("80%,80", (80.0,))]
)
def test_coverages_are_sorted_and_named_once(
    text: str | None, coverages: tuple[float, ...]
) -> None:
    assert parse_coverages(text) == coverages


@pytest.mark.parametrize("text", ["", "0", "100", "a", "50,,90", "-5"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a list of percentages up to 99"):
        parse_coverages(text)


def test_every_layout_holds_the_same_quantiles() -> None:
    wide, long, nixtla = (
        forecast_file_table([FORECAST, FORECAST], layout, (80.0, 25.0))
        for layout in ("wide", "long", "nixtla")
    )
    assert len(wide) == len(nixtla) == 4 and len(long) == 4 * 5
    np.testing.assert_allclose(wide["high_80"][:2], [109, 218])
    np.testing.assert_allclose(wide["low_25"][:2], [103.75, 207.5])  # between two levels
    np.testing.assert_array_equal(nixtla["rnnforecast-lo-25"], wide["low_25"])
    np.testing.assert_array_equal(nixtla["rnnforecast"], wide["median"])
    first = long[(long["step"] == 2)].drop_duplicates("level").set_index("level")["value"]
    np.testing.assert_allclose(first[[0.1, 0.5, 0.9]], [202, 210, 218])


def test_a_direction_has_one_column() -> None:
    rising = RiseProbability(
        "X", pd.Timestamp("2024-01-02"), 100.0, DATES, np.array([0.6, 0.4]), "USD"
    )
    assert list(forecast_file_table([rising], "wide", ())["probability_up"]) == [0.6, 0.4]
    assert list(forecast_file_table([rising], "nixtla", ())["rnnforecast"]) == [0.6, 0.4]
