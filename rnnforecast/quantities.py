"""What is forecast: a price, a volatility, or the probability of a rise; what differs, once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rnnforecast.formatting import format_percent, format_price

Name = Literal["price", "volatility", "direction"]


@dataclass(frozen=True)
class Quantity:
    """A quantity that can be forecast, and what follows from it.

    Two quantities are equal if their names are.

    Args:
        name: as stored and as a config names it.
        naive_words: what the naive forecast repeats.
        rival: what a forecast has to beat, in the question that a report asks.
        decimals: of its values in percent; None where values are written as prices.
        has_distribution: whether a forecast is a set of quantiles, not a single probability.
        has_direction: whether its moves from the last value have a direction worth scoring, and
            naive errors grow as those of a random walk.
        skewed: whether its two tails are so different that each is calibrated by itself.
    """

    name: Name
    naive_words: str = field(compare=False)
    rival: str = field(compare=False)
    decimals: int | None = field(default=None, compare=False)
    has_distribution: bool = field(default=True, compare=False)
    has_direction: bool = field(default=False, compare=False)
    skewed: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.name

    @property
    def in_percent(self) -> bool:
        """Whether values are written in percent."""
        return self.decimals is not None

    def format(self, value: float) -> str:
        """Write a value as people do: ``94,591.79``, or ``2.31 %``."""
        if self.decimals is None:
            return format_price(value)
        return format_percent(value, decimals=self.decimals)


PRICE = Quantity("price", "the last close", "yesterday's price", has_direction=True)
VOLATILITY = Quantity(
    "volatility", "the scaled recent volatility", "recent volatility", decimals=2, skewed=True
)
DIRECTION = Quantity(
    "direction", "the share of rises", "always saying up", decimals=1, has_distribution=False
)
QUANTITIES: dict[str, Quantity] = {
    quantity.name: quantity for quantity in (PRICE, VOLATILITY, DIRECTION)
}
"""Every quantity by name."""
