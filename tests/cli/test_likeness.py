"""A mistyped name is answered by what it means, then by what it looks like, else by nothing."""

from __future__ import annotations

import pytest

from rnnforecast.cli.lazy import ABOUT
from rnnforecast.cli.likeness import COMMANDS, OPTIONS, meant_choice, meant_command, meant_option

KNOWN = ("--config", "--symbol", "--set", "--epochs", "--out", "--start")


@pytest.mark.parametrize(
    ("option", "answer"),
    [
        ("--model", "did you mean --config?"),  # by meaning, though no letter is alike
        ("--ticker", "did you mean --symbol?"),
        ("--sybmol", "did you mean --symbol?"),  # by spelling
        ("--epochs-", "did you mean --epochs?"),
        ("--units", "did you mean --set model.units=...?"),  # a setting
        ("--xyzzy", ""),
    ],
)
def test_an_unknown_option(option: str, answer: str) -> None:
    assert meant_option(option, KNOWN, "rnnforecast train") == answer


def test_a_setting_where_nothing_can_be_set_is_one_of_training() -> None:
    answer = meant_option("--units", ("--symbol",), "rnnforecast predict")
    assert answer == "model.units is set in training: rnnforecast train --set model.units=...;"


def test_an_option_of_another_program_is_not_named_where_ours_does_not_exist() -> None:
    answer = meant_option("--ticker", ("--out",), "rnnforecast runs")
    assert "--symbol" not in answer and "data.symbol" in answer


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Invalid value for '--format': 'htm' is not one of 'html', 'md', 'json'.",
         "did you mean html?"),
        ("'HTML' is not one of 'html', 'md'", "did you mean html?"),
        ("'pdf' is not one of 'html', 'md', 'json'", ""),
        ("something else", ""),
    ],
)  # fmt: skip
def test_an_unknown_choice(message: str, answer: str) -> None:
    assert meant_choice(message) == answer


@pytest.mark.parametrize(
    ("word", "path", "answer"),
    [
        ("forecast", "rnnforecast", "did you mean rnnforecast predict?"),
        ("Backtest", "rnnforecast", "did you mean rnnforecast evaluate?"),
        ("ls", "rnnforecast runs", "did you mean rnnforecast runs list?"),
        ("help", "rnnforecast", "did you mean rnnforecast --help?"),
        ("xyzzy", "rnnforecast", ""),
    ],
)
def test_an_unknown_command(word: str, path: str, answer: str) -> None:
    known = [*ABOUT, "list", "rm"]
    assert meant_command(f"No such command '{word}'.", path, known) == answer
    assert meant_command("Missing option", path, known) == ""


def test_a_command_that_its_group_does_not_have_is_not_suggested() -> None:
    assert meant_command("No such command 'delete'.", "rnnforecast config", ["list"]) == ""
    answer = meant_command("No such command 'delete'.", "rnnforecast data", ["list"])
    assert answer == "to remove a series, delete its folder: data/SYMBOL;"


def test_every_command_that_is_suggested_exists_and_no_alias_is_one_itself() -> None:
    for alias, command in COMMANDS.items():
        assert command.startswith("--") or command.split()[0] in ABOUT, (alias, command)
        assert alias not in ABOUT
    assert not set(OPTIONS) & set(OPTIONS.values())
