"""The shape of the house: imports run downward, and heavy libraries load only where they
are needed."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import rnnforecast
from rnnforecast.cli.lazy import ABOUT, FOUND_IN

PACKAGE = Path(rnnforecast.__file__).parent
LAYERS = [
    "errors", "atomic", "user_cache", "arrays", "linear_algebra", "process", "formatting",
    "quantities", "cluster", "workers", "parallel", "config",
    "data", "dataset", "model", "forecast", "evaluation", "audit", "report", "runs", "doctor",
    "pipeline", "tracking", "tuning", "library", "serve", "notify", "cli",
]  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer_of(module: str) -> int | None:
    """The height of a dotted module name in the house; None for the package itself."""
    parts = module.split(".")
    return LAYERS.index(parts[1]) if len(parts) > 1 and parts[1] in LAYERS else None


def imports_of(tree: ast.AST) -> set[str]:
    """Every module of ours that a syntax tree imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.startswith("rnnforecast")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_layer_or_from_below(path: Path) -> None:
    own = layer_of(".".join(["rnnforecast", *path.relative_to(PACKAGE).with_suffix("").parts]))
    if own is None:
        return
    above = {
        name for name in imports_of(ast.parse(path.read_text())) if (layer_of(name) or 0) > own
    }
    assert not above


def module_name(path: Path) -> str:
    """The dotted name of a module of ours."""
    parts = ("rnnforecast", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(tree: ast.AST, known: set[str]) -> set[str]:
    """The modules of ours that a syntax tree imports, anywhere in it, for type checkers too."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= full & known or {node.module}
    return names & known


def test_no_modules_import_one_another_in_a_circle() -> None:
    modules = {module_name(path): path for path in MODULES}
    del modules["rnnforecast"]  # the public face names all that others make
    known = set(modules)
    graph = {
        name: imported_modules(ast.parse(path.read_text("utf-8")), known) - {name}
        for name, path in modules.items()
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_a_circle_within_functions_is_seen() -> None:
    code = "def f():\n    from rnnforecast.data import store\n"
    assert imported_modules(ast.parse(code), {"rnnforecast.data.store"}) == {
        "rnnforecast.data.store"
    }
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def test_the_layer_rule_sees_an_upward_import() -> None:
    names = imports_of(ast.parse("def f():\n    from rnnforecast.cli import main\n"))
    assert max(layer_of(name) or 0 for name in names) > LAYERS.index("data")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_module_is_longer_than_350_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350


def loaded_by(*arguments: str, home: Path) -> set[str]:
    """The modules that a command loads, in a process of its own."""
    script = (
        "import sys; from rnnforecast.cli.main import main\n"
        f"sys.argv = {['rnnforecast', '--home', str(home), *arguments]!r}\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert stop.code in (0, None), "
        "stop.code\n"
        "print('LOADED', *sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split("LOADED")[-1].split())


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["train", "--help"], ["fetch", "--help"], ["config", "list"], ["runs", "list"]],
)
def test_help_and_lists_load_neither_tensorflow_nor_pandas_nor_matplotlib(
    arguments: list[str], tmp_path: Path
) -> None:
    assert not {"tensorflow", "keras", "pandas", "matplotlib", "sklearn", "scipy"} & loaded_by(
        *arguments, home=tmp_path
    )


@pytest.mark.parametrize(
    ("arguments", "modules"),
    [
        (["--help"], set()),
        (["--version"], set()),
        (["config", "list"], {"config"}),
        (["plot", "--help"], {"report"}),
    ],
)
def test_a_command_is_imported_when_it_is_called(
    arguments: list[str], modules: set[str], tmp_path: Path
) -> None:
    all_modules = {module for name in ABOUT for module in FOUND_IN.get(name, [name])}
    loaded = {
        name.removeprefix("rnnforecast.cli.") for name in loaded_by(*arguments, home=tmp_path)
    }
    assert loaded & all_modules == modules


def test_a_full_store_is_listed_without_pandas(trained: tuple[Path, object]) -> None:
    assert not {"pandas", "numpy", "tensorflow"} & loaded_by("data", "list", home=trained[0])


def test_predict_and_evaluate_never_load_tensorflow(
    trained: tuple[Path, object], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(trained[0], tmp_path / "home"))
    assert not {"tensorflow", "keras", "sklearn", "scipy.stats", "exchange_calendars"} & loaded_by(
        "predict", home=home
    )
    assert not {"tensorflow", "keras", "sklearn", "arch", "statsmodels"} & loaded_by(
        "predict", "--plot", home=home
    )
    assert not {"tensorflow", "keras"} & loaded_by("evaluate", home=home)


@pytest.mark.parametrize("name", ["yahoo", "sample"])
def test_what_a_source_is_can_be_asked_without_loading_its_library(name: str) -> None:
    code = (
        f"import sys; from rnnforecast.data.sources import source; source({name!r}).networked; "
        "print(*({'yfinance', 'arch'} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert printed.stdout.split() == []


NOT_AT_THE_TOP = 41
"""Imports outside ``cli`` that do not stand at the top of their module: within functions, within
any block, and for type checkers alone. Each has a heavy library, or one that not every system has.
The declarations of the public names, in the package's own ``__init__``, are not among them."""


def imports_not_at_the_top(tree: ast.AST, *, inner: bool = False) -> int:
    """How many import statements stand within a function, a class or any other block."""
    count = 0
    for node in ast.iter_child_nodes(tree):
        count += inner and isinstance(node, ast.Import | ast.ImportFrom)
        count += imports_not_at_the_top(node, inner=True)
    return count


def test_laziness_lives_in_the_command_line() -> None:
    counts = {
        str(path.relative_to(PACKAGE)): imports_not_at_the_top(ast.parse(path.read_text("utf-8")))
        for path in MODULES
        if path.relative_to(PACKAGE).parts[0] not in ("cli", "__init__.py")
    }
    lazy = {path: count for path, count in counts.items() if count}
    assert sum(lazy.values()) <= NOT_AT_THE_TOP, lazy


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("import a\nfrom b import c\n", 0),
        ("import a\ndef f():\n    def g():\n        import b\n", 1),
        ("if TYPE_CHECKING:\n    import a\n    from b import c\n", 2),
        ("try:\n    import a\nexcept ImportError:\n    import b\n", 2),
        ("with quiet():\n    import a\nclass C:\n    from b import c\n", 2),
    ],
)
def test_an_import_that_is_not_at_the_top_is_counted(code: str, count: int) -> None:
    assert imports_not_at_the_top(ast.parse(code)) == count


VAGUE = {"found", "one", "told", "every", "about", "said", "each", "what", "who"}
"""Names that say nothing of what they hold."""


def test_no_local_has_a_name_that_says_nothing_of_what_it_holds() -> None:
    vague = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            functions = ast.walk(node) if isinstance(node, ast.FunctionDef | ast.Lambda) else ()
            for inner in functions:
                stored = isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
                name = inner.id if stored else inner.arg if isinstance(inner, ast.arg) else ""
                if name in VAGUE:
                    vague.append(f"{path.relative_to(PACKAGE)}:{inner.lineno}: {name}")
    assert not vague


QUESTIONS = ("What ", "Whether ", "Which ", "How ", "Where ")
"""How a docstring begins that describes a value where it should say what to do."""


def questioning(code: str) -> list[str]:
    """Name the functions whose docstring begins like a question; properties may."""
    functions = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)]
    properties = ("property", "cached_property")
    return [
        node.name
        for node in functions
        if (ast.get_docstring(node) or "").startswith(QUESTIONS)
        and not any(ast.unparse(decorator) in properties for decorator in node.decorator_list)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_function_says_what_it_does(path: Path) -> None:
    assert not questioning(path.read_text("utf-8"))


def test_a_docstring_that_begins_like_a_question_is_seen() -> None:
    function = 'def f():\n    """How many."""\n'
    assert questioning(function) == ["f"]
    assert questioning("@property\n" + function) == []
