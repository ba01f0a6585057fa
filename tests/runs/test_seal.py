"""A folder knows what its files are; a change of several is one step, wherever it is broken off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnforecast.errors import RunError
from rnnforecast.runs import seal
from rnnforecast.runs.layout import FILES
from rnnforecast.runs.seal import (
    Seal,
    commit,
    finish,
    is_inside,
    read_seal,
    read_sealed,
    seal_folder,
    seal_of,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "a.txt").write_bytes(b"one")
    (tmp_path / "inner" / "b.txt").write_bytes(b"two")
    seal_folder(tmp_path)
    return tmp_path


def test_a_sealed_folder_names_every_file_and_hidden_ones_not(folder: Path) -> None:
    (folder / ".hidden").write_bytes(b"x")
    seal_folder(folder)
    known = read_seal(folder)
    assert known is not None and set(known.files) == {"a.txt", "inner/b.txt"}
    assert read_sealed(folder, "inner/b.txt") == b"two"


def test_what_was_changed_by_others_is_not_what_was_written(folder: Path) -> None:
    (folder / "a.txt").write_bytes(b"One")
    assert read_sealed(folder, "a.txt") is None
    (folder / "a.txt").unlink()
    with pytest.raises(FileNotFoundError):
        read_sealed(folder, "a.txt")
    (folder / "stray.txt").write_bytes(b"x")
    with pytest.raises(KeyError):
        read_sealed(folder, "stray.txt")


def test_changes_replace_add_and_remove_together(folder: Path) -> None:
    commit(folder, {"a.txt": b"new", "c/d.txt": b"more", "inner/b.txt": None})
    known = read_seal(folder)
    assert known == Seal(known.files if known else {}, {}, ())
    assert known is not None and set(known.files) == {"a.txt", "c/d.txt"}
    assert read_sealed(folder, "a.txt") == b"new" and not (folder / "inner" / "b.txt").exists()


def test_a_change_that_was_killed_after_its_seal_counts_and_is_finished(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def killed(path: Path) -> None:
        calls.append(path)
        if len(calls) > 1:  # the first one finishes what is left of an earlier change
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(seal, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            commit(folder, {"a.txt": b"new"})
    assert (folder / "a.txt").read_bytes() == b"one"
    assert read_sealed(folder, "a.txt") == b"new"  # from the place where it lies
    finish(folder)
    assert (folder / "a.txt").read_bytes() == b"new" and read_sealed(folder, "a.txt") == b"new"


def test_a_change_that_fails_before_its_seal_leaves_everything_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in folder.rglob("*") if path.is_file())
    with monkeypatch.context() as patched:
        patched.setattr(seal, "_write_seal", lambda folder, seal: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):
            commit(folder, {"a.txt": b"new", "inner/b.txt": b"new"})
    assert read_sealed(folder, "a.txt") == b"one" and read_sealed(folder, "inner/b.txt") == b"two"
    after = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert [name for name in after if "lock" not in name] == before


def test_a_folder_that_was_never_sealed_has_no_seal_and_is_written_file_by_file(
    tmp_path: Path,
) -> None:
    assert read_seal(tmp_path) is None
    commit(tmp_path, {"x/y.txt": b"z"})
    assert read_seal(tmp_path) is None and (tmp_path / "x" / "y.txt").read_bytes() == b"z"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda values: values | {"format": 99}, "format 99, newer than 1"),
        (lambda values: values | {"files": {}}, "is damaged"),
        (lambda values: [], "is damaged"),
    ],
)
def test_a_seal_that_was_tampered_with_is_refused(folder: Path, change: object, words: str) -> None:
    values = json.loads((folder / FILES).read_text())
    (folder / FILES).write_text(json.dumps(change(values)))  # type: ignore[operator]
    with pytest.raises(RunError, match=words):
        read_seal(folder)


@pytest.mark.parametrize(
    "body",
    [
        {"files": 5, "pending": {}, "removed": []},
        {"files": {"a": "b"}, "pending": ["a"], "removed": []},
        {"files": {}, "pending": {"a": 1}, "removed": []},
        {"files": {}, "pending": {"a": "../b"}, "removed": []},
        {"files": {}, "pending": {}, "removed": ["a\0b"]},
        {"files": {}, "pending": {}, "removed": [["a"]]},
        {"files": {"\ud800": ""}, "pending": {}, "removed": []},
    ],
    ids=str,
)
def test_a_stranger_s_seal_with_a_right_sum_is_checked_all_the_same(
    body: dict[str, object], tmp_path: Path
) -> None:
    sums = {"format": 1, "sha256": seal._digest(seal._text(body))}
    (tmp_path / FILES).write_text(json.dumps(sums | body))
    with pytest.raises(RunError, match="is damaged"):
        read_seal(tmp_path)


def test_what_waits_is_neither_moved_nor_removed_through_a_link(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "id").write_text("mine")
    (folder / "link").symlink_to(elsewhere)
    (folder / "evil").write_text("theirs")
    for waiting in (Seal({}, {"link/id": "evil"}), Seal({}, {}, ("link/id",))):
        seal._write_seal(folder, waiting)
        with pytest.raises(RunError, match="is a symbolic link"):
            finish(folder)
    assert (elsewhere / "id").read_text() == "mine"


def test_names_outside_the_folder_are_refused_even_with_a_right_sum(tmp_path: Path) -> None:
    (tmp_path / FILES).write_bytes(seal_of({"../x": b"x"}))
    with pytest.raises(RunError, match="is damaged"):
        read_seal(tmp_path)
    assert [is_inside(name) for name in ("a/b", "a/../b", "/a", "", "..")] == [
        True, False, False, False, False
    ]  # fmt: skip


def test_nothing_is_written_through_a_link(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder / "link").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(RunError, match="is a symbolic link"):
        commit(folder, {"link/x.txt": b"x"})
