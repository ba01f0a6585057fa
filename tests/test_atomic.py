"""A file is replaced whole, by its own permissions, and links are not followed."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from rnnforecast.atomic import (
    check_new,
    check_suffix,
    is_temporary,
    open_to_append,
    read_regular,
    replacing,
    sweep,
    synced_together,
    write_atomic,
    write_output,
)
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_a_pipe_is_neither_waited_for_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for refused in (read_regular, open_to_append, lambda path: write_atomic(path, b"x")):
        with pytest.raises(OSError, match=r"regular file|No such device"):
            refused(pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_is_named_where_it_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    for refused in (read_regular, open_to_append):
        with pytest.raises(OSError, match="it is a symbolic link"):
            refused(tmp_path / "link")
    with pytest.raises(OSError, match="it is no regular file"):
        read_regular(tmp_path)


def test_a_sparse_file_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(OSError, match="it has more than 2,147 MB"):
        read_regular(tmp_path / "sparse")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes in the file system")
def test_a_pipe_that_a_user_names_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "page.html"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    check_new(pipe, force=False)
    write_output(pipe, b"content")
    assert os.read(reader, 100) == b"content" and stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)
    assert write_output(Path(os.devnull), b"x") and stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_many_files_are_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = list[str]()
    monkeypatch.setattr(os, "fsync", lambda handle: waits.append("file"))
    monkeypatch.setattr(os, "sync", lambda: waits.append("all"), raising=False)
    with synced_together():
        for number in range(9):
            write_atomic(tmp_path / str(number), b"content")
        assert waits == []
    assert waits == ["all"] and (tmp_path / "8").read_bytes() == b"content"
    write_atomic(tmp_path / "later", b"")
    assert waits[:2] == ["all", "file"]
