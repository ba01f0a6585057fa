"""What the package imports is what it declares."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    """The distributions that are installed with the package, extras left out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"]
    return {normalised(re.split(r"[ ;<>=!~\[]", line, maxsplit=1)[0]) for line in lines}


def imported() -> dict[str, Path]:
    """Every foreign top-level module that a file of the package imports, wherever in it."""
    modules: dict[str, Path] = {}
    for path in sorted((ROOT / "rnnforecast").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top != "rnnforecast":
                    modules.setdefault(top, path)
    return modules


def test_every_module_that_is_imported_is_installed_with_the_package() -> None:
    needed, modules = declared(), imported()
    providers = importlib.metadata.packages_distributions()
    assert {"numpy", "tensorflow"} <= set(modules)
    for module, path in modules.items():
        distributions = {normalised(name) for name in providers.get(module, [module])}
        assert distributions & needed, f"{path.relative_to(ROOT)} imports {module}"
