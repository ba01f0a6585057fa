"""The pages say what the program does: generated ones are current, links lead somewhere,
commands exist."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from typer.main import get_command

from rnnforecast.cli.app import app
from rnnforecast.config import Experiment, load
from rnnforecast.runs import layout

from ..commands import check_line
from ..test_layers import LAYERS
from .shell import DOCS, blocks, commands_of

ROOT = DOCS.parent
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script that writes the reference."""
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


def names(path: Path) -> str:
    return str(path.relative_to(DOCS))


def test_the_reference_is_current(generate: ModuleType) -> None:
    written = {path.name: path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md")}
    assert written == generate.pages(), "run: python docs/generate.py"


def test_the_table_of_speed_is_current(generate: ModuleType) -> None:
    assert (DOCS / "performance.md").read_text("utf-8") == generate.speed_page(), (
        "run: python docs/generate.py"
    )


def test_every_command_argument_and_option_has_words(generate: ModuleType) -> None:
    commands = generate.all_commands() | {"": app.registered_callback.callback}
    silent = [name for name, callback in commands.items() if not (callback.__doc__ or "").strip()]
    silent += [
        f"{name} {parameter.names[0]}"
        for name, callback in commands.items()
        for parameter in generate.parameters_of(callback)
        if not parameter.help.strip()
    ]
    assert not silent


def test_the_reference_has_every_command_and_option_that_the_program_takes(
    generate: ModuleType,
) -> None:
    def taken(command: object, path: str) -> dict[str, set[str]]:
        inner = getattr(command, "commands", None)
        if inner:
            return {
                key: value
                for name, one in inner.items()
                for key, value in taken(one, f"{path} {name}").items()
            }
        options = {
            option
            for parameter in command.params
            for option in parameter.opts
            if option.startswith("-") and not getattr(parameter, "hidden", False)
        }  # type: ignore[attr-defined]
        return {path.strip(): options}

    told = {
        name: {
            option
            for one in generate.parameters_of(callback)
            if not one.argument
            for option in one.names
        }
        for name, callback in generate.all_commands().items()
    }
    assert told == taken(get_command(app), "")


def test_every_setting_has_words_and_stands_in_the_reference() -> None:
    schema = Experiment.model_json_schema()
    sections = {
        "": schema["properties"],
        **{name: one["properties"] for name, one in schema["$defs"].items()},
    }
    silent = [
        f"{name} {key}"
        for name, keys in sections.items()
        for key, about in keys.items()
        if not about.get("description") and "$ref" not in about
    ]
    assert not silent
    assert not [name for name, section in schema["$defs"].items() if not section.get("description")]
    descriptions = [
        about.get("description", "") for keys in sections.values() for about in keys.values()
    ]
    assert not [text for text in descriptions if "\n" in text]
    page = (DOCS / "reference" / "config.md").read_text("utf-8")
    for section, value in Experiment():
        for key in getattr(type(value), "model_fields", {"": None}):
            assert f"| `{section}.{key}`".removesuffix(".`").rstrip("`") + "`" in page


def test_bounds_of_numbers_stand_in_the_schema() -> None:
    training = Experiment.model_json_schema()["$defs"]["Training"]["properties"]
    assert training["learning_rate"]["exclusiveMinimum"] == 0
    assert training["clipnorm"]["anyOf"][0]["exclusiveMinimum"] == 0
    assert training["epochs"]["minimum"] == 1


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_command_of_a_page_exists_with_its_options_and_settings(
    page: Path, tmp_path: Path
) -> None:
    text = page.read_text("utf-8")
    lines = re.findall(r"^ {4}rnnforecast (.*)$", text, re.M) + re.findall(
        r"`rnnforecast ([^`]+)`", text
    )
    found = [shlex.split(line.replace("...", "")) for line in lines]
    found += [command for block in blocks(page) for command in commands_of(block, tmp_path)]
    for command in found:
        check_line(command)
        settings = [command[at + 1] for at, word in enumerate(command) if word == "--set"]
        if settings:
            load(
                command[command.index("--config") + 1] if "--config" in command else "gru", settings
            )


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "README.md"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_link_within_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.is_file(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as Python-Markdown makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)
    return {
        re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())
        for heading in headings
    }


def test_no_page_waits_for_its_figures() -> None:
    assert not [
        f"{names(page)} {gap}"
        for page in PAGES
        for gap in re.findall(r"@\w+@|\bTODO\b", page.read_text("utf-8"))
    ]


def test_every_page_is_in_the_navigation() -> None:
    told = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert not [path for path in map(names, PAGES) if f": {path}" not in told]


def test_every_file_of_a_run_stands_in_the_layout() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    kept = [name for key, name in vars(layout).items() if key.isupper() and name[0] != "."]
    assert len(kept) > 20
    assert not [name for name in kept if not re.search(rf"\b{re.escape(name)}\b", page)]


def test_every_layer_stands_in_the_architecture_in_order() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    rows = [
        name
        for row in re.findall(r"^\| (`[^|]*) \|", page, re.M)
        for name in re.findall(r"`(\w+)`", row)
    ]
    assert [name for name in rows if name in LAYERS] == LAYERS


def test_pictures_of_the_pages_are_small() -> None:
    assert not [path.name for path in DOCS.rglob("*.png") if path.stat().st_size > 150_000]


def test_the_site_is_built_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: pip install '.[docs]'")
    pytest.importorskip(
        "material", reason="mkdocs-material is not installed: pip install '.[docs]'"
    )
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        capture_output=True, text=True, timeout=120, cwd=ROOT,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    for page in tmp_path.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//[^"]*"', text)
        assert not re.findall(
            r'<link[^>]*rel="(?:stylesheet|preconnect)"[^>]*href="(?:https?:)?//[^"]*"', text
        )
