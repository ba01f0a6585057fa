"""The first signal asks, the second one ends; afterwards everything is as it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from rnnforecast.cli.signals import interruptible, served_until_asked, stoppable


@pytest.fixture(autouse=True)
def _ctrl_c() -> Iterator[None]:
    """Heed Ctrl-C, which a job in the background inherits as ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def handlers() -> list[object]:
    return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def test_sigterm_ends_as_ctrl_c_does_and_is_remembered() -> None:
    before = handlers()
    with interruptible() as signals:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == signal.SIGTERM
    assert handlers() == before


def test_the_first_signal_asks_to_stop_and_the_second_one_unwinds() -> None:
    before, asked = handlers(), []
    with stoppable(lambda: asked.append(1)) as stop:
        assert not stop()
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop() and asked == [1]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert handlers() == before


def test_a_server_ends_by_a_signal_without_failure() -> None:
    before, ended = handlers(), []
    with served_until_asked(lambda: ended.append(1)):
        os.kill(os.getpid(), signal.SIGINT)
    assert ended == [1] and handlers() == before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible() as signals:
            os.kill(os.getpid(), signal.SIGTERM)
            assert signals.received is None
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_thread_leaves_the_signals_of_the_process_alone() -> None:
    before, inside = handlers(), []

    def work() -> None:
        with interruptible(), stoppable(lambda: None) as stop:
            inside.append((handlers() == before, stop()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [(True, False)]
