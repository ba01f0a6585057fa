"""What the package imports is what it declares."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = {"cluster.py": "ray", "tracking.py": "mlflow", "tuning": "tune"}
"""Extras that are named after what they add."""


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(package: str) -> set[str]:
    """The distributions that a package below ours may import: an extra of its name adds its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = project["dependencies"] + project["optional-dependencies"].get(
        EXTRAS.get(package, package), []
    )
    return {normalised(re.split(r"[ ;<>=!~\[]", line, maxsplit=1)[0]) for line in lines}


def imported() -> set[tuple[str, str]]:
    """Every foreign top-level module that a file imports, wherever in it,
    and the file's package."""
    modules = set()
    for path in sorted((ROOT / "rnnforecast").rglob("*.py")):
        package = path.relative_to(ROOT / "rnnforecast").parts[0]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            tops = {name.partition(".")[0] for name in names} - {"rnnforecast"}
            modules |= {(top, package) for top in tops - sys.stdlib_module_names}
    return modules


def test_every_module_that_is_imported_is_declared() -> None:
    providers = importlib.metadata.packages_distributions()
    modules = imported()
    assert {"numpy", "tensorflow"} <= {module for module, _ in modules}
    for module, package in sorted(modules):
        distributions = {normalised(name) for name in providers.get(module, [module])}
        assert distributions & declared(package), f"{package} imports {module}"
