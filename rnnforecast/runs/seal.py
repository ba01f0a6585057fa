"""What a folder of a run consists of: ``files.json`` holds each file's SHA-256, and is written
last.

A file that is not what was written is found when it is opened. Changes are whole or are not: new
files are written aside, then ``files.json`` names them with their hashes and the places where they
lie, which is the one step that makes them current, then they move to their own names. Readers know
both places, and the next writer finishes what a killed one has left.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import filelock

from rnnforecast.atomic import read_regular, sweep, write_atomic
from rnnforecast.errors import RunError
from rnnforecast.runs.layout import FILES, FOLDS, LOCK, PARTS, TENSORBOARD, TRACK

FORMAT = 1
"""The version of ``files.json`` that is written; newer ones are refused."""
WRITING = ".write.lock"
PATIENCE_S = 60
"""How long a writer waits for another one."""
RESTORE = "restore it from a copy, or train again"
CACHED = 20_000
"""Folders whose ``files.json`` is kept in memory."""

Changes = Mapping[str, bytes | None]
"""New content by name; None removes a file."""


@dataclass(frozen=True)
class Seal:
    """The files of a folder.

    Args:
        files: name to SHA-256.
        pending: name to the file beside it that is to take its place.
        removed: names that are to be removed.
    """

    files: Mapping[str, str]
    pending: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()


_cache: dict[Path, tuple[tuple[int, int, int], Seal]] = {}


def read_seal(folder: Path) -> Seal | None:
    """Return what a folder consists of; None if it was never sealed.

    Raises:
        RunError: if ``files.json`` is damaged, or of a newer version.
    """
    path = folder / FILES
    try:
        stat = path.lstat()
        key = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if folder in _cache and _cache[folder][0] == key:
            return _cache[folder][1]
        seal = _parse(read_regular(path), path)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise RunError(f"{path} cannot be read ({error.strerror})", "make it readable") from None
    except OSError as error:
        raise RunError(f"{path} is damaged ({error.strerror})", RESTORE) from None
    if len(_cache) >= CACHED:
        _cache.clear()
    _cache[folder] = (key, seal)
    return seal


def _parse(content: bytes, path: Path) -> Seal:
    damaged = RunError(f"{path} is damaged", RESTORE)
    try:
        values = json.loads(content)
        if values["format"] > FORMAT:
            raise RunError(
                f"{path} has format {values['format']}, newer than {FORMAT}",
                "update: pip install -U rnnforecast",
            )
        body = {name: values[name] for name in ("files", "pending", "removed")}
        whole = _digest(_text(body)) == values["sha256"]
        seal = Seal(dict(body["files"]), dict(body["pending"]), tuple(body["removed"]))
        names = [*seal.files, *seal.pending, *seal.pending.values(), *seal.removed]
        whole = whole and all(map(is_inside, names))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise damaged from None
    if not whole:
        raise damaged
    return seal


def seal_of(files: Mapping[str, bytes]) -> bytes:
    """Return the content of a ``files.json`` that names these files, by their contents."""
    return _content(Seal({name: _digest(content) for name, content in files.items()}))


def _write_seal(folder: Path, seal: Seal) -> None:
    write_atomic(folder / FILES, _content(seal))
    _cache.pop(folder, None)


def _content(seal: Seal) -> bytes:
    body = {
        "files": dict(sorted(seal.files.items())),
        "pending": dict(seal.pending),
        "removed": list(seal.removed),
    }
    document = {"format": FORMAT, "sha256": _digest(_text(body)), **body}
    return json.dumps(document, indent=1).encode()


def _text(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def is_inside(name: str) -> bool:
    """Return whether a name can be that of a file, and stays within its folder.

    Raises:
        TypeError: if it is no text.
        ValueError: if no file system can have it.
    """
    os.fsencode(name)
    path = PurePosixPath(name)
    leads_out = path.is_absolute() or ".." in path.parts
    return bool(path.parts) and not leads_out and "\0" not in name


def read_sealed(folder: Path, name: str) -> bytes | None:
    """Read a file of a sealed folder; None if it is not what was written.

    Raises:
        KeyError: if it is not among the folder's files.
        OSError: if it is missing or cannot be read.
    """
    missing: FileNotFoundError | None = None
    for _ in range(5):  # another process may be replacing it
        missing = None
        seal = read_seal(folder)
        assert seal is not None
        places = [inside(folder, name)]
        if name in seal.pending:
            places.insert(0, inside(folder, seal.pending[name]))
        for place in places:
            try:
                content = read_regular(place)
            except FileNotFoundError as error:
                missing = error
                continue
            missing = None
            if _digest(content) == seal.files[name]:
                return content
        if read_seal(folder) == seal:
            break
    if missing is not None:
        raise missing
    return None


def seal_folder(folder: Path) -> None:
    """Record every file of a folder that is complete, but those of the parts and folds within."""
    names = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if _belongs(path))
    files = {
        name.as_posix(): _digest(read_regular(folder / name))
        for name in names
        if name.parts[0] not in (PARTS, FOLDS, TENSORBOARD, FILES, TRACK)
        and not any(part.startswith(".") for part in name.parts)
    }
    _write_seal(folder, Seal(files))


def _belongs(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.name != LOCK


def commit(folder: Path, changes: Changes) -> None:
    """Change files of a folder, all of them or none.

    Args:
        folder: sealed, or never sealed: then each file by itself is whole or is not.
        changes: new content by name; None removes a file.

    Raises:
        OSError: if it cannot be written; nothing has changed then.
        RunError: if another process does not stop writing, or a folder within is a link.
    """
    if read_seal(folder) is None:
        _write_each(folder, changes)
        return
    with _writer(folder):
        finish(folder)
        seal = read_seal(folder)
        assert seal is not None
        pending: dict[str, str] = {}
        try:
            for parent in {_parent(folder, name) for name in changes if changes[name] is not None}:
                sweep(parent, older_than=0)  # the lock is ours: nobody else is writing here
            for name, content in changes.items():
                if content is not None:
                    pending[name] = _write_aside(folder, name, content)
            removed = tuple(name for name, content in changes.items() if content is None)
            files = {name: old for name, old in seal.files.items() if name not in removed}
            files |= {name: _digest(changes[name] or b"") for name in pending}
            _write_seal(folder, Seal(files, pending, removed))
        except BaseException:
            if read_seal(folder) == seal:  # not committed
                for aside in pending.values():
                    (folder / aside).unlink(missing_ok=True)
            raise
        finish(folder)


def finish(folder: Path) -> None:
    """Move the files of a committed change to their places."""
    seal = read_seal(folder)
    if seal is None or not (seal.pending or seal.removed):
        return
    for name, aside in seal.pending.items():
        source, target = inside(folder, aside), inside(folder, name)
        if source.exists():
            source.replace(target)
    for name in seal.removed:
        inside(folder, name).unlink(missing_ok=True)
    _write_seal(folder, Seal(seal.files))


def _write_aside(folder: Path, name: str, content: bytes) -> str:
    """Write new content beside the file that it will replace; returns its name."""
    path = PurePosixPath(name)
    aside = path.with_name(f".{secrets.token_hex(6)}.tmp.{path.name}")
    _parent(folder, name)
    write_atomic(folder / aside, content)
    return aside.as_posix()


def _write_each(folder: Path, changes: Changes) -> None:
    for name, content in changes.items():
        if content is None:
            inside(folder, name).unlink(missing_ok=True)
        else:
            write_atomic(_parent(folder, name) / PurePosixPath(name).name, content)


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file in a folder that somebody else may have packed.

    Raises:
        RunError: if a folder on the way to it is a link, which may lead anywhere.
    """
    path = folder
    for part in PurePosixPath(name).parts[:-1]:
        path = path / part
        if path.is_symlink():
            raise RunError(f"{path} is a symbolic link", "replace it with a folder")
    return folder / name


def _parent(folder: Path, name: str) -> Path:
    """Return the folder of a file, made where it is missing; a link is refused."""
    parent = inside(folder, name).parent
    parent.mkdir(parents=True, exist_ok=True)
    return parent


@contextmanager
def _writer(folder: Path) -> Iterator[None]:
    """Hold the right to change a folder."""
    lock = filelock.FileLock(folder / WRITING, timeout=PATIENCE_S)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RunError(
            f"{folder} is being written by another process", "try again when it is done"
        ) from None
    try:
        yield
    finally:
        lock.release()
