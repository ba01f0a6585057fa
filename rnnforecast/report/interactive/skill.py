"""Skill on every baseline, on the screen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import GARCH, NAIVE
from rnnforecast.evaluation.metrics.direction import ALWAYS_UP
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.report.interactive.plotly import (
    BLUE,
    FEW,
    GREEN,
    GREY,
    INK,
    MARGIN,
    ORANGE,
    PURPLE,
    SKY,
    Spec,
    axis,
    chart,
    line,
    numbers,
    steps_axis,
)  # fmt: skip
from rnnforecast.report.plot_data import skill_metrics, skill_range, skills
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS

COLOURS = {NAIVE: BLUE, GARCH: GREEN, ALWAYS_UP: ORANGE}
FURTHER = (PURPLE, SKY, ORANGE, INK)
"""Colours of the next baselines; more are grey, and the hover names them."""


class Look(NamedTuple):
    """Of a metric's marks, and how far below the middle of the row they are."""

    colour: str
    mark: str
    shift: float


LOOKS = (Look(BLUE, "circle", -0.13), Look(ORANGE, "diamond", 0.13))
ROW, PANEL = 34, 310
"""Pixels of a baseline's row, and of a panel by step."""


def skill(material: Material) -> Spec:
    """Skill over all steps, a row for each baseline; below it at each step, a panel for each metric."""
    comparisons, baselines = material["comparisons"], material.baselines
    metrics = skill_metrics(comparisons)
    panels = metrics if int(comparisons["step"].max()) > 1 else []
    top = 20 + ROW * max(2, len(baselines))
    height = 130 + top + PANEL * len(panels)
    inner = height - 60 - 48  # less the margins
    traces = [
        _overall(skills(comparisons, metric, overall=True), metric, look, baselines)
        for metric, look in zip(metrics, LOOKS, strict=False)
    ]
    layout: Spec = {
        "xaxis": axis("skill over all steps", tickformat="+.1%", zeroline=True, anchor="y"),
        "yaxis": axis(
            domain=[1 - top / inner, 1],
            range=[len(baselines) - 0.4, -0.6],
            showgrid=False,
            tickvals=list(range(len(baselines))),
            ticktext=[model_title(baseline) for baseline in baselines],
        ),
    }
    for place, metric in enumerate(panels):
        end = 1 - (top + 75 + PANEL * place) / inner
        span = [max(0.0, end - (PANEL - 85) / inner), end]
        title = f"skill in {METRICS[metric].title}"
        layout[f"xaxis{place + 2}"] = steps_axis(material.horizon, anchor=f"y{place + 2}")
        by_step = skills(comparisons, metric, overall=False)
        layout[f"yaxis{place + 2}"] = axis(
            title,
            domain=span,
            anchor=f"x{place + 2}",
            tickformat="+.1%",
            zeroline=True,
            range=list(skill_range(by_step)),
        )
        traces += _by_step(by_step, place + 2)
    return chart(traces, height=height, margin=MARGIN | {"t": 60}, **layout)


def _overall(part: pd.DataFrame, metric: str, look: Look, baselines: list[str]) -> Spec:
    """One mark in each baseline's row, with its interval."""
    low, high = (part["skill"] - part["low"]).fillna(0), (part["high"] - part["skill"]).fillna(0)
    names = [model_title(str(baseline)) for baseline in part["baseline"]]
    told = [
        f"on {name}: {skill:+.2%}{more}"
        for name, skill, more in zip(names, part["skill"], _told(part), strict=True)
    ]
    return {
        "type": "scatter", "mode": "markers", "name": f"{METRICS[metric].title}, all steps",
        "x": numbers(part["skill"]),
        "y": [baselines.index(str(baseline)) + look.shift for baseline in part["baseline"]],
        "text": told, "hovertemplate": "%{text}<extra>%{fullData.name}</extra>",
        "error_x": {
            "type": "data", "symmetric": False, "array": numbers(high), "arrayminus": numbers(low),
            "color": look.colour, "thickness": 1.5, "width": 0,
        },
        "marker": {"color": look.colour, "symbol": look.mark, "size": 9},
    }  # fmt: skip


def _by_step(table: pd.DataFrame, panel: int) -> list[Spec]:
    """One line for each baseline."""
    lines, further = [], iter(FURTHER)
    about = "step %{x}: %{y:+.2%}%{customdata}<extra>on %{fullData.name}</extra>"
    names = sorted(
        table["baseline"].unique(), key=lambda name: name in COLOURS
    )  # those that stand out on top
    for name in map(str, names):
        part = table[table["baseline"] == name]
        colour = COLOURS[name] if name in COLOURS else next(further, GREY)
        mode = "lines+markers" if len(part) <= FEW else "lines"
        lines.append(
            line(
                part["step"], part["skill"], model_title(name), colour, mode=mode, xaxis=f"x{panel}", yaxis=f"y{panel}",
                legendgroup=name, showlegend=panel == 2 and colour != GREY, customdata=_told(part), hovertemplate=about,
            )
        )  # fmt: skip
    return lines


def _told(part: pd.DataFrame) -> list[str]:
    """Interval and p of a skill, for the hover."""
    texts = []
    for low, high, p in part[["low", "high", "p"]].to_numpy(float):
        interval = (
            "" if np.isnan(low) else f"<br>95 % interval {100 * low:+.2f} to {100 * high:+.2f} %"
        )
        texts.append(interval + ("" if np.isnan(p) else f"<br>p {p:.3g}"))
    return texts
