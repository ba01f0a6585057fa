"""Options that are settings in disguise, and lists of symbols from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.cli.context import Settings
from rnnforecast.cli.options import _in_brackets, instead, listed
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
    ("value", "text"),
    [("auto", "auto"), ("rsi,log_return", "[rsi,log_return]"), ("[a,b]", "[a,b]")],
)
def test_several_features_become_a_list(value: str, text: str) -> None:
    assert _in_brackets(value) == text
