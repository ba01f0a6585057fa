"""A calendar that was kept is the one that was computed, and holds for nothing else."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data import calendar_cache, calendars
from rnnforecast.data.calendars import calendar
from rnnforecast.errors import UsageError

SINCE = pd.Timestamp("2023-05-05")


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, as for a new process."""
    monkeypatch.setenv("RNNFORECAST_CACHE", str(tmp_path))
    calendars._calendar.cache_clear()
    return tmp_path / "calendars"


def compute_nothing(*_: object) -> None:
    raise AssertionError("computed again")


@pytest.mark.parametrize("name", ["XNYS", "XHKG", "us_futures", "XIDX", "XCAI", "CMES"])
def test_it_is_the_same_for_the_next_process(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = calendar(name, SINCE)
    calendars._calendar.cache_clear()
    monkeypatch.setattr(calendars, "_exchange_calendars", compute_nothing)
    monkeypatch.setattr(calendars, "_own", compute_nothing)
    kept = calendar(name, SINCE)
    assert kept is not computed
    pd.testing.assert_frame_equal(kept.schedule, computed.schedule, check_freq=False)
    assert (kept.name, kept.zone, kept.first, kept.last) == (
        computed.name, computed.zone, computed.first, computed.last
    )  # fmt: skip
    span = pd.Timestamp("2020-01-01"), pd.Timestamp("2030-12-31")
    monkeypatch.undo()
    pd.testing.assert_frame_equal(kept.hours(*span), computed.hours(*span), check_freq=False)


def test_a_damaged_one_is_computed_again(cache: Path) -> None:
    computed = calendar("XNYS", SINCE)
    [path] = cache.iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    calendars._calendar.cache_clear()
    assert calendar("XNYS", SINCE).schedule.equals(computed.schedule)


def test_one_of_another_kind_is_computed_again(cache: Path) -> None:
    computed = calendar("XNYS", SINCE)
    [path] = cache.iterdir()
    calendar_cache.keep(path, b"PK of something else", 9)
    calendars._calendar.cache_clear()
    assert calendar("XNYS", SINCE).schedule.equals(computed.schedule)


def test_another_version_of_what_it_is_computed_from_computes_it_again(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar("XNYS", SINCE)
    for change in (("_versions", lambda: ("9.9",)), ("_time_zones", lambda: [("zones", 1)])):
        monkeypatch.setattr(calendar_cache, *change)
        calendars._calendar.cache_clear()
        calendar("XNYS", SINCE)
    assert len(list(cache.iterdir())) == 3


def test_each_name_and_beginning_has_its_own(cache: Path) -> None:
    for name, since in (("XNYS", SINCE), ("XLON", SINCE), ("XNYS", pd.Timestamp("2015-01-01"))):
        calendar(name, since)
    assert len(list(cache.iterdir())) == 3


def test_weeks_are_not_kept_and_unknown_names_are_refused(cache: Path) -> None:
    calendar("Sun-Thu", SINCE)
    with pytest.raises(UsageError, match="no calendar is called 'XXXX'"):
        calendar("XXXX", SINCE)
    assert not cache.exists()


def test_without_a_cache_it_is_computed(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("RNNFORECAST_CACHE", "off")
    assert len(calendar("XNYS", SINCE).schedule) > 1_000
    assert not cache.exists()
