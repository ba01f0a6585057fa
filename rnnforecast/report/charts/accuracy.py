"""Forecasts beside what happened, and what they missed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import GARCH, MEDIAN_COLUMN, NAIVE, NETWORK
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.formatting import format_percent
from rnnforecast.report import plot_data
from rnnforecast.report.charts.axes import (
    FEW_STEPS,
    date_axis,
    rows_axis,
    steps_axis,
    value_axis,
)
from rnnforecast.report.charts.spec import (
    MODELS,
    OTHERS,
    Axis,
    Band,
    Bars,
    Chart,
    Line,
    Mark,
    Panel,
    Points,
    Span,
    colour_of,
    dates,
    level,
    numbers,
)
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS

LABELLED = (NETWORK, NAIVE, GARCH)
"""Models whose lines are always named at their ends."""
FAR = 0.1
"""Share of the network's error; a line that ends farther away from it is named too."""
NEWEST = 60
"""Targets that the figure of actual against predicted opens on."""
CHOICES, FEW_CHOICES = 6, 3
"""Most steps ahead that a reader can choose from; fewer where each has many targets."""
MANY_TARGETS = 800


def actual(material: Material) -> Chart:
    """Draw medians and intervals beside what happened, each on the target's own date."""
    forecasts = plot_data.forecasts_of(material["backtest"])
    targets = int((forecasts["step"] == 1).sum())
    most = CHOICES if targets <= MANY_TARGETS else FEW_CHOICES
    steps = chosen_steps(material.horizon, most)
    variants, which = [], ""
    for step in steps:
        rows, words = plot_data.newest(forecasts[forecasts["step"] == step])
        which = which or words
        variants.append((f"{step} step{'s' if step > 1 else ''} ahead", _beside(rows)))
    rows, _ = plot_data.newest(forecasts[forecasts["step"] == steps[0]])
    panel = Panel(
        marks=variants[0][1],
        x=date_axis(dates(rows["date"])),
        y=value_axis(material, float(rows["actual"].iloc[-1])),
        height=3.1,
    )
    return Chart(
        title=f"{material.symbol}: actual against predicted one step ahead, {which}",
        message=(
            f"One step ahead the 95 % interval contained {format_percent(_contained(rows))} of "
            f"{len(rows):,} outcomes."
        ),
        rows=((panel,),),
        source=material.source,
        together=True,
        newest=min(NEWEST, len(rows)),
        variants=tuple(variants),
        choice="Forecast",
    )


def chosen_steps(horizon: int, most: int = CHOICES) -> list[int]:
    """Choose the steps ahead that can be shown: each where they are few,
    else some from the first to the last."""
    spread = np.linspace(1, horizon, min(horizon, most)).round().astype(int)
    return [int(step) for step in dict.fromkeys(spread)]


def _contained(rows: pd.DataFrame) -> float:
    return float(((rows["q0.025"] <= rows["actual"]) & (rows["actual"] <= rows["q0.975"])).mean())


def _beside(rows: pd.DataFrame) -> tuple[Mark, ...]:
    at = dates(rows["date"])
    return (
        Band(
            x=at,
            low=numbers(rows["q0.025"]),
            high=numbers(rows["q0.975"]),
            name="95 % interval",
            shade=0.2,
        ),
        Line(x=at, y=numbers(rows[MEDIAN_COLUMN]), name="median", width=1.2),
        Line(x=at, y=numbers(rows["actual"]), name="actual", colour="ink", width=1.2),
    )


def error(material: Material) -> Chart:
    """Draw the mean error of every model at each step, beside the root growth of a random walk."""
    errors = plot_data.error_by_step(material["scores"])
    title = METRICS[plot_data.error_metric(material["scores"])].title
    losses = Axis(title=title, decimals=4)
    if title == "MAE":
        losses = value_axis(
            material, float(errors.to_numpy(float)[0, 0]), f"{title}, {material.unit}"
        )
    single = len(errors) == 1
    panel = _one_step(errors.iloc[0], losses) if single else _by_step(errors, losses, material)
    return Chart(
        title=f"{material.symbol}: error {'one step ahead' if single else 'by step'}",
        message=_error_message(errors, title),
        rows=((panel,),),
        source=material.source,
        together=not single,
    )


def _error_message(errors: pd.DataFrame, title: str) -> str:
    last = errors.iloc[-1]
    parts = [f"{model_title(str(model))} {last[model]:,.5g}" for model in last.index[:2]]
    return f"{title} {errors.index[-1]} steps ahead: {', '.join(parts)}."


def _by_step(errors: pd.DataFrame, losses: Axis, material: Material) -> Panel:
    steps, ends = numbers(errors.index), errors.iloc[-1]

    def far(model: Any) -> bool:
        return bool(abs(ends[model] / ends.iloc[0] - 1) > FAR)

    lines = [
        Line(
            x=steps,
            y=numbers(errors[model]),
            name=model_title(str(model)),
            group="" if model in MODELS else OTHERS,
            label=model_title(str(model)) if model in LABELLED or far(model) else "",
            colour=colour_of(str(model)),
            width=1.8 if model in MODELS else 1.0,
            dots=len(steps) <= FEW_STEPS,
        )
        for model in sorted(errors, key=lambda model: model in MODELS)  # these on top
    ]
    growth = plot_data.square_root_growth(errors, material.quantity)
    if growth is not None:
        name = "naive × √steps"
        lines.append(Line(x=steps, y=numbers(growth), name=name, colour="orange", dash="dash"))
    return Panel(marks=tuple(lines), x=steps_axis(list(steps)), y=losses, height=3.6)


def _one_step(errors: pd.Series, losses: Axis) -> Panel:
    """Draw one dot for each model."""
    models = [str(model) for model in errors.index]
    points = Points(
        x=numbers(errors),
        y=np.arange(len(models), dtype=float),
        name=losses.title,
        colour=tuple(colour_of(model) for model in models),
        details=tuple(map(model_title, models)),
    )
    rows = rows_axis([model_title(model) for model in models])
    return Panel(marks=(points,), x=losses, y=rows, height=1.0 + 0.3 * len(models))


def residuals(material: Material) -> Chart:
    """Draw what one-step medians missed: over time, its distribution,
    and whether it repeats itself."""
    relative = material.quantity.has_direction and material.history.priced
    missed = plot_data.residuals(material["backtest"], relative=relative)
    unit = Axis(title="error, % of the forecast", form="percent")
    if not relative:
        unit = value_axis(material, float(missed.abs().mean()), f"error, {material.unit}")
    shown = missed.iloc[-plot_data.MOST :]
    over_time = Panel(
        title="Actual less median, one step ahead",
        marks=(
            level(0.0),
            Line(x=dates(shown.index), y=numbers(shown), name="actual less median", dots="only"),
        ),
        x=date_axis(dates(shown.index)),
        y=unit,
        height=2.7,
    )
    return Chart(
        title=f"{material.symbol}: residuals",
        message=_residuals_message(missed, relative),
        rows=((over_time,), (_distribution(missed, unit), _autocorrelation(missed))),
        source=material.source,
    )


def _residuals_message(missed: pd.Series, relative: bool) -> str:
    write = format_percent if relative else "{:.4g}".format
    return f"Residuals have a mean of {write(missed.mean())}, a deviation of {write(missed.std())}."


def _distribution(missed: pd.Series, unit: Axis) -> Panel:
    values = numbers(missed)
    count = min(40, max(5, len(values) // 8))
    density, edges = np.histogram(values, bins=count, density=True)
    width = float(edges[1] - edges[0])
    marks: list[Mark] = [
        Bars(x=(edges[:-1] + edges[1:]) / 2, y=density, width=width, name="residuals")
    ]
    spread = float(values.std())
    if spread > 0:
        grid = np.linspace(values.min(), values.max(), 120)
        curve: Array = np.exp(-(((grid - values.mean()) / spread) ** 2) / 2)
        curve /= spread * math.sqrt(2 * math.pi)
        name = "normal, same spread"
        marks.append(Line(x=grid, y=curve, name=name, colour="ink", width=1.2))
    return Panel(
        title="Distribution", marks=tuple(marks), x=unit, y=Axis(form="hidden"), height=2.9
    )


def _autocorrelation(missed: pd.Series) -> Panel:
    """Draw the autocorrelation of the residuals, and of their sizes."""
    bound = 1.96 / float(np.sqrt(len(missed)))
    marks: list[Mark] = [Span(low=-bound, high=bound, name="chance"), level(0.0)]
    looks = ((missed, -0.17, "blue", "residual"), (missed.abs(), 0.17, "purple", "its size"))
    for values, shift, colour, name in looks:
        correlations = plot_data.autocorrelation(values)
        lags = np.arange(1, len(correlations) + 1) + shift
        marks.append(Bars(x=lags, y=correlations, width=0.3, name=name, colour=colour))  # type: ignore[arg-type]
    return Panel(
        title="Autocorrelation",
        marks=tuple(marks),
        x=Axis(title="lag, steps", form="integer", decimals=0),
        y=Axis(decimals=3),
        height=2.9,
    )
