"""A folder whose files are checked when they are read and replaced whole: a run, a part, a fold."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rnnforecast.atomic import read_regular
from rnnforecast.errors import RunError
from rnnforecast.runs import seal
from rnnforecast.runs.documents import is_document
from rnnforecast.runs.layout import (
    ASSETS,
    BACKTEST,
    COMPARISONS,
    CROSS_SECTION,
    ECONOMICS,
    EQUITY,
    EXOGENOUS,
    FIGURES,
    FORECAST,
    GRADIENTS,
    HISTORY,
    MODEL_SET,
    PANEL,
    RANKS,
    REPORT,
    REPORT_DATA,
    REPORT_TEXT,
    SCORES,
    SEEDS,
    STANDARDISED,
    VERDICT,
)  # fmt: skip

FORMAT = 1
"""Of scalers, calibrations, pools and checkpoints; older files carry none, newer are refused."""
COMMANDS = {
    FORECAST: "predict", BACKTEST: "evaluate", SCORES: "evaluate", COMPARISONS: "evaluate",
    VERDICT: "evaluate", SEEDS: "evaluate", MODEL_SET: "evaluate", PANEL: "evaluate",
    RANKS: "evaluate --ranks", STANDARDISED: "evaluate --standardised",
    CROSS_SECTION: "evaluate",
    ECONOMICS: "evaluate --economics", EQUITY: "evaluate --economics",
    GRADIENTS: "explain gradients",
    REPORT: "report", REPORT_TEXT: "report --format md", REPORT_DATA: "report --format json",
    FIGURES: "report", ASSETS: "report",
}  # fmt: skip
"""Which command writes a file again; training writes the others."""
_together: ContextVar[dict[Path, dict[str, bytes | None]] | None] = ContextVar(
    "_together", default=None
)
"""Changes that wait for the end of ``Folder.together``, by folder."""


@dataclass(frozen=True)
class Folder:
    """A folder whose files are checked when they are read and replaced whole.

    Args:
        path: of the folder.
    """

    path: Path

    @property
    def name(self) -> str:
        """The name that messages use."""
        return self.path.name

    @property
    def is_sealed(self) -> bool:
        """Whether it knows what its files are: not while it is trained, nor from version 0.1.0."""
        return seal.read_seal(self.path) is not None

    def has(self, name: str) -> bool:
        """Return whether a file is there, or ought to be."""
        files = self.files
        path = self.path / name
        return name in files if files is not None else path.exists() and not path.is_symlink()

    @property
    def files(self) -> Mapping[str, str] | None:
        """Each file's SHA-256 by name; None where they were never recorded."""
        sealed = seal.read_seal(self.path)
        return None if sealed is None else sealed.files

    def read(self, name: str) -> str:
        """Return the text of a file.

        Raises:
            RunError: if it is missing, not what was written, or no text.
        """
        try:
            return self.read_bytes(name).decode("utf-8")
        except UnicodeDecodeError:
            raise self.damaged(name) from None

    def read_bytes(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            RunError: if it is missing, or not what was written.
        """
        files = self.files
        try:
            if files is None:
                return read_regular(seal.inside(self.path, name))
            if name not in files:
                raise FileNotFoundError
            content = seal.read_sealed(self.path, name)
        except FileNotFoundError:
            raise RunError(f"run {self.name} has no {name}", self.remedy(name)) from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise RunError(
                    f"{name} of run {self.name} is a symbolic link", self.remedy(name)
                ) from None
            if error.errno in (errno.EINVAL, errno.EFBIG):
                raise self.damaged(name) from None
            raise RunError(
                f"{name} of run {self.name} cannot be read ({error.strerror})",
                "make it readable for this user",
            ) from None
        if content is None:
            raise self.damaged(name)
        return content

    def damaged(self, name: str) -> RunError:
        """Return the failure that a file is not what was written."""
        prices = PurePosixPath(name).parts[0] in (HISTORY, EXOGENOUS)
        written = "what the run was trained on" if prices else "what was written"
        return RunError(
            f"{name} of run {self.name} is damaged: it is not {written}", self.remedy(name)
        )

    def remedy(self, name: str) -> str:
        """Return what brings a file back."""
        command = COMMANDS.get(PurePosixPath(name).parts[0])
        return f"run: rnnforecast {command} {self.name}" if command else "train again"

    def write(self, name: str, content: str | bytes) -> Path:
        """Replace a file, whole."""
        self._change({name: content.encode() if isinstance(content, str) else content})
        return self.path / name

    def discard(self, *names: str) -> None:
        """Remove files that may be there."""
        there = [name for name in names if self.has(name) or (self.path / name).exists()]
        if there:
            self._change(dict.fromkeys(there))

    def _change(self, changes: Mapping[str, bytes | None]) -> None:
        waiting = _together.get()
        if waiting is not None:
            waiting.setdefault(self.path, {}).update(changes)
            return
        self.path.mkdir(parents=True, exist_ok=True)
        seal.commit(self.path, changes)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold back the changes made within the block, and make those of each folder all or none.

        After a failure none is made.
        """
        waiting: dict[Path, dict[str, bytes | None]] = {}
        token = _together.set(waiting)
        try:
            yield
        finally:
            _together.reset(token)
        for path, changes in waiting.items():
            path.mkdir(parents=True, exist_ok=True)
            seal.commit(path, changes)


def load_document(folder: Folder, name: str) -> dict[str, Any] | None:
    """Read a JSON document, less its format; None where the run has none.

    Raises:
        RunError: if it is damaged, or a newer version wrote it.
    """
    if not folder.has(name):
        return None
    try:
        values = dict(json.loads(folder.read(name)))
        version = int(values.pop("format", FORMAT))
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise folder.damaged(name) from None
    check_format(folder, name, version)
    if not is_document(name, values):
        raise folder.damaged(name)
    return values


def check_format(folder: Folder, name: str, version: int) -> None:
    """Refuse a file that a newer version wrote."""
    if version > FORMAT:
        raise newer_format(folder, name, version)


def newer_format(folder: Folder, name: str, version: int, known: int = FORMAT) -> RunError:
    """Return the failure of a file that a newer version wrote."""
    return RunError(
        f"{name} of run {folder.name} has format {version}, newer than {known}",
        "update: pip install -U rnnforecast",
    )
