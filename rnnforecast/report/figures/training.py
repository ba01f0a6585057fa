"""How the networks were fitted, and how far back they can learn."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from rnnforecast.report.figures.style import BLUE, GREY, one_panel, styled
from rnnforecast.report.report_data import Material


def training(material: Material) -> Figure:
    """Loss by epoch, one pair of lines for each member."""
    fit = material["fit"]
    figure, axes = one_panel(3.0)
    for _, member in fit.groupby("member"):
        axes.plot(member["epoch"], member["loss"], color=GREY, lw=1)
        axes.plot(member["epoch"], member["val_loss"], color=BLUE, lw=1.2)
        best = member.nsmallest(1, "val_loss")
        axes.plot(best["epoch"], best["val_loss"], "o", color=BLUE, ms=5)
    axes.plot([], [], color=GREY, label="training")
    axes.plot([], [], color=BLUE, marker="o", label="validation, best epoch marked")
    axes.legend(loc="upper right")
    members = fit["member"].nunique()
    title = f"Loss of {members} network{'' if members == 1 else 's'}"
    axes.set(title=title, xlabel="epoch", ylabel="loss (scaled units)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def gradients(material: Material) -> Figure:
    """The gradient of every state of the run's networks, step by step back."""
    return gradient_flow(material["gradients"], "How far back the loss reaches")


def gradient_flow(table: pd.DataFrame, title: str) -> Figure:
    """The gradient of every state, step by step back, before training and after.

    Args:
        table: of ``pipeline.explain_gradients``.
        title: of the figure.
    """
    with styled():
        figure, axes = one_panel(3.6)
        styles = {"untrained": ("--", GREY), "trained": ("-", BLUE)}
        tiny = float(np.finfo(np.float32).tiny)
        layers = sorted(table["layer"].unique())
        for layer, group in table.groupby("layer"):
            for state, (dashes, colour) in styles.items():
                shade = 1.0 if layer == layers[-1] else 0.45
                values = group[state].clip(lower=tiny)
                axes.plot(group["step"], values, dashes, color=colour, alpha=shade, lw=1.5)
                name = state if len(layers) == 1 else f"{state}, layer {layer}"
                oldest = (group["step"].iloc[0], float(values.iloc[0]))  # where the lines are apart
                axes.annotate(
                    name,
                    oldest,
                    (-6, 0),
                    textcoords="offset points",
                    color=colour,
                    ha="right",
                    va="center",
                    fontsize=9,
                )
        axes.set_yscale("log")
        axes.set(title=title, xlabel="steps before the newest", ylabel="norm of d loss / d state")
        axes.margins(x=0.16)
    return figure
