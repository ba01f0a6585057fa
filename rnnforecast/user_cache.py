"""What is costly to compute and cheap to keep, in the user's cache folder for the next process.

The folder is ``rnnforecast`` in the cache folder of the user, or the one that ``RNNFORECAST_CACHE``
names. It may be deleted at any time; ``RNNFORECAST_CACHE=off`` keeps nothing.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs

from rnnforecast.atomic import read_regular, write_atomic

VARIABLE, OFF = "RNNFORECAST_CACHE", "off"
_LARGEST = 2**26
"""Bytes of the largest file that is read back."""


def cache_folder(kind: str) -> Path | None:
    """Return the folder for one kind of things, which need not exist; None if nothing is kept.

    Args:
        kind: name of the folder, such as ``xla``.
    """
    named = os.environ.get(VARIABLE, "")
    if named.lower() == OFF:
        return None
    if not named:
        return platformdirs.user_cache_path("rnnforecast", appauthor=False) / kind
    # no shell expands the ~ of a service's file; without a home it stays, where Path's would fail
    return Path(os.path.expanduser(named)) / kind  # noqa: PTH111


def read_kept(path: Path) -> bytes | None:
    """Return what ``keep`` wrote; None if it is not there, or not whole."""
    try:
        content = read_regular(path, _LARGEST)
    except OSError:
        return None
    digest, kept = content[:32], content[32:]
    return kept if hashlib.sha256(kept).digest() == digest else None


def keep(path: Path, content: bytes, most: int) -> None:
    """Write what can be computed again, and remove the oldest; a failure costs no result.

    Args:
        path: of the file; its folder is made.
        content: what ``read_kept`` will return.
        most: files that stay in the folder, the newest.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(path, hashlib.sha256(content).digest() + content)
        for old in newest_first(path.parent, "[!.]*")[most:]:
            old.unlink(missing_ok=True)
    except OSError:
        pass  # it is computed again


def newest_first(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder whose names match, the newest first.

    Raises:
        OSError: if one vanishes meanwhile.
    """
    return sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
