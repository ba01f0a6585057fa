"""How the networks were fitted, how far back they learn, and what trading on them earned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from rnnforecast.formatting import format_percent
from rnnforecast.report.charts.axes import date_axis, steps_axis
from rnnforecast.report.charts.spec import (
    Axis,
    Chart,
    Colour,
    Dash,
    Line,
    Mark,
    Panel,
    dates,
    level,
    numbers,
)
from rnnforecast.report.report_data import Material

CURVES: tuple[tuple[str, str, Colour], ...] = (
    ("loss", "training", "grey"),
    ("val_loss", "validation", "blue"),
)
STATES: tuple[tuple[str, Colour, Dash], ...] = (
    ("untrained", "grey", "dash"),
    ("trained", "blue", "solid"),
)
EQUITIES: dict[str, Colour] = {"strategy": "blue", "buy_and_hold": "orange"}


def training(material: Material) -> Chart:
    """Draw the loss by epoch, one pair of lines for each network."""
    fit = material["fit"]
    marks: list[Mark] = []
    for member, epochs in fit.groupby("member"):
        for column, name, colour in CURVES:
            marks.append(
                Line(
                    x=numbers(epochs["epoch"]), y=numbers(epochs[column]),
                    name=f"{name}, network {member}", group=name, colour=colour, width=1.2,
                )
            )  # fmt: skip
        best = epochs.nsmallest(1, "val_loss")
        marks.append(
            Line(
                x=numbers(best["epoch"]), y=numbers(best["val_loss"]),
                name=f"best epoch of network {member}", group="best epoch", dots="only",
            )
        )  # fmt: skip
    members = fit["member"].nunique()
    panel = Panel(
        marks=tuple(marks),
        x=replace(steps_axis(sorted(fit["epoch"].unique())), title="epoch"),
        y=Axis(title="loss (scaled units)", decimals=4),
    )
    return Chart(
        title=f"{material.symbol}: loss of {members} network{'' if members == 1 else 's'}",
        message=f"The lowest validation loss of a network is {fit['val_loss'].min():.4f}.",
        rows=((panel,),),
        source=material.source,
    )


def gradients(material: Material) -> Chart:
    """Draw the gradient of every state of the run's networks, step by step back."""
    title = f"{material.symbol}: how far back the loss reaches"
    return gradient_flow(material["gradients"], title, material.source)


def gradient_flow(table: pd.DataFrame, title: str, source: str = "") -> Chart:
    """Draw the gradient of every state, step by step back, before training and after.

    Args:
        table: of ``pipeline.explain_gradients``: layer, step, untrained, trained.
        title: of the figure.
        source: what stands at its foot.
    """
    tiny = float(np.finfo(np.float32).tiny)
    layers = sorted(table["layer"].unique())
    marks: list[Mark] = []
    for layer, group in table.groupby("layer"):
        for state, colour, dash in STATES:
            marks.append(
                Line(
                    x=numbers(group["step"]),
                    y=numbers(group[state].clip(lower=tiny)),
                    name=state if len(layers) == 1 else f"{state}, layer {layer}",
                    colour=colour,
                    dash=dash,
                    shade=1.0 if layer == layers[-1] else 0.45,
                )
            )
    panel = Panel(
        marks=tuple(marks),
        x=Axis(title="steps before the newest", form="integer", decimals=0),
        y=Axis(title="norm of d loss / d state", form="log"),
        height=3.6,
    )
    last = table[table["layer"] == layers[-1]].sort_values("step")
    kept = float(last["trained"].iloc[0] / last["trained"].iloc[-1])
    return Chart(
        title=title,
        message=f"Trained, the oldest step keeps {format_percent(kept)} of the newest's gradient.",
        rows=((panel,),),
        source=source,
        together=True,
    )


def equity(material: Material) -> Chart:
    """Draw the value of one unit of money, after costs, beside holding it."""
    table = material["equity"]
    at = dates(material.dates(table["date"]))
    names = [str(name) for name in table.columns.drop("date")]
    lines = tuple(
        Line(
            x=at,
            y=numbers(table[name]),
            name=name.replace("_", " "),
            label=f"{name.replace('_', ' ')} {table[name].iloc[-1]:.2f}",
            colour=EQUITIES.get(name, "grey"),
        )
        for name in names
    )
    panel = Panel(
        marks=(level(1.0, "dot"), *lines),
        x=date_axis(at),
        y=Axis(title="value of 1, after costs", decimals=3),
        height=3.2,
    )
    ends = ", ".join(f"{table[name].iloc[-1]:.2f} by {name.replace('_', ' ')}" for name in names)
    return Chart(
        title=f"{material.symbol}: what 1 became, after costs",
        message=f"One unit of money became {ends}.",
        rows=((panel,),),
        source=material.source,
        together=True,
    )
