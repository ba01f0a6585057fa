"""How the networks were fitted, how far back they learn, and what trading on them brought, on the screen."""

from __future__ import annotations

from rnnforecast.report.interactive.plotly import (
    BLUE,
    GREY,
    ORANGE,
    Spec,
    axis,
    chart,
    date_axis,
    dates,
    line,
)  # fmt: skip
from rnnforecast.report.report_data import Material

CURVES = (("loss", "training", GREY), ("val_loss", "validation", BLUE))
EQUITIES = {"strategy": BLUE, "buy_and_hold": ORANGE}


def training(material: Material) -> Spec:
    """Loss by epoch of every member."""
    traces = []
    for number, (member, epochs) in enumerate(material["fit"].groupby("member")):
        first = number == 0
        for column, name, colour in CURVES:
            about = f"network {member}, epoch %{{x}}: %{{y:.4f}}<extra>{name}</extra>"
            curve = line(
                epochs["epoch"],
                epochs[column],
                name,
                colour,
                legendgroup=name,
                hovertemplate=about,
                showlegend=first,
            )
            traces.append(curve)
        best = epochs.nsmallest(1, "val_loss")
        about = f"network {member}: best in epoch %{{x}}, %{{y:.4f}}<extra></extra>"
        dot = line(
            best["epoch"],
            best["val_loss"],
            "best epoch",
            BLUE,
            mode="markers",
            hovertemplate=about,
            showlegend=first,
        )
        traces.append(dot | {"legendgroup": "best"})
    return chart(
        traces,
        height=340,
        xaxis=axis("epoch", rangemode="tozero"),
        yaxis=axis("loss (scaled units)"),
    )


def gradients(material: Material) -> Spec:
    """How far back the loss reaches."""
    table = material["gradients"]
    layers, traces = table["layer"].nunique(), []
    for layer, group in table.groupby("layer"):
        for state, colour, dash in (("untrained", GREY, "dash"), ("trained", BLUE, "solid")):
            name = state if layers == 1 else f"{state}, layer {layer}"
            traces.append(
                line(group["step"], group[state].where(group[state] > 0), name, colour, dash=dash)
            )
    norm = axis(
        "norm of d loss / d state", type="log", exponentformat="power", dtick=1, hoverformat=".2e"
    )
    return chart(traces, xaxis=axis("steps before the newest"), yaxis=norm, hovermode="x unified")


def equity(material: Material) -> Spec:
    """What one unit of money became, after costs."""
    table = material["equity"]
    days = dates(material.dates(table["date"]))
    traces = [
        line(days, table[name], str(name).replace("_", " "), EQUITIES.get(str(name), GREY))
        for name in table.columns.drop("date")
    ]
    value = axis("value of 1, after costs", hoverformat=".3f")
    return chart(traces, xaxis=date_axis(), yaxis=value, hovermode="x unified", follow=True)
