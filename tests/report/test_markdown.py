"""The report as text and as data says what the page says."""

from __future__ import annotations

import json
import re

from rnnforecast.report.json_document import to_json
from rnnforecast.report.markdown import to_markdown

from .materials import hostile, material


def test_markdown_has_the_verdict_first_and_tables_of_equal_rows() -> None:
    text = to_markdown(material(extra=True, intervals=True))
    assert text.index("**No detectable skill.**") < text.index("## Forecast from 2020-07-01")
    titles = re.findall(r"^## (.*)$", text, re.M)
    assert titles[1:] == [
        "Does it beat yesterday's price?", "Error by horizon", "How much the seed decides", "Economics", "Prices",
        "Config", "How it was made",
    ]  # fmt: skip
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({line.count("|") for line in block.splitlines()}) == 1
        assert len({len(line) for line in block.splitlines()}) == 1


def test_markdown_takes_no_text_for_markup() -> None:
    text = to_markdown(hostile(material()))
    assert text.startswith(r"# \</script\>\<img src=x")
    assert "<" not in re.sub(r"\\<|^    .*$|, p <| \d+ <|p < 0", "", text, flags=re.M)


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
