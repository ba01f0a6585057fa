"""Whether this process is ours alone, so that libraries may be loaded and tuned for training.

The command line, its workers and the benchmarks say so; a notebook or another program never does.
"""

from __future__ import annotations

from threading import Event

_OURS = Event()


def take_over() -> None:
    """Say that this process runs nothing but this program."""
    _OURS.set()


def is_ours() -> bool:
    """Return whether ``take_over`` was called."""
    return _OURS.is_set()
