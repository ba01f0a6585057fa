"""The README promises nothing that is not there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from rnnforecast.cli.app import app

from .commands import check_line

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^    (rnnforecast .*)$", README, re.M)
INLINE = re.findall(r"`(rnnforecast [^`]+)`", README)
LISTED = [
    name.strip()
    for row in re.findall(r"^\| (`rnnforecast.*?) \|", README, re.M)
    for name in row.split(",")
]


@pytest.mark.parametrize("line", [*BLOCKS, *INLINE])
def test_every_command_of_the_readme_exists_with_its_options(line: str) -> None:
    check_line(shlex.split(line.replace("...", ""))[1:])


def test_the_three_commands_of_the_card_stand_in_the_readme_as_written() -> None:
    assert BLOCKS[:3] == [
        "rnnforecast fetch BTC-USD",
        "rnnforecast train --config lstm.yaml",
        "rnnforecast predict --plot",
    ]


def test_every_command_is_in_the_table_of_the_readme() -> None:
    def leaves(command: object, path: str) -> list[str]:
        inner = getattr(command, "commands", None)
        return (
            [leaf for name, one in inner.items() for leaf in leaves(one, f"{path} {name}")]
            if inner
            else [path]
        )

    told = {
        re.sub(r"^(rnnforecast )?(.*?)( SYMBOL.*)?$", r"\2", name.strip("`")) for name in LISTED
    }
    assert told == {leaf.strip() for leaf in leaves(get_command(app), "")}


def test_every_make_target_of_the_readme_exists() -> None:
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    named = re.findall(r"^    make (\w+)$", README, re.M)
    assert named == ["demo", "test"] and set(named) <= set(targets)


def test_every_file_that_the_readme_shows_is_there() -> None:
    shown = [path for path in re.findall(r"\]\(([^)]+)\)", README) if "://" not in path]
    assert shown and all((ROOT / path).is_file() for path in shown)


def test_the_readme_names_every_preset() -> None:
    presets = {path.stem for path in (ROOT / "configs").glob("*.yaml")}
    assert presets <= set(re.findall(r"`(\w+)`", README))
