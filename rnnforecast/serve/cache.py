"""Answers that are kept as long as the files behind them stay as they are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from rnnforecast.errors import RnnForecastError

Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class _Kept(Generic[Value]):
    """An answer, or the failure that came in its place, and the stamps of its files."""

    stamps: Hashable
    value: Value | None
    failure: RnnForecastError | None

    def answer(self) -> Value:
        if self.failure is not None:
            raise self.failure.with_traceback(None)
        assert self.value is not None
        return self.value


class AnswerCache(Generic[Value]):
    """The answers that were asked for last; a failure is an answer too.

    Several threads may share it; one answer is computed at a time, so that a crowd that asks for
    the same symbol waits for one computation.

    Args:
        most: answers that are kept.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[Hashable, _Kept[Value]] = OrderedDict()
        self._lock, self._computing = Lock(), Lock()

    def known(self, key: Hashable, stamps: Hashable) -> Value | None:
        """Return an answer that is there already, at once; None if it must be computed.

        Raises:
            RnnForecastError: the failure that was the answer.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.stamps != stamps:
                return None
            self._kept.move_to_end(key)
        return kept.answer()

    def get(self, key: Hashable, stamps: Hashable, compute: Callable[[], Value]) -> Value:
        """Return an answer, computed if it is not there, or if its files have changed.

        Args:
            key: what was asked.
            stamps: of the files behind the answer, taken before they are read.
            compute: makes the answer.

        Raises:
            RnnForecastError: from ``compute``.
        """
        value = self.known(key, stamps)
        if value is not None:
            return value
        with self._computing:
            value = self.known(key, stamps)  # someone else may have computed it meanwhile
            if value is not None:
                return value
            kept = self._computed(stamps, compute)
            with self._lock:
                self._kept[key] = kept
                self._kept.move_to_end(key)
                while len(self._kept) > self.most:
                    self._kept.popitem(last=False)
        return kept.answer()

    def clear(self) -> None:
        """Forget every answer."""
        with self._lock:
            self._kept.clear()

    @staticmethod
    def _computed(stamps: Hashable, compute: Callable[[], Value]) -> _Kept[Value]:
        try:
            return _Kept(stamps, compute(), None)
        except RnnForecastError as error:
            return _Kept(stamps, None, error)
