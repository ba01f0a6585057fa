"""Keeps answers warm: what was asked for lately is made again as soon as its files change."""

from __future__ import annotations

import logging
from collections import OrderedDict
from contextlib import suppress
from threading import Event, Lock, Thread

from rnnforecast.errors import RnnForecastError
from rnnforecast.serve.service import Service

log = logging.getLogger(__name__)

Asked = tuple[str, str | None, str | None]
"""Symbol, run and levels of a forecast, as a request has them."""
MOST = 1_000
"""Forecasts that are kept warm: those that were asked for last."""
EVERY_S = 2.0
"""Seconds between two looks at the files."""
GOODBYE_S = 5.0
"""Seconds that the end of the server waits for a forecast that is being made."""


class Warmth:
    """Makes forecasts again in the background, so that no request waits for them.

    Args:
        service: whose answers are kept warm.
        every_s: seconds between two looks.
    """

    def __init__(self, service: Service, every_s: float = EVERY_S) -> None:
        self.service, self.every_s = service, every_s
        self._asked: OrderedDict[Asked, None] = OrderedDict()
        self._lock, self._over = Lock(), Event()
        self._thread = Thread(target=self._watch, name="warmth", daemon=True)

    def note(self, symbol: str, run: str | None, levels: str | None) -> None:
        """Remember a forecast that was asked for and could be made."""
        with self._lock:
            self._asked[symbol, run, levels] = None
            self._asked.move_to_end((symbol, run, levels))
            while len(self._asked) > MOST:
                self._asked.popitem(last=False)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more, and wait a little for the answer that is being made.

        A thread that computes in native code while the interpreter ends may block it.
        """
        self._over.set()
        self._thread.join(timeout=GOODBYE_S)

    def refresh(self) -> int:
        """Make what has changed again; return how many forecasts that were."""
        with self._lock:
            asked = list(self._asked)
        made = 0
        for symbol, run, levels in asked:
            if self._over.is_set():
                break
            with suppress(RnnForecastError, OSError, MemoryError):  # whoever asks next is told
                question = self.service.forecast(symbol, run, levels)
                if self.service.known(question) is None:
                    self.service.answer(question)
                    made += 1
        return made

    def _watch(self) -> None:
        while not self._over.wait(self.every_s):
            if made := self.refresh():
                log.info("made %d forecasts again", made)
