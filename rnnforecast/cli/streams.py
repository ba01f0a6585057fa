"""Standard output that cannot fail in the middle of a command, whatever it is connected to."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from rnnforecast.errors import RunError

PLAIN = str.maketrans(
    dict(zip("─│▁▂▃▄▅▆▇█–—…‘’“”×·≤≥±→−\u00a0", "-|_.-:=+*#--.''\"\"x.<>~>- ", strict=True))
    | {"√": "sqrt "}
)
"""What an encoding without them shows in place of the signs that the program itself prints."""

FULL = "free some space on the disk that it goes to, or redirect it to another one"
REMEDIES = {
    errno.EBADF: "it is open for reading alone; redirect it with >, not with <",
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: "raise the limit on the size of files: ulimit -f unlimited",
}
"""What helps where standard output cannot be written."""


class Output:
    """A text stream whose reader may go away, whose disk may be full, whose encoding may be poor.

    A failed write is remembered, and what follows is dropped: a command that has computed
    something goes on to store it, and ``main`` says at the end what could not be printed.

    Args:
        stream: to write to.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write text; signs that the encoding lacks become similar ones, or question marks."""
        if self.failure is None:
            try:
                self.stream.write(text)
            except UnicodeEncodeError:
                encoding = self.stream.encoding or "ascii"
                poor = text.translate(PLAIN).encode(encoding, "replace").decode(encoding)
                return self.write(poor)
            except OSError as error:
                self._drop(error)
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        if self.failure is None:
            try:
                self.stream.flush()
            except OSError as error:
                self._drop(error)

    def unwritten(self) -> RunError | None:
        """Return what has kept output from being written; a reader that has gone is no failure."""
        if self.failure is None or isinstance(self.failure, BrokenPipeError):
            return None
        reason = self.failure.strerror or str(self.failure)
        remedy = REMEDIES.get(self.failure.errno or 0, "redirect it to a file: > FILE")
        return RunError(f"cannot write standard output ({reason})", remedy)

    def _drop(self, error: OSError) -> None:
        """Send the rest nowhere, what is still in buffers included."""
        self.failure = error
        try:
            target, nowhere = self.stream.fileno(), os.open(os.devnull, os.O_WRONLY)
        except (OSError, ValueError):
            return  # not a real file
        os.dup2(nowhere, target)
        os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def guarded_output() -> Iterator[Output]:
    """Give the block a standard output and a standard error that are there and never raise.

    Yields:
        standard output, which knows whether a write has failed.
    """
    _open_missing()
    before = sys.stdout, sys.stderr
    output, errors = Output(sys.stdout), Output(sys.stderr)
    sys.stdout, sys.stderr = output, errors
    try:
        yield output
    finally:
        output.flush()
        errors.flush()
        sys.stdout, sys.stderr = before


def _open_missing() -> None:
    """Connect closed standard streams to nowhere,
    or the next file opened would take their place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)  # or a worker's first file would take its place
        if getattr(sys, name) is None:
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
