"""The S&P 500 of 1999-2018 that comes with arch; needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.sources import Question
from rnnforecast.errors import UsageError


class Sample:
    """Prices that are installed with the program."""

    title = "the sample"
    networked = False
    pace_s = 0.0
    windows: Mapping[str, int] = MappingProxyType({})

    def history(self, question: Question) -> PriceHistory:
        """Return the bars of ``^GSPC``, the only symbol."""
        if question.interval != "1d":
            raise UsageError(
                f"the sample has daily bars, not {question.interval}", "leave out --interval"
            )
        from rnnforecast.data.sample import sample  # arch takes a second to load

        return sample(question.symbol).between(question.start, question.end)


SOURCE = Sample()
