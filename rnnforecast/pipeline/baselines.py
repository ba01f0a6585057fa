"""The baselines of an evaluation: spread over cores where there are many fits,
and kept once they are known."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rnnforecast import __version__
from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Splits
from rnnforecast.errors import DataError
from rnnforecast.evaluation.walkforward import Fold
from rnnforecast.forecast.baselines import registry
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.parallel import spread
from rnnforecast.pipeline.baseline_cache import read_kept, write_kept

LIBRARIES = ("arch", "statsforecast")
"""Those that the costly baselines rest on."""


def baseline_quantiles(
    dataset: Dataset,
    folds: Sequence[Fold],
    names: Sequence[str],
    kept: Path | None,
    tell: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> tuple[dict[str, Array], dict[str, str]]:
    """Compute the quantiles of every baseline that can be had, and say why others cannot.

    Args:
        dataset: whose prices are forecast.
        folds: what each fit learns from and forecasts.
        names: of the baselines.
        kept: folder of results that were computed before; None keeps none.
        tell: what is being done, how many fits are done, of how many.

    Returns:
        name to quantiles from the origins of all folds (window, step, level), and name to why it
        failed.
    """
    keys = {
        (name, at): _key(dataset, fold, name) for name in names for at, fold in enumerate(folds)
    }
    parts: dict[tuple[str, int], Array | str] = {}
    for job, key in keys.items():
        if kept is not None and (remembered := read_kept(kept, key)) is not None:
            parts[job] = remembered
    # the costly ones begin first, so that none is left at the end
    jobs = sorted((job for job in keys if job not in parts), key=lambda job: not _costly(job))
    arguments = [(name, at, folds[at].splits, folds[at].origins) for name, at in jobs]
    workers = None if len(folds) > 1 else 1  # starting processes costs more than one fit of each
    fits = spread(_fit, arguments, workers, shared=(dataset,))
    for done, (name, at, quantiles) in enumerate(fits, 1):
        parts[name, at] = quantiles
        if kept is not None and not isinstance(quantiles, str) and BASELINES[name].costly:
            write_kept(kept, keys[name, at], quantiles)
        tell("baselines", done, len(jobs))
    by_name = {name: [parts[name, at] for at in range(len(folds))] for name in names}
    failures = {name: why for name, fits in by_name.items() for why in fits if isinstance(why, str)}
    whole = {
        name: np.concatenate([part for part in fits if not isinstance(part, str)])
        for name, fits in by_name.items()
        if name not in failures
    }
    return whole, failures


def _costly(job: tuple[str, int]) -> bool:
    """Return whether a baseline in a fold takes long."""
    return BASELINES[job[0]].costly


def _fit(
    dataset: Dataset, name: str, at: int, cut: Splits, origins: NDArray[np.int64]
) -> tuple[str, int, Array | str]:
    """Forecast one baseline in one fold, or say why it failed."""
    dataset = replace(dataset, given_splits=cut)
    try:
        with np.errstate(over="ignore"):  # what overflows is refused below
            quantiles = BASELINES[name].quantiles(dataset, origins)
    except DataError as error:
        return name, at, error.problem
    usable = np.isfinite(quantiles).all(axis=(1, 2))
    if not usable.all():  # prices may hold jumps whose exponential no float can hold
        day = dataset.history.dates[origins[~usable][0]]
        return name, at, f"its forecast from {day:%Y-%m-%d} is not finite"
    return name, at, quantiles


def _key(dataset: Dataset, fold: Fold, name: str) -> str:
    """Return a digest of all that a costly baseline's forecasts depend on.

    That is prices, rows, horizon, versions of libraries, and the code of the baselines itself: a
    mended baseline never answers with what it computed before.
    """
    window = dataset.experiment.window
    settings = (name, window.horizon, window.quantity.name, repr(fold.splits), _code())
    sha = hashlib.sha256(repr(settings).encode())
    for values in (dataset.closes, fold.origins, LEVELS):
        sha.update(np.ascontiguousarray(values).tobytes())
    return sha.hexdigest()


@cache
def _code() -> tuple[str, ...]:
    """Return the versions of all that baselines are computed by, and a digest of their own code."""
    sha = hashlib.sha256()
    for path in sorted(Path(registry.__file__).parent.glob("*.py")):
        sha.update(path.read_bytes())
    versions = (importlib.metadata.version(library) for library in LIBRARIES)
    return (__version__, *versions, sha.hexdigest())
