"""Is the answer among the inputs?

Dependence of each input on the changes that come, and on their size.
"""

from __future__ import annotations

import numpy as np

from rnnforecast.arrays import Array
from rnnforecast.audit.case import Subject
from rnnforecast.audit.finding import Finding

SURE, ODD = 0.9, 0.2
"""A correlation with what comes that is the answer, and one that no honest input of prices has:
those reach 0.08."""
SIZE_SURE, SIZE_ODD = 0.9, 0.6
"""The same of sizes, and of any dependence: honest ones reach 0.4, for volatility clusters."""
BINS = 10
"""Of each side, for mutual information."""
FEWEST = 400
"""Rows below which mutual information is not looked at, and an oddity is not noted."""
STEPS = 5
"""Ahead, each by itself, that inputs are compared with."""
CHECK = "the answer is not among the inputs"


def no_answer_among_inputs(subject: Subject) -> Finding:
    """Compare the inputs at each origin with the changes after it, in the unit of the target.

    Correlation, correlation of sizes (|input| with |change|), and mutual information given as the
    correlation of Gaussian variables that would have as much of it.
    """
    dataset = subject.dataset
    origins = np.sort(subject.pipeline.origins(dataset, "train"))
    newest = subject.pipeline.inputs(dataset, subject.scalers.inputs, origins)[:, -1].astype(float)
    answers = _answers(subject, origins)
    failed, noted, largest = [], [], {"correlation": 0.0, "of sizes": 0.0, "any": 0.0}
    for name, values in zip(dataset.names, newest.T, strict=True):
        kinds = _likeness(values, answers)
        largest = {kind: max(largest[kind], value) for kind, (value, _) in kinds.items()}
        worst = max(kinds, key=lambda kind: kinds[kind][0] / _limits(kind)[1])
        value, step = kinds[worst]
        sure, odd = _limits(worst)
        words = f"feature {name} {WORDS[worst]} {step} ahead ({value:.2f})"
        if value >= sure:
            failed.append(f"{words}: it is the answer")
        elif value >= odd and len(origins) >= FEWEST:
            noted.append(words)
    compared = (
        f"each input with the next {answers.shape[1]} changes: the largest correlation is "
        f"{largest['correlation']:.3f}, of sizes {largest['of sizes']:.3f}, of any kind "
        f"{largest['any']:.3f}"
    )
    if failed:
        remedy = "look at the dates of that input: is a bar stamped with a day before it was known?"
        return Finding(CHECK, compared, "failed", ", ".join(failed), remedy)
    if noted:
        detail = f"{', '.join(noted)}: no honest input of prices does, see its dates"
        return Finding(CHECK, compared, "noted", detail)
    return Finding(CHECK, compared)


WORDS = {
    "correlation": "moves with the change",
    "of sizes": "has the size of the change",
    "any": "tells the change",
}


def _limits(kind: str) -> tuple[float, float]:
    return (SURE, ODD) if kind == "correlation" else (SIZE_SURE, SIZE_ODD)


def _answers(subject: Subject, origins: np.ndarray) -> Array:
    """Return the change at each of the next steps, in the unit of the target (window, step)."""
    dataset = subject.dataset
    if dataset.experiment.window.quantity.has_direction and (dataset.closes > 0).all():
        logs = np.log(dataset.closes)
        steps = np.arange(min(STEPS, dataset.experiment.window.horizon))
        return np.asarray(
            logs[origins[:, None] + steps + 1] - logs[origins[:, None] + steps], float
        )
    return np.asarray(dataset.targets_at(origins)[:, :1], float)


def _likeness(values: Array, answers: Array) -> dict[str, tuple[float, int]]:
    """Return the largest dependence of each kind, and the step at which it is."""
    strongest = {}
    for kind, measure in (
        ("correlation", correlation),
        ("of sizes", lambda first, second: correlation(np.abs(first), np.abs(second))),
        ("any", dependence),
    ):
        by_step = [abs(measure(values, answer)) for answer in answers.T]
        strongest[kind] = (max(by_step), int(np.argmax(by_step)) + 1)
    return strongest


def correlation(first: Array, second: Array) -> float:
    """Return Pearson's correlation of two series; 0 where one of them is constant."""
    known = np.isfinite(first) & np.isfinite(second)
    first, second = first[known], second[known]
    if len(first) < 3 or not (np.ptp(first) and np.ptp(second)):
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def dependence(first: Array, second: Array) -> float:
    """Return mutual information as the correlation of Gaussian variables with as much of it.

    Ranks fall into BINS x BINS cells; what independent series show by chance (Miller 1955), and
    four standard deviations of that, are taken off.
    """
    known = np.isfinite(first) & np.isfinite(second)
    count = int(known.sum())
    if count < FEWEST or not (np.ptp(first[known]) and np.ptp(second[known])):
        return 0.0
    places = [
        np.searchsorted(np.quantile(side[known], np.arange(1, BINS) / BINS), side[known])
        for side in (first, second)
    ]
    table = np.zeros((BINS, BINS))
    np.add.at(table, tuple(places), 1 / count)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True)
    filled = table > 0
    information = float(np.sum(table[filled] * np.log(table[filled] / expected[filled])))
    cells = (BINS - 1) ** 2
    chance = (cells + 4 * np.sqrt(2 * cells)) / (2 * count)
    return float(np.sqrt(1 - np.exp(-2 * max(information - chance, 0.0))))
