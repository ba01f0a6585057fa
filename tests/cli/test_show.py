"""Files are named as links where the terminal knows links, and plainly everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.cli import show
from rnnforecast.cli.show import knows_links, say_file


@pytest.mark.parametrize(
    ("environment", "known"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb", "WT_SESSION": "1"}, False),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux"}, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({}, False),
    ],
)
def test_terminals_are_known_by_what_they_say(environment: dict[str, str], known: bool) -> None:
    assert knows_links(environment) == known


@pytest.mark.parametrize("terminal", [True, False])
def test_a_link_is_written_on_a_terminal_only(
    terminal: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("FORCE_HYPERLINK", "1")
    monkeypatch.setattr(show, "on_terminal", lambda stream: terminal)
    path = tmp_path / "a page.html"
    say_file("report", path)
    link = f"report: \x1b]8;;{path.as_uri()}\x1b\\{path}\x1b]8;;\x1b\\\n"
    assert capsys.readouterr().out == (link if terminal else f"report: {path}\n")
