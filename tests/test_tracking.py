"""A run in a store that MLflow's own client reads."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlflow", reason="mlflow is not installed: pip install '.[mlflow]'")
pytest.importorskip("alembic", reason="mlflow's SQLite store needs it: pip install '.[mlflow]'")

from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_table
from rnnforecast.tracking import params_of

from .conftest import Command

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


def client_of(store: str) -> Any:
    with warnings.catch_warnings(action="ignore"):
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri=store)


def test_mlflows_own_client_reads_what_was_exported(
    here: Command, trained: tuple[Path, Run], tmp_path: Path
) -> None:
    home, run = trained
    line = ("export", run.name, "--format", "mlflow", "--out", str(tmp_path / "flow"))
    printed = here(*line, "--json", home=home)
    assert printed.returncode == 0, printed.stderr
    made = json.loads(printed.stdout)
    again = here(*line, home=home)
    assert again.returncode == 2 and "is in" in again.stderr and "already" in again.stderr
    with warnings.catch_warnings(action="ignore"):
        client = client_of(made["store"])
        experiment = client.get_experiment_by_name("WALK")
        (flow,) = client.search_runs([experiment.experiment_id])
        losses = client.get_metric_history(flow.info.run_id, "network_02.val_loss")
        files = {item.path for item in client.list_artifacts(flow.info.run_id)}
        config = client.download_artifacts(flow.info.run_id, "config.yaml", str(tmp_path))
    assert (flow.info.run_name, flow.info.status) == (run.name, "FINISHED")
    assert flow.data.params == params_of(run) and flow.data.params["model.units"] == "[4]"
    fit = load_table(run, "fit.csv")
    assert fit is not None
    expected = fit[fit["member"] == 2].sort_values("epoch")
    assert [item.step for item in losses] == expected["epoch"].tolist()
    assert [item.value for item in losses] == pytest.approx(expected["val_loss"].tolist())
    assert {"config.yaml", "run.json", "members", "fit.csv"} <= files
    assert Path(config).read_text() == run.read("config.yaml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--format", "nixtla"), "is for tables; use onnx, savedmodel, litert or mlflow"),
        (("--table", "scores", "--format", "litert"), "is not for tables; use csv, parquet"),
    ],
)
def test_formats_of_tables_and_of_networks_are_kept_apart(
    arguments: tuple[str, ...], words: str, here: Command, trained: tuple[Path, Run]
) -> None:
    told = here("export", trained[1].name, *arguments, home=trained[0])
    assert told.returncode == 2 and words in told.stderr
