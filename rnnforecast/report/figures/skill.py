"""Does it beat yesterday's price, and everything else that was tried?"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnforecast.evaluation.backtest import GARCH, NAIVE
from rnnforecast.evaluation.metrics.direction import ALWAYS_UP
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    Label,
    label_ends,
    percent_axis,
    step_axis,
)  # fmt: skip
from rnnforecast.report.plot_data import skill_metrics, skill_range, skills
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS

STANDING_OUT = {NAIVE: BLUE, GARCH: GREEN, ALWAYS_UP: ORANGE}
"""Baselines whose lines are coloured; the others are grey."""
NAMED = 4
"""Baselines up to which every line has its name."""
MARKS = (("o", BLUE), ("D", ORANGE), ("s", PURPLE))
"""Of the metrics in the panel of all steps."""


def skill(material: Material) -> Figure:
    """Skill on every baseline: over all steps with intervals, and at each step."""
    comparisons = material["comparisons"]
    metrics, rows = skill_metrics(comparisons), len(material.baselines)
    stepwise = int(comparisons["step"].max()) > 1
    top = 0.9 + 0.34 * rows
    figure = Figure(figsize=(8, top + (3.2 if stepwise else 0)), layout="constrained")
    if not stepwise:
        _overall(figure.subplots(), comparisons, metrics, material.baselines)
        return figure
    grid = figure.add_gridspec(2, 1, height_ratios=[top, 3.2])
    upper, lower = (figure.add_subfigure(grid[row]) for row in range(2))
    _overall(upper.subplots(), comparisons, metrics, material.baselines)
    for axes, metric in zip(
        lower.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True
    ):
        _by_step(axes, comparisons, metric)
    return figure


def _overall(
    axes: Axes, comparisons: pd.DataFrame, metrics: list[str], baselines: list[str]
) -> None:
    """One row for each baseline, one mark for each metric, with its 95 % interval."""
    rows = {baseline: len(baselines) - 1 - row for row, baseline in enumerate(baselines)}
    for number, (metric, (mark, colour)) in enumerate(zip(metrics, MARKS, strict=False)):
        part = skills(comparisons, metric, overall=True)
        heights = part["baseline"].map(rows) + 0.12 * (len(metrics) - 1 - 2 * number)
        whiskers = (
            part[["low", "high"]].sub(part["skill"], axis=0).abs().fillna(0).to_numpy(float).T
        )
        axes.errorbar(
            part["skill"], heights, xerr=whiskers, fmt=mark, color=colour, ms=5, lw=1.3, capsize=0,
            label=METRICS[metric].title,
        )  # fmt: skip
    axes.axvline(0, color=BLACK, lw=0.9)
    axes.set_yticks(list(rows.values()), [model_title(baseline) for baseline in rows])
    axes.set_ylim(-0.6, len(baselines) - 0.4)
    axes.tick_params(axis="y", length=0)
    percent_axis(axes.xaxis)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.2)
    whiskered = "low" in comparisons and comparisons["low"].notna().any()
    axes.set_title(f"Skill on each baseline, all steps{' (95 % intervals)' if whiskered else ''}")
    axes.set_xlabel("1 - loss / baseline's loss: right of 0 the network is better")


def _by_step(axes: Axes, comparisons: pd.DataFrame, metric: str) -> None:
    """One line for each baseline, of the first with its interval; among many, only those that stand out are named."""
    table = skills(comparisons, metric, overall=False)
    low, high = skill_range(table)
    many, labels = table["baseline"].nunique() > NAMED, []
    for number, (baseline, part) in enumerate(table.groupby("baseline", sort=False)):
        colour = STANDING_OUT.get(str(baseline), GREY)
        if number == 0 and part["low"].notna().any():
            axes.fill_between(
                part["step"], part["low"], part["high"], color=colour, alpha=0.15, lw=0
            )
        few = len(part) <= 12
        axes.plot(
            part["step"], part["skill"], color=colour, lw=1.5 if colour != GREY else 0.9,
            marker="o" if few else None, ms=3.5, zorder=3 if colour != GREY else 2,
        )  # fmt: skip
        end = part.iloc[-1]
        if low <= end["skill"] <= high and not (many and colour == GREY):
            labels.append(
                Label(model_title(str(baseline)), end["step"], float(end["skill"]), colour)
            )
    axes.axhline(0, color=BLACK, lw=0.9)
    percent_axis(axes.yaxis)
    step_axis(axes, sorted(table["step"].unique()))
    axes.set_ylim(low, high)
    axes.set_title(
        f"Skill in {METRICS[metric].title} by step{' (grey: on the others)' if many else ''}",
        fontsize=10,
    )
    label_ends(axes, labels, inches=2.3)
