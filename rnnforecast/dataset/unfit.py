"""Symbols of a panel that do not suit: named together in one refusal, or left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from rnnforecast.errors import DataError

Made = TypeVar("Made")

MOST = 40
"""Symbols that a message names."""


@dataclass
class Unfit:
    """Collects the symbols that do not suit while a panel is prepared, stage by stage.

    Args:
        total: how many symbols were asked for.
        skip: whether they are left out; otherwise ``refuse`` refuses the whole panel.

    Example:
        >>> unfit = Unfit(total=3, skip=True)
        >>> histories = unfit.sift("not stored", {"A": load_a, "B": load_b})  # doctest: +SKIP
        >>> unfit.refuse()  # raises where nothing may be left out, or nothing remains
    """

    total: int
    skip: bool = False
    reasons: dict[str, tuple[str, DataError]] = field(default_factory=dict)

    def add(self, symbol: str, stage: str, error: DataError) -> None:
        """Take a symbol that does not suit.

        Args:
            symbol: which.
            stage: what is wrong with it, in a few words that follow a number of symbols.
            error: in full.
        """
        self.reasons.setdefault(symbol, (stage, error))

    def sift(self, stage: str, values: Mapping[str, Callable[[], Made]]) -> dict[str, Made]:
        """Do something for each symbol, and return the results of those for which it succeeds."""
        made = dict[str, Made]()
        for symbol, make in values.items():
            try:
                made[symbol] = make()
            except DataError as error:
                self.add(symbol, stage, error)
        return made

    def kept(self, stage: str, results: Iterable[tuple[str, Made | DataError]]) -> dict[str, Made]:
        """Take the symbols whose result is an error, and return the results of the others."""
        made = dict[str, Made]()
        for symbol, result in results:
            if isinstance(result, DataError):
                lacks = result.details.get("lacks")
                self.add(symbol, f"without a {lacks} window" if lacks else stage, result)
            else:
                made[symbol] = result
        return made

    @property
    def skipped(self) -> dict[str, str]:
        """Why each symbol was left out."""
        return {symbol: error.problem for symbol, (_, error) in self.reasons.items()}

    def refuse(self) -> None:
        """Refuse the panel if symbols do not suit and may not be left out, or none remains.

        Raises:
            DataError: of the only symbol that does not suit, or naming all of them.
        """
        count = len(self.reasons)
        if not count or (self.skip and count < self.total):
            return
        rest = self.total - count
        way = "to train without them, add --skip-unfit" if rest else ""
        if count == 1:
            ((_, error),) = self.reasons.values()
            way = way.replace("them", "it")
            raise DataError(error.problem, ", or ".join(filter(None, (error.remedy, way))))
        raise DataError(
            f"{count} of {self.total} symbols do not suit: {self._listed()}",
            way or "set other days or a smaller window.lookback, or choose other symbols",
            {"unfit": self.skipped},
        )

    def _listed(self) -> str:
        """Name the symbols, those with the same fault together, and the problem of the first."""
        stages: dict[str, list[str]] = {}
        for symbol, (stage, _) in self.reasons.items():
            stages.setdefault(stage, []).append(symbol)
        room, groups = MOST, []
        for stage, symbols in stages.items():
            named, room = symbols[:room], max(0, room - len(symbols))
            more = len(symbols) - len(named)
            names = ", ".join(named) + (f" and {more} more" if more and named else "")
            groups.append(f"{len(symbols)} {stage}" + (f" ({names})" if names else ""))
        ((_, first), *_) = self.reasons.values()
        return "; ".join(groups) + f". The first: {first.problem}"


def none_refused(results: Iterable[Made | DataError]) -> list[Made]:
    """Return results, one of each symbol, if none is an error.

    Raises:
        DataError: the first one.
    """
    made = list[Made]()
    for result in results:
        if isinstance(result, DataError):
            raise result
        made.append(result)
    return made
