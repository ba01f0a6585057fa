"""Files that a command has written: named so that a terminal can open them, and opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from rnnforecast.cli.console import note, on_terminal, say
from rnnforecast.cli.context import Settings
from rnnforecast.errors import printable

PROGRAMS = {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio"}
"""Values of TERM_PROGRAM whose terminals know links (OSC 8)."""
TERMS = ("xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm", "contour")
"""Beginnings of TERM, likewise."""
SIGNS = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM")
"""Variables that only such terminals set."""
VTE = 5_000
"""The first VTE (GNOME Terminal, Tilix, ...) that knows links."""


def say_file(kind: str, path: Path) -> None:
    """Print where a file is, as a link where the terminal knows links."""
    if knows_links(dict(os.environ)) and on_terminal(sys.stdout):
        name = printable(str(path))
        target = path.resolve().as_uri()
        print(f"{kind}: \x1b]8;;{target}\x1b\\{name}\x1b]8;;\x1b\\", file=sys.stdout)
    else:
        say(f"{kind}: {path}")


def knows_links(environment: dict[str, str]) -> bool:
    """Return whether the terminal that an environment describes shows links.

    Args:
        environment: FORCE_HYPERLINK=1 or 0 decides; else the terminal's own variables do.
    """
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    if "TMUX" in environment or environment.get("TERM") in (None, "dumb"):
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM_PROGRAM") in PROGRAMS
        or environment["TERM"].startswith(TERMS)
        or any(sign in environment for sign in SIGNS)
        or (vte.isdigit() and int(vte) >= VTE)
    )


def open_file(path: Path, settings: Settings) -> None:
    """Show a page or a picture in the browser, or say that there is none."""
    import webbrowser

    if not webbrowser.open(path.resolve().as_uri()):
        note(f"no browser found; open {path} yourself", settings)
