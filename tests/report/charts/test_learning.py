"""How networks were fitted: a pair of lines for each, and its best epoch."""

from __future__ import annotations

import pandas as pd

from rnnforecast.evaluation.backtest import MEDIAN_COLUMN
from rnnforecast.quantities import PRICE, VOLATILITY
from rnnforecast.report.charts.learning import training
from rnnforecast.report.charts.several import predictions_of_runs
from rnnforecast.report.charts.spec import Line

from ..materials import changed, material


def test_each_network_has_its_losses_and_its_best_epoch() -> None:
    fit = pd.DataFrame(
        {"member": [1, 1, 1, 2, 2], "epoch": [1, 2, 3, 1, 2],
         "loss": [3.0, 2.0, 1.0, 3.0, 2.5], "val_loss": [3.0, 1.5, 2.0, 2.0, 2.5]}
    )  # fmt: skip
    whole = material()
    chart = training(changed(whole, tables={**whole.tables, "fit": fit}))
    marks = [mark for mark in chart.rows[0][0].marks if isinstance(mark, Line)]
    best = {mark.name: (mark.x[0], mark.y[0]) for mark in marks if mark.group == "best epoch"}
    assert best == {"best epoch of network 1": (2, 1.5), "best epoch of network 2": (1, 2.0)}
    assert len(marks) == 6 and "loss of 2 networks" in chart.title and "1.5000" in chart.message


def test_several_runs_are_drawn_on_the_days_that_all_of_them_forecast() -> None:
    backtest = material(steps=1)["backtest"]
    later = backtest[backtest["origin"] > backtest["origin"].min()]
    chart = predictions_of_runs({"a": backtest, "b": later}, PRICE, "both")
    prices, moves = chart.rows[0][0], chart.rows[1][0]
    lines = {mark.name: mark for mark in prices.marks if isinstance(mark, Line)}
    assert set(lines) == {"a", "b", "actual"} and len(lines["a"].y) == len(lines["b"].y) == 60
    own = backtest[(backtest["model"] == "network")].sort_values("origin").tail(60)
    assert list(lines["b"].y) == list(own[MEDIAN_COLUMN])
    move = next(mark for mark in moves.marks if isinstance(mark, Line) and mark.name == "actual")
    assert list(move.y) == list(own["actual"].to_numpy() / own["last"].to_numpy() - 1)
    assert len(predictions_of_runs({"a": backtest}, VOLATILITY, "one").rows) == 1
