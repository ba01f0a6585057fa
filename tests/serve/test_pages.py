"""The dashboard: every figure has its values in tables, nothing runs, nothing is trusted."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.formatting import format_price
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.track_loading import load_track
from rnnforecast.report.svg import round_values
from rnnforecast.runs import find_run
from rnnforecast.serve.options import ServeOptions
from rnnforecast.serve.outlook import look_back, past_fans

from ..conftest import random_walk
from .conftest import DAYS, Get, client_of


def test_the_overview_shows_close_interval_and_promise(get: Get, followed_home: Path) -> None:
    page = get("/").text
    [prediction] = predict(find_run(followed_home / "runs"), Store(followed_home / "data"))
    low, high = prediction.forecast.interval(0.8)
    assert format_price(prediction.forecast.last) in page
    assert f"{format_price(low[0])} to {format_price(high[0])}" in page
    assert re.search(r"too few to tell: \d+ % of outcomes", page)
    assert '<a href="/symbols/WALK">' in page


@pytest.mark.parametrize("path", ["/", "/symbols/WALK"])
def test_a_page_needs_no_script_and_nothing_from_elsewhere(get: Get, path: str) -> None:
    page = get(path).text
    assert "<script" not in page
    assert " style=" not in page  # the policy would drop it
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    for figure in re.findall(r"<svg.*?</svg>", page, re.S):
        ElementTree.fromstring(figure)


def test_a_symbol_shows_its_fan_with_earlier_ones_and_their_tables(get: Get) -> None:
    page = get("/symbols/walk").text
    [figure] = re.findall(r'<svg class="fan".*?</svg>', page, re.S)
    kinds = re.findall(r'<polygon class="(\w+)"', figure)
    assert kinds.count("band80") == kinds.count("band95") == 1
    assert kinds.count("past80") == 2  # of five origins in a row those three steps apart
    assert "The coming sessions" in page
    assert "Of 5 forecasts made, 5 have come true" in page


def test_text_of_a_request_is_never_markup(get: Get) -> None:
    page = get("/symbols/%3Cimg%20src=x%3E")
    assert page.status_code == 400
    assert "<img" not in page.text
    assert get("/symbols/WALK?run=%3Cb%3E").status_code == 404


def test_a_symbol_that_fails_is_a_row_with_the_reason(own_home: Path) -> None:
    [path] = (own_home / "data" / "WALK").glob("*.parquet")
    path.write_bytes(b"damaged")
    get = client_of(ServeOptions(own_home))
    page = get("/")
    assert page.status_code == 200
    assert "is not the file that was saved" in page.text
    assert get("/symbols/WALK").status_code == 409


def test_a_later_split_moves_earlier_fans_with_the_prices(own_home: Path) -> None:
    store, run = Store(own_home / "data"), find_run(own_home / "runs")
    before = look_back(run.parts, store).fans
    history = random_walk(302 + DAYS)
    halved = history.bars.assign(close=history.bars["close"] / 2)
    split: PriceHistory = replace(history, bars=halved)
    store.save(split)
    after = past_fans(load_track(run.parts[0], store), halved["close"])
    assert [fan.origin for fan in after] == [fan.origin for fan in before]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_allclose(new.quantiles, old.quantiles / 2, rtol=1e-9)


@pytest.mark.parametrize(
    ("low", "high"), [(1.0, 2.0), (-3.0, 4.0), (59_000, 111_000), (1e-6, 3e-6)]
)
def test_ticks_are_round_and_within(low: float, high: float) -> None:
    values = round_values(low, high)
    assert 2 <= len(values) <= 9
    assert low <= values[0]
    assert values[-1] <= high * (1 + 1e-9)
    np.testing.assert_allclose(np.diff(values), values[1] - values[0])
