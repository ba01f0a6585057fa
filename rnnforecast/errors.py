"""Everything that is expected to go wrong, in one tree, with the exit code of each branch.

RnnForecastError
├── UsageError          2   a command line or a config that cannot be meant
├── AuditError          3   a stage saw the future
├── PromiseError        3   intervals contain less than they promise
├── DataError           4   prices are missing, unreadable or unfit for the request
├── NetworkError        5   the source could not be reached, or refused
├── RunError            6   a run directory is incomplete or incompatible
│   └── ExportError     6   a trained network cannot be put into files
└── PartialFailure      7   some of several symbols failed; the others are done

Each says in one line what is wrong, the value found, and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal may obey instead of showing: control codes, direction marks, lone surrogates."""
_OVERRIDE = re.compile(r"^--set [\w.]+=.*?: (?=\S)")
"""Which override is wrong; what follows names its key again."""
_VALUED = re.compile(r"--([a-z][a-z-]*) (?=[A-Z0-9.,\[{])")
_OPTION = re.compile(r"--([a-z][a-z-]*)")
"""An option before a value, and any option."""
LONGEST = 600
"""Characters of a problem or a remedy; what is longer loses its middle."""


def printable(text: str) -> str:
    """Return text that is safe to show on a terminal: control codes are spelled out.

    Example:
        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)


def shortened(text: str, longest: int = 80) -> str:
    """Return text without its middle if it is longer than a number of characters."""
    if len(text) <= longest:
        return text
    head = (longest - 5) * 2 // 3
    return f"{text[:head]} ... {text[len(text) - (longest - 5 - head) :]}"


def quoted(value: object, longest: int = 80) -> str:
    """Return a value as a message shows it: its repr, at most so many characters of it."""
    if isinstance(value, str):  # a path of Windows keeps its single backslashes
        return shortened(repr(shortened(value, longest)).replace("\\\\", "\\"), longest + 2)
    return shortened(repr(value), longest + 2)


def _one_line(text: str) -> str:
    return shortened(printable(" ".join(text.split())), LONGEST)


class RnnForecastError(Exception):
    """An expected failure, in one line without control codes.

    Args:
        problem: what is wrong, with the value found.
        remedy: what the user can do; a command where there is one.
        details: what there is to tell nonetheless, for ``--json``: whatever went well beside it.
        others: further failures of the same request; a command line shows each on its own line.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        problem: str,
        remedy: str = "",
        details: Mapping[str, Any] | None = None,
        others: Sequence[RnnForecastError] = (),
    ) -> None:
        self.details = dict(details or {})
        self.problem = _one_line(problem)
        self.remedy = _one_line(remedy)
        self.others = tuple(others)
        super().__init__(self.problem, self.remedy)

    @property
    def sentence(self) -> str:
        """The failure itself, without the others."""
        return f"{self.problem}; {self.remedy}" if self.remedy else self.problem

    def __str__(self) -> str:
        more = f" (and {len(self.others)} more)" if self.others else ""
        return self.sentence + more

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "kind": type(self).__name__,
            "problem": self.problem,
            "remedy": self.remedy,
            "exit_code": self.exit_code,
            **({"others": [other.to_dict() for other in self.others]} if self.others else {}),
        }


class UsageError(RnnForecastError):
    """A command line or a config that cannot be meant."""

    exit_code = 2


class AuditError(RnnForecastError):
    """A stage of the pipeline saw the future."""

    exit_code = 3


class PromiseError(RnnForecastError):
    """Forecasts that came true less often than they promised."""

    exit_code = 3


class DataError(RnnForecastError):
    """Prices are missing, unreadable or unfit for what was asked."""

    exit_code = 4


class NetworkError(RnnForecastError):
    """The source could not be reached, or refused to answer."""

    exit_code = 5


class RateLimitError(NetworkError):
    """The source wants to be left alone: asking for more would make it worse."""


class RunError(RnnForecastError):
    """A run directory is missing, incomplete or incompatible."""

    exit_code = 6


class ExportError(RunError):
    """A trained network cannot be put into files; its training can be continued elsewhere."""


class PartialFailure(RnnForecastError):  # noqa: N818  (what is done is no error)
    """Some of several symbols failed; what was done for the others counts."""

    exit_code = 7


class TrainingStoppedError(RunError):
    """A training was asked to stop before it had anything to keep."""

    exit_code = 130


def reason_of(error: Exception) -> str:
    """Return what went wrong in words: of the system's own failures, less their numbers."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def in_words_of_python(text: str) -> str:
    """Return a message with arguments where the command line has options.

    Example:
        >>> in_words_of_python("fetch more, or --set a smaller window.lookback")
        'fetch more, or set a smaller window.lookback'
        >>> in_words_of_python("name it with --target")
        'name it with target='
    """
    text = _OVERRIDE.sub("", text)
    text = text.replace("--set a ", "set a ").replace("--set ", "")
    text = _VALUED.sub(lambda option: f"{option[1].replace('-', '_')}=", text)
    return _OPTION.sub(lambda option: f"{option[1].replace('-', '_')}=", text)


@contextmanager
def python_errors() -> Iterator[None]:
    """Let expected failures within the block name arguments, not options of the command line."""
    try:
        yield
    except RnnForecastError as error:
        error.problem = in_words_of_python(error.problem)
        error.remedy = in_words_of_python(error.remedy)
        error.args = (error.problem, error.remedy)
        raise
