"""Tests stand where what they test stands: how many modules are reached only through others."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE, TESTS = ROOT / "rnnforecast", ROOT / "tests"
LONG = 60
"""Lines from which on a module is expected to be tested by itself."""
REACHED_THROUGH_OTHERS = 28
"""Modules that long which no test in the mirrored folder imports. It may fall, and never rises:
give a new module a test of its own."""


def imported_by(path: Path) -> set[str]:
    """The names of all modules that a file imports from, and of what it imports from them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def reached_through_others() -> list[str]:
    """Return the long modules that no test of the mirrored folder imports or is named after."""
    lacking = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name.startswith("__") or len(path.read_text("utf-8").splitlines()) <= LONG:
            continue
        inner = path.relative_to(PACKAGE)
        folder = TESTS / inner.parent
        module = ".".join(("rnnforecast", *inner.with_suffix("").parts))
        if (folder / f"test_{inner.name}").exists():
            continue
        if not any(module in imported_by(test) for test in folder.glob("test_*.py")):
            lacking.append(str(inner))
    return lacking


def test_no_more_modules_than_before_are_tested_only_through_others() -> None:
    lacking = reached_through_others()
    assert len(lacking) <= REACHED_THROUGH_OTHERS, lacking


def test_the_count_sees_a_module_with_a_test_and_one_without(tmp_path: Path) -> None:
    assert "forecast/pool.py" not in reached_through_others()
    test = tmp_path / "test_x.py"
    test.write_text("from rnnforecast.forecast import pool\n")
    assert "rnnforecast.forecast.pool" in imported_by(test)
