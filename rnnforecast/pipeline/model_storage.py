"""Plans, trained models and forecasts: into a run and out of it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rnnforecast import runs
from rnnforecast.atomic import synced_together
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.model.inference import KERAS, ONNX, WEIGHTS, ExportedNetwork
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.trained_model import (
    AnyForecast,
    Plan,
    Teacher,
    TrainedModel,
)
from rnnforecast.runs import Part, Run, artifacts
from rnnforecast.runs.artifacts import load_experiment, load_scalers, load_series, save_table
from rnnforecast.runs.folder import Folder


def save_plan(run: Run, plan: Plan) -> None:
    """Write what is known before training; of several symbols, each into a part of its own.

    The manifest of the run comes last: it makes the training visible, which can be resumed then.

    Args:
        run: new, and empty.
        plan: what is to be trained.
    """
    run.assume_manifest(plan.manifest)
    with synced_together(run.is_panel):
        _save_inputs(run, plan)
    run.save_manifest(plan.manifest)


def _save_inputs(run: Run, plan: Plan) -> None:
    """Write what each symbol learns from."""
    artifacts.save_config(run, plan.experiment)
    for at, part in enumerate(run.parts):
        series = plan.series[at]
        own = plan.datasets[at].experiment if run.is_panel else plan.experiment
        artifacts.save_inputs(part, own, series.history, series.exogenous, plan.scalers[at])
        artifacts.save_pool(part, plan.pools[at])
        if run.is_panel:
            part.save_manifest(plan.manifests[at])
    for part, teacher in zip(run.teachers, plan.teachers, strict=True):
        artifacts.save_inputs(
            part, teacher.dataset.experiment, teacher.series.history, teacher.series.exogenous,
            teacher.scalers,
        )  # fmt: skip
        part.save_manifest(teacher.manifest)


def load_plan(run: Run) -> Plan:
    """Read what a run was trained on. This runs the user's own feature files, if it has any."""
    return Plan(
        load_experiment(run),
        tuple(load_series(part) for part in run.parts),
        tuple(dataset_of(part) for part in run.parts),
        tuple(load_scalers(part) for part in run.parts),
        tuple(part.manifest for part in run.parts),
        tuple(artifacts.load_pool(part) for part in run.parts),
        tuple(
            Teacher(load_series(part), dataset_of(part), load_scalers(part), part.manifest)
            for part in run.teachers
        ),
        run.manifest.skipped,
    )


def save_network(folder: Folder, number: int, network: ExportedNetwork) -> None:
    """Write a network in every format that it has, numbered from 1.

    Args:
        folder: of the run.
        number: of the network.
        network: in its formats.
    """
    for ending, content in network.files().items():
        folder.write(f"{runs.MEMBERS}/{number:02d}{ending}", content)


def load_exported(run: Run) -> tuple[ExportedNetwork, ...]:
    """Read the networks of a run as they were written, those of an unfinished one too."""
    return tuple(
        _exported(run, f"{runs.MEMBERS}/{number:02d}", seed)
        for number, seed in enumerate(run.manifest.seeds, 1)
    )


def _exported(run: Run, stem: str, seed: int) -> ExportedNetwork:
    """Read one network; a graph or arrays may be absent, not both."""
    keras = run.read_bytes(stem + KERAS)
    weights = run.read_bytes(stem + WEIGHTS) if run.has(stem + WEIGHTS) else b""
    graph = run.read_bytes(stem + ONNX) if run.has(stem + ONNX) or not weights else b""
    return ExportedNetwork(seed, run.manifest.parameters, keras, graph, weights)


def save_model(run: Run, model: TrainedModel) -> None:
    """Write a trained model over its plan.

    Args:
        run: that holds the plan.
        model: trained by it.
    """
    for number, network in enumerate(model.networks, 1):
        save_network(run, number, network)
    save_table(run, runs.FIT, model.fit)
    run.save_manifest(model.manifest)
    with synced_together(run.is_panel):
        for part, manifest, forecaster in zip(
            run.parts, model.plan.manifests, model.forecasters, strict=True
        ):
            if not part.shares_folder:
                part.save_manifest(manifest)
            if forecaster.calibration is not None:
                artifacts.save_calibration(part, forecaster.calibration)


def load_model(run: Run) -> TrainedModel:
    """Read a trained model. This runs the user's own feature files, if it has any.

    Raises:
        RunError: if the run is incomplete.
    """
    fit = artifacts.load_table(run, runs.FIT)
    networks = artifacts.load_networks(run, len(run.manifest.seeds))
    return TrainedModel(
        load_plan(run),
        load_exported(run),
        pd.DataFrame() if fit is None else fit,
        tuple(artifacts.load_forecaster(part, networks) for part in run.parts),
    )


def save_forecasts(run: Run | Part, forecasts: Sequence[AnyForecast]) -> None:
    """Write the coming sessions of each symbol into its part, and those of all into their run.

    Args:
        run: that made them.
        forecasts: one for each of its parts.
    """
    whole = bytearray()  # of thousands of symbols, a list of lines would take several times as much
    for part, forecast in zip(run.parts, forecasts, strict=True):
        text = forecast_table(forecast).drop(columns="symbol").to_csv(index=False)
        part.write(runs.FORECAST, text)
        header, *rows = text.splitlines(keepends=True)
        whole += b"" if whole else f"symbol,{header}".encode()
        whole += "".join(f"{forecast.symbol},{row}" for row in rows).encode()
    if run.is_panel:
        run.write(runs.FORECAST, bytes(whole))


def forecast_table(forecast: AnyForecast) -> pd.DataFrame:
    """Return a forecast as a run keeps it: symbol, step, date, values, origin and last value.

    A forecast of a distribution has all its quantiles too, from which the chance of any move
    follows.
    """
    table = forecast.table().assign(origin=forecast.origin, last=forecast.last)
    if isinstance(forecast, Forecast):
        table = table.join(forecast.quantile_table())
    table = table.reset_index()
    table.insert(0, "symbol", forecast.symbol)
    return table
