"""Does it beat yesterday's price, and everything else that was tried?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from rnnforecast.evaluation.backtest import GARCH, NAIVE
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_p, format_percent
from rnnforecast.report.charts.axes import FEW_STEPS, rows_axis, steps_axis
from rnnforecast.report.charts.spec import (
    MODELS,
    OTHERS,
    Axis,
    Band,
    Chart,
    Colour,
    Line,
    Mark,
    Panel,
    Points,
    colour_of,
    level,
    numbers,
    upright,
)
from rnnforecast.report.plot_data import overall_range, skill_metrics, skill_range, skills
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS

NAMED = 4
"""Baselines up to which every line has its name in the legend."""


class Look(NamedTuple):
    """Of a metric's marks, and how far below the middle of the row they are."""

    colour: Colour
    symbol: Literal["circle", "diamond"]
    shift: float


LOOKS = (Look("ink", "circle", -0.17), Look("purple", "diamond", 0.17))


def skill(material: Material) -> Chart:
    """Draw the skill on every baseline: over all steps with intervals, and at each step."""
    comparisons = material["comparisons"]
    metrics = skill_metrics(comparisons)
    main = skills(comparisons, metrics[0], overall=True)
    overall = _overall(comparisons, metrics, by_relevance(main, material.baselines))
    by_step: tuple[Panel, ...] = ()
    if int(comparisons["step"].max()) > 1:
        by_step = tuple(_by_step(comparisons, metric) for metric in metrics)
    return Chart(
        title=f"{material.symbol}: skill of the network vs each baseline",
        message=_message(main, METRICS[metrics[0]].title),
        rows=((overall,), by_step) if by_step else ((overall,),),
        source=material.source,
    )


def by_relevance(table: pd.DataFrame, baselines: Sequence[str]) -> list[str]:
    """Order baselines as they matter: naive, GARCH, the hardest to beat first,
    those that lack this loss."""
    skill_on = dict(zip(map(str, table["baseline"]), table["skill"].astype(float), strict=True))
    first = [name for name in (NAIVE, GARCH) if name in skill_on]
    rest = sorted((name for name in skill_on if name not in first), key=skill_on.__getitem__)
    return [*first, *rest, *(name for name in baselines if name not in skill_on)]


def _message(table: pd.DataFrame, title: str) -> str:
    parts = [
        f"{format_percent(abs(row['skill']))} {'lower' if row['skill'] >= 0 else 'higher'} than "
        f"that of {model_title(str(row['baseline']))}"
        for row in table.to_dict("records")
        if row["baseline"] in MODELS
    ]
    return f"Over all steps the network's {title} is {', '.join(parts)}."


def _overall(comparisons: pd.DataFrame, metrics: Sequence[str], baselines: list[str]) -> Panel:
    """Draw one row for each baseline, one mark for each metric, with its 95 % interval."""
    tables = {metric: skills(comparisons, metric, overall=True) for metric in metrics}
    low, high = overall_range(pd.concat(tables.values()))
    marks: list[Mark] = [upright(0.0, colour="ink")]
    for (metric, part), look in zip(tables.items(), LOOKS, strict=False):
        rows = [*map(baselines.index, map(str, part["baseline"]))]
        places = numbers(rows) + look.shift
        within = part["skill"].between(low, high).to_numpy()
        marks.append(_marks(part[within], places[within], METRICS[metric].title, look))
        marks += _outside(part[~within], places[~within], look, (low, high))
    whiskered = bool(comparisons.get("low", pd.Series(dtype=float)).notna().any())
    titles = [model_title(name) for name in baselines]
    return Panel(
        title=f"All steps{', 95 % intervals' if whiskered else ''}",
        marks=tuple(marks),
        x=Axis(
            title="skill: right of 0 is better",
            form="signed percent",
            range=(low, high),
        ),
        y=rows_axis(titles),
        height=1.1 + 0.38 * max(2, len(baselines)),
    )


def _marks(part: pd.DataFrame, places: np.ndarray, title: str, look: Look) -> Points:
    return Points(
        x=numbers(part["skill"]),
        y=places,
        name=title,
        low=numbers(part["low"]),
        high=numbers(part["high"]),
        colour=look.colour,
        symbol=look.symbol,
        details=tuple(
            f"vs {model_title(str(row['baseline']))}: {_percent(row['skill'])}{_details(row)}"
            for row in part.to_dict("records")
        ),
    )


def _outside(
    part: pd.DataFrame, places: np.ndarray, look: Look, ends: tuple[float, float]
) -> list[Points]:
    """Draw arrows at the edge, with the figure, for baselines so far off that they would set
    the axis."""
    marks = []
    for side, symbol in ((0, "left"), (1, "right")):
        beyond = (part["skill"] > ends[1]) if side else (part["skill"] < ends[0])
        if not beyond.any():
            continue
        chosen = part[beyond]
        inward = ends[side] + (0.02 if not side else -0.02) * (ends[1] - ends[0])
        marks.append(
            Points(
                x=np.full(len(chosen), inward),
                y=places[beyond.to_numpy()],
                name="",
                colour=look.colour,
                symbol="right" if symbol == "right" else "left",
                details=tuple(
                    f"vs {model_title(str(row['baseline']))}: {_percent(row['skill'])}"
                    for row in chosen.to_dict("records")
                ),
                written=tuple(format_percent(value, signed=True) for value in chosen["skill"]),
            )
        )
    return marks


def _by_step(comparisons: pd.DataFrame, metric: str) -> Panel:
    """Draw a line for each baseline, the first with its interval; of many only some are named."""
    table = skills(comparisons, metric, overall=False)
    low, high = skill_range(table)
    parts = {str(name): part for name, part in table.groupby("baseline", sort=False)}
    many = len(parts) > NAMED
    marks: list[Mark] = [level(0.0, colour="ink")]
    first = next(iter(parts))
    whiskered = bool(parts[first]["low"].notna().any())
    for name in sorted(parts, key=lambda name: name in MODELS):  # those that stand out on top
        part, stands_out = parts[name], name in MODELS
        title = model_title(name)
        if name == first and whiskered:
            marks.insert(
                0,
                Band(
                    x=numbers(part["step"]),
                    low=numbers(part["low"]),
                    high=numbers(part["high"]),
                    name="95 %",
                    colour=colour_of(name),
                    shade=0.15,
                ),
            )
        marks.append(
            Line(
                x=numbers(part["step"]),
                y=numbers(part["skill"]),
                name=title,
                group="" if stands_out or not many else OTHERS,
                colour=colour_of(name),
                width=1.8 if stands_out else 1.0,
                dots=len(part) <= FEW_STEPS,
                details=tuple(_details(row) for row in part.to_dict("records")),
            )
        )
    return Panel(
        title=f"Skill in {METRICS[metric].title} by step",
        marks=tuple(marks),
        x=steps_axis(sorted(table["step"].unique())),
        y=Axis(form="signed percent", range=(low, high)),
        height=3.3,
    )


def _percent(value: float) -> str:
    return format_percent(value, signed=True, decimals=2)


def _details(row: dict[object, object]) -> str:
    """Write the interval and the p of a skill."""
    low, high, p = (float(row[name]) for name in ("low", "high", "p"))  # type: ignore[arg-type]
    interval = "" if np.isnan(low) else f"; 95 % interval {_percent(low)} to {_percent(high)}"
    return interval + ("" if np.isnan(p) else f"; p {format_p(p)}")


def skill_of_runs(means: pd.DataFrame, title: str) -> Chart:
    """Draw the skill of each run (or symbol) vs naive with its interval, the best one on top.

    Args:
        means: run, skill, low, high.
        title: of the figure.
    """
    shown = means[means["run"] != NAIVE]
    texts = tuple(format_percent(value, signed=True) for value in shown["skill"])
    points = Points(
        x=numbers(shown["skill"]),
        y=np.arange(len(shown), dtype=float),
        name="skill vs naive",
        low=numbers(shown["low"]),
        high=numbers(shown["high"]),
        details=tuple(f"{run}: {text}" for run, text in zip(shown["run"], texts, strict=True)),
        written=texts,
    )
    best = f"{shown['run'].iloc[0]} has the highest, {texts[0]}" if len(shown) else "none is known"
    panel = Panel(
        marks=(upright(0.0), points),
        x=Axis(title="skill vs naive, with its 95 % interval", form="signed percent"),
        y=rows_axis([str(run) for run in shown["run"]]),
        height=1.1 + 0.42 * len(shown),
    )
    return Chart(title=title, message=f"Skill vs naive: {best}.", rows=((panel,),))


def skill_of_symbols(table: pd.DataFrame, title: str) -> Chart:
    """Draw the skill vs naive of many symbols, the most skilful first, with intervals.

    Args:
        table: symbol, skill, low, high, from the best to the worst.
        title: of the figure.
    """
    ranks = np.arange(1.0, len(table) + 1)
    skills_of = numbers(table["skill"])
    panel = Panel(
        marks=(
            level(0.0),
            Band(
                x=ranks,
                low=numbers(table["low"]),
                high=numbers(table["high"]),
                name="95 % interval",
                colour="grey",
                shade=0.25,
            ),
            Line(
                x=ranks,
                y=skills_of,
                name="skill vs naive",
                details=tuple(map(str, table["symbol"])),
            ),
        ),
        x=Axis(title="symbols, the most skilful first", form="integer", decimals=0),
        y=Axis(title="1 - CRPS / CRPS of naive", form="signed percent"),
        height=3.6,
    )
    message = f"Skill is positive on {int((skills_of > 0).sum())} of {len(table)} symbols."
    return Chart(title=title, message=message, rows=((panel,),))
