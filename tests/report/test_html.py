"""The page is whole, asks nothing of the network, and trusts nothing it is given."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rnnforecast import runs, workflow
from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.report.html import render
from rnnforecast.runs import Run

from ..conftest import SMALL, random_walk


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("evaluated")
    Store(home / "data").save(random_walk())
    run = workflow.train(load("gru", SMALL), Store(home / "data"), home / "runs", label="x")
    workflow.evaluate(run)
    workflow.write_report(run)
    return run


def page_of(run: Run, **changes: object) -> str:
    content = {
        "name": run.name,
        "quantity": "price",
        "record": run.record(),
        "config": "",
        "verdict": None,
        "forecast": None,
        "scores": None,
        "comparisons": None,
        "figures": {},
    }
    return render(**{**content, **changes})  # type: ignore[arg-type]


def test_the_page_tells_verdict_forecast_scores_and_how_it_was_made(evaluated: Run) -> None:
    page = evaluated.read(runs.REPORT)
    headings = re.findall(r"<h2>(.*?)</h2>", unescape(page))
    assert headings[0].startswith("Forecast from 2020-10-26, close ")
    assert headings[1:] == [
        "Does it beat yesterday's price?",
        "Calibration",
        "Actual against predicted",
        "Training",
        "How it was made",
    ]
    assert page.count("<svg") == 5
    assert "Test part looked at 1 time." in page


def test_the_page_asks_nothing_of_the_network(evaluated: Run) -> None:
    links: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            links.extend(str(value) for name, value in attributes if name in ("src", "href", "xlink:href"))

    page = evaluated.read(runs.REPORT)
    Links().feed(page)
    assert all(link.startswith("#") for link in links)
    assert "<script" not in page and "@import" not in page and "url(http" not in page


def test_before_an_evaluation_the_page_says_that_nothing_is_known(evaluated: Run) -> None:
    page = page_of(evaluated)
    assert "Not evaluated yet" in page and "Does it beat" not in page


def test_text_from_outside_is_escaped(evaluated: Run) -> None:
    record = evaluated.record()
    record["data"] = {**record["data"], "symbol": "<script>alert(1)</script>"}
    page = page_of(evaluated, record=record, name="<img src=x>", config="<b>&")
    assert "<script>" not in page and "<img" not in page and "&lt;b&gt;&amp;" in page


def test_every_figure_is_also_a_picture_file(evaluated: Run) -> None:
    names = {path.name for path in (evaluated.path / runs.FIGURES).iterdir()}
    assert names == {f"{name}.png" for name in ("forecast", "skill", "actual_predicted", "reliability", "training")}


def test_a_page_is_the_same_every_time_it_is_written(evaluated: Run, tmp_path: Path) -> None:
    before = evaluated.read(runs.REPORT)
    workflow.write_report(evaluated)
    assert evaluated.read(runs.REPORT) == before
