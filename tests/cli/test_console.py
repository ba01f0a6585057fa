"""What reaches people: results on stdout, remarks on stderr, and JSON that every parser reads."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.cli.console import (
    MOST_NOTES,
    document,
    note,
    notes,
    records,
    say,
    table,
    warn_on_failure,
)
from rnnforecast.cli.context import Settings
from rnnforecast.errors import DataError

LOUD, QUIET = Settings(home=Path()), Settings(home=Path(), quiet=True)


def test_results_and_remarks_go_different_ways(capsys: pytest.CaptureFixture[str]) -> None:
    say("result")
    note("remark", LOUD)
    note("unheard", QUIET)
    assert capsys.readouterr() == ("result\n", "remark\n")


def test_control_codes_are_spelled_out(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b[31mb")
    document({"name": "a\u202eb\x7f"})
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\u202e" not in out and "\x7f" not in out
    assert json.loads(out.partition("\n")[2]) == {"name": "a\u202eb\x7f"}


def test_numbers_that_json_does_not_have_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    document({"a": [1.5, math.nan, (math.inf,)], "b": {"c": -math.inf}})
    assert json.loads(capsys.readouterr().out) == {"a": [1.5, None, [None]], "b": {"c": None}}
    frame = pd.DataFrame({"x": [1.0, math.nan], "y": ["a", None]})
    assert records(frame) == [{"x": 1.0, "y": "a"}, {"x": None, "y": None}]


def test_remarks_are_made_once_and_not_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    notes(["same", "same", *map(str, range(MOST_NOTES))], LOUD)
    lines = capsys.readouterr().err.splitlines()
    assert lines.count("same") == 1 and lines[-1] == "and 1 more: rnnforecast data check"


def test_a_failure_after_the_work_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    with warn_on_failure("the page could not be written"):
        raise DataError("no room", "free some")
    assert capsys.readouterr().err.startswith("warning: the page could not be written: no room")
    with pytest.raises(ZeroDivisionError), warn_on_failure("x"):
        raise ZeroDivisionError


def test_columns_of_a_table_are_aligned_and_no_cell_is_cut(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(["name", "value"], [["a", "1.5"], ["long name", "22.25"]], title="Title")
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == "Title" and len({len(line) for line in lines if line.strip()}) == 1
    assert lines[-1].split() == ["long", "name", "22.25"] and lines[-2].endswith("1.5")
