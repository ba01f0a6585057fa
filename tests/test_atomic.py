"""A file is replaced whole, by its own permissions, and links are not followed."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from rnnforecast.atomic import check_suffix, is_temporary, replacing, sweep, write_atomic
from rnnforecast.errors import UsageError


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_permissions_follow_the_umask(umask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "file", b"content")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_a_link_is_replaced_and_what_it_points_to_is_left_alone(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_text("mine")
    link.symlink_to(victim)
    write_atomic(link, b"new")
    assert victim.read_text() == "mine" and link.read_text() == "new" and not link.is_symlink()


def test_a_file_is_not_named_as_what_it_is_not() -> None:
    for fitting in (None, Path("page"), Path("page.HTML")):
        check_suffix(fitting, (".html", ".htm"))
    with pytest.raises(
        UsageError, match=r"model\.h5 has the ending of another .*; end it in \.zip$"
    ):
        check_suffix(Path("model.h5"), (".zip",))
    with pytest.raises(UsageError, match="for a PDF, show the page with --open and print it"):
        check_suffix(Path("page.pdf"), (".html",))


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as aside:
        aside.write_text("half of the ne")
        raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_library_sees_the_ending_that_it_goes_by(tmp_path: Path) -> None:
    with replacing(tmp_path / "01.keras") as aside:
        assert aside.suffix == ".keras" and is_temporary(aside)
        aside.write_text("network")
    assert (tmp_path / "01.keras").read_text() == "network"


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "a.b"])
def test_a_name_may_be_as_long_as_the_file_system_allows(name: str, tmp_path: Path) -> None:
    write_atomic(tmp_path / name, b"content")
    assert (tmp_path / name).read_bytes() == b"content"


def test_only_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    old, new, own = (
        tmp_path / name for name in (".0123456789ab.tmp.a", ".ba9876543210.tmp.a", "b.tmp")
    )
    for path in (old, new, own):
        path.touch()
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    os.utime(own, (hours_ago, hours_ago))
    assert sweep(tmp_path) == [old]
    assert sorted(tmp_path.iterdir()) == sorted([new, own])
