"""The commands that a page shows, as a shell would give them to the program."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
RECORD = """
rnnforecast() { { printf '%s\\n' "$@"; printf '\\036'; } >&3; }
pip() { :; }; make() { :; }; python() { :; }
"""
"""Loops and variables are the shell's own; the program only notes its arguments,
and nothing is installed or built."""


def blocks(page: Path) -> list[str]:
    """The shell blocks of a page, in order."""
    return BLOCK.findall(page.read_text("utf-8"))


def commands_of(block: str, folder: Path) -> list[list[str]]:
    """The arguments of every ``rnnforecast`` in a block.

    Args:
        block: of shell.
        folder: where it is run; files that it writes lie there.
    """
    noted = folder / ".commands"
    script = f"set -eu; exec 3>{noted}\n{RECORD}\n{block}"
    result = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=30
    )
    assert result.returncode == 0, f"{result.stderr}\nin\n{block}"
    return [command.splitlines() for command in noted.read_text("utf-8").split("\036")[:-1]]
