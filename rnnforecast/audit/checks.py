"""All checks, in the order the data flows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rnnforecast.audit import answers, lookahead, own_features, splits
from rnnforecast.audit.case import Subject
from rnnforecast.audit.finding import Finding
from rnnforecast.audit.perturbations import Prices
from rnnforecast.audit.pipeline import Pipeline
from rnnforecast.errors import DataError

Check = Callable[[Subject], Finding]

OF_BARS: tuple[Check, ...] = (splits.finished_bars, lookahead.cleaning, lookahead.features)
OF_OWN_FEATURES: tuple[Check, ...] = (own_features.look_back, own_features.sources)
OF_WINDOWS: tuple[Check, ...] = (
    splits.unit_of_prices,
    splits.in_order,
    splits.targets_apart,
    lookahead.scalers,
    lookahead.learned,
    answers.no_answer_among_inputs,
    lookahead.windows,
    lookahead.forecasts,
    splits.every_window,
)


def audit(pipeline: Pipeline, stored: Prices) -> list[Finding]:
    """Make every check of a pipeline on real prices.

    Args:
        pipeline: in parts.
        stored: the prices, as stored.

    Raises:
        DataError: if the prices do not suit the pipeline, though nothing saw the future so far.
    """
    return list(findings(Subject(pipeline, stored)))


def findings(subject: Subject) -> Iterator[Finding]:
    """Make the checks one after another; a feature that leaks so that no window can be made
    ends them."""
    leaked = False
    checks_of_own_features = OF_OWN_FEATURES if subject.pipeline.own else ()
    for check in (*OF_BARS, *checks_of_own_features):
        yield (finding := check(subject))
        leaked |= finding.result == "failed"
    try:
        _ = subject.dataset, subject.scalers
    except DataError:
        if leaked:
            return
        raise
    for check in OF_WINDOWS:
        yield check(subject)
