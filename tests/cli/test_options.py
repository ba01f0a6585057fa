"""Options that are settings in disguise, and lists of symbols from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.cli.context import Settings
from rnnforecast.cli.options import _in_brackets, check_words, instead, listed
from rnnforecast.config.loading import load
from rnnforecast.errors import UsageError


def test_symbols_of_a_file_are_added_each_once(tmp_path: Path) -> None:
    file = tmp_path / "symbols.txt"
    file.write_text("SPY, QQQ\n# a comment\nAAPL MSFT # two\n\nSPY\n")
    assert listed(["AAPL"], file) == ["AAPL", "SPY", "QQQ", "MSFT"]
    assert listed(None, None) == []


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00\xd8"])
def test_what_is_no_list_of_symbols_is_refused(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path
    if content is not None:
        file = tmp_path / "x"
        file.write_bytes(content)
    with pytest.raises(UsageError, match="name a text file"):
        listed(None, file)


def test_symbols_are_written_so_that_yaml_reads_them_back(tmp_path: Path) -> None:
    symbols, settings = ["^GSPC", "NO", "1e5"], Settings(tmp_path)
    assert instead(None, settings) == []
    assert load("gru", instead(symbols, settings)).data.symbol == ("^GSPC", "NO", "1e5")


@pytest.mark.parametrize(
    ("word", "remedy"),
    [
        ("LSTM", "LSTM is a preset, not a symbol; did you mean --config lstm?"),
        ("gru.yml", "did you mean --config gru?"),
        ("mine.yaml", "mine.yaml is a config, not a symbol; did you mean --config mine.yaml?"),
        (
            "my.csv",
            "my.csv is a file, not a symbol; to import it, run: rnnforecast data import my.csv",
        ),
        ("pool=[network]", "is a setting, not a symbol; did you mean --set pool=[network]?"),
        ("model.units=8", "did you mean --set model.units=8?"),
        ("1h", "did you mean --interval 1h, or --set data.interval=1h in training?"),
        ("true", "true is not a symbol; options such as --verbose take no value: leave it out"),
    ],
)
def test_an_option_without_its_name_is_not_taken_for_a_symbol(
    word: str, remedy: str, tmp_path: Path
) -> None:
    settings = Settings(tmp_path)
    check_words(None, settings)
    check_words(["BTC-USD", "^GSPC", "EURUSD=X"], settings)
    with pytest.raises(UsageError) as failure:
        check_words(["BTC-USD", word], settings)
    assert remedy in failure.value.sentence


def test_a_stored_symbol_may_be_called_as_a_preset_is(tmp_path: Path) -> None:
    (tmp_path / "data" / "CNN").mkdir(parents=True)
    check_words(["cnn"], Settings(tmp_path))


@pytest.mark.parametrize(
    ("value", "text"),
    [("auto", "auto"), ("rsi,log_return", "[rsi,log_return]"), ("[a,b]", "[a,b]")],
)
def test_several_features_become_a_list(value: str, text: str) -> None:
    assert _in_brackets(value) == text
