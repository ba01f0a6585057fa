"""The sheets say what the tables say, however many models and metrics there are."""

from __future__ import annotations

import pandas as pd

from rnnforecast.report.tables.cells import Sheet, all_scores, by_step

MODELS = (
    "network",
    "naive",
    "garch",
    "seasonal_naive",
    "ar1",
    "ewma",
    "ets",
    "theta",
    "arima",
    "linear",
    "drift",
)
LOSSES = ("mae", "rmse", "mase", "rmsse", "crps", "log_score", "winkler_0.80")
SHARES = ("direction", "rose", "coverage_0.80", "coverage_0.90", "coverage_0.95")
NAN = float("nan")


def scores() -> pd.DataFrame:
    """Prices as long as Bitcoin's; naive forecasts no direction."""
    losses = [(model, metric, 91_234.567, NAN, NAN, 750) for model in MODELS for metric in LOSSES]
    shares = [
        (model, metric, 0.579, 0.543, 0.614, 750)
        for model in MODELS
        for metric in SHARES
        if model != "naive"
    ]
    shares += [
        ("naive", metric, NAN if metric == "direction" else 0.5, 0.4, 0.6, 0) for metric in SHARES
    ]
    calls = [
        ("network", "precision", 0.6, NAN, NAN, 750),
        ("network", "pesaran_timmermann", 0.04, NAN, NAN, 750),
    ]
    table = pd.DataFrame(
        losses + shares + calls, columns=["model", "metric", "value", "low", "high", "n"]
    )
    return table.assign(step=0)


def comparisons() -> pd.DataFrame:
    rows = [
        ("naive", "crps", 0.086, 0.0001),
        ("garch", "crps", -0.008, 0.62),
        ("naive", "mae", 0.1, NAN),
    ]
    rows += [
        (model, metric, -0.0123, 0.0455)
        for model in MODELS[3:]
        for metric in ("mae", "rmse", "crps")
    ]
    table = pd.DataFrame(rows, columns=["baseline", "metric", "skill", "p"])
    return table.assign(model="network", step=0)


def cells(sheet: Sheet) -> dict[str, list[str]]:
    """Rows by their name."""
    return {row[0]: row[1:] for row in sheet.rows}


def test_losses_stand_one_model_below_the_other_the_network_first() -> None:
    losses = all_scores(scores(), comparisons())[0]
    assert losses.headings == ["all steps", "MAE", "RMSE", "MASE", "RMSSE", "CRPS", "log score"]
    assert [row[0] for row in losses.rows[:4]] == ["network", "naive", "GARCH-t", "seasonal naive"]
    assert cells(losses)["naive"][-2:] == ["91,235", "91234.5670"]


def test_skill_on_every_baseline_comes_with_its_p() -> None:
    skills = all_scores(scores(), comparisons())[1]
    assert skills.headings == ["skill vs", "MAE", "RMSE", "CRPS"]
    assert cells(skills)["naive"] == ["+10.0 %", "", "+8.6 %, p < 0.001"]
    assert cells(skills)["GARCH-t"] == ["", "", "-0.8 %, p = 0.62"]


def test_shares_carry_their_interval_and_always_up_stands_below_the_directions() -> None:
    hits = all_scores(scores(), comparisons())[2]
    assert hits.headings == [
        "all steps",
        "direction",
        "80 % interval",
        "90 % interval",
        "95 % interval",
    ]
    assert cells(hits)["naive"][0] == "none"
    assert cells(hits)["network"][0] == "57.9 % (54.3–61.4)"
    assert cells(hits)["always up"] == ["57.9 % (54.3–61.4)", "", "", ""]


def test_metrics_that_no_model_has_take_no_room() -> None:
    sheets = all_scores(scores(), comparisons())
    assert [sheet.headings[1:] for sheet in sheets[3:]] == [
        ["Winkler 80 %"],
        ["precision", "Pesaran-Timmermann"],
    ]
    assert sheets[4].rows == [["network", "60.0 %", "p = 0.040"]]


def test_skill_by_step_is_written_with_the_longer_list_downwards() -> None:
    table = pd.concat([comparisons(), comparisons().assign(step=1), comparisons().assign(step=2)])
    few = by_step(table, "crps")
    assert few.headings == ["skill", "step 1", "step 2"]
    assert few.rows[0] == ["vs naive", "+8.6 %, p < 0.001", "+8.6 %, p < 0.001"]
    assert [row[0] for row in few.rows][:2] == ["vs naive", "vs GARCH-t"]
    many = by_step(pd.concat(comparisons().assign(step=step) for step in range(1, 25)), "crps")
    assert many.headings[:3] == ["step", "vs naive", "vs GARCH-t"]
    assert [row[:2] for row in many.rows][:2] == [
        ["1", "+8.6 %, p < 0.001"],
        ["2", "+8.6 %, p < 0.001"],
    ]
