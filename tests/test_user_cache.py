"""What is kept for the next process is whole or not there, and never costs a result."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs
import pytest

from rnnforecast.user_cache import cache_folder, keep, read_kept


def test_the_folder_is_the_one_of_the_user_or_the_one_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RNNFORECAST_CACHE", str(tmp_path))
    assert cache_folder("xla") == tmp_path / "xla"
    monkeypatch.delenv("RNNFORECAST_CACHE")
    assert cache_folder("xla") == platformdirs.user_cache_path("rnnforecast", False) / "xla"
    monkeypatch.setenv("RNNFORECAST_CACHE", "")
    assert cache_folder("xla") == platformdirs.user_cache_path("rnnforecast", False) / "xla"
    monkeypatch.setenv("RNNFORECAST_CACHE", "~/kept")
    assert cache_folder("xla") == Path.home() / "kept" / "xla"


@pytest.mark.parametrize("off", ["off", "OFF", "Off"])
def test_where_nothing_is_kept_no_folder_is_named(
    off: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RNNFORECAST_CACHE", off)
    assert cache_folder("xla") is None


def test_what_was_kept_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "thing"
    assert read_kept(path) is None
    keep(path, b"content", 9)
    assert read_kept(path) == b"content"
    assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("place", [0, 20, 32, 38])
def test_a_flipped_bit_makes_it_missing(tmp_path: Path, place: int) -> None:
    path = tmp_path / "thing"
    keep(path, b"content", 9)
    damaged = bytearray(path.read_bytes())
    damaged[place] ^= 1
    path.write_bytes(damaged)
    assert read_kept(path) is None


def test_the_oldest_is_removed(tmp_path: Path) -> None:
    for number in range(4):
        keep(tmp_path / f"{number}", b"content", 3)
        os.utime(tmp_path / f"{number}", (number, number))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "3"]


def test_a_folder_that_cannot_be_made_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    keep(tmp_path / "file" / "thing", b"content", 9)
    assert read_kept(tmp_path / "file" / "thing") is None
