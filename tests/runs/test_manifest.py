"""The manifest is typed, frozen and versioned; what is damaged or newer is one line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pydantic
import pytest

from rnnforecast import runs
from rnnforecast.errors import RunError
from rnnforecast.runs import Run


@pytest.fixture
def copy(trained: tuple[Path, Run], tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(trained[1].path, tmp_path / "copy")))


def test_a_manifest_survives_the_round_trip_with_fields_it_does_not_know(copy: Run) -> None:
    values = {**json.loads(copy.read(runs.MANIFEST)), "later": {"a": 1}}
    copy.write(runs.MANIFEST, json.dumps(values))
    assert copy.manifest.to_dict() == values


def test_a_manifest_cannot_change(copy: Run) -> None:
    with pytest.raises(pydantic.ValidationError):
        copy.manifest.parameters = 1  # type: ignore[misc]
    assert copy.manifest.replace(parameters=1).parameters == 1 != copy.manifest.parameters


def test_a_manifest_is_read_once_and_saved_through(copy: Run) -> None:
    first = copy.manifest
    assert copy.manifest is first and copy.parts[0].manifest is first
    copy.parts[0].save_manifest(first.replace(parameters=7))
    assert copy.manifest.parameters == 7 == Run(copy.path).manifest.parameters


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ("{}", r"is damaged \(created: field required\)"),
        (json.dumps({"schema": "x"}), r"is damaged \(schema: "),
        (json.dumps({"schema": 99}), "newer rnnforecast .schema 99; this one reads 1.; update"),
    ],
)
def test_a_damaged_or_newer_manifest_is_one_line(copy: Run, text: str, words: str) -> None:
    copy.write(runs.MANIFEST, text)
    with pytest.raises(RunError, match=words) as refused:
        _ = copy.manifest
    assert "\n" not in str(refused.value)


def test_a_manifest_that_is_no_text_is_one_line(copy: Run) -> None:
    (copy.path / runs.MANIFEST).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunError, match="is damaged"):
        _ = copy.manifest


@pytest.mark.parametrize("name", [runs.VERDICT, runs.SCALERS, runs.CALIBRATION])
def test_a_damaged_document_is_one_line(copy: Run, name: str) -> None:
    from rnnforecast.runs.folder import load_document

    copy.write(name, "{")
    with pytest.raises(RunError, match=f"{name} of run copy is damaged"):
        load_document(copy, name)
