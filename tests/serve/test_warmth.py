"""What was asked for is made again when prices have come, before anybody waits for it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import quote

import pytest

from rnnforecast.data.store import Store
from rnnforecast.model import inference, runtime
from rnnforecast.runs import all_runs
from rnnforecast.serve.options import ServeOptions
from rnnforecast.serve.service import Service
from rnnforecast.serve.warmth import Warmth

from ..conftest import random_walk
from .conftest import Get


def test_a_forecast_is_made_again_where_its_prices_have_changed(own_home: Path) -> None:
    service = Service(ServeOptions(own_home))
    warmth = Warmth(service)
    service.answer(service.forecast("WALK", None, None))
    warmth.note("WALK", None, None)
    assert warmth.refresh() == 0
    newer = random_walk(330)
    Store(own_home / "data").save(newer)
    assert service.known(service.forecast("WALK", None, None)) is None
    assert warmth.refresh() == 1
    body = service.known(service.forecast("WALK", None, None))
    assert body is not None and json.loads(body.content)["origin"] == newer.last.isoformat()


def test_networks_stay_open_until_their_files_change(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def opening(graph: bytes, threads: int = 0) -> runtime.OnnxNetwork:
        opened.append("network")
        return runtime.open_graph(graph, threads)

    monkeypatch.setattr(inference, "open_graph", opening)
    service = Service(ServeOptions(own_home))
    for rows in (320, 321):
        Store(own_home / "data").save(random_walk(rows))
        service.answer(service.forecast("WALK", None, None))
    count = len(opened)
    [run] = all_runs(own_home / "runs")
    assert count == len(run.manifest.seeds)
    path = run.path / "members" / "01.onnx"
    os.utime(path, ns=(1, 1))
    Store(own_home / "data").save(random_walk(322))
    service.answer(service.forecast("WALK", None, None))
    assert len(opened) == 2 * count


def test_what_has_gone_is_no_failure_of_the_background(own_home: Path) -> None:
    service = Service(ServeOptions(own_home))
    warmth = Warmth(service)
    warmth.note("GONE", None, None)
    (own_home / "data" / "WALK" / "1d.json").unlink()
    warmth.note("WALK", None, None)
    assert warmth.refresh() == 0


def test_the_description_is_as_strict_as_the_checks(get: Get) -> None:
    parameters = get("/openapi.json").json()["paths"]["/v1/forecasts/{symbol}"]["get"]["parameters"]
    schemas = {each["name"]: json.dumps(each["schema"]) for each in parameters}
    described = json.loads(schemas["symbol"])["pattern"]
    for symbol in ("WALK", "^GSPC", "a..b", "..", "%", "A" * 33, "BRK.B", "-A", "a b"):
        path = quote(symbol, safe="").replace(".", "%2e")  # else ".." would leave the folder
        accepted = get(f"/v1/forecasts/{path}").status_code != 400
        assert accepted == bool(re.search(described, symbol)), symbol
    [levels] = re.findall(r'"pattern": (".*?[^\\]")', schemas["levels"])
    for text in ("50,90", "2", "95,99", "51", "", "100", ",".join(["80"] * 21), "-80"):
        accepted = get(f"/v1/forecasts/WALK?levels={text}").status_code == 200
        assert accepted == bool(re.search(json.loads(levels), text)), text
