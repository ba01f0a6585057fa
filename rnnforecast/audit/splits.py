"""Checks of what belongs where: parts in order, targets apart, none left out,
no target among the inputs."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.audit.case import WINDOWS, Subject
from rnnforecast.audit.finding import Finding, first_on
from rnnforecast.data.history_calendar import closing_times
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Part
from rnnforecast.errors import DataError
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.quantities import PRICE

PARTS: tuple[Part, ...] = ("train", "validation", "test")
LATER: tuple[tuple[Part, Part], ...] = (
    ("train", "validation"),
    ("train", "test"),
    ("validation", "test"),
)
FACTORS = (0.1, 7.0, 100.0)
"""By which prices are multiplied to see whether it matters."""
NOISE = 1e-4
"""In standard deviations of an input: less is rounding."""
ROUNDING = 1e-5
"""Of a forecast in another unit, as a share of it."""
LESS_LAST = ("linear", "segrnn")
"""Architectures that read a window less its last value,
so that logs of prices do not tell their level."""


def targets_apart(subject: Subject) -> Finding:
    """Check that no row is a target of two parts,
    and that no test target is seen before the test."""
    dataset, window = subject.dataset, subject.dataset.experiment.window
    origins = {part: subject.pipeline.origins(dataset, part) for part in PARTS}
    targets = {
        part: np.unique(rows[:, None] + np.arange(1, window.horizon + 1))
        for part, rows in origins.items()
    }
    seen = {
        part: np.unique(rows[:, None] - np.arange(window.lookback))
        for part, rows in origins.items()
    }
    check, wrong = "targets of the parts are disjoint", list[tuple[int, str]]()
    for early, late in LATER:
        for role, rows in (("target", targets[early]), ("input", seen[early])):
            shared = np.intersect1d(rows, targets[late])
            if len(shared):
                wrong.append(
                    (int(shared[0]), f"a {late} target is {_article(role)} of the {early} part")
                )
    counts = ", ".join(f"{len(targets[part]):,} {part}" for part in PARTS)
    return _finding(subject, check, f"{counts} target rows, and the inputs before them", wrong)


def _article(noun: str) -> str:
    return f"an {noun}" if noun == "input" else f"a {noun}"


def in_order(subject: Subject) -> Finding:
    """Check that windows of each part are in order of time, and the parts one after another."""
    origins = {part: subject.pipeline.origins(subject.dataset, part) for part in PARTS}
    check, wrong = "parts follow each other in time", list[tuple[int, str]]()
    for part, rows in origins.items():
        if (np.diff(rows) <= 0).any():
            wrong.append(
                (
                    int(rows[1:][np.diff(rows) <= 0][0]),
                    f"the windows of the {part} part are shuffled",
                )
            )
    for early, late in (LATER[0], LATER[2]):
        if origins[early].max() >= origins[late].min():
            wrong.append(
                (int(origins[late].min()), f"the {late} part begins before the {early} part ends")
            )
    counts = ", ".join(f"{len(rows):,} {part}" for part, rows in origins.items())
    return _finding(subject, check, f"origins of {counts} windows", wrong)


def every_window(subject: Subject) -> Finding:
    """Check that as many forecasts are scored as the test part allows: no last batch is dropped."""
    dataset = subject.dataset
    rows, horizon = dataset.splits.targets("test"), dataset.experiment.window.horizon
    wanted, origins = len(rows) - horizon + 1, subject.pipeline.origins(dataset, "test")
    scored = {}
    for name, forecast in subject.pipeline.forecasts.items():
        with contextlib.suppress(DataError):  # a baseline that such prices do not allow
            scored[name] = len(forecast(dataset, origins))
    short = [
        (int(origins.max()), f"{name} scores {count} of them")
        for name, count in scored.items()
        if count != wanted
    ]
    compared = (
        f"{len(rows)} test rows less horizon {horizon} plus 1: {wanted} forecasts of each model"
    )
    return _finding(subject, "every test window is scored", compared, short)


def unit_of_prices(subject: Subject) -> Finding:
    """Check that prices in another unit bring the same forecast in that unit: else dividends paid
    later, which rescale adjusted prices, would tell something."""
    check, factors = (
        "nothing knows the dividends to come",
        ", ".join(f"{factor:g}" for factor in FACTORS),
    )
    scaled = {
        factor: subject.settled(subject.pipeline.dataset(subject.used.scaled(factor)))
        for factor in FACTORS
    }
    if NETWORK in subject.pipeline.forecasts:
        moved, values = _moved_forecasts(subject, scaled), "forecasts of the network"
    else:
        moved, values = _moved_inputs(subject, scaled), "inputs and targets"
    compared = f"{values}, with prices times {factors}"
    if not moved:
        return Finding(check, compared)
    culprits = f"{', '.join(sorted(moved))} depends on the unit of prices"
    if (first_dividend := _first_adjusted(subject)) is None:
        return Finding(check, compared, "noted", f"{culprits}, but nothing is adjusted")
    detail = f"{culprits} that are adjusted for later dividends, {first_on(first_dividend)}"
    return Finding(
        check,
        compared,
        "failed",
        detail,
        "use returns and other relative inputs, or --set data.price=close",
    )


def _moved_forecasts(subject: Subject, scaled: Mapping[float, Dataset]) -> set[str]:
    """Name the network's forecast if it knows the unit of prices."""
    forecast, origins = subject.pipeline.forecasts[NETWORK], subject.before(len(subject.dates))
    issued, in_prices = (
        forecast(subject.dataset, origins),
        subject.dataset.experiment.window.quantity == PRICE,
    )
    same = [
        np.allclose(forecast(other, origins) / (factor if in_prices else 1), issued, rtol=ROUNDING)
        for factor, other in scaled.items()
    ]
    return set() if all(same) else {f"the forecast of {NETWORK}"}


def _moved_inputs(subject: Subject, scaled: Mapping[float, Dataset]) -> set[str]:
    """Name the inputs and targets that know the unit of prices, as a network would read them."""
    dataset, scalers = subject.dataset, subject.scalers
    origins = dataset.splits.origins("train")
    less_last = dataset.experiment.model.architecture in LESS_LAST

    def read(read_from: Dataset) -> NDArray[np.float64]:
        windows = subject.pipeline.inputs(read_from, scalers.inputs, origins[-WINDOWS:]).astype(
            float
        )
        return windows - windows[:, -1:] if less_last else windows

    before, targets = read(dataset), scalers.targets.apply(dataset.targets_at(origins))
    moved: set[str] = set()
    for other in scaled.values():
        gaps = np.abs(read(other) - before).max(axis=(0, 1))
        moved |= {
            f"feature {name}" for name, gap in zip(dataset.names, gaps, strict=True) if gap > NOISE
        }
        if np.abs(scalers.targets.apply(other.targets_at(origins)) - targets).max() > NOISE:
            moved.add(f"target {dataset.experiment.window.target}")
    return moved


def _first_adjusted(subject: Subject) -> pd.Timestamp | None:
    """Find the first used day whose price carries a dividend that was paid later,
    if there is one."""
    stored, settings = subject.stored.history.bars, subject.dataset.experiment.data
    if settings.price != "adjusted" or "adj_close" not in stored:
        return None
    factor = (stored["adj_close"] / stored["close"]).reindex(subject.dates)
    carries = (factor / factor.iloc[-1] - 1).abs() > 1e-9
    return subject.dates[int(carries.argmax())] if carries.any() else None


def finished_bars(subject: Subject) -> Finding:
    """Check that the newest bar was over when it was stored:
    an unfinished one changes after a forecast was made from it."""
    history = subject.stored.history
    closed = closing_times(history)[-1]
    stored = pd.Timestamp(history.provenance.get("retrieved_at") or pd.Timestamp.now("UTC"))
    seen = stored.tz_localize("UTC") if stored.tzinfo is None else stored
    compared = (
        f"the close of the newest bar, {closed:%Y-%m-%d %H:%M} UTC, with the time it was stored"
    )
    wrong = [(len(subject.dates) - 1, "the newest bar is not finished")] if closed > seen else []
    return _finding(subject, "no bar is unfinished or of the future", compared, wrong)


def _finding(subject: Subject, check: str, compared: str, wrong: list[tuple[int, str]]) -> Finding:
    """Report a pass, or what is wrong, each with the first row's date."""
    dates = subject.dates
    detail = ", ".join(
        f"{place}, {first_on(dates[min(row, len(dates) - 1)])}" for row, place in wrong
    )
    return Finding(check, compared, "failed" if wrong else "passed", detail)
