"""What the verdict claims, falsely and rightly, of forecasters that stand for a network.

    python benchmarks/nulls.py [--seeds 40] [--first 0] [--fresh]

A network takes a minute to train and a verdict needs hundreds of histories, so that stand-ins are
judged: what a network may turn out to be that has learned nothing, or nothing but a constant, and
one that knows a planted signal. They pass through the package's own scoring, baselines and verdict.
Counts are kept in benchmarks/results/nulls.json, and written into docs/canaries.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from pages import provenance, write_between
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.synthetic import DAILY, autoregression, garch, history_of
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.targets import UNITS
from rnnforecast.dataset.windows import Rows
from rnnforecast.evaluation.walkforward import Protocol, folds
from rnnforecast.forecast.baselines.naive import (
    change_unit,
    constant_quantiles,
    naive_quantiles,
)
from rnnforecast.forecast.quantile_levels import LEVELS, MEDIAN
from rnnforecast.pipeline.score import Request, score_forecasts

ROWS = 2000
HORIZONS = (1, 5, 20)
RESULTS = Path(__file__).parent / "results" / "nulls.json"
PAGE = Path(__file__).parents[1] / "docs" / "canaries.md"
BEGIN, END = "<!-- nulls -->", "<!-- end of nulls -->"
ORIGINS = (250, 500, 1000)
"""Of the test part in which a planted signal is looked for."""
Counts = dict[str, dict[str, dict[str, bool]]]
Generator = np.random.Generator
Returns = Callable[[Generator, int], Array]
Forecaster = Callable[[Dataset, Rows, Generator], Array]


def _jumps(rng: Generator, rows: int) -> Array:
    """Return normal moves, every fiftieth of them five times as large."""
    return rng.normal(0, 1, rows) * np.where(rng.random(rows) < 0.02, 5.0, 1.0)


NOISES: dict[str, Returns] = {
    "normal": lambda rng, rows: rng.normal(0, 1, rows),
    "t(3)": lambda rng, rows: rng.standard_t(3, rows),
    "t(5)": lambda rng, rows: rng.standard_t(5, rows),
    "Laplace": lambda rng, rows: rng.laplace(0, 1, rows),
    "uniform": lambda rng, rows: rng.uniform(-1, 1, rows),
    "skewed": lambda rng, rows: rng.gamma(2.0, 1.0, rows) - 2.0,
    "jumps": _jumps,
    "coin": lambda rng, rows: rng.choice([-1.0, 1.0], rows) * rng.uniform(0.9, 1.1, rows),
}
"""Independent moves of eight kinds; all are scaled to a daily deviation of 1 %."""


def independent(kind: str, seed: int) -> Array:
    """Return independent log returns of a kind (bar,)."""
    moves = NOISES[kind](np.random.default_rng(seed), ROWS)
    return DAILY * moves / moves.std()


def broken(kind: str, seed: int) -> Array:
    """Return the same, 1.6 times as wild in the first half, long before validation (bar,)."""
    moves = independent(kind, seed)
    moves[: ROWS // 2] *= 1.6
    return moves


def trending(kind: str, seed: int) -> Array:
    """Return independent log returns with a drift of 25 % a year (bar,)."""
    return independent(kind, seed) + 0.25 / 252


# stand-ins for networks


def wandering(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return naive's forecast with a median and a spread that wander: an overfitted network."""
    quantiles = naive_quantiles(dataset, origins)
    median = quantiles[..., [MEDIAN]]
    wide = np.exp(0.1 * _persistent(rng, len(origins), 0.95))[:, None, None]
    shift = np.exp(0.1 * DAILY * _persistent(rng, len(origins), 0.9))[:, None, None]
    return median * shift * (quantiles / median) ** wide


def of_validation(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return one constant spread, that of the validation rows: recency and nothing else."""
    unit, last = UNITS[change_unit(dataset)], dataset.last_value
    rows = dataset.splits.origins("validation")
    changes = unit.encode(dataset.future_values[rows], last[rows][:, None])
    spread = np.quantile(changes * rng.normal(1, 0.02), LEVELS, axis=0).T
    return unit.decode(spread - spread[:, [MEDIAN]], last[origins][:, None, None])


def drift(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return naive's spread about the last close with the mean move of the past: a trend."""
    before = dataset.closes[: dataset.splits.learnable_stop]
    mean = np.diff(np.log(before)).mean() * rng.normal(1, 0.05)
    steps = np.arange(1, dataset.experiment.window.horizon + 1)
    return naive_quantiles(dataset, origins) * np.exp(mean * steps)[:, None]


def constant(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return one distribution of volatilities, that of all the past, a little off."""
    return constant_quantiles(dataset, origins) * rng.normal(1, 0.01)


def wandering_volatility(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return the same constant times a factor that wanders."""
    factor = np.exp(0.05 * _persistent(rng, len(origins), 0.9))
    return constant_quantiles(dataset, origins) * factor[:, None, None]


def _persistent(rng: Generator, number: int, memory: float) -> Array:
    """Return an autoregression of unit variance (number,)."""
    values, shocks = np.empty(number), rng.normal(0, np.sqrt(1 - memory**2), number)
    level = rng.normal()
    for at in range(number):
        level = memory * level + shocks[at]
        values[at] = level
    return values


@dataclass(frozen=True)
class Null:
    """Prices in which a forecaster has no skill.

    Args:
        title: in words.
        returns: kind of noise and seed to log returns.
        forecaster: what stands for a network.
        target: what it forecasts.
    """

    title: str
    returns: Callable[[str, int], Array]
    forecaster: Forecaster
    target: str


NULLS: dict[str, Null] = {
    "walk": Null("walks; an overfitted network", independent, wandering, "log_return"),
    "garch": Null(
        "GARCH walks; an overfitted network",
        lambda _, seed: garch(ROWS, seed),
        wandering,
        "log_return",
    ),
    "drift": Null("walks with a drift of 25 % a year; the drift", trending, drift, "log_return"),
    "recency": Null(
        "walks, wilder long ago; the spread of the validation rows",
        broken,
        of_validation,
        "log_return",
    ),
    "volatility": Null(
        "volatility of walks; a constant distribution", independent, constant, "volatility"
    ),
    "volatility_wandering": Null(
        "volatility of walks; an overfitted network",
        independent,
        wandering_volatility,
        "volatility",
    ),
}


def claims(null: Null, horizon: int, seed: int) -> dict[str, bool]:
    """Return what the verdict claims on one history, by part; kinds of noise take turns."""
    kind = list(NOISES)[seed % len(NOISES)]
    settings = [
        "data.symbol=SYNTHETIC",
        f"window.horizon={horizon}",
        f"window.target={null.target}",
    ]
    dataset = prepare(load("gru", settings), history_of(null.returns(kind, seed)))
    return claims_of(dataset, null.forecaster, seed)


def claims_of(dataset: Dataset, forecaster: Forecaster, seed: int) -> dict[str, bool]:
    """Return whether the verdict on a forecaster claims skill in its median and in its spread."""
    parts = folds(dataset, Protocol())
    origins = np.concatenate([part.origins for part in parts])
    own = forecaster(dataset, origins, np.random.default_rng(seed + 10_000))
    verdict = score_forecasts(dataset, parts, own, {}, Request(baselines=("naive",))).verdict
    return {part: getattr(verdict, part) == "better" for part in ("point", "distribution")}


# what is there to be found


def knows_autoregression(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return naive's spread, narrowed, about the median of r[t] = 0.3 r[t - 1] + noise."""
    moves = np.diff(np.log(dataset.closes), prepend=np.log(dataset.closes[0]))
    median = dataset.last_value[origins] * np.exp(0.3 * moves[origins])
    narrow = naive_quantiles(dataset, origins) / dataset.last_value[origins][:, None, None]
    return median[:, None, None] * narrow ** np.sqrt(1 - 0.3**2)


def knows_garch(dataset: Dataset, origins: Rows, rng: Generator) -> Array:
    """Return normal distributions with the true variance of ``garch``."""
    moves = np.diff(np.log(dataset.closes), prepend=np.log(100.0))
    variance = np.empty(len(moves) + 1)
    variance[0] = DAILY**2
    for row, move in enumerate(moves):
        variance[row + 1] = 0.02 * DAILY**2 + 0.1 * move**2 + 0.88 * variance[row]
    spread = np.sqrt(variance[origins + 1])[:, None, None] * ndtri(LEVELS)
    return dataset.last_value[origins][:, None, None] * np.exp(spread)


@dataclass(frozen=True)
class Planted:
    """Prices in which a forecaster has skill.

    Args:
        title: in words.
        returns: rows and seed to log returns.
        forecaster: that knows the truth.
        part: of the verdict that must claim it.
    """

    title: str
    returns: Callable[[int, int], Array]
    forecaster: Forecaster
    part: str


PLANTED: dict[str, Planted] = {
    "ar1": Planted(
        "r[t] = 0.3 r[t-1] + noise",
        lambda rows, seed: autoregression(rows, seed, 0.3),
        knows_autoregression,
        "point",
    ),
    "garch": Planted("GARCH", garch, knows_garch, "distribution"),
}


def found(planted: Planted, number: int, seed: int) -> dict[str, bool]:
    """Return what the verdict claims one step ahead, from a number of origins."""
    rows = ROWS + number
    settings = ["data.symbol=SYNTHETIC", "window.horizon=1", f"split.test={number / rows}"]
    dataset = prepare(load("gru", settings), history_of(planted.returns(rows, seed)))
    return claims_of(dataset, planted.forecaster, seed)


def main() -> None:
    """Measure what is missing, print and keep the counts, and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40, help="histories of each kind")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    chosen = parser.parse_args()
    kept = RESULTS.exists() and not chosen.fresh
    stored = json.loads(RESULTS.read_text("utf-8")) if kept else {"counts": {}}
    known: Counts = stored["counts"]
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    caption = f"Measured on {provenance()}; seeds {seeds[0]} to {seeds[-1]}."
    for number, seed in enumerate(seeds, 1):
        for key, measure in measurements():
            if str(seed) not in (measured := known.setdefault(key, {})):
                measured[str(seed)] = measure(seed)
        RESULTS.write_text(json.dumps({"measured": caption, "counts": known}, indent=1), "utf-8")
        write(known, caption)
        print(f"{number} of {chosen.seeds} histories", flush=True)
    print("\n".join(table(known)))


def measurements() -> Iterator[tuple[str, Callable[[int], dict[str, bool]]]]:
    """Yield the key and the measurement of each cell of the tables, from a seed."""
    for name, null in NULLS.items():
        for horizon in HORIZONS:
            yield f"{name} {horizon}", partial(claims, null, horizon)
    for name, planted in PLANTED.items():
        for number in ORIGINS:
            yield f"planted {name} {number}", partial(found, planted, number)


def table(known: Counts) -> Iterator[str]:
    """Yield the lines of both tables: how often something is claimed, of how many histories."""
    yield "| prices, and what stands for a network | claim | h 1 | h 5 | h 20 |"
    yield "| --- | --- | --: | --: | --: |"
    for name, null in NULLS.items():
        for part in ("point", "distribution"):
            cells = [count(known.get(f"{name} {horizon}", {}), part) for horizon in HORIZONS]
            yield f"| {null.title} | {PARTS[part]} | {' | '.join(cells)} |"
    yield ""
    yield "| planted, and forecast by one that knows it | claim | 250 origins | 500 | 1,000 |"
    yield "| --- | --- | --: | --: | --: |"
    for name, planted in PLANTED.items():
        cells = [
            count(known.get(f"planted {name} {number}", {}), planted.part) for number in ORIGINS
        ]
        yield f"| {planted.title} | {PARTS[planted.part]} | {' | '.join(cells)} |"


PARTS = {"point": "median", "distribution": "spread"}


def count(measured: dict[str, dict[str, bool]], part: str) -> str:
    """Return how often something was claimed, of how many histories."""
    return f"{sum(each[part] for each in measured.values())} of {len(measured)}"


def write(known: Counts, caption: str) -> None:
    """Put the tables into the page."""
    write_between(PAGE, BEGIN, END, "\n".join([*table(known), "", caption]))


if __name__ == "__main__":
    main()
