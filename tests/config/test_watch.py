"""A watch list says who is followed, and every mistake in it is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.config.watch import Watched, load_watch_list
from rnnforecast.errors import UsageError


def written(folder: Path, text: str) -> Path:
    path = folder / "watch.yaml"
    path.write_text(text)
    return path


def test_names_and_entries_with_settings_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("model: {units: 8}\n")
    path = written(
        tmp_path,
        "config: lstm\nrefit_every: 5\nsymbols:\n"
        "  - BTC-USD\n"
        "  - {symbol: ^GSPC, config: own.yaml, refit_every: 60, set: [training.ensemble=3]}\n",
    )
    bitcoin, index = load_watch_list(path)
    assert bitcoin == Watched(("BTC-USD",), "lstm", 5, ('data.symbol=["BTC-USD"]',))
    assert index.config == str(tmp_path / "own.yaml") and index.refit_every == 60
    assert index.overrides == ("training.ensemble=3", 'data.symbol=["^GSPC"]')
    assert (bitcoin.label, index.label) == ("BTC-USD_lstm", "GSPC_own")


def test_a_missing_list_says_what_one_looks_like(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"there is no file .*; write one .* 'symbols: \[BTC-USD\]'"
    ):
        load_watch_list(tmp_path / "watch.yaml")


def test_several_symbols_of_one_entry_share_their_networks(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "config: panel\nsymbols:\n"
        "  - symbol: [^A, B, C]\n"
        "  - {symbol: [D, E], name: two, warm: true}\n",
    )
    three, two = load_watch_list(path)
    assert three.symbols == ("^A", "B", "C") and two.warm
    assert three.overrides == ('data.symbol=["^A", "B", "C"]',)
    assert (three.title, three.label) == ("^A and 2 more", "A-and-2-more_panel")
    assert (two.title, two.label) == ("two", "two_panel")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("symbols: []\n", "symbols"),
        ("config: gru\n", "symbols is missing"),
        ("symbols: BTC-USD\n", "watch.yaml line 1"),
        ("symbols: [A, a]\n", "A stands twice"),
        ("symbols: [A, {symbol: [B, a]}]\n", "A stands twice"),
        ("symbols: [{symbol: []}]\n", "symbol"),
        ("symbols: [{symbol: A, name: a/b}]\n", "name"),
        ("symbols: [A]\nrefit: 3\n", "line 2: unknown key 'refit'"),
        ("symbols: [A]\nrefit_every: 0\n", "line 2"),
        ("symbols:\n  - {symbol: A, every: 3}\n", "unknown key"),
        ("symbols: [on]\n", "symbols"),
        ("a: [", "not YAML"),
        ("symbols: &a [*a]\n", "watch.yaml"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_watch_list(written(tmp_path, text))
    assert problem in str(raised.value) and "\n" not in str(raised.value)
