"""Requests made up from the interface's own description: each answer is one that it describes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Get

FEW = settings(
    max_examples=25, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
GOOD = {"symbol": ["WALK", "walk", "NEW"], "levels": ["80", "50,90", "2,99"], "run": ["none"]}


def values(name: str) -> st.SearchStrategy[str]:
    """Of a parameter: values that mean something, that nearly do, and any text."""
    known = st.sampled_from(GOOD.get(name, ["1"]))
    near = st.text(alphabet="0123456789,.-=&_^%/\\~WALK\x00\n'\"<>", min_size=1, max_size=40)
    return known | near | st.text(min_size=1, max_size=120)


@given(data=st.data())
@FEW
def test_every_answer_to_a_made_up_request_is_as_described(get: Get, data: Any) -> None:
    description = get("/openapi.json").json()
    path, operation = data.draw(st.sampled_from(sorted(description["paths"].items())))
    query = {}
    for parameter in operation["get"].get("parameters", []):
        value = data.draw(values(parameter["name"]), label=parameter["name"])
        value = value.encode("utf-8", "replace").decode()
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
        elif data.draw(st.booleans()):
            query[parameter["name"]] = value
    answer = get(f"{path}?{urlencode(query)}")
    assert answer.status_code < 500, answer.text
    described = operation["get"]["responses"][str(answer.status_code)]
    schema = described["content"]["application/json"]["schema"]
    document = json.loads(answer.content)
    jsonschema.validate(document, {**schema, "components": description["components"]})


def test_the_answers_to_good_requests_are_as_described(get: Get, followed_home: Path) -> None:
    description = get("/openapi.json").json()
    assert set(description["paths"]) == {
        "/v1/forecasts/{symbol}", "/v1/track/{symbol}", "/v1/runs", "/v1/symbols", "/health",
    }  # fmt: skip
    for path, operation in description["paths"].items():
        answer = get(path.format(symbol="WALK"))
        assert answer.status_code == 200
        schema = operation["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(answer.json(), {**schema, "components": description["components"]})
