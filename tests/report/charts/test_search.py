"""The figures of a search, as values."""

from __future__ import annotations

import pandas as pd

from rnnforecast.report.charts.search import search_history, setting_importances
from rnnforecast.report.charts.spec import Line, Points

TABLE = pd.DataFrame(
    {
        "trial": [0, 1, 2, 3],
        "state": ["finished", "pruned", "finished", "finished"],
        "value": [1.0, None, 0.9, 0.95],
    }
)


def test_the_history_shows_finished_trials_and_the_best_so_far() -> None:
    chart = search_history(TABLE, "crps", "a study")
    points, line, start = chart.panels[0].marks
    assert isinstance(points, Points) and list(points.x) == [0, 2, 3]
    assert isinstance(line, Line) and list(line.y) == [1.0, 0.9, 0.9]
    assert getattr(start, "low") == 1.0  # noqa: B009  (a level of another kind of mark)
    assert chart.message == "The best of 3 finished trials is 10.0 % below the first one."


def test_importances_stand_in_their_order() -> None:
    chart = setting_importances({"model.units": 0.7, "model.dropout": 0.3}, "a study")
    assert [text for _, text in chart.panels[0].y.ticks] == ["model.units", "model.dropout"]
    assert chart.message == "model.units explains 70.0 % of the variance between trials."
