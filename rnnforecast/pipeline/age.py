"""How old the newest stored prices are, and whether that is too old."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.intervals import is_intraday, offset
from rnnforecast.data.silence import UNANSWERED
from rnnforecast.errors import DataError, UsageError
from rnnforecast.pipeline.trained_model import Prediction

STALE_AFTER = timedelta(days=7)
"""How long after a daily bar, or a shorter one, its price is as new as people expect."""
_AGE = re.compile(r"(\d+)\s*(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_age(text: str) -> timedelta:
    """Read an age such as ``3d``, ``12h``, ``90m`` or ``2w``.

    Raises:
        UsageError: if it is none.
    """
    match = _AGE.fullmatch(text.strip().lower())
    if match is None or len(match[1]) > 5:
        raise UsageError(f"{text!r} is not an age", "write a number and m, h, d or w, such as 3d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@dataclass(frozen=True)
class Age:
    """The age of the newest stored price of a symbol.

    Args:
        symbol: whose.
        age: between the newest price and now.
        from_file: whether it was imported, so that nothing can be fetched.
        stale_after: the age from which it is older than people expect.
        asked_in_vain: the day on which its source had no prices of it any more, as ISO 8601.
    """

    symbol: str
    age: timedelta
    from_file: bool
    stale_after: timedelta = STALE_AFTER
    asked_in_vain: str | None = None

    @property
    def stale(self) -> bool:
        """Whether it is older than people expect."""
        return self.age > self.stale_after

    @property
    def days(self) -> int:
        """Whole days."""
        return self.age.days

    @property
    def remedy(self) -> str:
        """The way to a newer price."""
        if self.from_file:
            return "import a newer file to update it"
        if self.asked_in_vain:
            return f"its source had no prices of it when it was asked on {self.asked_in_vain}"
        return f"update it: rnnforecast fetch {self.symbol}"


@dataclass(frozen=True)
class Newest:
    """The newest price of a symbol, whose age grows.

    Args:
        symbol: whose.
        instant: of the newest bar.
        from_file: as of ``Age``, like the rest.
    """

    symbol: str
    instant: pd.Timestamp
    from_file: bool
    stale_after: timedelta
    asked_in_vain: str | None

    @classmethod
    def of(cls, history: PriceHistory, instant: pd.Timestamp) -> Newest:
        """Return a bar of a history that is its newest one, or is taken for it."""
        return cls(
            history.symbol,
            _in_utc(instant),
            history.provenance.get("source") == "file",
            _stale_after(history, instant),
            history.provenance.get(UNANSWERED, {}).get("asked_at", "")[:10] or None,
        )

    def age(self, now: pd.Timestamp | None = None) -> Age:
        """Return how old it is; now, unless another instant is given."""
        since = (now or pd.Timestamp.now("UTC")) - self.instant
        return Age(
            self.symbol, since.to_pytimedelta(), self.from_file, self.stale_after,
            self.asked_in_vain,
        )  # fmt: skip


def ages(predictions: Sequence[Prediction], as_of: str | None = None) -> list[Age]:
    """Return the age of each forecast's newest price.

    Args:
        predictions: to look at.
        as_of: the day that is taken for today in a replay; None for now.
    """
    now = pd.Timestamp.now("UTC") if as_of is None else pd.Timestamp(as_of, tz="UTC")
    return [
        Newest.of(prediction.history, prediction.forecast.origin).age(now)
        for prediction in predictions
    ]


def ages_of(histories: Sequence[PriceHistory]) -> list[Age]:
    """Return the age of the newest price of each history."""
    now = pd.Timestamp.now("UTC")
    return [Newest.of(history, history.last).age(now) for history in histories]


def _stale_after(history: PriceHistory, newest: pd.Timestamp) -> timedelta:
    """Return the age from which prices are stale.

    Bars longer than a day carry the date of their first day, and the next one has to be over.
    """
    if is_intraday(history.interval) or history.interval == "1d":
        return STALE_AFTER
    over = newest + 2 * offset(history.interval)
    return STALE_AFTER + (over - newest).to_pytimedelta()


def _in_utc(moment: pd.Timestamp) -> pd.Timestamp:
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def stale_notes(known: Sequence[Age]) -> list[str]:
    """Return a sentence about the prices that are stale; none where all are fresh."""
    stale = sorted((age for age in known if age.stale), key=lambda age: age.age, reverse=True)
    if not stale:
        return []
    oldest, count = stale[0], len(stale)
    if count == 1:
        return [
            f"the newest stored price of {oldest.symbol} is {oldest.days} days old; {oldest.remedy}"
        ]
    least, most = stale[-1].days, oldest.days
    days = f"{most}" if least == most else f"{least} to {most}"
    return [
        f"the newest stored prices of {count} of {len(known)} symbols are {days} days old; "
        f"for example, {oldest.symbol}: {oldest.remedy}"
    ]


def refuse_old(known: Sequence[Age], limit: timedelta, written: str) -> None:
    """Refuse prices that are older than a limit.

    Raises:
        DataError: naming the oldest.
    """
    oldest = max(known, key=lambda age: age.age)
    if oldest.age > limit:
        raise DataError(
            f"the newest stored price of {oldest.symbol} is {oldest.days} days old, "
            f"older than --max-age {written}",
            oldest.remedy,
        )
