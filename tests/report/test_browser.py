"""The page in a real browser: it draws, stays silent, asks nothing of the network,
and answers the hand."""

from __future__ import annotations

import gzip
import shutil
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rnnforecast.errors import UsageError
from rnnforecast.pipeline.daily import DayResult
from rnnforecast.report.charts.files import to_svg
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.comparison import comparison_page
from rnnforecast.report.daily import daily_page
from rnnforecast.report.html import plotly_sheet, render, self_contained

from ..notify.test_messages import calm, result
from .materials import HOSTILE, hostile, material

playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
MODELS = ("network", "uncalibrated", "naive", "garch", "drift", "ewma")
WIDE, PHONE = {"width": 1100, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with everything on it."""
    whole = hostile(material(models=MODELS, intervals=True, extra=True))
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(
        render(whole, {kind: to_svg(draw(chart_of(whole, kind))) for kind in whole.kinds}), "utf-8"
    )
    return path.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


def opened(browser: Any, address: str, **settings: Any) -> Any:
    """The page, once its charts are drawn; it keeps what it complained of and asked for."""
    page = browser.new_context(**{"viewport": WIDE, **settings}).new_page()
    page.complaints, page.asked = [], []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(address)
    if settings.get("java_script_enabled", True):
        until(page, "document.querySelectorAll('figure .main-svg .cartesianlayer').length >= 11")
    return page


def until(page: Any, condition: str) -> None:
    """Wait for a condition; the driver's own waiting evaluates strings within the page,
    which its policy forbids."""
    deadline = time.monotonic() + 20
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(50)


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Any:
    return opened(browser, address)


def test_every_chart_is_drawn_without_a_word_or_a_request(page: Any, address: str) -> None:
    assert page.locator("figure").count() == page.locator("figure.drawn").count() == 11
    assert page.locator("figure .still >> visible=true").count() == 0
    assert page.complaints == []
    assert [url for url in page.asked if url != address] == []


def test_the_policy_stops_whatever_else_would_run_or_be_fetched(browser: Any, address: str) -> None:
    page = opened(browser, address)
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            new Image().src = 'http://127.0.0.1:9/x.png';
        }"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert len([text for text in page.complaints if "Content Security Policy" in text]) == 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder in which the page of one symbol shares Plotly with others."""
    whole, run = material(models=MODELS), tmp_path_factory.mktemp("panel")
    name, sheet = plotly_sheet()
    path = run / "symbols" / "^LATE" / "report.html"
    drawn = {kind: to_svg(draw(chart_of(whole, kind))) for kind in ("forecast", "actual")}
    for file, text in (
        (run / "assets" / name, sheet),
        (path, render(whole, drawn, plotly_href=f"../../assets/{name}")),  # type: ignore[arg-type]
    ):
        file.parent.mkdir(parents=True)
        file.write_text(text, "utf-8")
    return path


SILENT = {"complaints": [], "drawn": 2, "still": 0, "notes": 0}
"""A page whose two charts are drawn."""


def looked_at(browser: Any, path: Path) -> dict[str, Any]:
    """What a page from disk looks like a moment after it was opened."""
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    until(page, "document.querySelectorAll('.main-svg .cartesianlayer, #still').length > 0")
    page.wait_for_timeout(100)
    return {
        "complaints": complaints,
        "drawn": page.locator("figure.drawn").count(),
        "still": page.locator("figure .still svg >> visible=true").count(),
        "notes": page.locator("#still >> visible=true").count(),
        "ran": page.evaluate("window.ran"),
    }


def test_pages_that_share_plotly_draw_their_charts_from_disk(browser: Any, shared: Path) -> None:
    assert looked_at(browser, shared) == {**SILENT, "ran": None}


def test_a_page_copied_without_what_it_shares_shows_pictures_and_says_why(
    browser: Any, shared: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "a" / "b" / "report.html"
    alone.parent.mkdir(parents=True)
    alone.write_text(shared.read_text("utf-8"), "utf-8")
    seen = looked_at(browser, alone)
    assert (seen["drawn"], seen["still"], seen["notes"]) == (0, 2, 1)
    alone.write_text(self_contained(shared.read_text("utf-8"), plotly_sheet()[1]), "utf-8")
    assert looked_at(browser, alone) == {**SILENT, "ran": None}


def test_a_script_put_in_the_place_of_plotly_does_not_run(
    browser: Any, shared: Path, tmp_path: Path
) -> None:
    run = Path(shutil.copytree(shared.parents[2], tmp_path / "run"))
    (sheet,) = (run / "assets").iterdir()
    text = b64encode(gzip.compress(b"window.ran = true; window.Plotly = {}")).decode()
    sheet.write_text(f'#plotly {{ --packed: "{text}" }}', "utf-8")
    seen = looked_at(browser, run / shared.relative_to(shared.parents[2]))
    assert seen["ran"] is None
    assert (seen["drawn"], seen["still"], seen["notes"]) == (0, 2, 1)
    assert "Content Security Policy" in seen["complaints"][0]


def test_hovering_over_a_chart_tells_its_numbers(page: Any) -> None:
    chart = page.locator("#figure-actual .live")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = page.locator("#figure-actual .hoverlayer")
    told.locator(".legend, .hovertext").first.wait_for()
    text = told.text_content()
    assert "actual" in text and "median" in text and "2020" in text


def test_a_chart_opens_on_the_newest_targets_and_its_prices_fill_the_panel(page: Any) -> None:
    read = "document.querySelector('[data-chart=actual]')._fullLayout.yaxis.range"
    newest = page.evaluate(read)
    buttons = page.locator("#figure-actual .controls button")
    assert buttons.all_text_contents() == ["newest 60", "all"]
    buttons.nth(1).click()
    until(page, f"{read}[1] !== {newest[1]}")
    low, high = page.evaluate(read)
    assert high - low > newest[1] - newest[0]
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    buttons.nth(0).click()
    until(page, f"Math.abs({read}[1] - {newest[1]}) < 0.01")


def test_forecasts_of_another_step_can_be_chosen(page: Any) -> None:
    read = "document.querySelector('[data-chart=actual]').data[3].y[0]"
    before = page.evaluate(read)
    page.locator("#figure-actual select").select_option(label="3 steps ahead")
    until(page, f"{read} !== {before}")
    page.locator("#figure-actual select").select_option(label="1 step ahead")
    until(page, f"{read} === {before}")


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(page: Any) -> None:
    table = page.locator("#skill table.sortable", has_text="all models").first
    heading = table.locator("th", has_text="CRPS").first
    column = "rows => rows.map(row => Number(row.cells[1].textContent))"
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "ascending"
    rising = table.locator("tbody tr").evaluate_all(column)
    assert rising == sorted(rising)
    heading.locator("button").click()
    assert heading.get_attribute("aria-sort") == "descending"
    assert table.locator("tbody tr").evaluate_all(column) == rising[::-1]
    assert table.locator("th[aria-sort]").count() == 1


def test_dates_sort_as_dates(page: Any) -> None:
    table = page.locator("#answer table")
    for _ in range(2):
        table.locator("th button").first.click()
    dates = pd.to_datetime(table.locator("tbody th").all_text_contents(), format="%a %d %b %Y")
    assert len(dates) == 3 and dates.is_monotonic_decreasing


def test_charts_follow_dark_mode(browser: Any, address: str) -> None:
    page = opened(browser, address, color_scheme="light")
    colour = "getComputedStyle(document.querySelector('#figure-error .xtick text')).fill"
    light = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    until(page, f"{colour} !== {light!r}")
    assert light == "rgb(34, 34, 34)" and page.evaluate(colour) == "rgb(232, 232, 232)"


def test_a_phone_scrolls_down_only(browser: Any, address: str) -> None:
    page = opened(browser, address, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for chart in page.locator("figure.drawn .live").all():
        assert chart.bounding_box()["width"] <= PHONE["width"]


def test_without_scripts_and_on_paper_the_figures_are_still_there(
    browser: Any, address: str, page: Any, tmp_path: Path
) -> None:
    silent = opened(browser, address, java_script_enabled=False)
    assert silent.locator("figure .still svg >> visible=true").count() == 11
    page.emulate_media(media="print")
    assert page.locator("figure .still svg >> visible=true").count() == 11
    assert page.locator("figure .live >> visible=true").count() == 0
    page.emulate_media(media="screen")
    assert len(page.pdf()) > 50_000


def test_html_in_a_name_is_text(page: Any) -> None:
    assert HOSTILE in page.locator("header .soft").text_content()
    assert page.locator("main b:not(.gtitle), main img, header b").count() == 0


def test_still_figures_are_drawn_again_for_phones(browser: Any, tmp_path: Path) -> None:
    chart = chart_of(material(models=MODELS), "actual")
    page = comparison_page("Runs", "None is better.", {}, {"actual": chart}, "how")
    (tmp_path / "page.html").write_text(page, "utf-8")
    for view, shown in ((WIDE, "large"), (PHONE, "small")):
        seen = browser.new_page(viewport=view)
        seen.goto((tmp_path / "page.html").as_uri())
        figure = seen.locator(".still >> visible=true")
        assert figure.count() == 1 and shown in str(figure.get_attribute("class"))
        assert figure.evaluate("box => box.scrollWidth <= box.clientWidth")  # nothing is cut


@pytest.mark.parametrize("width", [320, 390])
def test_the_page_of_a_day_needs_no_sideways_scrolling_on_a_phone(
    width: int, browser: Any, tmp_path: Path
) -> None:
    day = result(calm(last=80.0), range(3, 30), warnings=("the newest stored price is old; " * 5,))
    lost = DayResult("SOME-VERY-LONG-SYMBOL-OF-32-LETTERS", "failed", error=UsageError("x" * 80))
    path = tmp_path / "latest.html"
    path.write_text(daily_page([day, lost]), "utf-8")
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto(path.as_uri())
    over = "({scrollWidth: w, clientWidth: c}) => w - c"
    assert page.evaluate(f"({over})(document.documentElement)") == 0
    assert page.evaluate(f"Math.max(...[...document.querySelectorAll('.scroll')].map({over}))") == 0
    page.set_viewport_size({"width": 680, "height": 900})  # of a sheet of A4 without its margins
    page.emulate_media(media="print")
    assert page.evaluate(f"({over})(document.documentElement)") == 0  # nothing is cut on paper
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": width, "height": 800})
    shown = page.locator("tbody tr").first.inner_text()
    assert "Last close" not in shown  # it is drawn beside the cell, not part of its text
    label = "getComputedStyle(document.querySelector('td'), '::before').content"
    assert page.evaluate(label) == "attr(data-label)" or "Last close" in page.evaluate(label)
