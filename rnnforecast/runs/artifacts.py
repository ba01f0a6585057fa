"""What a run holds, from its files to values and back."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.config.custom_features import files_of, with_files
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import beside, dump, parse, validate
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Scalers
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.errors import RunError
from rnnforecast.forecast.conformal import Calibration
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.model.inference import Ensemble
from rnnforecast.runs.layout import (
    BACKTEST,
    CALIBRATION,
    CHECKPOINT,
    CONFIG,
    CUSTOM_FEATURES,
    EXOGENOUS,
    HISTORY,
    MEMBERS,
    SCALERS,
)
from rnnforecast.runs.manifest import DataRecord
from rnnforecast.runs.run import Fold, Folder, Part, Run, only_part


def read_experiment(run: Run | Part) -> Experiment:
    """Read the resolved config; the files of the user's own features may be missing or broken."""
    tree, places = parse(run.read(CONFIG), CONFIG)
    if isinstance(tree.get("model"), dict):  # before version 0.2 locations were learned
        tree["model"].setdefault("location", "learned")
    return validate(tree, places)


def load_experiment(run: Run | Part) -> Experiment:
    """Read the resolved config, with the run's own copies of the files that it names.

    Raises:
        RunError: if one of them is missing.
    """
    experiment = read_experiment(run)
    for file in files_of(experiment):
        run.read(file)  # says what is missing
    return beside(experiment, run.path)


def save_config(folder: Folder, experiment: Experiment) -> None:
    """Write the resolved config, and copies of the files that it names beside it."""
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.write(CONFIG, dump(_copy_custom_features(folder, experiment)))


def _copy_custom_features(folder: Folder, experiment: Experiment) -> Experiment:
    """Copy the files of the user's own features; return the experiment that names the copies."""
    places: dict[str, str] = {}
    for number, file in enumerate(files_of(experiment), 1):
        name = f"{CUSTOM_FEATURES}/{Path(file).name}"
        places[file] = (
            f"{CUSTOM_FEATURES}/{number}-{Path(file).name}" if name in places.values() else name
        )
        folder.write(places[file], Path(file).read_text("utf-8"))
    return with_files(experiment, places)


def load_history(run: Run | Part) -> PriceHistory:
    """Read the bars of one symbol that a run was trained on, whatever the store holds today.

    Raises:
        RunError: if they are missing, or not those that the manifest describes.
    """
    part = only_part(run)
    return _load_bars(part, HISTORY, part.manifest.data)


def load_exogenous(run: Run | Part) -> dict[str, PriceHistory]:
    """Read the bars of the other symbols that are inputs.

    Raises:
        RunError: if they are missing, or not those that the manifest describes.
    """
    part = only_part(run)
    return {
        record.symbol: _load_bars(part, f"{EXOGENOUS}/{record.symbol}.parquet", record)
        for record in part.manifest.data.exogenous
    }


def _load_bars(part: Part, name: str, record: DataRecord) -> PriceHistory:
    try:
        bars = pd.read_parquet(part.path / name)
    except (OSError, ValueError):
        raise RunError(f"run {part.name} has no readable {name}", "train again") from None
    if record.sessions is None:
        raise RunError(
            f"run.json of {part.name} does not say when {record.symbol} trades", "train again"
        )
    history = PriceHistory(
        record.symbol, bars, record.interval, record.sessions, record.currency, record.provenance
    )
    if history.digest() != record.digest:
        raise RunError(
            f"{part.path / name} is not what the run was trained on: its digest differs",
            "train again",
        )
    return history


def save_inputs(
    part: Part,
    experiment: Experiment,
    history: PriceHistory,
    exogenous: Mapping[str, PriceHistory],
    scalers: Scalers,
) -> None:
    """Write what is known of a symbol before training."""
    save_config(part, experiment)
    save_scalers(part, scalers)
    history.bars.to_parquet(part.path / HISTORY)
    for symbol, other in exogenous.items():
        (part.path / EXOGENOUS).mkdir(exist_ok=True)
        other.bars.to_parquet(part.path / EXOGENOUS / f"{symbol}.parquet")


def load_networks(folder: Run | Fold, expected: int) -> Ensemble:
    """Open the trained networks of a run or a fold: their graphs, else their arrays.

    Raises:
        RunError: if there are more or fewer than expected, or one cannot be opened.
    """
    files = [*(folder.path / MEMBERS).glob("*.onnx"), *(folder.path / MEMBERS).glob("*.npz")]
    members = sorted({path.with_suffix(".onnx") for path in files})
    if len(members) != expected:
        raise RunError(
            f"run {folder.name} has {len(members)} of its {expected} networks", "train again"
        )
    return Ensemble.load(members)


def load_forecaster(run: Run | Part, networks: Ensemble | None = None) -> Forecaster:
    """Return the trained ensemble with all that turns its outputs into prices; no TensorFlow.

    Args:
        run: on one symbol, or a part of one on several.
        networks: of the run, where they are open already.
    """
    part = only_part(run)
    if networks is None:
        networks = load_networks(part.run, len(part.run.manifest.seeds))
    return Forecaster(load_experiment(part), load_scalers(part), networks, load_calibration(part))


def load_fold(fold: Fold, experiment: Experiment) -> Forecaster:
    """Return the networks that were fitted again for a fold."""
    networks = load_networks(fold, experiment.training.ensemble)
    return Forecaster(experiment, load_scalers(fold), networks, load_calibration(fold))


def load_scalers(folder: Folder) -> Scalers:
    """Read what was learned from training rows about units."""
    folder.read(SCALERS)  # says that it is missing
    values = load_document(folder, SCALERS) or {}
    try:
        return Scalers(**{name: Scaler(**value) for name, value in values.items()})
    except TypeError:
        raise RunError(f"{SCALERS} of run {folder.name} is damaged", "train again") from None


def save_scalers(folder: Folder, scalers: Scalers) -> None:
    """Write what was learned from training rows about units."""
    folder.write(SCALERS, json.dumps(asdict(scalers), indent=1))


def load_calibration(folder: Folder) -> Calibration | None:
    """Read what validation taught about the intervals; None where nothing was calibrated."""
    values = load_document(folder, CALIBRATION)
    return None if values is None else Calibration.from_json(values)


def save_calibration(folder: Folder, calibration: Calibration) -> None:
    """Write what validation taught about the intervals."""
    folder.write(CALIBRATION, json.dumps(asdict(calibration)))


def load_document(folder: Folder, name: str) -> dict[str, Any] | None:
    """Read a JSON document; None where the run has none."""
    if not folder.has(name):
        return None
    try:
        return dict(json.loads(folder.read(name)))
    except (ValueError, TypeError):
        raise RunError(f"{name} of run {folder.name} is damaged", "train again") from None


def load_table(folder: Folder, name: str) -> pd.DataFrame | None:
    """Read a table, csv or parquet; None where the run has none yet."""
    path = folder.path / name
    if not path.exists():
        return None
    try:
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError):
        raise RunError(
            f"{name} of run {folder.name} is damaged", f"run: rnnforecast evaluate {folder.name}"
        ) from None


def save_table(folder: Folder, name: str, table: pd.DataFrame) -> None:
    """Write a table as csv."""
    folder.write(name, table.to_csv(index=False))


def save_backtest(part: Part, backtest: pd.DataFrame) -> None:
    """Write every forecast of an evaluation; seven digits suffice and take half the space."""
    quantiles = [name for name in backtest if str(name).startswith("q")]
    packed = backtest.astype(dict.fromkeys(quantiles, "float32"))
    packed.to_parquet(part.path / BACKTEST, compression="zstd")


def save_checkpoint(run: Run, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the state that an interrupted training goes on from."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(arrays))
    run.write(CHECKPOINT, buffer.getvalue())


def load_checkpoint(run: Run) -> dict[str, NDArray[Any]]:
    """Read the state that was written last; empty if none was."""
    path = run.path / CHECKPOINT
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)
