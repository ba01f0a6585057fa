"""Plans, trained models, forecasts and evaluations: into a run and out of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.evaluation.verdict import Verdict
from rnnforecast.forecast.forecaster import recentre
from rnnforecast.model.inference import ExportedNetwork
from rnnforecast.pipeline.plan import dataset_of, series_of
from rnnforecast.pipeline.results import (
    AnyForecast,
    Evaluation,
    PanelEvaluation,
    Plan,
    Prediction,
    TrainedModel,
)
from rnnforecast.quantities import Quantity
from rnnforecast.runs import Part, Run, artifacts
from rnnforecast.runs.artifacts import load_experiment, load_scalers, save_table


def save_plan(run: Run, plan: Plan) -> None:
    """Write what is known before training; of several symbols, each into a part of its own."""
    run.save_manifest(plan.manifest)
    artifacts.save_config(run, plan.experiment)
    for at, part in enumerate(run.parts):
        series = plan.series[at]
        artifacts.save_inputs(
            part, plan.datasets[at].experiment, series.history, series.exogenous, plan.scalers[at]
        )
        part.save_manifest(plan.manifests[at])


def load_plan(run: Run) -> Plan:
    """Read what a run was trained on. This runs the user's own feature files, if it has any."""
    return Plan(
        load_experiment(run),
        tuple(series_of(part) for part in run.parts),
        tuple(dataset_of(part) for part in run.parts),
        tuple(load_scalers(part) for part in run.parts),
        tuple(part.manifest for part in run.parts),
    )


def save_network(run: Run, number: int, network: ExportedNetwork) -> None:
    """Write a network in both formats, numbered from 1."""
    run.write(f"{runs.MEMBERS}/{number:02d}.onnx", network.onnx)
    run.write(f"{runs.MEMBERS}/{number:02d}.keras", network.keras)


def load_exported(run: Run) -> tuple[ExportedNetwork, ...]:
    """Read the networks of a run as they were written, those of an unfinished one too."""
    manifest = run.manifest
    return tuple(
        ExportedNetwork(
            seed,
            manifest.parameters,
            run.read_bytes(f"{runs.MEMBERS}/{number:02d}.keras"),
            run.read_bytes(f"{runs.MEMBERS}/{number:02d}.onnx"),
        )
        for number, seed in enumerate(manifest.seeds, 1)
    )


def save_model(run: Run, model: TrainedModel) -> None:
    """Write a trained model over its plan."""
    for number, network in enumerate(model.networks, 1):
        save_network(run, number, network)
    save_table(run, runs.FIT, model.fit)
    run.save_manifest(model.manifest)
    for part, manifest, forecaster in zip(
        run.parts, model.plan.manifests, model.forecasters, strict=True
    ):
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


def save_forecasts(run: Run | Part, predictions: Sequence[Prediction]) -> None:
    """Write the coming sessions of each symbol into its part, and those of all into their run."""
    tables = [forecast_table(prediction.forecast) for prediction in predictions]
    for part, table in zip(run.parts, tables, strict=True):
        part.write(runs.FORECAST, table.drop(columns="symbol").to_csv(index=False))
    if run.is_panel:
        save_table(run, runs.FORECAST, pd.concat(tables, ignore_index=True))


def forecast_table(forecast: AnyForecast) -> pd.DataFrame:
    """Return a forecast as a run keeps it: symbol, step, date, values, origin and last value."""
    table = forecast.table().assign(origin=forecast.origin, last=forecast.last).reset_index()
    table.insert(0, "symbol", forecast.symbol)
    return table


def save_evaluation(part: Part, evaluation: Evaluation) -> None:
    """Write what the test part of one symbol says, and that it was looked at."""
    artifacts.save_backtest(part, evaluation.backtest)
    _save_tables(
        part,
        {
            runs.SCORES: evaluation.scores,
            runs.COMPARISONS: evaluation.comparisons,
            runs.MODEL_SET: evaluation.model_set,
            runs.SEEDS: evaluation.seeds,
            runs.EQUITY: evaluation.equity,
        },
    )
    if evaluation.economics is None:
        part.discard(runs.ECONOMICS)
    else:
        _save_document(part, runs.ECONOMICS, dict(evaluation.economics))
    _save_document(part, runs.VERDICT, evaluation.verdict.to_dict())
    _record_look(part, evaluation)


def save_panel_evaluation(run: Run, evaluation: PanelEvaluation) -> None:
    """Write what the test parts of all symbols say together, and that they were looked at."""
    _save_tables(
        run,
        {
            runs.SCORES: evaluation.scores,
            runs.COMPARISONS: evaluation.comparisons,
            runs.PANEL: evaluation.symbols,
            runs.MODEL_SET: evaluation.model_set,
        },
    )
    _save_document(run, runs.VERDICT, evaluation.verdict.to_dict())
    _record_look(run, evaluation)


def _save_tables(run: Run | Part, tables: dict[str, pd.DataFrame | None]) -> None:
    """Write the tables that there are, and remove those of an earlier evaluation."""
    for name, table in tables.items():
        if table is None:
            run.discard(name)
        else:
            save_table(run, name, table)


def _save_document(run: Run | Part, name: str, values: dict[str, Any]) -> None:
    run.write(name, json.dumps(values, indent=1))


def _record_look(run: Run | Part, evaluation: Evaluation | PanelEvaluation) -> None:
    """Note that the test part was looked at: each look makes the next one less of a test."""
    run.save_manifest(run.manifest.looked_at(evaluation.protocol, dict(evaluation.failures)))


def settle_forecast(part: Part, naive: Array, quantity: Quantity, verdict: Verdict) -> None:
    """Let a stored forecast follow a verdict: what had no skill gives way to naive.

    A forecast from bars that the evaluation did not see is left as it is.

    Args:
        part: with the forecast.
        naive: what naive forecasts from the newest row that was evaluated (step,).
        quantity: what is forecast.
        verdict: on the part, or on all symbols.
    """
    table = artifacts.load_table(part, runs.FORECAST)
    finding = verdict.point if quantity.has_distribution else verdict.distribution
    if table is None or finding == "better":
        return
    if str(table["origin"].iloc[0])[:10] > part.manifest.data.last:
        return
    if not quantity.has_distribution:
        table["rising"] = naive
    else:
        values = [str(name) for name in table if str(name).startswith(("median", "low_", "high_"))]
        quantiles, median = table[values].to_numpy(float), table["median"].to_numpy(float)
        table[values] = recentre(quantiles, median, naive)
    save_table(part, runs.FORECAST, table)


def gather_forecasts(run: Run) -> None:
    """Write the stored forecasts of all parts into the run on them."""
    tables = [(part.symbol, artifacts.load_table(part, runs.FORECAST)) for part in run.parts]
    there = [table.assign(symbol=symbol) for symbol, table in tables if table is not None]
    if there:
        whole = pd.concat(there, ignore_index=True)
        save_table(run, runs.FORECAST, whole[["symbol", *whole.columns.drop("symbol")]])
