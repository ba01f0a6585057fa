"""Benchmarks are not run by the tests, so what they import from the package is looked up here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SCRIPTS = sorted((REPOSITORY / "benchmarks").rglob("*.py"))


@cache
def names_of(module: str) -> frozenset[str]:
    """What a module of the package defines or imports at its top, its submodules included."""
    path = REPOSITORY.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    beside = {other.stem for other in path.glob("*")} if path.is_dir() else set()
    return frozenset(beside | set(defined(ast.parse(file.read_text("utf-8")))))


def defined(tree: ast.Module) -> Iterator[str]:
    """Every name that is bound outside functions and classes."""
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
            continue
        if isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        pending += ast.iter_child_nodes(node)


def imported(script: Path) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a script imports from the package."""
    for node in ast.walk(ast.parse(script.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rnnforecast"):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script.name))
def test_what_a_benchmark_imports_from_the_package_is_there(script: Path) -> None:
    missing = [(module, name) for module, name in imported(script) if name not in names_of(module)]
    assert not missing


def test_a_name_that_has_moved_is_noticed() -> None:
    assert "stored" in names_of("rnnforecast.pipeline.plan")
    assert "stored" not in names_of("rnnforecast.pipeline.predict")
