"""The manifest of a run that is about to be trained: versions, data, splits and seeds."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rnnforecast import __version__
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import missing_sessions, named
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.runs.manifest import (
    DataRecord,
    Manifest,
    SearchRecord,
    Split,
    SplitRecord,
    now,
)

LIBRARIES = ("tensorflow", "keras", "numpy", "pandas", "scikit-learn", "onnxruntime")
"""Those whose versions may change a number."""
LISTED_DATES = 50
"""Dates of left out sessions that are listed; the count is always complete."""
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def describe(
    dataset: Dataset,
    history: PriceHistory,
    exogenous: Mapping[str, PriceHistory],
    argv: Sequence[str] = (),
) -> Manifest:
    """Return the manifest of a run on one symbol before training.

    Args:
        dataset: what is learned from.
        history: the prices as they came, before cleaning.
        exogenous: those of the other inputs, by symbol.
        argv: the command line.
    """
    searched = dataset.experiment.searched
    return Manifest(
        created=now(),
        argv=tuple(argv),
        rnnforecast=__version__,
        code=code_digest(),
        python=platform.python_version(),
        platform=platform.platform(),
        versions=dict(_versions()),
        data=_data_record(
            history,
            cleaning=_cleaning(dataset),
            exogenous=tuple(_data_record(other) for other in exogenous.values()),
        ),
        splits={split: _split_record(dataset, split) for split in _splits(dataset)},
        searched=None if searched is None else SearchRecord(**searched.model_dump()),
    )


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of the libraries: looked up once, not for each of many symbols."""
    return tuple((name, importlib.metadata.version(name)) for name in LIBRARIES)


def describe_panel(title: str, parts: Sequence[Manifest]) -> Manifest:
    """Return the manifest of a run on several symbols: what its parts share, and sums.

    Args:
        title: of all symbols together.
        parts: the manifest of each symbol.
    """
    data, splits = [part.data for part in parts], [part.splits for part in parts]
    digests = "".join(record.digest for record in data)
    return parts[0].replace(
        data=DataRecord(
            symbol=title,
            symbols=tuple(record.symbol for record in data),
            interval=data[0].interval,
            sessions=_common(record.sessions for record in data),
            currency=_common(record.currency for record in data),
            rows=sum(record.rows for record in data),
            first=min(record.first for record in data),
            last=max(record.last for record in data),
            digest=hashlib.sha256(digests.encode()).hexdigest(),
            exogenous=data[0].exogenous,
        ),
        splits={
            split: SplitRecord(
                windows=sum(record[split].windows for record in splits),
                first_target=min(record[split].first_target for record in splits),
                last_target=max(record[split].last_target for record in splits),
            )
            for split in SPLITS
        },
    )


@cache
def code_digest() -> str:
    """Return a digest of this package's own code: installations of one version may differ."""
    sha, folder = hashlib.sha256(), Path(__file__).parents[1]
    for path in sorted(folder.rglob("*.py")):
        sha.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()[:16]


def _common(values: Iterable[str | None]) -> str | None:
    """Return the value that all share, or None where they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _data_record(history: PriceHistory, **more: Any) -> DataRecord:
    return DataRecord(
        symbol=history.symbol,
        interval=history.interval,
        sessions=history.sessions,
        currency=history.currency,
        rows=len(history),
        first=f"{history.first:%Y-%m-%d}",
        last=f"{history.last:%Y-%m-%d}",
        digest=history.digest(),
        provenance=dict(history.provenance),
        **more,
    )


def _splits(dataset: Dataset) -> tuple[Split, ...]:
    """Return the parts that a symbol has: who only teaches has nothing to be tested on."""
    return ("train",) if dataset.experiment.only_teaches else SPLITS


def _split_record(dataset: Dataset, split: Split) -> SplitRecord:
    dates, targets = dataset.history.dates, dataset.splits.targets(split)
    return SplitRecord(
        windows=len(dataset.splits.origins(split)),
        first_target=f"{dates[targets.start]:%Y-%m-%d}",
        last_target=f"{dates[targets.stop - 1]:%Y-%m-%d}",
    )


def _cleaning(dataset: Dataset) -> dict[str, Any]:
    """Describe what was done about bad and missing bars, and which sessions are left out."""
    absent = missing_sessions(dataset.history)
    left_out = () if absent is None else named(absent)
    return {
        **dataset.cleaning.to_dict(),
        "sessions_left_out": {"count": len(left_out), "dates": left_out[:LISTED_DATES]},
    }
