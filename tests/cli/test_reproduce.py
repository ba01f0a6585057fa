"""A run is made again to the last bit, and what differs is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnforecast import runs
from rnnforecast.pipeline.reproduce import _numbers
from rnnforecast.runs import Run

from ..conftest import Command


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


def test_what_differs_is_named_with_the_versions_that_changed(here: Command, home: Path) -> None:
    run = runs.find(home / "runs")
    run.write(runs.FIT, run.read(runs.FIT).replace("1,1,", "1,1,9", 1))
    record = run.manifest.to_dict()
    record["versions"]["numpy"], record["code"] = "1.0", "0123456789abcdef"
    run.write(runs.MANIFEST, json.dumps(record))
    shutil.rmtree(home / "data")  # the run has its own prices
    told = here("reproduce", "--json", home=home)
    found = json.loads(told.stdout)
    assert (told.returncode, found["differing"]) == (6, ["fit.csv"])
    assert (
        "1 of 6 things differ" in told.stderr
        and "numpy 1.0 then" in told.stderr
        and "code 0123456789abcdef then" in told.stderr
    )
    assert [check["same"] for check in found["checks"]] == [True, True, True, False, True, True]
    assert found["changed"]["numpy"]["then"] == "1.0" and list(found["changed"]) == [
        "code",
        "numpy",
    ]
    again = runs.find(home / "runs", found["again"])
    assert again.manifest.data.digest == record["data"]["digest"] and again.name.endswith(
        "_WALK_gru_again"
    )


def test_a_training_that_was_stopped_cannot_be_made_again(here: Command, home: Path) -> None:
    run = runs.find(home / "runs")
    run.save_manifest(run.manifest.replace(interrupted=True))
    refused = here("reproduce", home=home)
    assert refused.returncode == 6 and "was stopped before its end" in refused.stderr
    assert len(runs.all_runs(home / "runs")) == 1


def test_the_last_bit_counts() -> None:
    before = np.array([1.0, 2.0, 3.0])
    now = np.array([1.0, np.nextafter(2.0, 3.0), 3.0])
    assert _numbers("x", "weights", before, before.copy()).same
    differs = _numbers("x", "weights", before, now)
    assert not differs.same and differs.detail == "1 of 3 weights differ, by up to 2e-16 of them"
    assert not _numbers("x", "weights", before, now[:2]).same
    assert not _numbers("x", "weights", np.array([0.0]), np.array([-0.0])).same
