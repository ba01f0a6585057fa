"""The suite of ``accuracy.py`` at 1 and 20 steps, with networks that were trained in JAX.

    python benchmarks/horizons.py export FOLDER [--data FOLDER]
    python benchmarks/horizons_train.py FOLDER          # where there are many cores, and JAX
    python benchmarks/horizons.py score FOLDER [--data FOLDER] [SYMBOL ...]
    python benchmarks/horizons.py publish FOLDER [--program FOLDER]

Series, parts, inputs, scalers, calibration, rivals, pool and tests are those of ``accuracy.py``;
the networks are those of ``configs/gru.yaml``, three for each series. At 5 steps they are trained
as well, to be compared with those that the program itself trained (``--program``: the folder that
``accuracy.py`` kept). ``score`` keeps what it has scored. Results go to ``results/horizons.json``,
tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from accuracy import (
    NETWORK,
    PAGE,
    STRIDE,
    _path,
    _read,
    _write,
    experiment_of,
    histories,
    score,
    summary,
    tables,
)
from common import RESULTS, machine
from pages import provenance, write_between
from together import own_quantiles

from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.forecast.conformal import Calibration, scores_of

HORIZONS = (1, 5, 20)
MEMBERS = 3
BEGIN, END = "<!-- horizons -->", "<!-- end of horizons -->"


def export(folder: Path, data: Path) -> None:
    """Write scaled inputs, scaled targets and parts of every series, for ``horizons_train.py``."""
    arrays = dict[str, Array]()
    for symbol, history in histories(data).items():
        for horizon in HORIZONS:
            dataset = prepare(experiment_of(symbol, horizon, MEMBERS, "gru"), history)
            scalers, splits = dataset.fit_scalers(), dataset.splits
            owned = [splits.origins(part) for part in ("train", "validation", "test")]
            arrays[f"{symbol}|{horizon}|inputs"] = dataset.scaled_features(scalers.inputs)
            targets = scalers.targets.apply(dataset.targets)
            arrays[f"{symbol}|{horizon}|targets"] = targets.astype(np.float32)
            bounds = [(rows[0], rows[-1]) for rows in owned]
            arrays[f"{symbol}|{horizon}|parts"] = np.array(bounds)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "inputs.npz", **arrays)


def score_all(folder: Path, data: Path, symbols: list[str]) -> None:
    """Score what the networks answered, beside every rival."""
    prices = histories(data)
    for horizon in HORIZONS:
        with np.load(folder / "answers" / f"{horizon}.npz") as answers:
            for symbol in symbols or prices:
                kept = _path(folder / "scored", symbol, horizon)
                if kept.exists():
                    continue
                dataset = prepare(experiment_of(symbol, horizon, MEMBERS, "gru"), prices[symbol])
                raws = list(answers[f"{symbol}|{horizon}"].astype(float))
                origins = dataset.splits.origins("test")[:: STRIDE.get(horizon, 1)]
                quantiles = calibrated(dataset, own_quantiles(raws), origins)
                _write(kept, score(dataset, quantiles, origins, 0.0))
                print(f"{symbol}, {horizon} steps", flush=True)


def calibrated(dataset: Dataset, own: Array, origins: Array) -> Array:
    """Return the networks' quantiles of prices, calibrated as ``rolling`` does.

    Args:
        dataset: of the series.
        own: in scaled units, of every origin since validation began (window, step, level).
        origins: those that are scored.
    """
    splits, scalers = dataset.splits, dataset.fit_scalers()
    first, horizon = splits.origins("validation")[0], own.shape[1]
    windows = len(splits.origins("validation"))
    outcomes = scalers.targets.apply(dataset.targets[first : first + len(own)]).astype(float)
    scores = scores_of(own, outcomes, skewed=False)
    calibration, wanted = Calibration.from_scores(scores[:windows], kind="rolling"), origins - first
    scaled = calibration.apply(own[wanted])
    ready = wanted >= windows + horizon - 1
    scaled[ready] = calibration.apply_online(own[wanted[ready]], scores, wanted[ready])
    changes = np.swapaxes(scalers.targets.invert(np.swapaxes(scaled, 1, 2)), 1, 2)
    prices: Array = dataset.closes[origins][:, None, None] * np.exp(changes)
    return prices


def publish(folder: Path, data: Path, program: Path | None) -> None:
    """Write results and page; print how far the two ways of training differ at 5 steps."""
    symbols, found = list(histories(data)), []
    for horizon in (1, 20):
        scored = [_read(_path(folder / "scored", name, horizon), name) for name in symbols]
        found.append(summary(scored, horizon))
    same = None
    if program:
        ratios = []
        for name in symbols:
            ours = _read(_path(folder / "scored", name, 5), name).losses[NETWORK].mean()
            theirs = _read(_path(program, name, 5), name).losses[NETWORK].mean()
            ratios.append(1 - float(ours / theirs))
        same = {"mean": float(np.mean(ratios)), "least": min(ratios), "most": max(ratios)}
        print(f"JAX beside the program at 5 steps: {same}")
    results = {"machine": machine(), "members": MEMBERS, "same": same, "horizons": found}
    (RESULTS / "horizons.json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    text = tables(results).rstrip("\n")
    print(text)
    write_between(PAGE, BEGIN, END, f"{text}\n\nScored on {provenance()}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=("export", "score", "publish"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("symbols", nargs="*")
    parser.add_argument("--program", type=Path)
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=beside)
    asked = parser.parse_args()
    match asked.verb:
        case "export":
            export(asked.folder, asked.data)
        case "score":
            score_all(asked.folder, asked.data, asked.symbols)
        case _:
            publish(asked.folder, asked.data, asked.program)
