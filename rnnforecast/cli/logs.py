"""What is read, done and written, with date and level: on stderr, or in a file."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from rnnforecast.cli.console import warn
from rnnforecast.errors import UsageError

FORMAT = "%(asctime)s %(levelname)s %(message)s"
PRINTED = "rnnforecast.cli"
"""The logger of what stands on stderr anyway."""


class _Narrator(logging.Handler):
    """Prints above a progress display, which stands in for stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record, unless it is printed by who made it."""
        if record.name != PRINTED:
            warn(self.format(record))


def narrate() -> None:
    """Log to stderr."""
    log = _open(_Narrator())
    log.propagate = False


def log_to(path: Path) -> None:
    """Log to the end of a file.

    Raises:
        UsageError: if it cannot be written.
    """
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"--log-file {path} cannot be written ({error.strerror})", "name another file"
        ) from None
    _open(handler)
    logging.getLogger(PRINTED).info("%s", " ".join(["rnnforecast", *sys.argv[1:]]))


def _open(handler: logging.Handler) -> logging.Logger:
    handler.setFormatter(logging.Formatter(FORMAT))
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
