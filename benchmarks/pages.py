"""Measured tables in the pages of the docs."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from rnnforecast import __version__


def write_between(page: Path, begin: str, end: str, text: str) -> None:
    """Put a text between two marks of a page, in place of what stands there."""
    head, _, rest = page.read_text("utf-8").partition(begin)
    page.write_text(f"{head}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}", "utf-8")


def provenance() -> str:
    """Return the date, the version and the commit that a measurement is made with."""
    git = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    where = f", commit {commit}" if commit else ""
    return f"{datetime.now(UTC):%Y-%m-%d}, version {__version__}{where}"
