"""The report card says what the tables say, in 80 columns."""

from __future__ import annotations

import pandas as pd

from rnnforecast.evaluation.trading import Trading, assess
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.report.tables.scorecard import (
    LOSSES,
    SHARES,
    economics_card,
    models_card,
    report_card,
    seeds_line,
)

MODELS = ("network", "naive", "garch")


def scores() -> pd.DataFrame:
    """Prices as long as Bitcoin's; naive forecasts no direction."""
    losses = [
        (model, metric, 91_234.567, float("nan"), float("nan"), 750)
        for model in MODELS
        for metric in LOSSES
        if metric != "mape"
    ]
    shares = [
        (model, metric, 0.579, 0.543, 0.614, 750)
        for model in MODELS
        for metric in SHARES
        if model != "naive"
    ]
    shares += [
        ("naive", metric, 0.5, 0.4, 0.6, 0 if metric == "direction" else 750) for metric in SHARES
    ]
    table = pd.DataFrame(losses + shares, columns=["model", "metric", "value", "low", "high", "n"])
    return table.assign(step=0)


def comparisons() -> pd.DataFrame:
    rows = [
        ("naive", "crps", 0.086, 0.0001),
        ("garch", "crps", -0.008, 0.62),
        ("naive", "mae", 0.1, float("nan")),
    ]
    table = pd.DataFrame(rows, columns=["baseline", "metric", "skill", "p"])
    return table.assign(model="network", step=0)


def test_losses_stand_beside_every_baseline_with_the_skill_and_its_p() -> None:
    (headings, rows), _ = report_card(scores(), comparisons())
    assert headings == [
        "all steps",
        "network",
        "naive",
        "GARCH-t",
        "skill vs naive",
        "skill vs GARCH-t",
    ]
    cells = {row[0]: row[1:] for row in rows}
    assert cells["CRPS"] == ["91,235", "91,235", "91,235", "+8.6 %, p < 0.001", "-0.8 %, p = 0.62"]
    assert cells["MAE"][3:] == ["+10.0 %", ""]


def test_shares_carry_their_interval_and_naive_has_no_direction() -> None:
    _, (headings, rows) = report_card(scores(), comparisons())
    assert headings == ["all steps", "network", "naive", "GARCH-t"]
    assert rows[0] == ["direction", "57.9 % (54.3–61.4)", "none", "57.9 % (54.3–61.4)"]


def test_both_sheets_fit_a_terminal_of_80_columns() -> None:
    for headings, rows in report_card(scores(), comparisons()):
        widths = [
            max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))
        ]
        assert sum(widths) + 2 * (len(widths) - 1) <= 80


def every_model() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of all baselines, as long as Bitcoin's, and the network's comparisons with them."""
    names = ["network", "uncalibrated", *BASELINES]
    rows = [
        {
            "model": name,
            "step": 0,
            "metric": metric,
            "value": value,
            "low": 0.0,
            "high": 1.0,
            "n": 750,
        }
        for number, name in enumerate(names)
        for metric, value in (
            ("crps", 91_000.0 + 100 * number),
            ("mae", 91_000.0),
            ("coverage_0.80", 0.8),
        )
    ]
    beside = [
        {
            "model": "network",
            "baseline": name,
            "step": 0,
            "metric": "crps",
            "skill": 0.01,
            "p": 0.0123,
        }
        for name in BASELINES
    ]
    return pd.DataFrame(rows), pd.DataFrame(beside)


def test_every_model_stands_in_the_order_of_its_crps_with_its_skill_on_naive() -> None:
    scores, comparisons = every_model()
    kept = pd.DataFrame({"model": ["network", "naive"], "p": [1.0, 0.3], "included": [True, True]})
    sheet = models_card(scores, comparisons, kept)
    assert sheet is not None
    headings, rows = sheet
    assert [row[0] for row in rows][:3] == ["network", "uncalibrated", "naive"]
    assert rows[0] == ["network", "91,000", "+0.2 %", "0.0 %", "80.0 %", "", "yes"]
    assert rows[-1] == ["ridge", "92,600", "-1.5 %", "0.0 %", "80.0 %", "p = 0.012", ""]
    widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
    assert sum(widths) + 2 * (len(widths) - 1) <= 80


def test_with_the_usual_baselines_alone_there_is_no_third_table() -> None:
    assert models_card(scores(), comparisons(), None) is None


def test_the_seeds_are_summed_up_by_mean_and_deviation() -> None:
    seeds = pd.DataFrame(
        {"member": [1, 2, 3], "metric": "crps", "value": 1.0, "skill": [0.01, 0.02, 0.03]}
    )
    assert "Single networks (3 seeds): CRPS skill vs naive +2.0 % ± 1.0 %" in seeds_line(seeds)
    assert seeds_line(None) == ""


def test_earnings_stand_beside_holding_and_what_is_unknown_is_none() -> None:
    dates = pd.date_range("2024-01-01", periods=60)
    trades = pd.DataFrame(
        {"date": dates, "position": 1.0, "traded": 0.0, "net": 0.0, "holding": [0.01, -0.005] * 30}
    )
    earned = assess(trades, Trading()).to_dict()
    headings, rows = economics_card(earned)
    assert headings == ["sign, next open, 7 bp", "calls", "holding"]
    cells = {row[0]: row[1:] for row in rows}
    assert cells["net return"] == ["0.0 %", "+15.9 %"] and cells["Sharpe a year"][0].startswith(
        "none"
    )
