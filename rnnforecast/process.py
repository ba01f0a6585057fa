"""Whether this process is ours alone, so that libraries may be loaded and tuned for training, and
its environment.

The command line, its workers and the benchmarks say so; a notebook or another program never does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

_OURS = Event()


def take_over() -> None:
    """Say that this process runs nothing but this program."""
    _OURS.set()


def is_ours() -> bool:
    """Return whether ``take_over`` was called."""
    return _OURS.is_set()


@contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Set environment variables within the block, and restore what they were after it."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
