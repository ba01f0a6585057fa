"""Figures on paper show what the tables hold, on the right dates, whatever the run."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.text import Text
from scipy.optimize import isotonic_regression

from rnnforecast.errors import UsageError
from rnnforecast.quantities import Name
from rnnforecast.report.charts.files import inline, save, to_svg
from rnnforecast.report.charts.labels import apart
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw as draw_chart
from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.report_data import Material

from ..materials import changed, material

MANY = (
    "network", "uncalibrated", "naive", "garch", "drift", "seasonal_naive", "ar1", "ewma", "ets",
    "theta", "arima", "linear",
)  # fmt: skip


def draw(whole: Material, kind: Kind) -> Figure:
    return draw_chart(chart_of(whole, kind))


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure that lie on one another."""
    figure.draw_without_rendering()
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    boxes = [
        (text.get_text(), Text.get_window_extent(text)) for text in texts
    ]  # of the words, without their hairs
    return [
        (one, other)
        for place, (one, box) in enumerate(boxes)
        for other, beside in boxes[place + 1 :]
        if min(box.y1, beside.y1) - max(box.y0, beside.y0) > 2
        and min(box.x1, beside.x1) - max(box.x0, beside.x0) > 2
    ]


@pytest.mark.parametrize(
    ("quantity", "steps"),
    [
        ("price", 1),
        ("price", 60),
        ("volatility", 1),
        ("volatility", 5),
        ("direction", 1),
        ("direction", 5),
    ],
)
def test_every_figure_can_be_drawn_and_no_label_lies_on_another(quantity: Name, steps: int) -> None:
    whole = material(steps=steps, quantity=quantity, models=MANY, intervals=True, extra=True)
    assert whole.kinds
    for kind in whole.kinds:
        assert overlapping(draw(whole, kind)) == [], kind


@pytest.mark.parametrize("level", [1e-5, 1e5])
def test_axes_write_prices_of_any_size_without_an_exponent(level: float) -> None:
    axes = draw(material(level=level), "actual").axes[0]
    axes.figure.draw_without_rendering()
    ticks = [label.get_text() for label in axes.get_yticklabels()]
    assert all(
        float(tick.replace(",", "")) == pytest.approx(place)
        for tick, place in zip(ticks, axes.get_yticks(), strict=True)
    )
    assert len(set(ticks)) == len(ticks) and not any("e" in tick for tick in ticks)


def test_the_fan_starts_at_the_last_close_and_ends_at_the_last_session() -> None:
    whole = material(steps=2)
    axes = draw(whole, "forecast").axes[0]
    steps, close = whole["forecast"], whole.history.bars["close"].iloc[-1]
    median = next(line for line in axes.lines if len(line.get_ydata()) == 3)
    np.testing.assert_allclose(median.get_ydata(), [close, *steps["median"]])
    assert median.get_xdata(orig=False)[-1] == date2num(np.datetime64(steps["date"].iloc[-1]))
    assert axes.get_ylabel() == "price (USD)"
    end = steps.iloc[-1]
    # six significant digits: prices of about 70
    written = {text.get_text() for text in axes.texts}
    assert written == {
        f"last close {close:,.4f}",
        f"median {end['median']:,.4f}",
        *(
            f"{coverage} %: {end[f'{side}_{coverage}']:,.4f}"
            for coverage in (80, 95)
            for side in ("low", "high")
        ),
    }


def test_a_forecast_from_newer_prices_than_the_runs_starts_at_their_last_close() -> None:
    whole = material()
    steps = whole["forecast"].assign(
        origin="2020-12-01", last=123.0, date=["2020-12-02", "2020-12-03", "2020-12-04"]
    )
    whole = changed(whole, tables={"forecast": steps})
    history = next(
        line for line in draw(whole, "forecast").axes[0].lines if line.get_label() == "history"
    )
    assert history.get_ydata()[-1] == 123.0 and history.get_xdata(orig=False)[-1] == date2num(
        np.datetime64("2020-12-01")
    )


def test_error_of_naive_grows_beside_the_root_of_the_steps() -> None:
    whole = material(steps=4)
    growth = next(
        line for line in draw(whole, "error").axes[0].lines if line.get_label() == "naive × √steps"
    )
    scores = whole["scores"].query("model == 'naive' and metric == 'mae' and step == 1")
    np.testing.assert_allclose(
        growth.get_ydata(), scores["value"].iloc[0] * np.array([1, 2**0.5, 3**0.5, 2])
    )


def test_before_calibration_is_shown_where_the_run_knows_it() -> None:
    without, with_it = material(), material(models=("network", "uncalibrated", "naive"))
    labels = [
        [line.get_label() for line in draw(one, "reliability").axes[0].lines]
        for one in (without, with_it)
    ]
    assert labels == [["network", "naive"], ["network", "before calibration", "naive"]]


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_figure_is_the_same_file_every_time(ending: str, tmp_path: Path) -> None:
    files = [
        save(draw(material(), "skill"), tmp_path / f"{name}.{ending}").read_bytes() for name in "ab"
    ]
    assert files[0] == files[1]


def test_other_files_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.gif; use \.png, \.svg or \.pdf"):
        save(draw(material(), "error"), tmp_path / "error.gif")
    with pytest.raises(UsageError, match="cannot write"):
        save(draw(material(), "error"), tmp_path / "no" / "such" / "error.png")


def test_two_figures_of_a_page_share_no_id_and_name_their_colours() -> None:
    whole = material()
    elements = [inline(to_svg(draw(whole, kind)), kind, kind) for kind in whole.kinds]
    ids = [name for element in elements for name in re.findall(r'\bid="([^"]*)"', element)]
    assert ids and len(ids) == len(set(ids))
    for element in elements:
        asked = re.findall(r'(?:href="#|url\(#)([^")]+)', element)
        assert set(asked) <= set(ids)
        assert not re.search(r"#[0-9a-f]{6}\b", element)


def test_a_figure_in_a_page_has_the_points_of_its_file_in_half_the_text() -> None:
    figure = to_svg(draw(material(), "residuals"))
    element = inline(figure, "residuals", "message")
    assert len(element) < 0.6 * len(figure) and "font-family" not in element
    assert element.count("<use ") == figure.count("<use ")
    assert element.count("<g") == element.count("</g>")
    texts = [re.findall(r"<text[^>]*>([^<]*)<", svg) for svg in (figure, element)]
    assert texts[0] == texts[1]
    ElementTree.fromstring(element)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_labels_that_fit_are_moved_as_isotonic_regression_says(count: int) -> None:
    places = np.sort(np.random.default_rng(count).uniform(20, 80, count))
    shift = 5.0 * np.arange(count)
    known = np.clip(isotonic_regression(places - shift).x, 0, 200 - shift[-1]) + shift
    np.testing.assert_allclose(apart(places, 5, 200), known)


def test_labels_are_moved_apart_as_little_as_can_be() -> None:
    places = apart(np.array([50.0, 50.0, 10.0]), 11, 100)
    assert places.tolist() == [44.5, 55.5, 10.0]
    crowded = apart(np.array([99.0, 100.0, 98.0]), 11, 100)
    assert crowded.max() == 100 and sorted(np.diff(np.sort(crowded)).tolist()) == [11, 11]
