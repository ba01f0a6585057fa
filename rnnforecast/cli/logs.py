"""What is read, done and written, with date and level: on stderr, or in a file."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from rnnforecast.atomic import open_to_append
from rnnforecast.cli.console import warn
from rnnforecast.errors import UsageError, printable, reason_of

FORMAT = "%(asctime)s %(levelname)s %(message)s"
LARGEST_LOG, KEPT_LOGS = 1_000_000, 5
"""Bytes after which the log of a home starts over, and how many old ones stay."""
PRINTED = "rnnforecast.cli"
"""The logger of what stands on stderr anyway."""


class _Printable(logging.Formatter):
    """Spells out control codes, which a terminal would obey where a log is looked at."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        return printable(super().format(record))


class _Narrator(logging.Handler):
    """Prints above a progress display, which stands in for stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, unless it is printed by who made it."""
        if record.name != PRINTED:
            warn(self.format(record))


class _LogFile(logging.FileHandler):
    """A log file that is given up, with one warning, when it cannot be written."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (its name in logging)
        """Warn, and take no further records."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self.setLevel(logging.CRITICAL + 1)
        warn(f"warning: no log was written: {reason_of(error)}")

    def close(self) -> None:
        """Close the file; what it could not take was warned of."""
        with suppress(OSError):
            super().close()


class _RotatingLogFile(_LogFile, RotatingFileHandler):
    """A log file of our own: it is no link, and a new one begins when it is large."""

    def _open(self) -> TextIOWrapper:
        """Open it to append."""
        file = open_to_append(Path(self.baseFilename))
        return TextIOWrapper(file, encoding="utf-8", errors="backslashreplace")


def narrate() -> None:
    """Log to stderr."""
    log = _open(_Narrator())
    log.propagate = False


def log_to(path: Path) -> None:
    """Log to the end of a file that the user names: a link, a pipe or a device serves as well.

    Raises:
        UsageError: if it cannot be written.
    """
    try:
        handler = _LogFile(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(
            f"--log-file {path} cannot be written ({error.strerror})", "name another file"
        ) from None
    _open(handler)
    logging.getLogger(PRINTED).info("%s", " ".join(["rnnforecast", *sys.argv[1:]]))


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """Log what happens within the block into a file of a home; nothing else changes."""
    handler = _RotatingLogFile(path, "a", LARGEST_LOG, KEPT_LOGS, encoding="utf-8", delay=True)
    handler.setFormatter(_Printable(FORMAT))
    log = logging.getLogger("rnnforecast")
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)
        handler.close()


def _open(handler: logging.Handler) -> logging.Logger:
    handler.setFormatter(_Printable(FORMAT))
    log = logging.getLogger("rnnforecast")
    for other in [other for other in log.handlers if type(other) is type(handler)]:
        log.removeHandler(other)
        other.close()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    return log


def log_failure(sentence: str) -> None:
    """Log an error that is printed as well, if anything is logged."""
    log = logging.getLogger(PRINTED)
    if log.hasHandlers():  # or logging would print it a second time
        log.error("%s", sentence)
