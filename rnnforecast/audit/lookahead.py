"""Checks that give the prices another future, and demand the same past, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from rnnforecast.audit import own_features
from rnnforecast.audit.case import Subject
from rnnforecast.audit.finding import Finding, first_difference, first_on
from rnnforecast.audit.perturbations import FUTURES, SAME_ROWS, doubled_and_halved
from rnnforecast.config.features import without_folder
from rnnforecast.errors import DataError

DAYS = 8
"""After which stored prices are altered."""
Leak = tuple[pd.Timestamp, str]
"""The first date at which something saw the future, and what."""


def cleaning(subject: Subject) -> Finding:
    """Check what is done about missing and bad bars, and the adjustment for dividends."""
    stored, used, leaks = subject.stored, subject.used, list[Leak]()
    begin = int(stored.dates.searchsorted(used.dates[len(used.dates) // 10]))
    for row in np.unique(np.linspace(begin, len(stored.dates) - 2, DAYS).astype(int)):
        day = stored.dates[row]
        after = subject.pipeline.clean(stored.with_future(row, doubled_and_halved).history)
        old, new = (history.bars.loc[:day].astype(float) for history in (used.history, after))
        if not old.index.equals(new.index):
            leaks.append((day, "the choice of bars"))
        elif moved := first_difference(old.to_numpy(), new.to_numpy(), pd.DatetimeIndex(old.index)):
            leaks.append((moved[0], f"the cleaning of {old.columns[moved[1]]}"))
    compared = (
        f"{len(used.dates):,} bars as used, with stored prices altered after each of {DAYS} days"
    )
    return _finding("cleaning looks back only", compared, leaks)


def features(subject: Subject) -> Finding:
    """Check every feature at every row, with everything after some rows cut off or altered."""
    table, leaks, done = subject.table, list[Leak](), 0
    slack = dict(zip(map(str, table), subject.slack, strict=True))
    for way, future in FUTURES.items():
        # numbers a million times as large leave a million times the rounding behind
        larger = 1e6 if way == "times a million" else 1.0
        for row in subject.cuts:
            try:
                other = subject.pipeline.features(subject.used.with_future(row, future))
            except DataError:
                continue  # no feature of such prices can be had: that betrays nothing
            done += 1
            leaks += _moved_features(
                table.iloc[: row + 1],
                other.iloc[: row + 1],
                {name: larger * value for name, value in slack.items()},
            )
    ways = ", ".join(FUTURES)
    compared = (
        f"{len(table.columns)} features with {done} other futures ({ways}) after "
        f"{len(subject.cuts)} days"
    )
    return _finding("features look back only", compared, leaks)


def _moved_features(
    before: pd.DataFrame, after: pd.DataFrame, slack: Mapping[str, float]
) -> Iterator[Leak]:
    dates = pd.DatetimeIndex(before.index)
    for name in before:
        old, new = (table[name].to_numpy(float) for table in (before, after))
        if old.shape != new.shape:
            yield dates[0], f"feature {without_folder(str(name))}"
        elif len(moved := np.flatnonzero(own_features.differs(old, new, slack[str(name)]))):
            yield dates[int(moved[0])], f"feature {without_folder(str(name))}"


def scalers(subject: Subject) -> Finding:
    """Check the scalers, with everything after the training part altered."""
    dataset, leaks = subject.dataset, list[Leak]()
    stop = dataset.splits.targets("train").stop
    before = asdict(subject.scalers)
    for name in SAME_ROWS:
        after = asdict(subject.pipeline.scalers(subject.other(stop - 1, name)))
        for kind, columns in (("inputs", dataset.names), ("targets", None)):
            for constant in ("center", "scale"):
                pairs = zip(before[kind][constant], after[kind][constant], strict=True)
                if moved := [at for at, (old, new) in enumerate(pairs) if old != new]:
                    whose = columns[moved[0]] if columns else f"targets at step {moved[0] + 1}"
                    leaks.append((dataset.history.dates[stop], f"the scaler of {whose}"))
    compared = (
        f"center and scale of {len(dataset.names)} inputs and {len(before['targets']['center'])} "
        "targets, with "
    )
    day = dataset.history.dates[stop]
    return _finding(
        "scalers learn from training rows alone",
        f"{compared}prices altered from {day:%Y-%m-%d} on",
        leaks,
    )


def learned(subject: Subject) -> Finding:
    """Check every window and target that training, early stopping and calibration see,
    with what follows them altered."""
    pipeline, dataset, leaks, count = subject.pipeline, subject.dataset, list[Leak](), 0
    for part in ("train", "validation"):
        stop = dataset.splits.targets(part).stop
        origins = pipeline.origins(dataset, part)
        dates = dataset.history.dates[origins]
        count += len(origins)
        for name in SAME_ROWS:
            other = subject.other(stop - 1, name)
            inputs = [
                pipeline.inputs(version, subject.scalers.inputs, origins)
                for version in (dataset, other)
            ]
            targets = [
                pipeline.outcomes(version, subject.scalers.targets, origins)
                for version in (dataset, other)
            ]
            for kind, (old, new) in (("inputs", inputs), ("targets", targets)):
                if moved := first_difference(old, new, dates):
                    leaks.append((moved[0], f"the {kind} of the {part} windows"))
    compared = f"{count:,} windows and their targets, with prices altered from the next part on"
    return _finding("training and calibration see nothing of later parts", compared, leaks)


def windows(subject: Subject) -> Finding:
    """Check the input windows of the test part, with everything after their origins altered."""
    pipeline, scaler, leaks, count = subject.pipeline, subject.scalers.inputs, list[Leak](), 0
    for (row, _), other in subject.late.items():
        origins = subject.before(row)
        count += len(origins)
        old, new = (
            pipeline.inputs(dataset, scaler, origins) for dataset in (subject.dataset, other)
        )
        if moved := first_difference(old, new, subject.dates[origins]):
            leaks.append((moved[0], f"the input windows ({_column(subject, moved[1])})"))
    return _finding(
        "input windows end at their origin",
        f"{count} windows with another future behind them",
        leaks,
    )


def _column(subject: Subject, position: int) -> str:
    """Name the feature at a position of a flattened window."""
    names = subject.dataset.names
    return names[position % len(names)]


def forecasts(subject: Subject) -> Finding:
    """Check forecasts from the test part, with everything after their origins altered."""
    models, leaks, count = subject.pipeline.forecasts, list[Leak](), 0
    asked: set[str] = set()
    for row in subject.late_cuts:
        origins = subject.before(int(row))
        others = [other for (cut, _), other in subject.late.items() if cut == row]
        for name, forecast in models.items():
            try:
                issued = forecast(subject.dataset, origins)
            except DataError:
                continue  # a baseline that such prices do not allow, as HAR without ranges
            asked.add(name)
            for other in others:
                count += len(origins)
                if moved := first_difference(
                    issued, forecast(other, origins), subject.dates[origins]
                ):
                    leaks.append((moved[0], f"the forecast of {name}"))
    names = ", ".join(name for name in models if name in asked)
    compared = f"{count:,} forecasts of {names}, with another future after their origin"
    return _finding("a forecast depends on nothing after its origin", compared, leaks)


def _finding(check: str, compared: str, leaks: list[Leak]) -> Finding:
    """Report a pass, or who saw the future, each with the first date at which it shows."""
    if not leaks:
        return Finding(check, compared)
    culprits = {
        culprit: min(day for day, other in leaks if other == culprit) for _, culprit in leaks
    }
    sentence = ", ".join(
        f"{culprit} saw the future, {first_on(day)}" for culprit, day in culprits.items()
    )
    return Finding(check, compared, "failed", sentence)
