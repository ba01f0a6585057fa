"""Which prices: the symbols, the bars of them that are used, and what is read beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo

from rnnforecast.config.types import AUTO, AutoOrList, Section, as_tuple, one_or_many

Name = Annotated[str, Field(min_length=1, max_length=64)]
"""A symbol as it is stored; what it may hold is checked where prices are loaded."""


def _each_once(symbols: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Refuse a symbol that stands twice: it would be read twice."""
    if len(set(symbols)) < len(symbols):
        twice = Counter(symbols).most_common(1)[0][0]
        raise ValueError(f"data.{info.field_name} names {twice} twice; keep one of them")
    return symbols


def _no_single_market(symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Check that a market has at least two members, or none, or is left to the program."""
    if len(symbols) == 1 and symbols != AUTO:
        raise ValueError(f"data.market names {symbols[0]} alone; name several symbols, or []")
    return symbols


def _as_written(symbols: tuple[str, ...]) -> str | list[str]:
    """Write one symbol without a list."""
    return symbols[0] if len(symbols) == 1 else list(symbols)


Market = Annotated[
    tuple[Name, ...],
    Field(max_length=10_000, json_schema_extra=one_or_many),
    BeforeValidator(as_tuple),
    AfterValidator(_no_single_market),
    AfterValidator(_each_once),
    AutoOrList,
]


def title_of(symbols: Sequence[str]) -> str:
    """Return in a few words which symbols these are."""
    others = len(symbols) - 1
    return f"{symbols[0]} and {others} more" if others else symbols[0]


def label_of(symbols: Sequence[str]) -> str:
    """Return the same as a part of a run's name."""
    return title_of(symbols).lstrip("^").replace(" ", "-")


class Data(Section):
    """The prices to use."""

    symbol: Annotated[
        tuple[Name, ...],
        Field(min_length=1, max_length=10_000, json_schema_extra=one_or_many),
        BeforeValidator(as_tuple),
        AfterValidator(_each_once),
        PlainSerializer(_as_written),
    ] = ("BTC-USD",)
    """The symbol as Yahoo spells it, or the name given to ``data import``; with a list, the same
    networks learn from all of them."""
    interval: Annotated[str, Field(max_length=8)] = "1d"
    """Length of a bar, such as ``1d`` or ``1h``."""
    start: date | None = None
    """First bar used; by default the oldest stored."""
    end: date | None = None
    """Last bar used; by default the newest stored."""
    price: Literal["adjusted", "close"] = "adjusted"
    """``adjusted``: adjusted for splits and dividends, and scaled so that the newest close is as
    traded; ``close``: the close as it is."""
    teachers: Annotated[
        tuple[Name, ...], Field(max_length=10_000), BeforeValidator(as_tuple),
        AfterValidator(_each_once),
    ] = ()  # fmt: skip
    """Symbols that only teach: the networks learn from their training windows as well, but nothing
    of them is calibrated, forecast or scored. For companies that have vanished."""
    skip_unfit: bool = False
    """Train on several symbols without those that do not suit, instead of refusing all of them.
    Those that have windows to learn from, and none to be scored on, still teach."""
    exogenous: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()
    """Other stored symbols to use as inputs: at each row, what was known of them when that row's
    bar closed."""
    market: Market = AUTO
    """Symbols whose mean return, mean absolute return and dispersion at each bar are inputs too;
    all trade in the same sessions. ``auto``: those of ``symbol``, where 20 or more of them share
    their sessions and ``window.features`` is ``auto`` as well. ``[]``: none."""
    missing: Literal["drop", "ffill", "error"] = "drop"
    """What to do about bars without a price and sessions without a bar: leave them out, repeat the
    previous bar, or refuse them."""
    bad_ticks: Literal["keep", "drop", "flag"] = "keep"
    """What to do about closes ten robust deviations away from the last good one (judged by the past
    alone) and bars whose high or low contradicts their close: use them, leave them out, or use and
    count them."""
    allow_bad: bool = False
    """Use prices even if ``rnnforecast data check`` finds errors in them."""

    @property
    def market_members(self) -> tuple[str, ...]:
        """The symbols that make the market; none where there is no market, or none was chosen."""
        return () if self.market == AUTO else self.market

    @property
    def learned(self) -> tuple[str, ...]:
        """Every symbol that the networks learn from, each once."""
        return tuple(dict.fromkeys((*self.symbol, *self.teachers)))

    @property
    def title(self) -> str:
        """Whose prices, in a few words."""
        return title_of(self.symbol)

    @property
    def label(self) -> str:
        """The same as a part of a run's name."""
        return label_of(self.symbol)
