"""A run as one of MLflow's: settings as parameters, scores as metrics, files as artifacts."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException

from rnnforecast import runs
from rnnforecast.errors import RnnForecastError, RunError, UsageError
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_table
from rnnforecast.runs.folder import load_document

DATABASE, ARTIFACTS = "mlflow.db", "artifacts"
"""What a folder of MLflow's holds here: the file store is no longer developed."""
RUN, DIGEST = "rnnforecast.run", "rnnforecast.data.digest"
"""Tags by which a run is found again."""
LONGEST_PARAM = 6000
AT_ONCE = 100
"""Parameters or metrics of one request; MLflow's own limit."""
LEFT_OUT = (runs.LOCK, runs.CHECKPOINT)


def export_mlflow(run: Run | Part, folder: Path) -> dict[str, str]:
    """Write a run into a store that ``mlflow ui --backend-store-uri`` opens.

    Args:
        run: on one symbol, or of several.
        folder: of the store, which is made where it is missing; other runs in it stay.

    Returns:
        the store's URI, the experiment's name (the symbol) and MLflow's name of the run.

    Raises:
        UsageError: if the run is in the store already, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"cannot write {folder} ({error.strerror})", "name another folder with --out"
        ) from None
    store = f"sqlite:///{(folder / DATABASE).absolute().as_posix()}"
    with _quiet_mlflow():
        try:
            client = MlflowClient(tracking_uri=store)
            name = _write(client, run, (folder / ARTIFACTS).absolute())
        except RnnForecastError:
            raise
        except MlflowException as error:
            reason = str(error).partition("\n")[0]
            raise RunError(
                f"MLflow refuses the run ({reason})", "use a new folder: --out"
            ) from None
    return {"store": store, "experiment": run.manifest.data.symbol, "mlflow_run": name}


def _write(client: Any, run: Run | Part, artifacts: Path) -> str:
    """Write a run; return what MLflow calls it."""
    symbol = run.manifest.data.symbol
    known = client.get_experiment_by_name(symbol)
    experiment = (
        client.create_experiment(symbol, artifact_location=artifacts.as_uri())
        if known is None
        else known.experiment_id
    )
    tags = tags_of(run)
    filters = f"tags.`{RUN}` = '{tags[RUN]}'"
    if client.search_runs([experiment], filter_string=filters, max_results=1):
        raise UsageError(
            f"run {run.name} is in {artifacts.parent} already", "use another folder: --out"
        )
    made = client.create_run(experiment, run_name=run.name, tags=tags)
    number = made.info.run_id
    now = made.info.start_time
    params = [Param(key, value[:LONGEST_PARAM]) for key, value in params_of(run).items()]
    metrics = [Metric(key, value, now, step) for key, value, step in metrics_of(run)]
    for at in range(0, len(params), AT_ONCE):
        client.log_batch(number, params=params[at : at + AT_ONCE])
    for at in range(0, len(metrics), AT_ONCE):
        client.log_batch(number, metrics=metrics[at : at + AT_ONCE])
    with TemporaryDirectory() as copy:
        for name, content in files_of(run).items():
            path = Path(copy) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        client.log_artifacts(number, copy)
    client.set_terminated(number)
    return str(made.info.run_name)


def params_of(run: Run | Part) -> dict[str, str]:
    """Return every setting by its dotted key, as text."""
    return dict(_flat(load_experiment(run).model_dump(mode="json")))


def _flat(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, str(value)


def metrics_of(run: Run | Part) -> list[tuple[str, float, int]]:
    """Return losses of the training by epoch, and the network's scores by step ahead (0: all).

    Returns:
        name, value and step: an epoch, or a step ahead.
    """
    rows: list[tuple[str, float, int]] = []
    fit = load_table(run, runs.FIT) if isinstance(run, Run) else load_table(run.run, runs.FIT)
    for line in [] if fit is None else fit.to_dict("records"):
        member, epoch = int(line["member"]), int(line["epoch"])
        rows += [
            (f"network_{member:02d}.{name}", float(line[name]), epoch)
            for name in ("loss", "val_loss")
        ]
    scores = load_table(run, runs.SCORES)
    network = pd.DataFrame() if scores is None else scores[scores["model"] == NETWORK]
    for line in network.to_dict("records"):
        rows.append((f"test.{line['metric']}", float(line["value"]), int(line["step"])))
    return [row for row in rows if math.isfinite(row[1])]


def tags_of(run: Run | Part) -> dict[str, str]:
    """Return what a run is found by, and what was said of it."""
    manifest = run.manifest
    tags = {
        RUN: run.name, DIGEST: manifest.data.digest, "rnnforecast.version": manifest.rnnforecast,
        "rnnforecast.looks_at_test": str(len(manifest.test_touched)),
    }  # fmt: skip
    if manifest.searched is not None:
        tags["rnnforecast.trials"] = str(manifest.searched.trials)
    if verdict := load_document(run, runs.VERDICT):
        tags["rnnforecast.verdict"] = str(verdict.get("headline", ""))
    return tags


def files_of(run: Run | Part) -> dict[str, bytes]:
    """Return the files of a run that it knows, by name."""
    names = [name for name in run.files or () if not name.startswith(f"{runs.TENSORBOARD}/")]
    return {name: run.read_bytes(name) for name in names if name not in LEFT_OUT}


@contextmanager
def _quiet_mlflow() -> Iterator[None]:
    """Within, MLflow does not narrate."""
    before = {name: logging.getLogger(name).level for name in ("mlflow", "alembic")}
    for name in before:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
