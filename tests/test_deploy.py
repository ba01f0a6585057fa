"""The recipes for schedulers and containers are what those programs read, and name real options."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from rnnforecast.runs import Run

from .conftest import Command, run_in

REPOSITORY = Path(__file__).parents[1]
DEPLOY = REPOSITORY / "deploy"
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def cron_line() -> list[str]:
    lines = (DEPLOY / "crontab").read_text().splitlines()
    [line] = [line for line in lines if line and not line.startswith("#")]
    return line.split()


def service() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "systemd" / "rnnforecast-daily.service")
    return unit


def workflow() -> dict[str, object]:
    return dict(yaml.safe_load((DEPLOY / "workflow.yml").read_text()))


def task(name: str) -> str:
    root = ElementTree.parse(DEPLOY / "task-scheduler.xml").getroot()
    found = root.find(f".//{TASK}{name}")
    assert found is not None and found.text is not None, name
    return found.text


def workflow_command() -> list[str]:
    [job] = workflow()["jobs"].values()  # type: ignore[attr-defined]
    [run] = [step["run"] for step in job["steps"] if "daily --watch" in step.get("run", "")]
    return shlex.split(run)


@pytest.mark.parametrize(
    "words",
    [
        cron_line()[5:],
        shlex.split(service()["Service"]["ExecStart"]),
        workflow_command(),
        ["rnnforecast", *task("Arguments").split()],
    ],
    ids=["cron", "systemd", "workflow", "windows"],
)
def test_every_scheduler_calls_a_command_that_there_is(words: list[str], here: Command) -> None:
    assert Path(words[0]).name == "rnnforecast"
    at = words.index("daily")
    # with a list that is not there, the command gets as far as looking for it
    answer = here(*words[3:at], "daily", "--watch", "missing.yaml")
    assert words[1] == "--home" and words[at + 1] == "--watch" and len(words) == at + 3
    assert answer.returncode == 2 and "no file missing.yaml" in answer.stderr


def test_the_cron_line_and_the_workflow_have_five_fields_of_time() -> None:
    schedule = workflow()[True]["schedule"]  # type: ignore[index]  # YAML reads "on" as true
    for fields in (cron_line()[:5], schedule[0]["cron"].split()):
        ranges = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
        for text, (low, high) in zip(fields, ranges, strict=True):
            assert text == "*" or all(low <= int(part) <= high for part in text.split("-"))


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    for path in (DEPLOY / "systemd").iterdir():
        text = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text)
    units = [str(path) for path in tmp_path.iterdir()]
    checked = subprocess.run([analyze, "verify", *units], capture_output=True, text=True)
    own = [line for line in checked.stderr.splitlines() if "rnnforecast-daily" in line]
    assert own == [], checked.stderr
    timer = (DEPLOY / "systemd" / "rnnforecast-daily.timer").read_text()
    [calendar] = re.findall(r"OnCalendar=(.*)", timer)
    assert subprocess.run([analyze, "calendar", calendar], capture_output=True).returncode == 0


def test_the_service_may_write_its_home_and_nothing_else() -> None:
    section = service()["Service"]
    home = shlex.split(section["ExecStart"])[2]
    assert section["ReadWritePaths"] == home and section["ProtectSystem"] == "strict"
    assert section["SuccessExitStatus"] == "7" and section["Type"] == "oneshot"


def test_a_task_of_windows_runs_once_at_a_time_and_makes_up_for_what_was_missed() -> None:
    assert task("Command") == "rnnforecast"
    assert task("MultipleInstancesPolicy") == "IgnoreNew"
    assert task("StartWhenAvailable") == "true"


def test_the_workflow_keeps_the_record_even_where_a_promise_is_broken() -> None:
    [job] = workflow()["jobs"].values()  # type: ignore[attr-defined]
    keeping = job["steps"][-1]
    assert keeping["if"] == "always()" and "git push" in keeping["run"]
    assert workflow()["concurrency"]["cancel-in-progress"] is False  # type: ignore[index]


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest.strip()) for name, rest in lines]


def test_the_image_runs_as_an_ordinary_user_on_a_volume_and_asks_doctor_for_its_health() -> None:
    every = instructions()
    assert [rest for name, rest in every if name == "USER"] == ["forecaster"]
    names = [name for name, _ in every]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")
    last = dict(every)
    assert last["VOLUME"] == "/data" and json.loads(last["ENTRYPOINT"]) == ["rnnforecast"]
    assert json.loads(last["CMD"])[:2] == ["--home", "/data"]
    health = json.loads(last["HEALTHCHECK"].partition("CMD")[2])
    assert health == ["rnnforecast", "--home", "/data", "doctor"]
    for name, rest in every:
        if name == "COPY":
            assert all((REPOSITORY / source).exists() for source in rest.split()[:-1]), rest


TRAINING_ONLY = {
    "arch", "ffn", "keras", "onnx", "sklearn", "statsforecast", "tensorflow", "tf2onnx",
}  # fmt: skip
"""What an installation that only forecasts does not have, by the names that are imported."""
WITHOUT = f"""
import sys
from importlib.machinery import PathFinder
class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        missing = name.partition(".")[0] in {TRAINING_ONLY}
        return None if missing else super().find_spec(name, path, target)
sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
"""


def test_an_installation_that_only_forecasts_needs_what_its_list_names(
    trained: tuple[Path, Run], tmp_path: Path
) -> None:
    shutil.copytree(trained[0], tmp_path / "home")
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    command = run_in(tmp_path / "home")
    paths = os.pathsep.join((str(tmp_path), str(REPOSITORY)))
    for words in (["predict"], ["track"], ["report"]):
        done = command(*words, PYTHONPATH=paths)
        assert done.returncode == 0, done.stderr
    done = command("train", "--config", "gru", "--symbol", "WALK", PYTHONPATH=paths)
    assert done.returncode == 6 and "is not installed; run: pip install" in done.stderr


def test_the_list_of_what_forecasts_is_that_of_the_package_without_what_trains() -> None:
    lines = (DEPLOY / "forecast-only.txt").read_text().splitlines()
    listed = {line for line in lines if line and not line.startswith("#")}
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    left_out = {re.split("[<>=]", line)[0] for line in set(project["dependencies"]) - listed}
    assert left_out == TRAINING_ONLY - {"sklearn"} | {"scikit-learn"}
    assert listed < set(project["dependencies"])
