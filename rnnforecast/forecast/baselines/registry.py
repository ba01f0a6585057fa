"""Every baseline by name."""

from __future__ import annotations

from rnnforecast.forecast.baselines import classical, garch, har, naive, ridge, simple
from rnnforecast.forecast.baselines.baseline import Baseline
from rnnforecast.quantities import Quantity

BASELINES: dict[str, Baseline] = {
    baseline.name: baseline
    for module in (naive, simple, garch, har, classical, ridge)
    for baseline in module.BASELINES
}
"""In the order of tables; each module lists its own."""


PARTS = {"networks_alone": "networks alone", "filters": "pool without networks"}
"""What a pool is made of, as people write it."""


def baselines_of(quantity: Quantity) -> tuple[str, ...]:
    """Return the names of those that forecast a quantity."""
    return tuple(name for name, baseline in BASELINES.items() if quantity in baseline.quantities)


def model_title(name: str) -> str:
    """Return a model's name as people write it; what is no baseline is called what it is
    stored as."""
    return BASELINES[name].title if name in BASELINES else PARTS.get(name, name)
