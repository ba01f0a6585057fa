"""Is a network better taught by many stocks, and does it help to read what all of them do?

    python benchmarks/together.py export FOLDER [--data FOLDER]
    python benchmarks/together_train.py FOLDER          # where there is a GPU, and JAX
    python benchmarks/together.py score FOLDER [--data FOLDER]

Stocks (rule stated before anything was trained): of the panel's complete tickers, those of
``accuracy.py`` left out, every fourth in the order of the alphabet, 104 in all, are judged. The
parts are those of ``accuracy.py``; nothing was chosen on the test part. Inputs, scalers and targets
are the package's own; so are calibration, filters, pool and tests. ``score`` prints the table of
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from accuracy import FILTERS, NETWORK, PANEL_BARS, POOL, STRIDE, Scored, compare, experiment_of
from accuracy import _history as history_of
from scoringrules import crps_quantile

from rnnforecast.arrays import Array
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.market import market_history
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.conformal import Calibration, scores_of
from rnnforecast.forecast.pool import average
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES
from rnnforecast.model.heads import student_t_quantiles

HORIZONS = (1, 5, 20)
JUDGED, EVERY = 104, 4
FIRST = 45
"""The oldest origin: every input is known ten rows before it."""
SIZES = ("alone", "26", "104", "all", "others")
RETURNS = ("log_return", "abs_log_return", "negative_return")


def stocks(data: Path) -> tuple[dict[str, PriceHistory], list[str]]:
    """Read the complete stocks of the panel, and name those that are judged."""
    table = pd.read_csv(next((data / "panel").glob("*.csv.gz")))
    tables = {name: rows for name, rows in table.groupby("Name") if len(rows) >= PANEL_BARS}
    complete = sorted(tables)
    of_suite = {min(name for name in complete if name[0] == letter) for letter in
                {name[0] for name in complete}}  # fmt: skip
    judged = [name for name in complete if name not in of_suite][::EVERY][:JUDGED]
    return {
        name: history_of(name, tables[name].drop(columns="Name"), "XNYS") for name in complete
    }, judged


def scaled(values: Array, rows: slice) -> Array:
    """Return columns in deviations of their training rows."""
    return np.nan_to_num((values - values[rows].mean(axis=0)) / values[rows].std(axis=0))


def in_own_volatility(dataset: Dataset) -> tuple[Array, Array]:
    """Return inputs in units of the stock's EWMA volatility, and that volatility (row,)."""
    names, inputs = dataset.names, dataset.features.copy()
    level = inputs[:, names.index("log_ewma_volatility")].copy()
    for column, name in enumerate(names):
        if name in RETURNS:
            inputs[:, column] /= np.r_[np.nan, np.exp(level[:-1])]
        elif name == "log_ewma_volatility":
            inputs[:, column] = level - pd.Series(level).expanding().mean()
        else:
            inputs[:, column] -= level
    return inputs, np.exp(level)


def export(folder: Path, data: Path) -> None:
    """Write inputs, targets and parts of every stock as arrays for ``together_train.py``."""
    histories, judged = stocks(data)
    names, written = list(histories), dict[str, list[Array]]()
    parts = {}
    for name in names:
        for horizon in HORIZONS:
            dataset = prepare(experiment_of(name, horizon, 3, "gru"), histories[name])
            splits = dataset.splits
            owned = [splits.origins(part) for part in ("train", "validation", "test")]
            owned = [rows[rows >= FIRST] for rows in owned]
            parts[horizon] = np.array([(rows[0], rows[-1]) for rows in owned])
            units, volatility = in_own_volatility(dataset)
            steps = volatility[:, None] * np.sqrt(np.arange(1, horizon + 1))
            for kind, targets in (("", dataset.targets), ("units_", dataset.targets / steps)):
                teaching = targets[owned[0]]
                center, scale = teaching.mean(axis=0), teaching.std(axis=0)
                for key, value in (
                    (f"targets_{kind}{horizon}", (targets - center) / scale),
                    (f"center_{kind}{horizon}", center),
                    (f"scale_{kind}{horizon}", scale),
                ):
                    written.setdefault(key, []).append(value.astype(np.float32))
        rows = slice(dataset.first_row + 1, splits.targets("train").stop)
        written.setdefault("own", []).append(scaled(dataset.features, rows).astype(np.float16))
        written.setdefault("units", []).append(scaled(units, rows).astype(np.float16))
        written.setdefault("volatility", []).append(volatility.astype(np.float32))
    place = np.array([names.index(name) for name in judged])
    everyone = np.arange(len(names))
    groups = {"26": [place[at::EVERY] for at in range(EVERY)], "104": [place],
              "all": [everyone], "others": [np.setdiff1d(everyone, place)]}  # fmt: skip
    arrays: dict[str, Any] = {key: np.stack(values) for key, values in written.items()}
    arrays |= {f"parts_{horizon}": bounds for horizon, bounds in parts.items()}
    for size, each in groups.items():
        for number, members in enumerate(each):
            market = market_history([histories[names[at]].adjusted() for at in members]).bars
            inputs = np.r_[np.full((1, 3), np.nan), market.iloc[:, 1:].to_numpy()]
            arrays[f"members_{size}_{number}"] = members
            arrays[f"market_{size}_{number}"] = scaled(inputs, rows).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / "inputs.npz", judged=place, names=np.array(names), **arrays)


def own_quantiles(raws: list[Array]) -> Array:
    """Average the Student-t distributions of several networks (window, step, level)."""
    each = []
    for raw in raws:
        scale, df = 1e-3 + np.logaddexp(0, raw[..., 0]), 2.1 + np.logaddexp(0, raw[..., 1])
        each.append(scale[..., None] * student_t_quantiles(df, LEVELS))
    quantiles: Array = np.mean(each, axis=0)
    return quantiles


def answers(path: Path) -> Iterator[tuple[str, dict[int, list[Array]]]]:
    """Yield what the networks of each variant answered, by stock."""
    with np.load(path) as arrays:
        models = [name.removesuffix(".raw") for name in arrays.files if name.endswith(".raw")]
        for variant in dict.fromkeys(model.split(".")[0] for model in models):
            by_stock = dict[int, list[Array]]()
            for model in (model for model in models if model.startswith(f"{variant}.")):
                pairs = zip(arrays[f"{model}.stocks"], arrays[f"{model}.raw"], strict=True)
                for stock, raw in pairs:
                    by_stock.setdefault(int(stock), []).append(raw.astype(float))
            yield variant, by_stock


def changes_of(data: Any, variant: str, horizon: int, stock: int, raws: list[Array]) -> Array:
    """Return calibrated quantiles of log returns at the scored origins (window, step, level)."""
    kind = "units_" if variant == "units" else ""
    _, validation, test = data[f"parts_{horizon}"]
    rows = np.arange(validation[0], test[1] + 1)
    quantiles = own_quantiles(raws)
    actual = data[f"targets_{kind}{horizon}"][stock, rows].astype(float)
    windows = validation[1] - validation[0] + 1
    scores = scores_of(quantiles, actual, skewed=False)
    calibration = Calibration.from_scores(scores[:windows], kind="rolling")
    wanted = np.arange(test[0], test[1] + 1, STRIDE.get(horizon, 1)) - validation[0]
    calibrated = calibration.apply(quantiles[wanted])
    ready = wanted >= windows + horizon - 1
    calibrated[ready] = calibration.apply_online(quantiles[wanted[ready]], scores, wanted[ready])
    center, scale = (data[f"{name}_{kind}{horizon}"][stock] for name in ("center", "scale"))
    changes: Array = calibrated * scale[:, None] + center[:, None]
    if kind:
        unit = data["volatility"][stock, rows[wanted]][:, None, None]
        changes = changes * unit * np.sqrt(np.arange(1, horizon + 1))[:, None]
    return changes


def score(folder: Path, data: Path) -> None:
    """Score every answer, and print the table."""
    histories, _ = stocks(data)
    with np.load(folder / "inputs.npz") as arrays:
        inputs = dict(arrays.items())
    names, filters = list(inputs["names"]), dict[tuple[int, int], Any]()
    print("| steps | taught by | inputs | network alone | pool | the network adds |")
    print("|---|---|---|---|---|---|")
    for horizon in sorted(HORIZONS):
        for size in SIZES:
            path = folder / "answers" / f"{size}_{horizon}.npz"
            for variant, by_stock in answers(path) if path.exists() else ():
                scored = []
                for stock, raws in by_stock.items():
                    if (stock, horizon) not in filters:
                        history = histories[names[stock]]
                        filters[stock, horizon] = _filters(history, names[stock], horizon)
                    changes = changes_of(inputs, variant, horizon, stock, raws)
                    scored.append(_scored(names[stock], changes, *filters[stock, horizon]))
                cells = [
                    _cell(compare(scored, ours, theirs, horizon))
                    for ours, theirs in ((NETWORK, "garch"), (POOL, "garch"), (POOL, FILTERS))
                ]
                print(f"| {horizon} | {size} | {variant} | {' | '.join(cells)} |", flush=True)


def _filters(history: PriceHistory, name: str, horizon: int) -> tuple[Dataset, Array, Any]:
    """Return a stock's scored origins, and what the filters answer there in log returns."""
    dataset = prepare(experiment_of(name, horizon, 3, "gru"), history)
    origins = dataset.splits.origins("test")[:: STRIDE.get(horizon, 1)]
    last = dataset.closes[origins][:, None, None]
    return dataset, origins, {
        kind: np.log(BASELINES[kind].quantiles(dataset, origins) / last)
        for kind in ("garch", "gjr", "har")
    }  # fmt: skip


def _scored(name: str, changes: Array, dataset: Dataset, origins: Array, others: Any) -> Scored:
    """Return the losses of the network, the pool and the filters on one stock."""
    of_pool = [np.exp(changes), *(np.exp(others[kind]) for kind in ("gjr", "har"))]
    models = {NETWORK: changes, "garch": others["garch"],
              FILTERS: np.log(average(of_pool[1:])), POOL: np.log(average(of_pool))}  # fmt: skip
    actual = np.log(dataset.future_values[origins] / dataset.closes[origins][:, None])
    losses = {
        model: crps_quantile(
            actual, np.sort(values[..., PERCENTILES], axis=-1), LEVELS[PERCENTILES]
        ).mean(axis=1)
        for model, values in models.items()
    }
    return Scored(name, dataset.history.dates[origins], losses, {}, 0.0, {})


def _cell(row: dict[str, Any]) -> str:
    return (
        f"{100 * row['skill']:+.2f} (p {row['p']:.3f}; {row['wins']}/{row['series']}; "
        f"worst {100 * row['worst']:+.2f})"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("verb", choices=("export", "score"))
    parser.add_argument("folder", type=Path)
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=beside)
    asked = parser.parse_args()
    {"export": export, "score": score}[asked.verb](asked.folder, asked.data)
