"""Whose feature files may run: those that this user trained with, and those that they have agreed
to.

A run may come from somebody else, and its feature files are Python programs. Each file's SHA-256 is
kept in the user's own state folder, outside any home, when ``train`` copies it into a run.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import platformdirs

from rnnforecast.atomic import write_atomic
from rnnforecast.errors import RunError, quoted
from rnnforecast.runs.layout import CUSTOM_FEATURES

TRUST_ALL = "RNNFORECAST_TRUST"
"""The environment variable that ``--trust`` sets, for the workers of a command too."""
_SUFFIX = ".py"

log = logging.getLogger(__name__)


def trusted_file() -> Path:
    """Return where the hashes of trusted feature files are kept."""
    return Path(platformdirs.user_state_dir("rnnforecast", appauthor=False)) / "trusted-features"


def trust(contents: Iterable[bytes]) -> None:
    """Remember that these feature files may run; what cannot be remembered is asked for later."""
    path, known = trusted_file(), trusted()
    new = [digest for digest in map(_digest, contents) if digest not in known]
    if not new:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(path, "".join(f"{digest}\n" for digest in sorted({*known, *new})).encode())
    except OSError as error:
        log.warning("cannot remember trusted feature files in %s (%s)", path, error.strerror)


def trusted() -> set[str]:
    """Return the hashes of the feature files that may run."""
    try:
        return set(trusted_file().read_text("ascii").split())
    except (OSError, UnicodeDecodeError):
        return set()


def check_name(file: str, run: str) -> None:
    """Refuse a feature file that lies outside the run's own folder for them.

    Raises:
        RunError: if it lies elsewhere.
    """
    path = PurePosixPath(file)
    if path.parts[:-1] != (CUSTOM_FEATURES,) or path.suffix != _SUFFIX or "\\" in file:
        raise RunError(
            f"run {run} names a feature file outside itself: {quoted(file)}",
            f"a run has its own copies in {CUSTOM_FEATURES}/; do not use this run",
        )


def check_trusted(content: bytes, file: str, run: str) -> None:
    """Refuse the feature file of a stranger.

    Raises:
        RunError: if this user has neither trained with it nor agreed to it.
    """
    if os.environ.get(TRUST_ALL) or _digest(content) in trusted():
        return
    raise RunError(
        f"{file} of run {run} is a Python program that this user has not trained with",
        f"read it, then add --trust to run it (SHA-256 {_digest(content)[:12]})",
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
