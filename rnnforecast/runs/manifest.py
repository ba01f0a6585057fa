"""What must be known to make a run again: versions, data, splits and seeds."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from rnnforecast import __version__
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import missing_sessions, named
from rnnforecast.dataset.dataset import Dataset

RECORD_SCHEMA = 1
VERSIONS = ("tensorflow", "keras", "numpy", "pandas", "scikit-learn", "onnxruntime")


def record_of(
    dataset: Dataset,
    history: PriceHistory,
    exogenous: Mapping[str, PriceHistory],
    argv: Sequence[str],
) -> dict[str, Any]:
    """The record of a run before it is trained: no seeds yet, no look at the test part."""
    splits = dataset.splits
    return {
        "schema": RECORD_SCHEMA,
        "created": now(),
        "argv": list(argv),
        "rnnforecast": __version__,
        "code": code_digest(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
        "seeds": [],
        "parameters": 0,
        "interrupted": True,
        "data": {
            **_about(history),
            "cleaning": _cleaning(dataset),
            "exogenous": [_about(other) for other in exogenous.values()],
        },
        "splits": {
            part: {
                "windows": len(splits.origins(part)),
                "first_target": f"{dataset.history.dates[splits.targets(part).start]:%Y-%m-%d}",
                "last_target": f"{dataset.history.dates[splits.targets(part).stop - 1]:%Y-%m-%d}",
            }
            for part in ("train", "validation", "test")
        },
        "test_touched": [],
        "failed_baselines": {},
    }


@cache
def code_digest() -> str:
    """A digest of this package's own code: two installations of one version may differ."""
    sha, folder = hashlib.sha256(), Path(__file__).parents[1]
    for path in sorted(folder.rglob("*.py")):
        sha.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return sha.hexdigest()[:16]


def record_of_panel(title: str, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The record of a run on several symbols, from those of its parts: what they share, and sums."""
    about, cuts = [part["data"] for part in parts], [part["splits"] for part in parts]
    digests = "".join(one["digest"] for one in about)
    return {
        **parts[0],
        "data": {
            **about[0],
            "symbol": title,
            "symbols": [one["symbol"] for one in about],
            "sessions": _shared(one["sessions"] for one in about),
            "currency": _shared(one["currency"] for one in about),
            "rows": sum(one["rows"] for one in about),
            "first": min(one["first"] for one in about),
            "last": max(one["last"] for one in about),
            "digest": hashlib.sha256(digests.encode()).hexdigest(),
            "provenance": {},
            "cleaning": {},
        },
        "splits": {
            name: {
                "windows": sum(cut[name]["windows"] for cut in cuts),
                "first_target": min(cut[name]["first_target"] for cut in cuts),
                "last_target": max(cut[name]["last_target"] for cut in cuts),
            }
            for name in cuts[0]
        },
    }


def _shared(values: Iterable[str | None]) -> str | None:
    """What all have, or None where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _about(history: PriceHistory) -> dict[str, Any]:
    """A history without its bars."""
    return {
        "symbol": history.symbol,
        "interval": history.interval,
        "sessions": history.sessions,
        "currency": history.currency,
        "rows": len(history),
        "first": f"{history.first:%Y-%m-%d}",
        "last": f"{history.last:%Y-%m-%d}",
        "digest": history.digest(),
        "provenance": dict(history.provenance),
    }


def _cleaning(dataset: Dataset) -> dict[str, Any]:
    """What was done about bad and missing bars; sessions that were left out are counted here."""
    absent = missing_sessions(dataset.history)
    left_out = () if absent is None else named(absent)
    return {
        **dataset.cleaning.to_dict(),
        "sessions_left_out": {"count": len(left_out), "dates": left_out[:50]},
    }


def now() -> str:
    """The time, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
