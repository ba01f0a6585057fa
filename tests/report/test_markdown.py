"""The report as text and as data says what the page says."""

from __future__ import annotations

import json
import re

from rnnforecast.report.json_document import to_json
from rnnforecast.report.markdown import escaped, to_markdown

from .materials import changed, hostile, material


def test_markdown_has_the_verdict_first_and_tables_of_equal_rows() -> None:
    text = to_markdown(material(extra=True, intervals=True))
    assert text.index("**No detectable skill.**") < text.index("## Forecast from 2020-07-01")
    titles = re.findall(r"^## (.*)$", text, re.M)
    assert titles[1:] == [
        "Does it beat yesterday's price?", "Error by horizon", "Influence of the seed",
        "Economics", "Prices", "Config", "How it was made",
    ]  # fmt: skip
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1
        assert len({len(line) for line in block.splitlines()}) == 1


def test_markdown_takes_no_text_for_markup() -> None:
    text = to_markdown(hostile(material()))
    assert r"Run &lt;/script\>&lt;img src=x" in text
    assert not re.search("<[A-Za-z/!?]", re.sub(r"^    .*$", "", text, flags=re.M))
    assert (
        "&b" not in escaped("&bull; & more") and escaped("a & b, p < 0.001") == "a & b, p < 0.001"
    )


def test_control_characters_end_neither_a_line_nor_a_code_block() -> None:
    whole = material()
    command = {**whole.record, "argv": ["x", "a\n\n<script>\x1b[31m\u2028"]}
    text = to_markdown(changed(whole, name="a\r\nb\x1b[2J", record=command))
    assert "\x1b" not in text and "\n<script>" not in text and "Run a  b" in text


def test_text_and_data_begin_with_the_answer_in_plain_words() -> None:
    whole = material(extra=True)
    answer = "WALK, Thu 2 Jul 2020: most likely near "
    assert answer in to_markdown(whole)
    document = json.loads(to_json(whole))
    assert document["summary"]["text"].startswith(answer)
    assert len(document["summary"]["steps"]) == 3
    assert document["warnings"] == ["few forecasts", "bad ticks in the prices: close x 3"]
    assert json.loads(to_json(material(evaluated=False)))["warnings"] == [
        "not evaluated yet: nothing is known about its skill"
    ]


def test_json_holds_the_tables_as_they_are_and_null_for_what_is_not_known() -> None:
    whole = material(extra=True)
    found = json.loads(to_json(whole))
    assert found["schema"] == 1 and found["verdict"]["headline"] == "No detectable skill"
    assert len(found["scores"]) == len(whole["scores"])
    mae = next(row for row in found["scores"] if row["metric"] == "mae")
    assert mae["low"] is None and mae["value"] == whole["scores"]["value"].iloc[0]
    assert found["findings"][0]["dates"] == ["2020-02-03"]


def test_an_unevaluated_run_is_told_as_well() -> None:
    whole = material(evaluated=False)
    assert "Not evaluated yet" in to_markdown(whole)
    assert json.loads(to_json(whole))["scores"] is None
