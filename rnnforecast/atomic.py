"""The one door to files: readers see the old content or the new, never a part.

No symbolic link is followed, no pipe is waited for, no device is replaced.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shlex
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from rnnforecast.errors import UsageError

_ASIDE = re.compile(r"\.[0-9a-f]{12}\.tmp\..+")
_LONGEST = 200
"""Bytes of a name that are kept in the name of its temporary file,
which file systems limit to 255."""
ABANDONED_AFTER = 3600.0
"""Seconds after which a temporary file has lost its writer: a killed process leaves it behind."""
_together: ContextVar[bool] = ContextVar("_together", default=False)
"""Whether files that are written now are synced later, all at once."""
LARGEST = 2**31
"""Bytes of the largest file that is read; a sparse one may claim to have any number of them."""


def write_atomic(path: Path, content: bytes) -> None:
    """Replace a file as a whole.

    A symbolic link is replaced, not followed. Permissions follow the umask.

    Args:
        path: of the file; its folder must exist.
        content: all of it.

    Raises:
        OSError: if it cannot be written; the old file stays as it was.
    """
    with replacing(path) as aside:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(aside, flags, 0o666), "wb") as file:
            file.write(content)


def check_new(path: Path, *, force: bool) -> None:
    """Refuse to write over a file that a user has, unless they say so.

    Raises:
        UsageError: if it is there already.
    """
    if path.exists() and not force and not _is_stream(path):
        raise UsageError(
            f"{path} exists", "overwrite it with --force, or name another file with --out"
        )


def check_suffix(path: Path | None, endings: Sequence[str]) -> None:
    """Refuse a file that is named as another kind than it would be; a name may have no ending.

    Raises:
        UsageError: naming the endings that fit.
    """
    if path is not None and path.suffix and path.suffix.lower() not in endings:
        hint = (
            "; for a PDF, show the page with --open and print it" if path.suffix == ".pdf" else ""
        )
        raise UsageError(
            f"{path} has the ending of another kind of file",
            f"end it in {' or '.join(endings)}{hint}",
        )


@contextmanager
def named_by_user(path: Path) -> Iterator[None]:
    """Report a file that cannot be written within the block as a mistake in its name.

    Raises:
        UsageError: with the reason.
    """
    try:
        yield
    except OSError as error:
        if not path.parent.exists():
            raise UsageError(
                f"cannot write {path}: there is no folder {path.parent}",
                f"make it first: mkdir -p {shlex.quote(str(path.parent))}",
            ) from None
        raise UsageError(
            f"cannot write {path} ({error.strerror})", "name another file with --out"
        ) from None


def write_output(path: Path, content: bytes) -> Path:
    """Replace a file that a user named, as a whole; a pipe or a device is written to.

    Raises:
        UsageError: if it cannot be written; the old file stays as it was.
    """
    with named_by_user(path):
        if _is_stream(path):  # such as /dev/stdout, or a process that the shell put there
            with path.open("ab") as file:
                file.write(content)
        else:
            write_atomic(path, content)
    return path


def _is_stream(path: Path) -> bool:
    """Return whether a path leads to a pipe, a device or an open file: nothing to be replaced."""
    if path.absolute().parent in (Path("/dev"), Path("/dev/fd"), Path("/proc/self/fd")):
        return path.exists()
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def read_regular(path: Path, largest: int = LARGEST) -> bytes:
    """Read a regular file; a symbolic link is not followed, a pipe is not waited for.

    Args:
        path: of the file.
        largest: bytes that it may have.

    Raises:
        OSError: if it is missing, a link, no file or larger.
    """
    with _opened(path, os.O_RDONLY, "rb") as file:
        if os.fstat(file.fileno()).st_size > largest:
            raise OSError(errno.EFBIG, f"it has more than {largest / 1e6:,.0f} MB", str(path))
        return file.read()


@contextmanager
def open_regular(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file to be read and changed in place; it is made if it is not there.

    A symbolic link is not followed: it may lie in a folder that somebody else has packed.

    Raises:
        OSError: if it is a link or no file, or cannot be written.
    """
    with _opened(path, os.O_RDWR | os.O_CREAT, "r+b") as file:
        yield file


def open_to_append(path: Path) -> IO[bytes]:
    """Open a regular file to add to its end, such as a log; it is made if it is not there.

    Raises:
        OSError: if it is a link or no file, or cannot be written.
    """
    return _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, "ab")


def _opened(path: Path, flags: int, mode: str) -> IO[bytes]:
    """Open a regular file that is no link.

    Raises:
        OSError: if it is something else, or cannot be opened.
    """
    for name in ("O_NOFOLLOW", "O_BINARY", "O_NONBLOCK", "O_CLOEXEC"):
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP and path.is_symlink():
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(handle, mode)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Let a library write a file that takes the place of another when it is whole.

    Args:
        path: of the file to replace; its folder must exist.

    Yields:
        a path in the same folder with the same ending, where nothing is yet. What is written
        there becomes ``path`` on leaving; after a failure it is removed.

    Raises:
        OSError: if it cannot be written, or is a pipe or a device; what was there stays.
    """
    if path.exists() and not (path.is_symlink() or path.is_file() or path.is_dir()):
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    aside = path.with_name(f".{secrets.token_hex(6)}.tmp.{_ending(path.name)}")
    try:
        yield aside
        if not _together.get():
            _sync(aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    if os.name == "posix" and not _together.get():
        _sync(path.parent)  # makes the rename survive a power cut


@contextmanager
def synced_together(many: bool = True) -> Iterator[None]:
    """Wait for the disk once, after the block, rather than for each file that is written in it.

    Until then a power cut may leave any of these files empty, so whatever makes them count, such
    as the manifest of a run, has to be written after the block.

    Args:
        many: whether there are so many files that this pays: it waits for what other programs have
            written, too.
    """
    if not many or not hasattr(os, "sync"):
        yield
        return
    token = _together.set(True)
    try:
        yield
    finally:
        _together.reset(token)
    os.sync()


def is_temporary(path: Path) -> bool:
    """Return whether a file is one that ``replacing`` has not yet moved to its place."""
    return _ASIDE.fullmatch(path.name) is not None


def sweep(folder: Path, older_than: float = ABANDONED_AFTER) -> list[Path]:
    """Remove the temporary files of writers that were killed.

    Args:
        folder: not searched below.
        older_than: seconds since they were written; 0 where a lock keeps other writers out.

    Returns:
        what was removed.
    """
    removed = []
    for path in sorted(folder.glob(".*.tmp.*")):
        if not is_temporary(path):
            continue
        try:
            if time.time() - path.lstat().st_mtime >= older_than:
                path.unlink()
                removed.append(path)
        except OSError:
            continue  # another process was faster, or the folder is read-only
    return removed


def _ending(name: str) -> str:
    """Return the end of a name, short enough to stand behind a prefix."""
    return os.fsdecode(os.fsencode(name)[-_LONGEST:])


def _sync(path: Path) -> None:
    """Wait until a file or a folder has reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
