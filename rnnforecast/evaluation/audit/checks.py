"""All checks, in the order the data flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnnforecast.errors import DataError
from rnnforecast.evaluation.audit import futures, structure
from rnnforecast.evaluation.audit.finding import Finding
from rnnforecast.evaluation.audit.pipeline import Pipeline
from rnnforecast.evaluation.audit.prices import Prices
from rnnforecast.evaluation.audit.subject import Subject

Check = Callable[[Subject], Finding]

OF_BARS: tuple[Check, ...] = (structure.finished_bars, futures.cleaning, futures.features)
OF_WINDOWS: tuple[Check, ...] = (
    structure.unit_of_prices,
    structure.in_order,
    structure.targets_apart,
    futures.scalers,
    futures.learned,
    structure.no_answer_among_inputs,
    futures.windows,
    futures.forecasts,
    structure.every_window,
)


def audit(pipeline: Pipeline, stored: Prices) -> list[Finding]:
    """Every check of a pipeline on real prices.

    Args:
        pipeline: in parts.
        stored: the prices, as stored.

    Raises:
        DataError: if the prices do not suit the pipeline, though nothing saw the future so far.
    """
    return list(findings(Subject(pipeline, stored)))


def findings(subject: Subject) -> Iterator[Finding]:
    """The checks one after another; a feature that leaks so that no window can be made ends them."""
    leaked = False
    for check in OF_BARS:
        yield (found := check(subject))
        leaked |= found.result == "failed"
    try:
        _ = subject.dataset, subject.scalers
    except DataError:
        if leaked:
            return
        raise
    for check in OF_WINDOWS:
        yield check(subject)
