"""An expected failure is one line with its own exit code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from rnnforecast import errors

PACKAGE = Path(errors.__file__).parent
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent.name not in ("forecast", "baselines")
]
"""What fails in ``forecast`` is a baseline that does not suit the prices: a note, not the end."""


def test_each_branch_of_the_tree_has_the_exit_code_of_the_design() -> None:
    codes = {kind.__name__: kind.exit_code for kind in errors.RnnForecastError.__subclasses__()}
    assert codes == {
        "UsageError": 2,
        "AuditError": 3,
        "PromiseError": 3,
        "DataError": 4,
        "NetworkError": 5,
        "RunError": 6,
        "PartialFailure": 7,
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_failure_names_a_remedy(path: Path) -> None:
    kinds = {
        "UsageError",
        "AuditError",
        "PromiseError",
        "DataError",
        "NetworkError",
        "RateLimitError",
        "RunError",
        "ExportError",
    }
    calls = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    bare = [
        ast.unparse(call)
        for call in calls
        if getattr(call.func, "id", "") in kinds
        and len(call.args) < 2
        and not any(isinstance(argument, ast.Starred) for argument in call.args)
    ]
    assert not [call for call in bare if call != "UsageError('')"]  # Typer has printed the help


def test_a_message_is_one_line_whatever_it_is_given() -> None:
    assert str(errors.DataError("two\nlines", "do\n this")) == "two lines; do this"


def test_a_failure_of_the_system_is_told_without_its_number() -> None:
    assert (
        errors.reason_of(PermissionError(13, "Permission denied", "x.csv"))
        == "Permission denied: x.csv"
    )
    assert errors.reason_of(OSError("odd")) == "odd"
    assert errors.reason_of(errors.RunError("no run", "train")) == str(
        errors.RunError("no run", "train")
    )


def test_a_quoted_path_of_windows_keeps_its_backslashes_and_control_codes_are_spelled_out() -> None:
    assert errors.quoted(r"C:\Users\me\lstm.yaml") == r"'C:\Users\me\lstm.yaml'"
    assert errors.quoted("a\nb\x1b") == r"'a\nb\x1b'"
