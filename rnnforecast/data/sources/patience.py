"""How long to wait for a source, and how often to try."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from rnnforecast.data.sources.failures import Failure

LONGEST_WAIT_S = 120.0


@dataclass(frozen=True)
class Patience:
    """The tries for one symbol, and the time between them.

    Args:
        tries: at most this many for one symbol.
        timeout_s: for each request, one for a cookie included.
        wait_s: before the second try; doubled for each further one, four times as long after a
            refusal.
        sleep: waits; replaced in tests.
    """

    tries: int = 4
    timeout_s: float = 10.0
    wait_s: float = 2.0
    sleep: Callable[[float], None] = time.sleep

    def before(self, attempt: int, failure: Failure) -> float:
        """Return the seconds to wait before a try (from 1), with jitter;
        at least what the source asks."""
        backoff: float = self.wait_s * 2 ** (attempt - 1) * (4 if failure.refused else 1)
        return min(max(backoff, failure.retry_after_s) * random.uniform(1.0, 1.25), LONGEST_WAIT_S)
