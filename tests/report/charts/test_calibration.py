"""Calibration as it is drawn is calibration as it is counted."""

from __future__ import annotations

import numpy as np

from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.report.charts.calibration import pit, reliability
from rnnforecast.report.charts.spec import Bars, Line

from ..materials import material


def test_the_line_of_the_network_is_the_share_of_outcomes_below_each_quantile() -> None:
    whole = material()
    chart = reliability(whole)
    (line,) = [
        mark for mark in chart.rows[0][0].marks if isinstance(mark, Line) and mark.name == "network"
    ]
    own = whole["backtest"].query("model == 'network'")
    below = own["actual"].to_numpy()[:, None] <= own[QUANTILES].to_numpy(float)
    by_hand = dict(zip(np.round(LEVELS, 3), below.mean(axis=0), strict=True))
    shares = [by_hand[round(float(level), 3)] for level in line.x]
    np.testing.assert_allclose(line.y, shares, atol=1e-12)


def test_bars_of_the_transform_add_up_to_one() -> None:
    (bars,) = [mark for mark in pit(material()).rows[0][0].marks if isinstance(mark, Bars)]
    np.testing.assert_allclose(np.sum(bars.y), 1.0)
    assert (np.diff(bars.x) > 0).all()
