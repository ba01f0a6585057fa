"""Runs that are being made: written aside, locked, and moved to their place when they are whole."""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import filelock

from rnnforecast.atomic import sweep, synced_together
from rnnforecast.errors import ExportError, RnnForecastError, RunError, UsageError
from rnnforecast.runs.layout import (
    CHECKPOINT,
    FIGURES,
    LOCK,
    MANIFEST,
    MEMBERS,
    PARTIAL,
    REMOVED,
)
from rnnforecast.runs.run import Fold, Part, Run, fold_of
from rnnforecast.runs.seal import seal_folder

EVALUATING = ".evaluate.lock"
YOUNG_S = 60
"""Seconds in which a folder may still be somebody's beginning."""
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-=&_]{0,80}")


@contextmanager
def create_fold(part: Part, name: str) -> Iterator[Fold]:
    """Make the folder of one fold's networks, which appears whole or not at all."""
    final = fold_of(part, name).path
    aside = final.with_name(f".{name}-{secrets.token_hex(4)}{PARTIAL}")
    (aside / MEMBERS).mkdir(parents=True)
    try:
        yield Fold(aside, part)
        seal_folder(aside)
        try:
            aside.rename(final)
        except OSError:
            if not final.exists():  # else another process has fitted the same fold
                raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def create(root: Path, label: str) -> Iterator[Run]:
    """Make a run that appears whole or not at all.

    Args:
        root: folder of the runs.
        label: end of its name, after the time in UTC: local time goes back an hour in autumn, and
            by several on a journey, and the newest run would not be the last by name.

    Yields:
        the run while it is written, aside; on leaving it moves to its place.

    Raises:
        UsageError: if the label cannot be a part of a file name.
        RunError: if the folder cannot be written.
    """
    if not _LABEL.fullmatch(label):
        raise UsageError(f"{label!r} cannot end a run's name", "use letters, digits and . - = & _")
    final = _free(root, f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}_{label}")
    aside = root / f".{final.name}{PARTIAL}"
    try:
        (aside / MEMBERS).mkdir(parents=True)
    except OSError as error:
        raise RunError(
            f"cannot write {root} ({error.strerror})", "free some space, or use another --home"
        ) from None
    with _completed(aside, final) as run:
        yield run


@contextmanager
def create_at(path: Path) -> Iterator[Run]:
    """Make a run in a folder of a given name; it appears whole or not at all.

    Raises:
        UsageError: if something is there already.
        RunError: if the folder cannot be written.
    """
    if path.exists():
        raise UsageError(f"{path} exists already", "name another folder, or remove it")
    aside = path.with_name(f".{path.name}{PARTIAL}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        (aside / MEMBERS).mkdir(parents=True)
    except OSError as error:
        raise RunError(f"cannot write {path} ({error.strerror})", "name another folder") from None
    try:
        yield Run(aside)
        aside.rename(path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def reopen(root: Path, name: str) -> Iterator[Run]:
    """Go on with a run whose training was killed;
    unlike in ``create``, a failure leaves it as it is."""
    aside = find_unfinished(root, name).path
    with _completed(aside, root / run_name(aside), keep=True) as run:
        yield run


def find_unfinished(root: Path, name: str) -> Run:
    """Return a run whose training was killed, by a part of its name.

    Raises:
        RunError: if there is none, or the part fits several.
    """
    waiting = [path for path in unfinished(root) if name in path.name]
    if len(waiting) != 1:
        names = (
            ", ".join(run_name(path) for path in waiting or unfinished(root)) or "there are none"
        )
        raise RunError(
            f"{len(waiting)} unfinished runs fit {name!r} ({names})", "name one, or train again"
        )
    return Run(waiting[0])


@contextmanager
def _completed(aside: Path, final: Path, *, keep: bool = False) -> Iterator[Run]:
    """Move a run to its place when it is whole; remove it after a failure, unless it is to be kept.

    Trained networks are always kept: a later step that failed can be done again.

    Raises:
        RunError: if another process is training it.
    """
    lock = filelock.FileLock(aside / LOCK, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RunError(
            f"run {final.name} is being trained by another process", "wait for it, or stop it"
        ) from None
    try:
        run = Run(aside)
        yield run
        _seal(run)
        (aside / LOCK).unlink(missing_ok=True)
        aside.rename(final)
    except Exception as error:  # Ctrl-C is no failure but a wish
        if _has_networks(aside) or isinstance(error, ExportError):
            keep = True
            if isinstance(error, RnnForecastError):
                again = f"then continue with: rnnforecast train --resume {final.name}"
                error.remedy = f"{error.remedy}; the trained networks are kept, {again}"
        raise
    finally:
        lock.release()
        if not keep:
            shutil.rmtree(aside, ignore_errors=True)


def _seal(run: Run) -> None:
    """Record what a finished run consists of, its parts first."""
    (run.path / CHECKPOINT).unlink(missing_ok=True)
    try:
        folders: list[Run | Part] = [part for part in run.parts if not part.shares_folder]
        folders += run.teachers
    except RunError:  # nothing that says what it is: its files are recorded all the same
        seal_folder(run.path)
        return
    with synced_together(bool(folders)):
        for folder in folders:
            _seal_one(folder)
    _seal_one(run)


def _seal_one(folder: Run | Part) -> None:
    """Record what one folder of a finished run consists of."""
    folder.save_manifest(folder.manifest.replace(sealed=True))
    for path in [folder.path, *(folder.path / name for name in (MEMBERS, FIGURES))]:
        sweep(path, older_than=0)
    seal_folder(folder.path)


@contextmanager
def evaluating(run: Run) -> Iterator[None]:
    """Hold the right to evaluate a run.

    Raises:
        RunError: if another process is evaluating it.
    """
    lock = filelock.FileLock(run.path / EVALUATING, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RunError(
            f"run {run.name} is being evaluated by another process", "wait for it, or stop it"
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_training(aside: Path) -> bool:
    """Return whether a process is at work on an unfinished run."""
    lock = filelock.FileLock(aside / LOCK, timeout=0)
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True


def unfinished(root: Path) -> list[Path]:
    """Return the folders of runs whose training was killed and can go on, oldest first."""
    return sorted(path for path in root.glob(f".*{PARTIAL}") if _holds_something(path))


def _holds_something(aside: Path) -> bool:
    """Return whether a training can go on, or has networks that are worth keeping."""
    return (aside / MANIFEST).exists() or _has_networks(aside)


def _has_networks(aside: Path) -> bool:
    return any((aside / MEMBERS).glob("[0-9]*"))


def sweep_left_overs(root: Path) -> list[str]:
    """Remove what killed commands have left: half-removed runs, trainings that had not begun.

    Returns:
        the names of what was removed.
    """
    removed = []
    for path in sorted([*root.glob(f".*{PARTIAL}"), *root.glob(f".*{REMOVED}")]):
        try:
            young = time.time() - path.lstat().st_mtime < YOUNG_S
            unfinished = path.suffix == PARTIAL
            if young or (unfinished and (_holds_something(path) or is_training(path))):
                continue
            shutil.rmtree(path)
            removed.append(path.name)
        except OSError:
            continue  # another process was faster, or the folder is read-only
    sweep(root / ".baselines")
    return removed


def run_name(aside: Path) -> str:
    """Return the name that an unfinished run will have."""
    return aside.name.removeprefix(".").removesuffix(PARTIAL)


def _free(root: Path, name: str) -> Path:
    """Return a path for a run that no other run has, not even one whose training was killed."""
    taken = (root / name).exists() or (root / f".{name}{PARTIAL}").exists()
    return _free(root, f"{name}+") if taken else root / name
