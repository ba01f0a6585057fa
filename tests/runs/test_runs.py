"""A run appears whole or not at all, and says what is missing."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import time_machine

from rnnforecast import runs
from rnnforecast.config import load
from rnnforecast.dataset.automatic import resolve
from rnnforecast.errors import DataError, ExportError, RunError, UsageError
from rnnforecast.model import inference
from rnnforecast.model.runtime import GraphError
from rnnforecast.runs import Run, lifecycle
from rnnforecast.runs.artifacts import load_experiment, load_forecaster, load_history, load_networks

from ..conftest import SMALL, random_walk


def test_a_run_has_every_file_of_its_fixed_layout(trained: tuple[Path, Run]) -> None:
    _, run = trained
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    members = {
        f"members/{number:02d}.{kind}" for number in (1, 2) for kind in ("keras", "npz", "onnx")
    }
    tables = {
        runs.CONFIG,
        runs.MANIFEST,
        runs.SCALERS,
        runs.CALIBRATION,
        runs.FIT,
        runs.HISTORY,
        runs.FORECAST,
    }
    assert members | tables <= files
    assert not any(path.endswith((".pkl", ".pickle", ".npy")) for path in files)


def test_the_record_tells_what_is_needed_to_make_the_run_again(trained: tuple[Path, Run]) -> None:
    _, run = trained
    manifest = run.manifest
    assert manifest.seeds == (1, 2) and not manifest.interrupted
    assert manifest.data.digest == random_walk().digest()
    assert set(manifest.versions) >= {"tensorflow", "keras", "numpy"}
    assert manifest.splits["test"].last_target == "2020-10-26"
    assert manifest.test_touched == ()
    assert load_experiment(run) == resolve(load("gru", SMALL), [random_walk()])


def test_a_run_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DataError), runs.create(tmp_path / "runs", "x") as run:
        run.write("half.txt", "written")
        raise DataError("broken off")
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_run_in_the_making_is_not_listed(tmp_path: Path) -> None:
    with runs.create(tmp_path, "x") as run:
        run.write(runs.MANIFEST, "{}")
        assert runs.all_runs(tmp_path) == []
    assert len(runs.all_runs(tmp_path)) == 1


def test_two_runs_in_one_second_are_two_runs(tmp_path: Path) -> None:
    for _ in range(3):
        with runs.create(tmp_path, "x") as run:
            run.write(runs.MANIFEST, "{}")
    assert len(runs.all_runs(tmp_path)) == 3


@pytest.mark.parametrize("label", ["../x", "a/b", "", "x" * 100])
def test_a_name_that_cannot_be_a_folder_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(UsageError, match="cannot end a run's name"), runs.create(tmp_path, label):
        pass
    assert list(tmp_path.iterdir()) == []


def fake_runs(root: Path, *names: str) -> None:
    for name in names:
        (root / name).mkdir()
        (root / name / runs.MANIFEST).write_text("{}")


def test_the_newest_run_is_found_and_any_by_a_part_of_its_name(tmp_path: Path) -> None:
    fake_runs(tmp_path, "2024-01-02T00-00-00_b", "2024-01-01T00-00-00_a")
    assert runs.find(tmp_path).name.endswith("_b")
    assert runs.find(tmp_path, "_a").name.endswith("_a")
    fake_runs(tmp_path, "2024-01-03T00-00-00_a_again")
    assert runs.find(tmp_path, "_a").name == "2024-01-01T00-00-00_a"  # the only one that ends so
    fake_runs(tmp_path, "2024-01-04T00-00-00_a")
    assert runs.find(tmp_path, "_A").name == "2024-01-04T00-00-00_a"  # the newest of two
    assert [run.name[:10] for run in runs.matching_runs(tmp_path, "_a")] == [
        "2024-01-01",
        "2024-01-04",
    ]
    assert runs.find(tmp_path, "2024-01-01T00-00-00_a").name == "2024-01-01T00-00-00_a"
    assert runs.find(tmp_path, "latest") == runs.find(tmp_path, "_a@latest") == runs.find(tmp_path)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("zzz", "no run matches 'zzz'; see: rnnforecast runs list"),
        ("lsmt", "no run matches 'lsmt'; did you mean 2024-01-02_lstm"),
        ("gru", "no run matches 'gru'; train one: rnnforecast train --config gru"),
        ("NVDA", "no run matches 'NVDA'; train one: rnnforecast train NVDA"),
        ("ether", "no run matches 'ether'; see: rnnforecast runs list"),
        ("ethereum", "no run matches 'ethereum'; train one: rnnforecast train ETH-USD"),
    ],
)
def test_a_name_that_no_run_fits_is_refused(tmp_path: Path, name: str, problem: str) -> None:
    fake_runs(tmp_path, "2024-01-02_lstm", "2024-01-01_a")
    with pytest.raises(RunError, match=problem):
        runs.find(tmp_path, name)


def test_without_runs_the_next_command_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"no runs yet in .*; run: rnnforecast train"):
        runs.find(tmp_path)


@pytest.fixture
def copy(trained: tuple[Path, Run], tmp_path: Path) -> Run:
    return Run(Path(shutil.copytree(trained[1].path, tmp_path / "copy")))


@pytest.mark.parametrize("name", [runs.CONFIG, runs.MANIFEST, runs.SCALERS])
def test_a_missing_file_is_named(copy: Run, name: str) -> None:
    (copy.path / name).unlink()
    with pytest.raises(RunError, match="train again"):
        load_forecaster(copy)


def test_a_missing_network_is_named(copy: Run) -> None:
    for ending in (".onnx", ".npz"):
        (copy.path / f"members/02{ending}").unlink()
    with pytest.raises(RunError, match=r"members/02.onnx of run copy is missing; train again"):
        load_forecaster(copy)


def graphs_of(run: Run) -> list[Path]:
    return sorted((run.path / runs.MEMBERS).glob("*.onnx"))


WINDOWS = np.random.default_rng(1).normal(size=(20, 8, 2)).astype(np.float32)


def test_a_run_forecasts_the_same_without_its_graphs(
    copy: Run, caplog: pytest.LogCaptureFixture
) -> None:
    by_graph = load_networks(copy, 2)(WINDOWS)
    for path in graphs_of(copy):
        path.unlink()
    np.testing.assert_allclose(load_networks(copy, 2)(WINDOWS), by_graph, rtol=1e-5, atol=1e-6)
    assert "members/02.onnx of run copy is missing; NumPy computes in its place" in caplog.text


def test_a_run_forecasts_the_same_where_onnx_runtime_knows_no_such_graph(
    copy: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(graph: bytes, threads: int = 0) -> object:
        raise GraphError("Unsupported model IR version: 99, max supported IR version: 11")

    by_graph = load_networks(copy, 2)(WINDOWS)
    monkeypatch.setattr(inference, "open_graph", refuse)
    np.testing.assert_allclose(load_networks(copy, 2)(WINDOWS), by_graph, rtol=1e-5, atol=1e-6)
    assert "cannot be opened (Unsupported model IR version: 99" in caplog.text


def test_a_graph_that_is_not_what_was_written_is_refused(copy: Run) -> None:
    graphs_of(copy)[1].write_bytes(b"no graph")
    with pytest.raises(RunError, match=r"02\.onnx of run copy is damaged"):
        load_forecaster(copy)


def test_a_training_whose_export_fails_can_be_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="check"), runs.create(tmp_path, "x") as run:
        run.write(runs.MANIFEST, "{}")
        raise ExportError("no graph", "check the versions")
    assert len(list(runs.unfinished(tmp_path))) == 1


def test_prices_other_than_those_trained_on_are_refused(copy: Run) -> None:
    random_walk(seed=8).bars.to_parquet(copy.path / runs.HISTORY)
    with pytest.raises(RunError, match="not what the run was trained on"):
        load_history(copy)


def test_each_evaluation_is_written_into_the_record(copy: Run) -> None:
    from rnnforecast.pipeline.evaluate import evaluate

    evaluate(copy)
    evaluate(copy)
    assert len(json.loads(copy.read(runs.MANIFEST))["test_touched"]) == 2


def test_trained_networks_are_kept_when_a_later_step_fails(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    with pytest.raises(DataError, match=r"kept, then continue with: rnnforecast train --resume"):  # noqa: SIM117
        with runs.create(root, "x") as run:
            run.write(f"{runs.MEMBERS}/01.keras", "a network")
            raise DataError("no dates", "wait a year")
    (kept,) = runs.unfinished(root)
    assert (kept / runs.MEMBERS / "01.keras").read_text() == "a network"


def test_a_killed_training_does_not_hinder_the_next_one_in_the_same_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Clock:
            return cls(2026, 1, 31, 12)

    monkeypatch.setattr(lifecycle, "datetime", Clock)
    (tmp_path / ".2026-01-31T12-00-00_X_gru.partial").mkdir()  # as a kill leaves it
    with pytest.raises(RunError), lifecycle.create(tmp_path, "X_gru") as run:
        assert run.path.name == ".2026-01-31T12-00-00_X_gru+.partial"
        raise RunError("enough", "of this test")
    whole = Run(tmp_path / "2026-01-31T12-00-00_X_gru+")
    whole.path.mkdir()
    (whole.path / "run.json").write_text("{}")
    assert runs.label_of(whole) == "X_gru"
    assert runs.labelled_runs(tmp_path, "X_gru") == [whole]
    assert runs.labelled_runs(tmp_path, "gru") == []


def test_the_newest_run_is_the_last_by_name_when_clocks_go_back(tmp_path: Path) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    names = []
    for minutes in (50, 70):  # 02:50 in summer, then 02:10 in winter, twenty minutes later
        now = datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        with time_machine.travel(now.astimezone(berlin)), runs.create(tmp_path, "a") as run:
            names.append(runs.run_name(run.path))
    assert names == sorted(names) == ["2026-10-25T00-50-00_a", "2026-10-25T01-10-00_a"]
