"""A mistyped name is answered by what it means, then by what it looks like, else by nothing."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from rnnforecast.cli import likeness, options, train
from rnnforecast.cli.lazy import ABOUT
from rnnforecast.cli.likeness import (
    COMMANDS,
    OPTIONS,
    meant_choice,
    meant_command,
    meant_option,
    meant_words,
)

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
    assert answer == "model.units is set in training: rnnforecast train --units ...;"
    answer = meant_option("--dropout", ("--symbol",), "rnnforecast predict")
    assert answer == "model.dropout is set in training: rnnforecast train --set model.dropout=...;"


def test_the_shortcuts_of_train_are_those_that_are_suggested() -> None:
    get_type_hints(train.train, include_extras=True)  # options are made when they are read
    assert set(likeness.SHORTCUTS) == set(options.SHORTCUTS.values())


def test_an_option_that_exists_and_lacks_its_value_means_itself() -> None:
    assert meant_option("--config", KNOWN, "rnnforecast train") == ""


@pytest.mark.parametrize(
    ("option", "path", "answer"),
    [
        ("--rmse", "rnnforecast evaluate", "did you mean --full?"),
        ("--csv", "rnnforecast predict", "did you mean --out forecast.csv?"),
        ("--gpu", "rnnforecast train", "did you mean --device gpu?"),
        ("--limit", "rnnforecast runs list", "did you mean --last?"),
    ],
)
def test_an_option_may_mean_something_of_its_own_command(
    option: str, path: str, answer: str
) -> None:
    known = ("--full", "--out", "--device", "--last")
    assert meant_option(option, known, path) == answer


def test_what_a_command_takes_as_a_word_is_not_looked_for_among_options() -> None:
    answer = meant_option("--symbol", ("--start",), "rnnforecast fetch", ["SYMBOL..."])
    assert answer == "name it without an option: rnnforecast fetch SYMBOL;"
    answer = meant_option("--run", ("--out",), "rnnforecast predict", ["RUN"])
    assert answer == "name it without an option: rnnforecast predict RUN;"


@pytest.mark.parametrize(
    ("word", "known", "words", "answer"),
    [
        ("true", ("--plot",), ["RUN"], "options such as --verbose take no value;"),
        ("my.yaml", ("--watch",), [], "did you mean --watch my.yaml?"),
        ("gru", ("--plot",), ["RUN"], "it takes one run, such as BTC-USD_gru;"),
        ("AAPL", ("--symbol",), [], "did you mean --symbol AAPL?"),
        ("AAPL", ("--watch",), [],
         "list symbols in a file, watch.yaml: symbols: [AAPL];"),
        ("AAPL", ("--out",), [], ""),
    ],
)  # fmt: skip
def test_a_word_too_many(word: str, known: tuple[str, ...], words: list[str], answer: str) -> None:
    message = f"Got unexpected extra argument(s) ({word})"
    assert meant_words(message, "rnnforecast x", known, words) == answer
    assert meant_words("Missing option", "rnnforecast x", known, words) == ""


def test_an_option_of_another_program_is_not_named_where_ours_does_not_exist() -> None:
    answer = meant_option("--ticker", ("--out",), "rnnforecast runs")
    assert "--symbol" not in answer and "data.symbol" in answer


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Invalid value for '--format': 'htm' is not one of 'html', 'md', 'json'.",
         "did you mean html?"),
        ("'HTML' is not one of 'html', 'md'", "did you mean html?"),
        ("'rolling' is not one of 'expanding', 'sliding'", "did you mean sliding?"),
        ("'pdf' is not one of 'html', 'md', 'json'",
         "show the page with --open, and print it to a PDF;"),
        ("'xyzzy' is not one of 'html', 'md', 'json'", ""),
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
        ("predictt", "rnnforecast", "did you mean rnnforecast predict?"),
        ("plot-loss", "rnnforecast", "did you mean rnnforecast plot?"),
        ("my.yaml", "rnnforecast", "did you mean rnnforecast train --config my.yaml?"),
        ("BTC-USD", "rnnforecast", "did you mean rnnforecast train BTC-USD?"),
        ("xyzzy", "rnnforecast", ""),
        ("export", "rnnforecast runs", "did you mean rnnforecast export?"),
        ("fetch", "rnnforecast data", "did you mean rnnforecast fetch?"),
    ],
)
def test_an_unknown_command(word: str, path: str, answer: str) -> None:
    known = list(ABOUT) if path == "rnnforecast" else ["list", "rm"]
    assert meant_command(f"No such command '{word}'.", path, known) == answer
    assert meant_command("Missing option", path, known) == ""


def test_a_command_that_its_group_does_not_have_is_not_suggested() -> None:
    known = ["list", "new"]
    assert meant_command("No such command 'delete'.", "rnnforecast config", known) == ""
    only = meant_command("No such command 'BTC'.", "rnnforecast explain", ["gradients"])
    assert only == "did you mean rnnforecast explain gradients?"
    answer = meant_command("No such command 'delete'.", "rnnforecast data", ["list"])
    assert answer == "to remove a series, delete its folder: data/SYMBOL;"


def test_every_command_that_is_suggested_exists_and_no_alias_is_one_itself() -> None:
    for alias, command in COMMANDS.items():
        assert command.startswith("--") or command.split()[0] in ABOUT, (alias, command)
        assert alias not in ABOUT
    assert not set(OPTIONS) & set(OPTIONS.values()) - {"--config"}  # daily's, and train's
