"""The first signal asks, the second one ends; afterwards everything is as it was."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from rnnforecast.cli import main as command_line
from rnnforecast.cli.signals import INTERRUPTED, interruptible, served_until_asked, stoppable


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


@pytest.mark.parametrize("library_error", [AssertionError("Nesting violated"), KeyError("epoch")])
def test_an_interruption_that_comes_out_of_a_library_as_its_error_is_an_interruption(
    library_error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TensorFlow's context managers fail themselves when they are left by Ctrl-C."""

    def train(*arguments: object, **options: object) -> int:
        with stoppable(lambda: None):
            os.kill(os.getpid(), signal.SIGINT)
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise library_error from None
        return 0

    monkeypatch.setattr(command_line, "app", train)
    with interruptible() as signals:
        assert command_line._run(["train"], signals) == INTERRUPTED
    with interruptible() as signals:
        assert not signals.unwinds and signals.received is None


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
