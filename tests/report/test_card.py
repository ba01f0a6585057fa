"""The report card says what the tables say, in 80 columns."""

from __future__ import annotations

import pandas as pd

from rnnforecast.report.card import LOSSES, SHARES, report_card

MODELS = ("network", "naive", "garch")


def scores() -> pd.DataFrame:
    """Prices as long as Bitcoin's; naive forecasts no direction."""
    losses = [(model, metric, 91_234.567, float("nan"), float("nan"), 750) for model in MODELS for metric in LOSSES]
    shares = [(model, metric, 0.579, 0.543, 0.614, 750) for model in MODELS for metric in SHARES if model != "naive"]
    shares += [("naive", metric, 0.5, 0.4, 0.6, 0 if metric == "direction" else 750) for metric in SHARES]
    table = pd.DataFrame(losses + shares, columns=["model", "metric", "value", "low", "high", "n"])
    return table.assign(step=0)


def comparisons() -> pd.DataFrame:
    rows = [("naive", "crps", 0.086, 0.0001), ("garch", "crps", -0.008, 0.62), ("naive", "mae", 0.1, float("nan"))]
    table = pd.DataFrame(rows, columns=["baseline", "metric", "skill", "p"])
    return table.assign(model="network", step=0)


def test_losses_stand_beside_every_baseline_with_the_skill_and_its_p() -> None:
    (headings, rows), _ = report_card(scores(), comparisons())
    assert headings == ["all steps", "network", "naive", "GARCH-t", "skill on naive", "skill on GARCH-t"]
    cells = {row[0]: row[1:] for row in rows}
    assert cells["CRPS"] == ["91,234.57", "91,234.57", "91,234.57", "+8.6 %, p < 0.001", "-0.8 %, p = 0.62"]
    assert cells["MAE"][3:] == ["+10.0 %", ""]


def test_shares_carry_their_interval_and_naive_has_no_direction() -> None:
    _, (headings, rows) = report_card(scores(), comparisons())
    assert headings == ["all steps", "network", "naive", "GARCH-t"]
    assert rows[0] == ["direction", "57.9 % (54.3–61.4)", "none", "57.9 % (54.3–61.4)"]


def test_both_sheets_fit_a_terminal_of_80_columns() -> None:
    for headings, rows in report_card(scores(), comparisons()):
        widths = [max(len(row[column]) for row in [headings, *rows]) for column in range(len(headings))]
        assert sum(widths) + 2 * (len(widths) - 1) <= 80
