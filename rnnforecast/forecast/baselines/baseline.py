"""What a baseline is: one record, which its own module defines and the registry collects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.quantities import PRICE, Quantity


@dataclass(frozen=True)
class Baseline:
    """A forecaster that networks are compared with.

    Args:
        name: under which it is stored and asked for.
        title: as people write it.
        quantiles: from a dataset and origins to quantiles of what is forecast (window, step,
            level), learned from the rows before the test part and from those up to each origin.
        quantities: what it forecasts.
        costly: whether its fit takes so long that the result is worth keeping.

    Raises:
        DataError: by ``quantiles``, with the reason in ``problem``, where there is no such
            forecast of a series.
    """

    name: str
    title: str
    quantiles: Callable[[Dataset, Rows], Array]
    quantities: tuple[Quantity, ...] = (PRICE,)
    costly: bool = False
