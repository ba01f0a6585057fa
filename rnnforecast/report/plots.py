"""Figures of a run: labelled at the lines, colour-blind safe (Okabe & Ito), units on the axes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from rnnforecast.config.experiment import Quantity
from rnnforecast.dataset.targets import last_values

BLACK, BLUE, ORANGE, GREEN, GREY = "#222222", "#0072B2", "#D55E00", "#009E73", "#8A8A8A"
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnnforecast",
}
HISTORY_SHOWN = 90
"""Closes before the origin in the forecast figure."""
SKILLS = (
    ("naive", "crps", BLUE), ("garch", "crps", GREEN), ("naive", "mae", ORANGE),
    ("naive", "brier", BLUE), ("always up", "error rate", ORANGE),
)  # fmt: skip
"""Lines of the figure of skill: baseline, metric, colour."""
ZOOM = 60
"""Newest targets in the lower panel of the actual-against-predicted figure."""


def figures(
    *,
    closes: pd.Series,
    symbol: str,
    currency: str | None,
    forecast: pd.DataFrame | None = None,
    backtest: pd.DataFrame | None = None,
    comparisons: pd.DataFrame | None = None,
    fit: pd.DataFrame | None = None,
    target: str = "close",
    quantity: Quantity = "price",
) -> dict[str, Figure]:
    """Every figure that the tables at hand allow, by name.

    Args:
        closes: of the history, indexed by date.
        symbol: for titles.
        currency: for the price axes.
        forecast: of ``Forecast.table``.
        backtest: of ``backtest_table``.
        comparisons: of ``significance.compare``.
        fit: epochs of every member.
        target: what the closes are called where they come from.
        quantity: what is forecast.
    """
    if quantity == "volatility":
        target = "volatility a bar"
    unit = target if target != "close" else f"price ({currency})" if currency else "price"
    with rc_context(STYLE):
        drawn: dict[str, Figure] = {}
        direction = quantity == "direction"
        if forecast is not None:
            level = _level(closes, quantity)
            drawn["forecast"] = odds(forecast, symbol) if direction else fan(level, forecast, symbol, unit)
        if comparisons is not None:
            drawn["skill"] = skill_by_step(comparisons)
        if backtest is not None and direction:
            drawn["reliability"] = reliability_of_odds(backtest)
        elif backtest is not None:
            drawn["actual_predicted"] = actual_against_predicted(backtest, symbol, unit)
            drawn["reliability"] = reliability(backtest)
        if quantity == "volatility":
            for name in {"forecast", "actual_predicted"} & set(drawn):
                for axes in drawn[name].axes:
                    axes.yaxis.set_major_formatter(PercentFormatter(1))
        if fit is not None:
            drawn["training"] = training_curves(fit)
    return drawn


def _level(closes: pd.Series, quantity: Quantity) -> pd.Series:
    """What naive repeats, by date."""
    return pd.Series(last_values(closes.to_numpy(float), quantity), closes.index)


def odds(forecast: pd.DataFrame, symbol: str) -> Figure:
    """The probability that each coming close lies above the last one."""
    figure, axes = _one_panel(3.0)
    dates, rising = pd.to_datetime(forecast["date"]), forecast["rising"]
    axes.axhline(0.5, color=GREY, lw=0.9)
    axes.plot(dates, rising, "o-", color=BLUE, lw=1.2)
    for date, value in zip(dates, rising, strict=True):
        axes.annotate(
            f"{value:.1%}".replace("%", " %"),
            (date, value),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    origin = pd.to_datetime(forecast["origin"]).iloc[0]
    axes.set(title=f"{symbol}: probability of a close above that of {origin:%a %d %b %Y}", ylim=(0, 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    _date_axis(axes)
    axes.margins(x=0.08)
    return figure


def reliability_of_odds(backtest: pd.DataFrame) -> Figure:
    """How often the price rose where so much was forecast: tenths of the forecasts, by their probability."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.subplots()
    part = backtest[(backtest["model"] == "network") & (backtest["actual"] != backtest["last"])]
    rose = (part["actual"] > part["last"]).astype(float)
    tenths = pd.qcut(part["rising"], 10, duplicates="drop")
    means = pd.DataFrame({"rising": part["rising"], "rose": rose}).groupby(tenths, observed=True).mean()
    axes.plot([0, 1], [0, 1], color=GREY, lw=0.9)
    axes.plot(means["rising"], means["rose"], "o-", color=BLUE, lw=1.2)
    axes.set(title="Calibration on the test part", xlabel="probability of a rise", ylabel="share that rose")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set(aspect="equal", xlim=(0, 1), ylim=(0, 1))
    return figure


def fan(closes: pd.Series, forecast: pd.DataFrame, symbol: str, unit: str) -> Figure:
    """History, and the intervals of the coming sessions on their dates."""
    figure, axes = _one_panel(4.0)
    dates = pd.to_datetime(forecast["date"])
    origin = pd.to_datetime(forecast["origin"]).iloc[0] if "origin" in forecast else closes.index[-1]
    shown = closes[:origin].iloc[-HISTORY_SHOWN:]
    start, last = shown.index[-1], float(shown.iloc[-1])
    axes.plot(shown.index, shown, color=BLACK, lw=1.3)
    path = pd.DatetimeIndex([start, *dates])
    for coverage, shade in ((95, 0.18), (80, 0.35)):
        low, high = ([last, *forecast[f"{end}_{coverage}"]] for end in ("low", "high"))
        axes.fill_between(path, low, high, color=BLUE, alpha=shade, lw=0)
        axes.annotate(
            f"{coverage} %",
            (path[-1], high[-1]),
            (4, 0),
            textcoords="offset points",
            color=BLUE,
            va="center",
            fontsize=9,
        )
    axes.plot(path, [last, *forecast["median"]], color=BLUE, lw=1.6)
    middle = forecast["median"].iloc[-1]
    axes.annotate("median", (path[-1], middle), (4, 0), textcoords="offset points", color=BLUE, va="center", fontsize=9)
    axes.axvline(start, color=GREY, lw=0.8, ls=":")
    axes.set(title=f"{symbol}: history and forecast from {start:%a %d %b %Y}", ylabel=unit)
    _date_axis(axes)
    axes.margins(x=0.08)
    return figure


def actual_against_predicted(backtest: pd.DataFrame, symbol: str, unit: str) -> Figure:
    """One-step medians and intervals beside what happened, each on the target's own date."""
    first = backtest[(backtest["step"] == 1) & (backtest["model"] == "network")]
    figure = Figure(figsize=(8, 6.2), layout="constrained")
    whole, zoom = figure.subplots(2, 1)
    for axes, part, marks in ((whole, first, None), (zoom, first.iloc[-ZOOM:], ".")):
        axes.fill_between(
            part["date"],
            part["q0.025"],
            part["q0.975"],
            color=BLUE,
            alpha=0.2,
            lw=0,
            label="95 % interval, one step ahead",
        )
        axes.plot(part["date"], part["q0.5"], color=BLUE, lw=1, label="median, one step ahead")
        axes.plot(part["date"], part["actual"], color=BLACK, lw=1, marker=marks, label="actual")
        axes.set_ylabel(unit)
        _date_axis(axes)
    whole.set_title(f"{symbol}: actual against predicted, {len(first)} targets on their own dates")
    whole.legend(loc="upper left", fontsize=9)
    zoom.set_title(f"the newest {min(ZOOM, len(first))}")
    return figure


def skill_by_step(comparisons: pd.DataFrame) -> Figure:
    """Skill over each baseline at each step; filled where it is significant at 5 % on that side."""
    figure, axes = _one_panel(3.4)
    part = comparisons[comparisons["step"] > 0]
    for baseline, metric, colour in SKILLS:
        line = part[(part["baseline"] == baseline) & (part["metric"] == metric)]
        if line.empty:
            continue
        axes.plot(line["step"], line["skill"], color=colour, lw=1.4)
        sure = (line["p"] < 0.05) | (line["p"] > 0.95)
        axes.scatter(
            line["step"], line["skill"], s=36, color=np.where(sure, colour, "white"), edgecolor=colour, zorder=3
        )
        over = {"garch": "GARCH-t", "always up": "always up"}.get(baseline, "naive")
        name = f"{metric.upper() if len(metric) < 5 else metric.capitalize()} over {over}"
        _label(axes, name, float(line["step"].iloc[-1]), float(line["skill"].iloc[-1]), colour)
    axes.axhline(0, color=BLACK, lw=0.9)
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    axes.set_xticks(part["step"].unique())
    axes.margins(x=0.1, y=0.2)
    axes.set(
        title="Skill: above 0 the network is better (filled: p < 0.05 on that side)",
        xlabel="steps ahead",
        ylabel="1 - loss / baseline's loss",
    )
    return figure


def reliability(backtest: pd.DataFrame) -> Figure:
    """How often the price fell below each quantile, beside how often it should."""
    figure = Figure(figsize=(4.6, 4.4), layout="constrained")
    axes = figure.subplots()
    part = backtest[backtest["model"] == "network"]
    names = [name for name in part.columns if name.startswith("q0.")]
    levels = [float(name[1:]) for name in names]
    held = [float((part["actual"] <= part[name]).mean()) for name in names]
    axes.plot([0, 1], [0, 1], color=GREY, lw=0.9)
    axes.plot(levels, held, color=BLUE, lw=1.8)
    axes.set(
        title="Calibration on the test part", xlabel="quantile level", ylabel="share of prices below it", aspect="equal"
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    return figure


def training_curves(fit: pd.DataFrame) -> Figure:
    """Loss by epoch, one pair of lines for each member."""
    figure, axes = _one_panel(3.0)
    for _, member in fit.groupby("member"):
        axes.plot(member["epoch"], member["loss"], color=GREY, lw=1)
        axes.plot(member["epoch"], member["val_loss"], color=BLUE, lw=1.2)
        best = member.nsmallest(1, "val_loss")
        axes.plot(best["epoch"], best["val_loss"], "o", color=BLUE, ms=5)
    axes.plot([], [], color=GREY, label="training")
    axes.plot([], [], color=BLUE, marker="o", label="validation, best epoch marked")
    axes.legend(loc="upper right", fontsize=9)
    axes.set(title=f"Loss of {fit['member'].nunique()} networks", xlabel="epoch", ylabel="loss (scaled units)")
    return figure


def gradient_flow(table: pd.DataFrame, title: str) -> Figure:
    """The gradient of every state, step by step back, before training and after.

    Args:
        table: of ``workflow.explain_gradients``.
        title: of the figure.
    """
    with rc_context(STYLE):
        figure, axes = _one_panel(3.6)
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
                    name, oldest, (-6, 0), textcoords="offset points", color=colour, ha="right", va="center", fontsize=9
                )
        axes.set_yscale("log")
        axes.set(title=title, xlabel="steps before the newest", ylabel="norm of d loss / d state")
        axes.margins(x=0.16)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG; the same figure gives the same bytes."""
    path.parent.mkdir(exist_ok=True)
    with rc_context(STYLE):
        figure.savefig(path, dpi=120, metadata={"Software": None})
    return path


def to_svg(figure: Figure) -> str:
    """A figure as an ``<svg>`` element."""
    buffer = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _one_panel(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, height), layout="constrained")
    return figure, figure.subplots()


def _label(axes: Axes, text: str, x: Any, y: float, colour: str) -> None:
    """Write a line's name at its end."""
    axes.annotate(text, (x, y), (8, 0), textcoords="offset points", color=colour, va="center", fontsize=9)


def _date_axis(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
