"""What else was tried on the same prices, and what that makes of the best of it."""

from __future__ import annotations

from dataclasses import dataclass

from rnnforecast.config.searched import Searched
from rnnforecast.formatting import format_percent
from rnnforecast.runs.manifest import SearchRecord


@dataclass(frozen=True)
class Rivals:
    """The other configurations that were scored on the same prices.

    Args:
        count: how many.
        sharpes: yearly Sharpe ratios of everything else that was traded.
        symbol: that they share.
        searched: the search that found this one's settings, if there was one.
    """

    count: int = 0
    sharpes: tuple[float, ...] = ()
    symbol: str = ""
    searched: Searched | SearchRecord | None = None


def best_of_many(rivals: Rivals, symbol: str) -> tuple[str, ...]:
    """Return a reason to doubt the best of many configurations; none where there is one alone."""
    if not rivals.count:
        return ()
    return (
        f"one of {rivals.count + 1} configurations scored on {symbol} here: the best of many looks "
        f"better than it is (rnnforecast leaderboard {rivals.symbol or symbol})",
    )


def best_of_search(searched: Searched | SearchRecord | None) -> tuple[str, ...]:
    """Return a reason to doubt settings that a search has found; none where a person wrote them."""
    if searched is None:
        return ()
    return (
        f"the settings are the best of {searched.trials} that a search tried on "
        f"{searched.folds} fold{'' if searched.folds == 1 else 's'} of the training part, prices "
        f"to {searched.until}: its lead there ({format_percent(_lead(searched), signed=True)} on "
        "the settings that it started from) is optimistic",
    )


def _lead(searched: Searched | SearchRecord) -> float:
    """Return how much lower the loss of the best trial was than that of the start."""
    start = searched.value if searched.start_value is None else searched.start_value
    return 1 - searched.value / start
