"""The table of a contest is that of the scores, with arithmetic that anybody can repeat."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rnnforecast.evaluation.contest import Contestant, contest_table
from rnnforecast.report.contest import score_sheet, seed_sheet, skill_sheet


def scores(mse: float, naive: float = 4.0, direction: float = 0.53) -> pd.DataFrame:
    rows = [
        ("network", 0, "mse", mse), ("network", 0, "rmse", math.sqrt(mse)),
        ("naive", 0, "mse", naive),
        ("naive", 0, "rmse", math.sqrt(naive)), ("network", 0, "direction", direction),
        ("network", 0, "rose", 0.55), ("network", 1, "mse", 99.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["model", "step", "metric", "value"])
    return table.assign(low=np.nan, high=np.nan, n=100)


def seeds(*values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"member": range(1, len(values) + 1), "metric": "mse", "value": values, "skill": 0.0}
    )


def contestants() -> list[Contestant]:
    return [
        Contestant("rnn", "simple_rnn", 2, 1775, 8.4, scores(5.0), seeds(5.0, 7.0), "a"),
        Contestant("mine", "lstm", 1, 5615, None, scores(3.0), None, "b"),
    ]


def test_the_table_has_values_skill_on_naive_and_the_spread_over_seeds() -> None:
    table = contest_table(contestants()).set_index("network")
    assert list(table.index) == ["rnn", "mine", "naive", "always up"]
    assert table.loc["rnn", "mse_skill"] == pytest.approx(1 - 5 / 4)
    assert table.loc["mine", "rmse_skill"] == pytest.approx(1 - math.sqrt(3) / 2)
    assert table.loc["rnn", "mse_mean"] == 6.0
    assert table.loc["rnn", "mse_sd"] == pytest.approx(math.sqrt(2))  # of 5 and 7, n - 1
    assert math.isnan(table.loc["mine", "mse_sd"])
    assert table.loc["naive", "mse"] == 4.0 and table.loc["always up", "direction"] == 0.55
    assert table.loc["rnn", "parameters"] == 1775


def test_the_sheets_say_the_same_in_words() -> None:
    table = contest_table(contestants())
    rows = {row[0]: row[1:] for row in score_sheet(table).rows}
    assert rows["rnn"] == ["1,775", "8", "5.0000", "2.2361", "53.0 %"]
    assert rows["mine"][1] == "" and rows["naive"][:3] == ["", "", "4.0000"]
    assert rows["always up"][-1] == "55.0 %"
    assert skill_sheet(table).rows[0][:2] == ["rnn", "-25.0 %"]
    assert [row[:2] for row in seed_sheet(table).rows] == [["rnn", "6.0000 ± 1.4142"]]
