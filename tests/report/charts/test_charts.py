"""Every figure is described once, and both renderers draw what is described."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import DataError, RunError
from rnnforecast.quantities import Name
from rnnforecast.report.charts.accuracy import chosen_steps
from rnnforecast.report.charts.candlestick import candlestick
from rnnforecast.report.charts.registry import CHARTS, chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.render_plotly import to_plotly
from rnnforecast.report.charts.skill import skill_of_runs, skill_of_symbols
from rnnforecast.report.charts.spec import (
    PALETTE,
    Band,
    Bars,
    Chart,
    Line,
    Mark,
    Panel,
    Points,
    colour_of,
)
from rnnforecast.report.figure_kinds import KINDS, Kind
from rnnforecast.report.html import asset

from ..materials import changed, material

MANY = (
    "network", "uncalibrated", "naive", "garch", "drift", "seasonal_naive", "ar1", "ewma", "ets",
    "theta", "arima", "linear",
)  # fmt: skip
CASES: list[tuple[Name, int]] = [
    ("price", 1),
    ("price", 20),
    ("volatility", 3),
    ("direction", 1),
    ("direction", 5),
]


def whole(quantity: Name = "price", steps: int = 3) -> Any:
    return material(steps=steps, quantity=quantity, models=MANY, intervals=True, extra=True)


def means(count: int) -> pd.DataFrame:
    """Runs with skill, the best one first."""
    skill = np.linspace(0.05, -0.02, count)
    names = [f"run{number}" for number in range(count)]
    return pd.DataFrame(
        {"run": names, "symbol": names, "skill": skill, "low": skill - 0.01, "high": skill + 0.01}
    )


@cache
def every_chart() -> list[Chart]:
    """All figures there are."""
    return list(_charts())


def _charts() -> Iterator[Chart]:
    for quantity, steps in CASES:
        run = whole(quantity, steps)
        yield from (chart_of(run, kind) for kind in run.kinds)
    yield skill_of_runs(means(4), "runs")
    yield skill_of_symbols(means(40), "symbols")
    yield candlestick(candles())


def candles(price: float = 75_000.0) -> PriceHistory:
    """Thirty bars with a volume."""
    rng = np.random.default_rng(3)
    closes = price * np.exp(np.cumsum(rng.normal(0, 0.01, 30)))
    opens = np.roll(closes, 1)
    bars = pd.DataFrame(
        {
            "open": opens,
            "high": np.maximum(opens, closes) * 1.01,
            "low": np.minimum(opens, closes) * 0.99,
            "close": closes,
            "volume": np.full(30, 2e9),
        },
        index=pd.date_range("2024-01-01", periods=30, name="date", unit="ns"),
    )
    return PriceHistory("BTC-USD", bars, "1d", "24/7", "USD")


def values(mark: Mark) -> list[np.ndarray]:
    """The series of a mark."""
    match mark:
        case Band(low=low, high=high):
            return [low, high]
        case Line(y=y) | Bars(y=y) | Points(y=y):
            return [y]
        case _:
            return []


def drawn_on_paper(axes: Axes) -> list[np.ndarray]:
    """All series of a panel on paper: lines, ends of bands, heights of bars, heights of points."""
    lines = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    bars = [
        np.array([bar.get_height() for bar in group])
        for group in axes.containers
        if hasattr(group, "patches")
    ]
    points, bands = [], []
    for group in axes.collections:
        if len(group.get_offsets()) and not len(getattr(group, "get_segments", list)()):
            points.append(np.asarray(group.get_offsets()[:, 1], float))
        for path in group.get_paths():
            bands.append(np.asarray(path.vertices[:, 1], float))
    return [*lines, *bars, *points, *bands]


def drawn_on_screen(spec: dict[str, Any], suffix: str) -> list[np.ndarray]:
    """All series of a panel on the screen."""
    return [
        np.array([np.nan if y is None else y for y in trace["y"]], float)
        for trace in spec["data"]
        if trace["yaxis"] == f"y{suffix}"
    ]


def holds(drawn: list[np.ndarray], series: np.ndarray, factor: float = 1.0) -> bool:
    """Whether a series is among those drawn; a band's path runs forth and back,
    so it may be within."""
    wanted = factor * series[np.isfinite(series)]
    return any(
        (len(one) == len(series) and np.allclose(one[np.isfinite(one)], wanted, rtol=1e-6))
        or (len(one) > 2 * len(wanted) and np.isin(np.round(wanted, 9), np.round(one, 9)).all())
        for one in drawn
    )


def test_both_renderers_draw_every_series_of_every_chart() -> None:
    count = 0
    for chart in every_chart():
        figure, spec = draw(chart), to_plotly(chart)
        # where a page opens on the newest points, paper has a further panel of these
        panels: list[Panel] = list(chart.panels)
        for number, panel in enumerate(panels, start=1):
            paper = drawn_on_paper(figure.axes[number - 1])
            screen = drawn_on_screen(spec, "" if number == 1 else str(number))
            factor = 100.0 if "percent" in panel.y.form else 1.0
            for mark in panel.marks:
                for series in values(mark):
                    assert holds(paper, series), (chart.title, panel.title, mark)
                    assert holds(screen, series, factor), (chart.title, panel.title, mark)
                    count += 1
    assert count > 200


def test_the_comparison_sees_a_series_that_is_not_drawn() -> None:
    chart = chart_of(whole(), "coverage")
    line = next(mark for mark in chart.panels[0].marks if isinstance(mark, Line))
    assert not holds(drawn_on_paper(draw(chart).axes[0]), line.y + 0.01)
    assert not holds(drawn_on_screen(to_plotly(chart), ""), line.y + 0.01, 100.0)


def test_every_series_has_a_name_and_every_chart_a_message_in_a_sentence() -> None:
    for chart in every_chart():
        assert chart.message.endswith(".") and chart.message[0].isupper(), chart.message
        for _, mark in chart.series():
            if isinstance(mark, Line | Band | Bars):
                assert mark.name, chart.title


def test_every_figure_of_a_run_names_symbol_network_and_run() -> None:
    run = changed(whole(), network="gru")
    for kind in run.kinds:
        chart = chart_of(run, kind)
        assert chart.source == "WALK, gru, run 2024-01-01T00-00-00_run", kind
        texts = [text.get_text() for text in draw(chart).findobj() if hasattr(text, "get_text")]
        assert chart.source in texts, kind


def test_a_name_stands_in_the_legend_once_and_means_one_thing() -> None:
    for chart in every_chart():
        spec = to_plotly(chart)
        shown = [(trace["legend"], trace["name"]) for trace in spec["data"] if trace["showlegend"]]
        assert len(shown) == len(set(shown)), chart.title


def test_a_colour_is_the_same_on_paper_and_in_the_pages_style_sheet() -> None:
    sheet = (
        asset("page.css")
        .split("@media")[0]
        .replace("#fff;", "#ffffff;")
        .replace("#222;", "#222222;")
    )
    for name, colour in PALETTE.items():
        assert f"--{name}: {colour}" in sheet


def test_every_kind_has_a_chart() -> None:
    assert tuple(CHARTS) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_that_a_run_has_nothing_for_is_refused_with_a_remedy(kind: Kind) -> None:
    bare = changed(material(), tables={})
    with pytest.raises(RunError, match=r"has no \w+ to draw") as refused:
        chart_of(bare, kind)
    assert refused.value.remedy


def test_a_direction_has_no_quantiles_to_draw() -> None:
    with pytest.raises(RunError, match="pit is a figure of quantiles"):
        chart_of(material(quantity="direction"), "pit")


def test_baselines_stand_in_the_order_in_which_they_matter() -> None:
    rows = chart_of(whole(), "skill").panels[0].y.ticks
    names = [name for _, name in rows]
    assert names[:2] == ["naive", "GARCH-t"] and names[-1] == "seasonal naive"
    assert len(names) == len(MANY) - 2


def test_a_hopeless_baseline_is_an_arrow_at_the_edge_with_its_figure() -> None:
    run = whole()
    panel = chart_of(run, "skill").panels[0]
    table = run["comparisons"].query(
        "step == 0 and metric == 'crps' and baseline == 'seasonal_naive'"
    )
    arrows = [mark for mark in panel.marks if isinstance(mark, Points) and mark.symbol == "right"]
    assert f"{100 * table['skill'].iloc[0]:+.1f} %" in [
        text for mark in arrows for text in mark.written
    ]
    assert panel.x.range is not None and panel.x.range[1] < table["skill"].iloc[0]


def test_the_chance_of_the_pit_lies_behind_its_bars() -> None:
    chart = chart_of(whole(), "pit")
    strip = next(shape for shape in to_plotly(chart)["layout"]["shapes"] if shape["type"] == "rect")
    assert strip["layer"] == "below"
    axes = draw(chart).axes[0]
    bars = min(patch.get_zorder() for patch in axes.containers[0])
    assert min(patch.get_zorder() for patch in axes.patches) < bars


def test_actual_and_predicted_are_on_the_targets_own_dates_at_every_step_that_can_be_chosen() -> (
    None
):
    run = whole(steps=3)
    spec = to_plotly(chart_of(run, "actual"))
    assert [name for name, _ in spec["variants"]] == [
        "1 step ahead",
        "2 steps ahead",
        "3 steps ahead",
    ]
    for step, (_, traces) in enumerate(spec["variants"], start=1):
        rows = run["backtest"].query(f"model == 'network' and step == {step}")
        drawn = spec["data"] if traces is None else traces  # the first is drawn already
        shown = next(trace for trace in drawn if trace["name"] == "actual")
        assert shown["x"] == [f"{date:%Y-%m-%d}" for date in rows["date"]]
        np.testing.assert_allclose(shown["y"], rows["actual"], rtol=1e-6)


@pytest.mark.parametrize(
    ("horizon", "steps"), [(1, [1]), (4, [1, 2, 3, 4]), (30, [1, 7, 13, 18, 24, 30])]
)
def test_of_many_steps_some_can_be_chosen(horizon: int, steps: list[int]) -> None:
    assert chosen_steps(horizon) == steps
    assert chosen_steps(30, most=3) == [1, 16, 30]


def test_a_page_opens_on_the_newest_targets_with_the_prices_that_these_have() -> None:
    run = whole()
    chart = chart_of(run, "actual")
    spec = to_plotly(chart)
    rows = run["backtest"].query("model == 'network' and step == 1").iloc[-60:]
    first, last = f"{rows['date'].iloc[0]:%Y-%m-%d}", f"{rows['date'].iloc[-1]:%Y-%m-%d}"
    assert spec["layout"]["xaxis"]["range"] == [first, last]
    low, high = spec["layout"]["yaxis"]["range"]
    assert low < rows["q0.025"].min() and high > rows["q0.975"].max()
    assert high - low == pytest.approx(
        1.1 * (rows["q0.975"].max() - rows["q0.025"].min()), rel=1e-5
    )
    assert [text for text, *_ in spec["ranges"]] == ["newest 60", "all"]
    zoomed = draw(chart).axes[1]
    assert zoomed.get_title(loc="left") == "The newest 60"
    assert zoomed.lines[0].get_xdata(orig=False)[0] == date2num(rows["date"].iloc[0])


def test_models_have_the_same_colour_in_every_figure() -> None:
    run = whole()
    for kind in ("reliability", "error", "skill"):
        for _, mark in chart_of(run, kind).series():  # type: ignore[arg-type]
            if isinstance(mark, Line) and mark.name.removeprefix("vs ") in ("naive", "GARCH-t"):
                model = {"naive": "naive", "GARCH-t": "garch"}[mark.name.removeprefix("vs ")]
                assert mark.colour == colour_of(model), kind


def test_candles_write_their_prices_with_thousands_separators() -> None:
    axes = draw(candlestick(candles())).axes[0]
    axes.figure.draw_without_rendering()
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert ticks and all("," in tick for tick in ticks)


def test_closes_alone_are_no_candles() -> None:
    with pytest.raises(DataError, match="has no open, high, low"):
        candlestick(material().history)


def test_a_chart_is_values_that_json_has() -> None:
    for chart in every_chart():
        json.dumps(to_plotly(chart), allow_nan=False)
