"""What a run holds, from its files to values and back."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

from rnnforecast.config.custom_features import files_of, with_files
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import dump, parse, validate
from rnnforecast.config.types import AUTO
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.parquet import parquet_of, read_parquet
from rnnforecast.dataset.dataset import Scalers
from rnnforecast.dataset.features import MARKET
from rnnforecast.dataset.panel import Series
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.errors import RunError
from rnnforecast.forecast.conformal import Calibration
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.pool import Part as PoolMember
from rnnforecast.forecast.pool import read_parts
from rnnforecast.model.inference import ONNX, WEIGHTS, Ensemble, NetworkFiles
from rnnforecast.runs.folder import FORMAT, Folder, load_document
from rnnforecast.runs.layout import (
    CALIBRATION,
    CONFIG,
    CUSTOM_FEATURES,
    EXOGENOUS,
    HISTORY,
    MEMBERS,
    POOL,
    SCALERS,
)
from rnnforecast.runs.manifest import DataRecord
from rnnforecast.runs.run import Fold, Part, Run
from rnnforecast.runs.tables import load_table as load_table
from rnnforecast.runs.tables import save_table as save_table
from rnnforecast.runs.trust import check_name, check_trusted, trust

log = logging.getLogger(__name__)


def read_experiment(run: Run | Part) -> Experiment:
    """Read the resolved config; the files of the user's own features may be missing or broken."""
    return _experiment(run.read(CONFIG))


@lru_cache(maxsize=256)
def _experiment(text: str) -> Experiment:
    """Return what a resolved config says; runs on many symbols ask for the same again and again."""
    tree, places = parse(text, CONFIG)
    if isinstance(tree.get("data"), dict):  # before version 0.2 no network read a market
        tree["data"].setdefault("market", [])
    if isinstance(tree.get("model"), dict):  # before version 0.2 locations were learned
        tree["model"].setdefault("location", "learned")
    return validate(tree, places)


def load_experiment(run: Run | Part) -> Experiment:
    """Read the resolved config, with the run's own copies of the feature files that it names.

    What follows may run them.

    Raises:
        RunError: if one is missing, lies outside the run, or is a stranger's.
    """
    experiment = read_experiment(run)
    files = files_of(experiment)
    for file in files:
        check_name(file, run.name)
        check_trusted(run.read_bytes(file), file, run.name)
    return with_files(experiment, {file: str(run.path / file) for file in files})


def save_config(folder: Folder, experiment: Experiment) -> None:
    """Write the resolved config, and copies of the files that it names beside it.

    Args:
        folder: of the run.
        experiment: with every ``auto`` resolved.
    """
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
        content = Path(file).read_bytes()
        folder.write(places[file], content)
        trust([content])  # who trains with it has it run
    return with_files(experiment, places)


def load_history(run: Run | Part) -> PriceHistory:
    """Read the bars of one symbol that a run was trained on, whatever the store holds today.

    Raises:
        RunError: if they are missing, or not those that the manifest describes.
    """
    return _load_bars(run, HISTORY, run.manifest.data)


def load_exogenous(run: Run | Part) -> dict[str, PriceHistory]:
    """Read the bars of the other symbols that are inputs, and the market where there is one.

    Raises:
        RunError: if they are missing, or not those that the manifest describes.
    """
    return {
        record.symbol: _load_bars(*_place_beside(run, record.symbol), record)
        for record in run.manifest.data.exogenous
    }


def load_series(run: Run | Part) -> Series:
    """Read the bars of one symbol that a run was trained on, and those of its other inputs."""
    return Series(load_history(run), load_exogenous(run))


def _load_bars(run: Folder, name: str, record: DataRecord) -> PriceHistory:
    try:
        bars = read_parquet(run.read_bytes(name))
    except (OSError, ValueError):
        raise run.damaged(name) from None
    if record.sessions is None:
        raise RunError(
            f"run.json of {run.name} does not say when {record.symbol} trades", "train again"
        )
    history = PriceHistory(
        record.symbol, bars, record.interval, record.sessions, record.currency, record.provenance
    )
    if history.digest() != record.digest:
        raise RunError(
            f"{run.path / name} is not what the run was trained on: its digest differs",
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
    """Write what is known of a symbol before training.

    Args:
        part: of the symbol.
        experiment: on it alone.
        history: its bars, as stored.
        exogenous: bars of the other symbols, by symbol.
        scalers: learned from the training rows.
    """
    save_config(part, experiment)
    save_scalers(part, scalers)
    part.write(HISTORY, parquet_of(history.bars, checksums=True))
    for symbol, other in exogenous.items():
        folder, name = _place_beside(part, symbol)
        if folder is part or not folder.has(name):
            folder.write(name, parquet_of(other.bars, checksums=True))


def _place_beside(part: Run | Part, symbol: str) -> tuple[Folder, str]:
    """Return where bars of another series lie; the market of all symbols is kept once."""
    name = f"{EXOGENOUS}/{symbol}.parquet"
    return (part.run if symbol == MARKET else part), name


def load_networks(folder: Run | Fold, expected: int, threads: int = 0) -> Ensemble:
    """Open the trained networks of a run or a fold: their graphs, else their arrays.

    Args:
        folder: with the networks.
        expected: how many there must be.
        threads: that run each; 0 for one on each core.

    Raises:
        RunError: if there are more or fewer than expected, or one cannot be opened.
    """
    stems = [f"{MEMBERS}/{number:02d}" for number in range(1, expected + 1)]
    there = sum(_is_network(folder, stem) for stem in stems)
    if there < expected or _is_network(folder, f"{MEMBERS}/{expected + 1:02d}"):
        raise RunError(
            f"run {folder.name} has {there} of its {expected} networks, or more", "train again"
        )
    networks = [
        NetworkFiles(
            f"{stem}{ONNX} of run {folder.name}",
            _content(folder, stem + ONNX),
            _content(folder, stem + WEIGHTS),
        )
        for stem in stems
    ]
    log.info("opened %d networks in %s", expected, folder.path / MEMBERS)
    return Ensemble.from_files(networks, threads)


def _is_network(folder: Folder, stem: str) -> bool:
    return folder.has(stem + ONNX) or folder.has(stem + WEIGHTS)


def _content(folder: Folder, name: str) -> bytes:
    """Return the content of a file; empty where there is none.

    Raises:
        RunError: if it is not what was written.
    """
    if not folder.has(name):
        return b""
    try:
        return folder.read_bytes(name)
    except RunError:
        if (folder.path / name).exists():
            raise
        return b""  # the other file of the network may serve


def load_forecaster(
    run: Run | Part, networks: Ensemble | None = None, experiment: Experiment | None = None
) -> Forecaster:
    """Return the trained ensemble with all that turns its outputs into prices; no TensorFlow.

    Args:
        run: on one symbol, or a part of one on several.
        networks: of the run, where they are open already.
        experiment: of this part, where it is known already; a config takes 10 ms to read.
    """
    if networks is None:
        networks = load_networks(run.run, len(run.run.manifest.seeds))
    experiment = experiment or load_experiment(run)
    calibration = load_calibration(run)
    check_calibration(run, experiment, calibration)
    parts = load_pool(run)
    check_pool(run, experiment, parts)
    return Forecaster(experiment, load_scalers(run), networks, calibration, parts)


def load_fold(fold: Fold, experiment: Experiment) -> Forecaster:
    """Return the networks that were fitted again for a fold.

    Args:
        fold: of an evaluation with refits.
        experiment: of the run.
    """
    networks = load_networks(fold, experiment.training.ensemble)
    calibration = load_calibration(fold)
    check_calibration(fold, experiment, calibration)
    return Forecaster(experiment, load_scalers(fold), networks, calibration, load_pool(fold))


def check_calibration(
    folder: Folder, experiment: Experiment, calibration: Calibration | None
) -> None:
    """Refuse networks without the calibration that their config asks for.

    Args:
        folder: where it should be.
        experiment: of the run.
        calibration: that was found there, if any.

    Raises:
        RunError: if it is missing.
    """
    if calibration is None and experiment.calibration != "none":
        raise RunError(
            f"run {folder.name} has no {CALIBRATION}, though its config says "
            f"{experiment.calibration}",
            folder.remedy(CALIBRATION),
        )


def check_pool(folder: Folder, experiment: Experiment, parts: Mapping[str, PoolMember]) -> None:
    """Refuse networks without the filters that their config averages them with.

    Args:
        folder: where they should be.
        experiment: of the run.
        parts: that were found there, by name.

    Raises:
        RunError: if one is missing.
    """
    if experiment.pool != AUTO and set(experiment.pool) != {"network", *parts}:
        raise RunError(
            f"run {folder.name} has no {POOL} of {', '.join(experiment.pool)}, as its config says",
            folder.remedy(POOL),
        )


def load_scalers(folder: Folder) -> Scalers:
    """Read what was learned from training rows about units."""
    folder.read(SCALERS)  # says that it is missing
    values = load_document(folder, SCALERS) or {}
    try:
        return Scalers(**{name: Scaler(**value) for name, value in values.items()})
    except (TypeError, ValueError, KeyError, OverflowError):
        raise folder.damaged(SCALERS) from None


def save_scalers(folder: Folder, scalers: Scalers) -> None:
    """Write what was learned from training rows about units."""
    folder.write(SCALERS, json.dumps({"format": FORMAT, **asdict(scalers)}, indent=1))


def load_calibration(folder: Folder) -> Calibration | None:
    """Read what validation taught about the intervals; None where nothing was calibrated."""
    values = load_document(folder, CALIBRATION)
    try:
        return None if values is None else Calibration.from_json(values)
    except (TypeError, KeyError, ValueError, OverflowError):
        raise folder.damaged(CALIBRATION) from None


def save_calibration(folder: Folder, calibration: Calibration) -> None:
    """Write what validation taught about the intervals."""
    folder.write(CALIBRATION, json.dumps({"format": FORMAT, **asdict(calibration)}))


def load_pool(folder: Folder) -> dict[str, PoolMember]:
    """Read the filters that are averaged with the networks; none where there is no pool."""
    try:
        return read_parts(load_document(folder, POOL) or {})
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise RunError(f"{POOL} of run {folder.name} is damaged", "train again") from None


def save_pool(folder: Folder, parts: Mapping[str, PoolMember]) -> None:
    """Write the parameters of the filters that are averaged with the networks."""
    if parts:
        filters = {name: part.to_dict() for name, part in parts.items()}
        folder.write(POOL, json.dumps({"format": FORMAT, **filters}))
