"""The page is whole, asks nothing of the network, and trusts nothing it is given."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest

from rnnforecast.quantities import Name
from rnnforecast.report.charts.files import to_svg
from rnnforecast.report.charts.registry import chart_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.html import plotly_href_of, plotly_sheet, render, self_contained
from rnnforecast.report.report_data import Material

from .materials import hostile, material


def page_of(whole: Material) -> str:
    return render(whole, {kind: to_svg(draw(chart_of(whole, kind))) for kind in whole.kinds})


@pytest.fixture(scope="module")
def full() -> str:
    return page_of(
        material(models=("network", "uncalibrated", "naive", "garch"), intervals=True, extra=True)
    )


def headings(page: str) -> list[str]:
    return [unescape(heading) for heading in re.findall(r"<h2[^>]*>(.*?)</h2>", page)]


def test_the_page_tells_everything_in_the_order_of_what_a_reader_asks(full: str) -> None:
    top = full[: full.index("<h2")]
    assert "<h1>WALK: forecast for 2-4 July 2020</h1>" in top
    assert "WALK, Thu 2 Jul 2020: most likely near " in top and "no detectable skill" in top
    assert "<dt>Chance of a rise</dt>" in top and "No detectable skill: why</summary>" in top
    assert "Forecast from Wed 1 Jul 2020: close " in full
    assert headings(full) == [
        "Coming sessions",
        "Does it beat yesterday's price?",
        "Calibration: outcomes below each quantile",
        "Actual against predicted",
        "Error by horizon",
        "Residuals",
        "Training",
        "Gradient flow",
        "Economics",
        "Prices: source and findings",
        "How it was made",
    ]
    assert "Test data looked at 1 time." in full
    assert (
        "rnnforecast train --symbol WALK" in full
        and "rnnforecast reproduce 2024-01-01T00-00-00_run" in full
    )
    assert "bad ticks" in full and "2020-02-03" in full


def test_the_contents_lead_to_every_part(full: str) -> None:
    links = re.findall(r'<a href="#(\w+)">', full[full.index("<nav") : full.index("</nav>")])
    assert links == [
        "answer", "skill", "calibration", "errors", "training", "economics", "data", "making",
    ]  # fmt: skip
    assert all(f'<section id="{name}"' in full or f' id="{name}">' in full for name in links)


def test_every_table_has_a_caption_and_its_headings_have_a_scope(full: str) -> None:
    assert full.count("<table") == full.count("<caption>") > 8
    assert not re.search(r"<th(?! scope=)[ >]", full[: full.index("<script")])


def test_statistics_and_config_are_folded(full: str) -> None:
    folded = " ".join(re.findall(r"<details.*?</details>", full, re.S))
    assert "From 120 origins: nothing." in folded and "architecture: gru" in folded
    assert "few forecasts" in folded and "Every metric of every model" in folded


def test_every_figure_is_there_for_the_screen_and_for_paper(full: str) -> None:
    kinds = re.findall(r'data-chart="(\w+)"', full)
    assert full.count('<svg role="img"') == len(kinds) == 11
    charts = json.loads(
        re.findall(r'<script type="application/json" id="charts">(.*?)</script>', full, re.S)[0]
    )
    assert list(charts["charts"]) == kinds


def test_only_the_pages_own_scripts_may_run(full: str) -> None:
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', full)[0].replace(
        "&#39;", "'"
    )
    own = re.findall(r"<script>(.*?)</script>", full, re.S)
    packed = re.findall(r'id="plotly">(.*?)</script>', full, re.S)
    scripts = [gzip.decompress(base64.b64decode(text)).decode() for text in packed] + own
    assert len(scripts) == 2 and "Plotly" in scripts[0]
    digests = [
        base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    assert f"script-src {allowed};" in policy
    assert (
        policy.startswith("default-src 'none';")
        and "unsafe-eval" not in policy
        and "http" not in policy
    )


def test_the_page_asks_nothing_of_the_network(full: str) -> None:
    links: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            links.extend(
                str(value) for name, value in attributes if name in ("src", "href", "xlink:href")
            )

    Links().feed(full)
    assert links and all(link.startswith("#") for link in links)
    assert "@import" not in full and "url(http" not in full


def test_pages_that_share_plotly_are_small_and_become_the_whole_page_with_it(full: str) -> None:
    whole = material(
        models=("network", "uncalibrated", "naive", "garch"), intervals=True, extra=True
    )
    drawn = {kind: to_svg(draw(chart_of(whole, kind))) for kind in whole.kinds}
    name, sheet = plotly_sheet()
    shared = render(whole, drawn, plotly_href=f"../../assets/{name}")
    assert plotly_href_of(shared) == f"../../assets/{name}" and plotly_href_of(full) is None
    assert len(full) - len(shared) > 500_000 and "</" not in sheet
    scripts = re.compile(r"script-src (.*?);")
    assert scripts.findall(shared) == scripts.findall(full)  # sharing allows no other script
    whole_again = self_contained(shared, sheet)
    assert plotly_href_of(whole_again) is None
    held = re.compile(r'id="plotly">(.*?)</script>', re.S)
    assert held.findall(whole_again) == held.findall(full)


def test_a_page_with_its_library_stays_below_one_megabyte(full: str) -> None:
    assert len(full.encode()) < 1_000_000


def test_before_an_evaluation_the_page_says_that_nothing_is_known() -> None:
    page = page_of(material(evaluated=False))
    assert "Not evaluated yet" in page
    assert [
        heading for heading in headings(page) if "beat" in heading or "Calibration" in heading
    ] == []


@pytest.mark.parametrize(
    ("quantity", "question"),
    [("volatility", "recent volatility?"), ("direction", "always saying up?")],
)
def test_a_run_of_another_target_asks_its_own_question(quantity: Name, question: str) -> None:
    page = page_of(material(quantity=quantity))
    assert any(question in heading for heading in headings(page))


def test_text_from_outside_is_escaped() -> None:
    page = page_of(hostile(material(extra=True)))
    assert "<img" not in page and "<b>" not in page
    assert page.count("<script") == page.count("</script") == 3


def test_a_page_is_the_same_every_time_it_is_written() -> None:
    assert page_of(material()) == page_of(material())
