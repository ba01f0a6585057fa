"""A year of a simulated market, as a Yahoo of that day would answer: what was known then, no more.

Prices of every symbol are drawn once from its seed. What a day's answer shows of them depends on
the clock alone: bars that are finished, splits that have taken place, prints that are corrected
days later, a symbol that is traded no more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from exchange_calendars import get_calendar

from tests.yahoo import Instrument

NEW_YORK = "America/New_York"
SETTLED = pd.Timedelta(hours=2)
"""After the close; a bar of New York is finished then."""
REMEMBERED = pd.Timedelta(days=7)
"""How long the source goes on to answer with the old bars of what is traded no more; then 404."""
WRONG_BY = 1.006
"""A print that is corrected later is this many times the right one."""


@dataclass(frozen=True)
class Security:
    """One symbol and all that will happen to it.

    Args:
        symbol: its name.
        seed: of its prices.
        crypto: traded every day of the week, else as in New York.
        splits: session to ratio, by date.
        last: session after which it is traded no more; a week later its name is unknown.
        unheld: sessions of the calendar that do not take place.
        misprints: session to the day from which on it is served right.
    """

    symbol: str
    seed: int
    crypto: bool = False
    splits: dict[pd.Timestamp, float] = field(default_factory=dict)
    last: pd.Timestamp | None = None
    unheld: tuple[pd.Timestamp, ...] = ()
    misprints: dict[pd.Timestamp, pd.Timestamp] = field(default_factory=dict)

    @cached_property
    def sessions(self) -> pd.DatetimeIndex:
        """Every session that takes place, from 2021 to 2025."""
        days = pd.date_range("2021-01-01", "2025-12-31")
        if not self.crypto:
            days = get_calendar("XNYS").sessions_in_range("2021-01-01", "2025-12-31")
        held = days[~days.isin(list(self.unheld))]
        return held if self.last is None else held[held <= self.last]

    @cached_property
    def bars(self) -> pd.DataFrame:
        """Open, high, low and close by session, in shares as they were before any split."""
        rng, count = np.random.default_rng(self.seed), len(self.sessions)
        wander = np.zeros(count)
        for row in range(1, count):
            wander[row] = 0.97 * wander[row - 1] + 0.06 * rng.normal()
        deviation = (0.03 if self.crypto else 0.014) * np.exp(wander)
        close = 100 * np.exp(np.cumsum(deviation * rng.standard_t(6, count) / np.sqrt(1.5)))
        opening = np.r_[100.0, close[:-1]] * np.exp(0.2 * deviation * rng.normal(size=count))
        high = np.maximum(opening, close) * np.exp(0.4 * deviation * rng.random(count))
        low = np.minimum(opening, close) * np.exp(-0.4 * deviation * rng.random(count))
        names = ("open", "high", "low", "close")
        return pd.DataFrame(
            dict(zip(names, (opening, high, low, close), strict=True)), self.sessions
        )

    def ends(self, sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """When the bars of some sessions are finished, in UTC."""
        if self.crypto:
            return (sessions + pd.Timedelta(days=1)).tz_localize("UTC")
        local = (sessions + pd.Timedelta(hours=16)).tz_localize(NEW_YORK)
        return local.tz_convert("UTC") + SETTLED

    def finished(self, now: pd.Timestamp) -> pd.DatetimeIndex:
        """The sessions whose bars are finished."""
        return self.sessions[self.ends(self.sessions) <= now]

    def served(self, now: pd.Timestamp) -> pd.DataFrame:
        """What a day's answer shows: finished bars, adjusted for the splits until then."""
        shown = self.bars.loc[self.finished(now)].copy()
        for session, right_from in self.misprints.items():
            if session in shown.index and now.tz_localize(None) < right_from:
                shown.loc[session, ["high", "close"]] *= WRONG_BY
        done = [ratio for session, ratio in self.splits.items() if session in shown.index]
        shown /= np.prod(done)  # 1 where there was none: then the drawn prices are those traded
        return shown

    def is_known(self, now: pd.Timestamp) -> bool:
        """Whether the source still knows its name."""
        return self.last is None or now.tz_localize(None) < self.last + REMEMBERED

    def is_delisted(self, now: pd.Timestamp) -> bool:
        """Whether twenty sessions have passed without a price before a day, that day left out."""
        if self.last is None:
            return False
        day = pd.Timedelta(days=1)
        until = now.tz_localize(None).normalize() - day
        passed = get_calendar("XNYS").sessions_in_range(
            self.last + day, max(self.last + day, until)
        )
        return until > self.last and len(passed) >= 20

    def answer(self, now: pd.Timestamp) -> Instrument:
        """The symbol as the loopback Yahoo knows it on a day."""
        return Served(self, now)


class Served(Instrument):
    """An instrument whose answer comes from a security and a clock."""

    def __init__(self, security: Security, now: pd.Timestamp) -> None:
        super().__init__(security.symbol, [], exchange="CCC" if security.crypto else "NMS")
        self.security, self.clock = security, now

    @property
    def now(self) -> Any:
        """What the server's clock says."""
        return self.clock.to_pydatetime()

    def chart(self) -> dict[str, Any]:
        """The answer of /v8/finance/chart."""
        security, bars = self.security, self.security.served(self.clock)
        zone = "UTC" if security.crypto else NEW_YORK
        opens = pd.DatetimeIndex(bars.index) + pd.Timedelta(0 if security.crypto else 9.5, unit="h")
        local = opens.tz_localize(zone)
        stamps = [int(stamp.timestamp()) for stamp in local]
        hours = 24 * 3600 - 1 if security.crypto else 23_400
        period = {"timezone": zone, "gmtoffset": 0, "start": stamps[-1], "end": stamps[-1] + hours}
        meta = {
            "symbol": security.symbol, "currency": "USD", "exchangeName": self.exchange,
            "instrumentType": "CRYPTOCURRENCY" if security.crypto else "EQUITY",
            "exchangeTimezoneName": zone, "timezone": zone, "gmtoffset": 0, "dataGranularity": "1d",
            "firstTradeDate": stamps[0], "regularMarketTime": stamps[-1], "range": "",
            "validRanges": ["1d", "max"], "priceHint": 2, "regularMarketPrice": 1.0,
            "hasPrePostMarketData": False,
            "currentTradingPeriod": dict.fromkeys(("pre", "regular", "post"), period),
        }  # fmt: skip
        quote = {name: bars[name].tolist() for name in bars} | {"volume": [1000] * len(bars)}
        at = dict(zip(bars.index, stamps, strict=True))
        splits = {
            str(at[session]): {
                "date": at[session], "numerator": ratio, "denominator": 1,
                "splitRatio": f"{ratio:g}:1",
            }
            for session, ratio in security.splits.items()
            if session in at
        }  # fmt: skip
        indicators = {"quote": [quote], "adjclose": [{"adjclose": quote["close"]}]}
        events = {"splits": splits, "dividends": {}}
        result = {"meta": meta, "timestamp": stamps, "events": events, "indicators": indicators}
        return {"chart": {"result": [result], "error": None}}


@dataclass(frozen=True)
class Year:
    """What is simulated.

    Args:
        securities: that are followed.
        evenings: instants at which the command is called, in UTC.
        outage: evenings on which the source answers nothing but 500.
    """

    securities: tuple[Security, ...]
    evenings: pd.DatetimeIndex
    outage: frozenset[pd.Timestamp]

    def due(self, security: Security) -> list[pd.Timestamp]:
        """Each origin that ought to have been forecast, oldest first."""
        newest = [
            security.finished(evening)[-1]
            for evening in self.evenings
            if evening not in self.outage
        ]
        return sorted(set(newest))


def make_year(symbols: int, days: int) -> Year:
    """Plan a year: with a split, a delisting, an outage of a week, corrections, an unheld session.

    Args:
        symbols: how many; every fourth one is traded around the clock.
        days: evenings, Monday to Friday, holidays included.
    """
    evenings = pd.bdate_range("2024-09-02", periods=days, tz="UTC") + pd.Timedelta("23h15min")
    middle, third, days_of = days // 2, days // 3, evenings.tz_localize(None).normalize()
    open_days = [day for day in days_of if get_calendar("XNYS").is_session(day)]
    securities = []
    for number in range(symbols):
        crypto = number % 4 == 3
        own = open_days[min(third + number, len(open_days) - 2)]
        securities.append(
            Security(
                f"COIN{number}-USD" if crypto else f"STOCK{number}", 100 + number, crypto,
                splits={open_days[len(open_days) // 2]: 4.0} if number == 1 else {},
                last=open_days[int(0.6 * len(open_days))] if number == 2 else None,
                unheld=(open_days[int(0.8 * len(open_days))],) if number == 4 else (),
                misprints={} if crypto else {own: own + pd.Timedelta(days=4)},
            )
        )  # fmt: skip
    week = evenings[middle + 10 : middle + 10 + min(5, days // 8)]
    return Year(tuple(securities), evenings, frozenset(week))
