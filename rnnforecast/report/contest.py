"""A contest of networks as sheets of text."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from rnnforecast.evaluation.contest import LOSSES, METRICS
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_loss, format_percent
from rnnforecast.report.tables.cells import METRICS as TITLES
from rnnforecast.report.tables.cells import Sheet

SHARES = ("direction", "accuracy")


def score_sheet(table: pd.DataFrame) -> Sheet:
    """Return what each network costs and how far it errs, naive below.

    Args:
        table: of ``contest_table``.
    """
    metrics = [metric for metric in METRICS if metric in table]
    rows = [
        [
            model_title(str(row["network"])),
            _count(row["parameters"]),
            "" if pd.isna(row["seconds"]) else f"{row['seconds']:.0f}",
            *(_value(row[metric], metric) for metric in metrics),
        ]
        for row in table.to_dict("records")
    ]
    headings = ["network", "parameters", "seconds", *(TITLES[name].title for name in metrics)]
    return Sheet(headings, rows)


def skill_sheet(table: pd.DataFrame) -> Sheet:
    """Return how much lower each network's losses are than naive's."""
    metrics = [metric for metric in LOSSES if f"{metric}_skill" in table]
    rows = [
        [str(row["network"]), *(_signed(row[f"{metric}_skill"]) for metric in metrics)]
        for row in _networks(table)
    ]
    return Sheet(["skill vs naive", *(TITLES[name].title for name in metrics)], rows)


def seed_sheet(table: pd.DataFrame) -> Sheet:
    """Return mean and standard deviation over single networks; no rows where each is one alone."""
    metrics = [metric for metric in LOSSES if f"{metric}_sd" in table]
    rows = [
        [
            str(row["network"]),
            *(_spread(row[f"{metric}_mean"], row[f"{metric}_sd"]) for metric in metrics),
        ]
        for row in _networks(table)
        if not all(math.isnan(row[f"{metric}_sd"]) for metric in metrics)
    ]
    return Sheet(["one network, mean ± s.d.", *(TITLES[name].title for name in metrics)], rows)


def _networks(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of the networks; those below them have no parameters."""
    return table[table["parameters"].notna()].to_dict("records")


def _count(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:,}"


def _value(value: float, metric: str) -> str:
    if math.isnan(value):
        return ""
    return format_percent(value) if metric in SHARES else format_loss(value)


def _signed(value: float) -> str:
    return "" if math.isnan(value) else format_percent(value, signed=True)


def _spread(mean: float, deviation: float) -> str:
    if math.isnan(mean):
        return ""
    middle = format_loss(mean)
    return f"{middle} ± {deviation:,.{len(middle.partition('.')[2])}f}"
