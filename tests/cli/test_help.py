"""What --help says: an example that works, every option explained, within 80 columns."""

from __future__ import annotations

import inspect
import re
import shlex
import sys
from typing import Any

import pytest
from typer.main import get_command

from rnnforecast.cli.app import FLAGS, VALUES, app
from rnnforecast.cli.lazy import ABOUT, EVERYWHERE, PANELS
from rnnforecast.cli.main import hoist, main

from ..commands import leaves
from ..conftest import Command

COMMANDS = leaves()


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_gives_an_example_of_itself_with_options_that_it_has(words: str) -> None:
    paragraphs = inspect.cleandoc(COMMANDS[words].help).split("\n\n")
    (examples,) = [text for text in paragraphs if text.startswith("\b\nFor example:\n")]
    first, *_ = [line.strip() for line in examples.splitlines()[2:]]
    given = hoist(shlex.split(first)[1:])
    assert " ".join(given[given.index(words.split()[0]) :]).startswith(words)
    known = {option for one in COMMANDS[words].params for option in one.opts} | {*VALUES, *FLAGS}
    assert {word for word in given if word.startswith("-")} <= known


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_and_argument_is_explained(words: str) -> None:
    silent = [one.name for one in COMMANDS[words].params if not getattr(one, "help", "")]
    assert not silent


@pytest.mark.parametrize("words", ["", *COMMANDS])
def test_help_fits_80_columns_and_is_plain_in_a_pipe(words: str, here: Command) -> None:
    told = here(*words.split(), "--help", COLUMNS="80")
    assert (told.returncode, told.stderr) == (0, "")
    assert max(map(len, told.stdout.splitlines())) <= 80 and "\x1b" not in told.stdout


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("words", ["", "data", "data import", "evaluate"])
def test_no_word_of_help_is_cut_at_any_width(words: str, width: int, here: Command) -> None:
    shown = here(*words.split(), "--help", COLUMNS=str(width)).stdout
    long = [line for line in shown.splitlines() if len(line) > width]
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown
    assert all(line.startswith("  rnnforecast ") for line in long), long
    wanted = " ".join(option.help for option in _options(words) if not option.hidden)
    assert set(wanted.split()) <= set(shown.replace("│", " ").split())


def _options(words: str) -> list[Any]:
    command: Any = COMMANDS.get(words) or get_command(app)
    for word in words.split() if words not in COMMANDS else ():
        command = command.commands[word]
    return [option for option in command.params if getattr(option, "help", None)]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_paragraph_is_wrapped_by_the_terminal_and_not_by_the_source(words: str) -> None:
    paragraphs = COMMANDS[words].help.split("\n\n")
    assert not [text for text in paragraphs if "\n" in text and not text.startswith("\b")]


def test_every_command_has_its_panel(here: Command) -> None:
    assert list(get_command(app).commands) == list(ABOUT)  # type: ignore[attr-defined]
    told = here("--help").stdout
    assert all(panel in told for panel in PANELS) and "─ Commands ─" not in told
    listed = [line.split()[1] for line in told.splitlines() if re.match("│ [a-z]", line)]
    assert listed[:5] == ["demo", "fetch", "train", "predict", "evaluate"]


@pytest.mark.parametrize("name", ABOUT)
def test_the_line_of_a_command_is_the_first_paragraph_of_its_own_help(name: str) -> None:
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    assert ABOUT[name] == " ".join(inspect.cleandoc(command.help).split("\n\n")[0].split())


def test_every_command_names_the_options_that_all_have(here: Command) -> None:
    assert all(command.epilog == EVERYWHERE for command in COMMANDS.values())
    assert "Everywhere: --home --json" in here("train", "--help").stdout


def test_without_a_command_help_is_shown(
    here: Command, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rnnforecast"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert (stop.value.code, capfd.readouterr().err) == (2, "")
    assert here().stderr == "error: missing command; see: rnnforecast --help\n"
