"""Ctrl-C, and the ways in which a machine asks a program to end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
"""Exit codes of a command that was ended by Ctrl-C, or by the signal that containers send."""
ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


_received: list[int] = []
"""Signals of the running command, in the order in which they came."""
_unwound_by: list[int] = []
"""Those of them that raised ``KeyboardInterrupt``."""


def _unwind(number: int, frame: FrameType | None) -> None:
    """End the program by an exception, so that what is half done is cleaned up."""
    _received.append(number)
    _unwound_by.append(number)
    raise KeyboardInterrupt


class Signals:
    """The signal that has asked the program to end, if any."""

    @property
    def received(self) -> int | None:
        """The first signal."""
        return _received[0] if _received else None

    @property
    def unwinds(self) -> bool:
        """Whether a signal is ending the program by an exception.

        The exception is raised wherever the program happens to be. In the middle of a library it
        may come out as an error of that library: TensorFlow's context managers answer it with
        "Nesting violated", its callbacks with "UnknownError".
        """
        return bool(_unwound_by)

    def end(self, number: int, frame: FrameType | None) -> None:
        """Unwind the program; a second signal kills it."""
        for ending in ENDING:
            signal.signal(ending, signal.SIG_DFL)
        _unwind(number, frame)


@contextmanager
def interruptible() -> Iterator[Signals]:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does, within the block."""
    signals = Signals()
    _received.clear()
    _unwound_by.clear()
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    with _answered_by(signals.end):
        yield signals


@contextmanager
def _answered_by(answer: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let a function answer every signal that is not ignored, within the block."""
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, answer)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Stop:
    """The state of a request to stop long work where it can keep what it has.

    Args:
        on_ask: called once, at the first signal; a second one unwinds the program.
    """

    def __init__(self, on_ask: Callable[[], None]) -> None:
        self.asked = False
        self.on_ask = on_ask

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self.asked

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Remember the signal, and let the next one end the program."""
        self.asked = True
        _received.append(number)
        for ending in ENDING:
            signal.signal(ending, _unwind)
        self.on_ask()


@contextmanager
def stoppable(on_ask: Callable[[], None]) -> Iterator[Stop]:
    """Let the first signal ask to stop and the second unwind the program, within the block."""
    stop = Stop(on_ask)
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    with _answered_by(stop.ask):
        yield stop


@contextmanager
def served_until_asked(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first signal call ``stop``, which is no failure; a second one unwinds the program.

    A server has no other end than a signal.
    """

    def ask(number: int, frame: FrameType | None) -> None:
        for ending in ENDING:
            signal.signal(ending, _unwind)
        stop()

    with _answered_by(ask):
        yield
