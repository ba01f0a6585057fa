"""A run made again from its own record, and what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnforecast import runs
from rnnforecast.errors import RunError, TrainingStoppedError, UsageError
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.train import Hooks, train_run
from rnnforecast.quantities import DIRECTION
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import (
    load_experiment,
    load_forecaster,
    load_series,
)
from rnnforecast.runs.manifest import Manifest
from rnnforecast.runs.removal import remove

TIMED = re.compile(r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d_")
LONGEST = 75
"""Of a name without its time, so that there is room for what is added."""


@dataclass(frozen=True)
class Check:
    """One thing that should have come out the same.

    Args:
        what: in a few words.
        same: to the last bit.
        detail: how much was compared, or how far apart it is.
    """

    what: str
    same: bool
    detail: str


@dataclass(frozen=True)
class Reproduction:
    """A run made again.

    Args:
        again: the new run.
        checks: what was compared.
        versions: of what has changed since: before and now.
    """

    again: Run
    checks: tuple[Check, ...]
    versions: dict[str, tuple[str, str]]

    @property
    def differing(self) -> list[str]:
        """The checks that did not come out the same."""
        return [check.what for check in self.checks if not check.same]


def reproduce(run: Run | Part, argv: Sequence[str], hooks: Hooks) -> Reproduction:
    """Train a run again, from its own config, prices and seeds, beside it.

    Raises:
        RunError: if it is incomplete, or its training was stopped by hand.
        UsageError: if it is one symbol's part of a run on several.
    """
    if isinstance(run, Part) and not run.shares_folder:
        raise UsageError(
            f"{run.name} shares its networks with others",
            f"run: rnnforecast reproduce {run.run.name}",
        )
    run = run.run
    if run.manifest.interrupted:
        raise RunError(
            f"the training of {run.name} was stopped before its end, "
            "and would not stop there again",
            "reproduce a run that was trained to its end",
        )
    label = f"{TIMED.sub('', run.name)[:LONGEST]}_again"
    series = [load_series(part) for part in (*run.parts, *run.teachers)]
    weights = _weights(run)  # what cannot be compared is found before the training
    earlier = run.manifest.continues
    made = train_run(
        load_experiment(run),
        series,
        run.root,
        label=label,
        argv=argv,
        hooks=hooks,
        continues=None if earlier is None else Run(run.root / earlier),
    )
    if made.manifest.interrupted:
        remove(made)
        raise TrainingStoppedError("the second training was stopped", "its run was removed")
    pairs = list(zip(run.parts, made.parts, strict=True))
    texts = [
        _text(runs.FIT, [(run, made)]),
        _text(runs.SCALERS, pairs),
        _text(runs.CALIBRATION, pairs),
        _text(runs.POOL, pairs),
    ]
    checks = (
        *_networks(weights, _weights(made)),
        _forecasts(pairs),
        *(check for check in texts if check is not None),
    )
    return Reproduction(
        made, checks, _changed(_circumstances(run.manifest), _circumstances(made.manifest))
    )


def _weights(run: Run) -> list[NDArray[np.generic]]:
    """Return all weights of each network of a run."""
    from rnnforecast.model.export import weights_of

    names = [
        f"{runs.MEMBERS}/{number:02d}.keras" for number in range(1, len(run.manifest.seeds) + 1)
    ]
    networks = (weights_of(run.read_bytes(name), f"{name} of run {run.name}") for name in names)
    return [np.concatenate([weight.ravel() for weight in network]) for network in networks]


def _networks(
    before: Sequence[NDArray[np.generic]], now: Sequence[NDArray[np.generic]]
) -> list[Check]:
    return [
        _numbers(f"network {number}", "weights", old, new)
        for number, (old, new) in enumerate(zip(before, now, strict=True), 1)
    ]


def _forecasts(pairs: Sequence[tuple[Part, Part]]) -> Check:
    """Compare what both forecast of each symbol from the newest price
    that the run was trained with."""
    answers = []
    for part, again in pairs:
        dataset = dataset_of(part)
        origin = np.array([dataset.newest_origin])
        answers.append([_quantiles(load_forecaster(run), dataset, origin) for run in (part, again)])
    before, now = (np.concatenate(quantiles) for quantiles in zip(*answers, strict=True))
    return _numbers(
        "forecast" if len(pairs) == 1 else f"{len(pairs)} forecasts", "quantiles", before, now
    )


def _quantiles(forecaster: Any, dataset: Any, origin: NDArray[np.int64]) -> NDArray[np.float64]:
    direction = dataset.experiment.window.quantity == DIRECTION
    answer = forecaster.own_quantiles if direction else forecaster.quantiles
    quantiles: NDArray[np.float64] = answer(dataset, origin).ravel()
    return quantiles


def _text(name: str, pairs: Sequence[tuple[Run | Part, Run | Part]]) -> Check | None:
    """Compare a text file of results, of every part; None where the run has none."""
    there = [(part, again) for part, again in pairs if part.has(name)]
    if not there:
        return None
    before, now = ("".join(part.read(name) for part in parts) for parts in zip(*there, strict=True))
    lines = sum(old != new for old, new in zip(before.splitlines(), now.splitlines(), strict=False))
    same = before == now
    return Check(
        name, same, f"{len(now):,} characters" if same else f"{max(lines, 1)} lines differ"
    )


def _numbers(name: str, of: str, before: NDArray[np.generic], now: NDArray[np.generic]) -> Check:
    """Compare bit for bit."""
    if before.shape != now.shape:
        return Check(name, False, f"{len(before):,} {of} before, {len(now):,} now")
    if before.tobytes() == now.tobytes():
        return Check(name, True, f"{len(now):,} {of}")
    apart = np.abs(now.astype(float) - before.astype(float))
    worst = float(np.nanmax(apart / np.maximum(np.abs(before.astype(float)), 1e-12)))
    return Check(
        name,
        False,
        f"{np.count_nonzero(apart):,} of {len(now):,} {of} differ, by up to {worst:.1g} of them",
    )


def _circumstances(manifest: Manifest) -> dict[str, str]:
    """Return all that may make a difference beside config, data and seeds."""
    recorded = {
        "rnnforecast": manifest.rnnforecast,
        "code": manifest.code,
        "python": manifest.python,
        "platform": manifest.platform,
        "device": manifest.device,
    }
    return recorded | manifest.versions


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    names = dict.fromkeys([*before, *now])
    pairs = {name: (before.get(name, "none"), now.get(name, "none")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
