"""A config is small, shallow and plain: what is not is refused before anything of it is built."""

from __future__ import annotations

import time
import tracemalloc
from pathlib import Path

import pytest

from rnnforecast.config import load
from rnnforecast.config.strict_yaml import read_sections, read_value
from rnnforecast.errors import UsageError

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(f'*{before}' for _ in range(9))}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
BOMBS = {
    "billion laughs": LAUGHS,
    "a list that holds itself": "a: &a [*a]",
    "a section that holds itself": "model: &a {units: *a}",
    "brackets": "[" * 20_000,
    "dashes": "- " * 5_000,
    "braces": "{a: " * 5_000,
    "ten megabytes": "model:\n  units: 3\n" + "# filler\n" * 1_200_000,
    "a tag": "training: {epochs: !!bool x}",
    "a date's tag": "data: {start: !!timestamp x}",
    "an empty number": "training: {epochs: !!int ''}",
    "a binary key": "!!binary aGVsbG8=: 1",
    "an object": "model: !!python/object/apply:os.system [echo]",
    "a number of 5,000 digits": f"training: {{epochs: {'9' * 5000}}}",
    "a hexadecimal number": f"training: {{epochs: 0x{'f' * 5000}}}",
    "a merge": "model: {<<: {units: 3}}",
    "a list as a key": "? [a, b]\n: 3",
    "a long key": f"{'k' * 5000}: 3",
    "a symbol of 100,000 characters": f"data: {{symbol: {'X' * 100_000}}}",
    "100,000 symbols": f"data: {{symbol: [{', '.join(f'S{n}' for n in range(100_000))}]}}",
    "a lone surrogate": 'data: {symbol: "\\ud800"}',
    "a control code": 'data: {symbo: "\\e[2J"}',
    "two documents": "model: {units: 3}\n---\nmodel: {units: 4}",
    "a tab": "model:\n\tunits: 3",
    "a null character": "model: \0",
    "infinite": "training: {learning_rate: .inf}",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_one_short_line_at_once_and_in_little_memory(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    begun = time.process_time()
    tracemalloc.start()
    with pytest.raises(UsageError) as caught:
        load(str(path))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.process_time() - begun < 10 and most < 300e6
    for failure in (caught.value, *caught.value.others):
        assert len(failure.sentence) < 700 and failure.sentence.isprintable()


def test_what_is_refused_names_its_line() -> None:
    for text in ("model:\n  units: *a\n", "model:\n  units: &a 3\n", "model:\n  units: !!int 3\n"):
        with pytest.raises(UsageError, match=r"^mine\.yaml line 2: a config has no "):
            read_sections(text, "mine.yaml")


@pytest.mark.parametrize("text", ["model:\n\tunits: 3\n", "model:\n  units: 3\n\thead: point\n"])
def test_a_tab_is_called_a_tab(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"mine\.yaml line \d: a tab; YAML is indented with spaces"
    ):
        read_sections(text, "mine.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("-3", -3), ("+3", 3), ("0", 0), ("1.5", 1.5), ("-.5", -0.5), ("1.e-3", 0.001),
        ("true", True), ("~", None), ("null", None), ("", None), ("abc", "abc"), ("007", "007"),
        ("1:2:3", "1:2:3"), ("1_000", "1_000"), ("2020-01-02", "2020-01-02"), ("[1, a]", [1, "a"]),
        ("'3'", "3"), ("BRK-B", "BRK-B"), ("=", "="), ("^GSPC", "^GSPC"), ("EURUSD=X", "EURUSD=X"),
    ],
)  # fmt: skip
def test_a_plain_value_is_what_it_looks_like(text: str, value: object) -> None:
    found = read_value(text, "here")
    assert found == value and type(found) is type(value)


def test_a_fifo_is_no_config(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(UsageError, match="no file and no preset"):
        load(str(tmp_path / "pipe.yaml"))


def test_a_name_that_is_too_long_for_a_file_is_a_line() -> None:
    with pytest.raises(UsageError, match="File name too long"):
        load("x" * 5000)
