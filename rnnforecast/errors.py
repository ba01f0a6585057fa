"""Everything that is expected to go wrong, in one tree, with the exit code of each branch.

RnnForecastError
├── UsageError          2   a command line or a config that cannot be meant
├── AuditError          3   a stage saw the future
├── DataError           4   prices are missing, unreadable or unfit for the request
├── NetworkError        5   the source could not be reached, or refused
└── RunError            6   a run directory is incomplete or incompatible

Each says in one line what is wrong, the value found, and what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class RnnForecastError(Exception):
    """An expected failure.

    Args:
        problem: what is wrong, with the value found.
        remedy: what the user can do; a command where there is one.
        found: what there is to tell nonetheless, for ``--json``: whatever went well beside it.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, problem: str, remedy: str = "", found: Mapping[str, Any] | None = None
    ) -> None:
        self.found = dict(found or {})
        self.problem = " ".join(problem.split())
        self.remedy = " ".join(remedy.split())
        super().__init__(self.problem, self.remedy)

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}" if self.remedy else self.problem


class UsageError(RnnForecastError):
    """A command line or a config that cannot be meant."""

    exit_code = 2


class AuditError(RnnForecastError):
    """A stage of the pipeline saw the future."""

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
