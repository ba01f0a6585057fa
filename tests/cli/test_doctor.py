"""The doctor finds what is missing, and says what to do about it."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rnnforecast import doctor
from rnnforecast.data import calendars
from rnnforecast.data.store import Store
from rnnforecast.doctor import Finding, diagnose

from ..conftest import Command, make_history


@pytest.fixture(autouse=True)
def _no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        doctor, "_tensorflow", lambda: Finding("tensorflow", "2.21, trains on the CPU")
    )


def findings(home: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in diagnose(home, online=False)}


def test_a_sound_installation_is_well(here: Command, tmp_path: Path) -> None:
    told = here("doctor")
    assert told.returncode == 0 and told.stdout.splitlines()[-1] == "all is well"
    assert "imported in" in told.stdout and "0 series, 0 runs" in told.stdout
    assert all(finding.fine for finding in findings(tmp_path).values())
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_not_there_is_named_with_its_remedy(
    here: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.import_module

    def broken(name: str, *rest: Any) -> Any:
        if name == "arch":
            raise ImportError("no module named arch")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", broken)
    told = here("doctor", "--json")
    document = json.loads(told.stdout)
    (ill,) = [finding for finding in document["findings"] if not finding["fine"]]
    assert (told.returncode, ill["what"], ill["remedy"]) == (
        2,
        "arch",
        "pip install --force-reinstall arch",
    )


def test_a_full_disk_and_a_folder_that_cannot_be_written_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 5, 5))  # type: ignore[attr-defined]
    assert not findings(tmp_path)["disk"].fine

    def refuse(**_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    found = findings(tmp_path)["home"]
    assert "Permission denied" in found.found and "--home" in found.remedy


def test_what_is_stored_but_damaged_is_found(tmp_path: Path) -> None:
    (tmp_path / "data" / "X").mkdir(parents=True)
    (tmp_path / "data" / "X" / "1d.json").write_text("{")
    assert "is damaged" in findings(tmp_path)["stored"].found


def test_yahoo_is_asked_only_if_wanted(here: Command) -> None:
    told = here("doctor", "--online")  # the tests' proxy refuses
    assert told.returncode == 5 and "NO  Yahoo" in told.stdout
    assert here("doctor", "--online", "--offline").returncode == 2


@pytest.mark.parametrize(("days", "warned"), [(59, True), (61, False)])
def test_a_calendar_in_use_that_ends_soon_is_a_warning(
    here: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, warned: bool
) -> None:
    Store(tmp_path / "data").save(make_history(np.arange(9.0) + 1, "D05.SI", "XSES"))
    today = pd.Timestamp.now().normalize()
    whole = calendars.calendar("XSES", today)
    ending = calendars.Calendar(
        "XSES", whole.zone, whole.schedule, whole.first, today + pd.Timedelta(days=days)
    )
    monkeypatch.setattr(calendars, "calendar", lambda name, start: ending)
    told = here("doctor")
    assert told.returncode == 0
    assert ("!   calendar      XSES (of D05.SI) knows no holidays after" in told.stdout) == warned
