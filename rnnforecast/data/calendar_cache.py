"""Calendars that were computed, kept for the next process: each takes a third of a second."""

from __future__ import annotations

import hashlib
import io
import zoneinfo
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pandas as pd

from rnnforecast.arrays import load_arrays
from rnnforecast.user_cache import cache_folder, keep, read_kept

SOURCES = ("exchange_calendars", "holidays", "pandas", "tzdata")
"""Packages from which calendars are computed; another version of one computes them again."""
MOST = 60
"""Calendars that are kept, the newest; one of thirty years has 400 kB."""
_UTC = "datetime64[ns, UTC]"


def path_of(*key: object) -> Path | None:
    """Return the file of a calendar; None if nothing is kept.

    Args:
        key: all that it depends on, besides the packages and the time zones of this machine.
    """
    folder = cache_folder("calendars")
    if folder is None:
        return None
    whole = repr((key, _versions(), _time_zones()))
    return folder / hashlib.sha256(whole.encode()).hexdigest()


def load_schedule(path: Path) -> tuple[str, pd.DataFrame, pd.Timestamp, pd.Timestamp] | None:
    """Return the zone, the schedule and the first and last known day; None if it is not kept."""
    content = read_kept(path)
    if content is None:
        return None
    try:
        arrays = load_arrays(content)
        days, times = arrays["days"].view("datetime64[ns]"), arrays["times"]
        columns = {
            str(name): pd.DatetimeIndex(instants.view("datetime64[ns]"), tz="UTC")
            for name, instants in zip(arrays["columns"], times, strict=True)
        }
        first, last = (pd.Timestamp(int(day)) for day in arrays["known"])
        schedule = pd.DataFrame(columns).set_axis(pd.DatetimeIndex(days))
        return str(arrays["zone"]), schedule, first, last
    except (ValueError, KeyError, TypeError):
        return None  # of a kind that this program no longer writes


def keep_schedule(
    path: Path, zone: str, schedule: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp
) -> None:
    """Keep what ``load_schedule`` will return.

    Args:
        path: from ``path_of``.
        zone: of the exchange's clock.
        schedule: instants in UTC by session, naive midnights.
        first: oldest day on which holidays are known.
        last: newest such day.
    """
    file = io.BytesIO()
    np.savez(
        file,
        zone=np.array(zone),
        columns=np.array(list(schedule.columns)),
        days=pd.DatetimeIndex(schedule.index).as_unit("ns").asi8,
        times=np.array([pd.DatetimeIndex(schedule[name]).as_unit("ns").asi8 for name in schedule]),
        known=np.array([first.as_unit("ns").value, last.as_unit("ns").value]),
    )
    keep(path, file.getvalue(), MOST)


@lru_cache(maxsize=1)
def _versions() -> tuple[str, ...]:
    """Return the versions of ``SOURCES``, empty for one that is not installed."""
    return tuple(map(_version, SOURCES))


def _version(package: str) -> str:
    """Read one line: ``importlib.metadata.version`` parses the whole file, which takes 5 ms."""
    try:
        metadata = distribution(package).read_text("METADATA") or ""
    except PackageNotFoundError:
        return ""
    lines = metadata.splitlines()
    return next((line for line in lines if line.startswith("Version: ")), "")


def _time_zones() -> list[tuple[str, int]]:
    """Return the lists of time zones of this system, and when each was changed."""
    lists = [Path(folder) / "tzdata.zi" for folder in zoneinfo.TZPATH]
    return [(str(path), path.stat().st_mtime_ns) for path in lists if path.exists()]
