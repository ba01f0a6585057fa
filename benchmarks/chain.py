"""What the whole chain claims on noise, and how often it finds what is planted.

    python benchmarks/chain.py [--walks 60] [--planted 12] [--first 0] [--keep FOLDER]

Small networks are trained on each history, evaluated, and judged by the package's own verdict, as
``train`` and ``evaluate`` do it: noise of eight kinds at horizons of 1, 5 and 20 steps, prices and
volatilities, and signals of known size with 250, 500 and 1,000 test origins. Results of a history
stay in benchmarks/results/chain.json, so that a run that was stopped goes on where it was; the
tables go into docs/canaries.md. A folder keeps each backtest, and what lies there is judged again
without training.
"""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pandas as pd
from canaries import train
from nulls import NOISES, PARTS, ROWS, count, independent
from pages import provenance, write_between

from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.synthetic import autoregression, garch, history_of, threshold
from rnnforecast.dataset.dataset import prepare
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.evidence import POINT_BARS, SPREAD_BARS
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.evaluation.verdict import Verdict, judge
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.evaluation import Evaluation
from rnnforecast.pipeline.score import Request, span
from rnnforecast.quantities import PRICE, VOLATILITY

HORIZONS, ORIGINS = (1, 5, 20), (250, 500, 1000)
SMALL = ("window.lookback=20", "model.units=[8]", "training.epochs=15", "training.patience=5")
"""Networks on noise: enough to overfit, little enough for hundreds of them."""
LARGER = ("window.lookback=20", "model.units=[16]", "training.epochs=40", "training.patience=8")
"""Networks where there is something to learn."""
DEFAULT = ("pool=auto", "model.location=auto")
"""What is delivered unless asked otherwise: networks that learn the spread only, averaged with
filters. The canaries' own setting is networks alone that learn where the price goes as well."""
QUANTITIES = {"log_return": PRICE, "volatility": VOLATILITY}
RESULTS = Path(__file__).parent / "results" / "chain.json"
PAGE = Path(__file__).parents[1] / "docs" / "canaries.md"
BEGIN, END = "<!-- chain -->", "<!-- end of chain -->"
Claims = dict[str, bool]
Results = dict[str, dict[str, Claims]]

SIGNALS: dict[str, tuple[str, Callable[[int, int], Array], str]] = {
    "ar1": ("r[t] = 0.3 r[t-1] + noise", partial(autoregression, weight=0.3), "point"),
    "size": ("the size of yesterday's move", partial(threshold, weight=0.8), "point"),
    "garch": ("GARCH", garch, "distribution"),
}
"""Title, rows and seed to log returns, and the part of the verdict that must claim it."""


def walk(target: str, horizon: int, seed: int, kept: Path | None) -> Claims:
    """Return what is claimed of noise; kinds take turns.

    Of a price, eight histories are forecast by the default, the next eight by networks alone that
    learn the direction too, and so on.
    """
    kind = list(NOISES)[seed % len(NOISES)]
    settings = [*SMALL, f"window.horizon={horizon}", f"window.target={target}"]
    if target == "log_return" and seed % 16 < 8:
        settings += DEFAULT
    history = history_of(independent(kind, seed))
    return claims(verdict_on(history, settings, target, kept))


def planted(name: str, number: int, seed: int, kept: Path | None) -> Claims:
    """Return what is claimed of a planted signal, one step ahead, from so many origins."""
    rows = ROWS + number
    _, returns, part = SIGNALS[name]
    settings = [*LARGER, f"split.test={number / rows}", *(() if part == "point" else DEFAULT)]
    history = history_of(returns(rows, seed))
    return claims(verdict_on(history, settings, "log_return", kept))


def claims(verdict: Verdict) -> Claims:
    """Return whether a verdict claims skill in the median and in the spread."""
    return {part: getattr(verdict, part) == "better" for part in PARTS}


def verdict_on(
    history: PriceHistory, settings: list[str], target: str, kept: Path | None
) -> Verdict:
    """Train and evaluate, or judge again a backtest that was kept."""
    if kept is not None and kept.exists():
        backtest = with_bars(pd.read_parquet(kept), history, settings, target)
        table = losses(backtest, QUANTITIES[target])
        baselines = [name for name in table["model"].unique() if name != "network"]
        scores, beside = summarise(table, 1.0), compare(table, "network", baselines)
        return judge(scores, beside, span(backtest), QUANTITIES[target])
    with tempfile.TemporaryDirectory() as home:
        run = train(history, Path(home), *settings)
        evaluation = evaluate(run, Request(baselines=("naive", "garch")))
    assert isinstance(evaluation, Evaluation)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        shown = ("uncalibrated", "networks_alone", "filters")
        evaluation.backtest[~evaluation.backtest["model"].isin(shown)].to_parquet(kept)
    return evaluation.verdict


def with_bars(
    backtest: pd.DataFrame, history: PriceHistory, settings: list[str], target: str
) -> pd.DataFrame:
    """Forecast anew by the baselines that a claim must beat."""
    common = ["data.symbol=SYNTHETIC", "window.horizon=1"]  # as of ``canaries.train``
    dataset = prepare(load("gru", [*common, *settings]), history)
    origins = dataset.splits.origins("test")
    own = backtest[backtest["model"] == "network"].reset_index(drop=True)
    bars = {*POINT_BARS[QUANTITIES[target].name], *SPREAD_BARS[QUANTITIES[target].name]}
    tables = [backtest[~backtest["model"].isin(bars)]]
    for name in bars:
        quantiles = BASELINES[name].quantiles(dataset, origins).reshape(-1, len(QUANTILES))
        columns = own.drop(columns=QUANTILES).assign(model=name)
        tables.append(pd.concat([columns, pd.DataFrame(quantiles, columns=QUANTILES)], axis=1))
    return pd.concat(tables, ignore_index=True)


def measurements(
    walks: int, signals: int, first: int
) -> Iterator[tuple[str, int, Callable[..., Claims]]]:
    """Yield key, seed and measurement; each seed goes through every cell before the next one."""
    for number in range(max(walks, signals)):
        seed = first + number
        if number < walks:
            for target in QUANTITIES:
                for horizon in HORIZONS:
                    yield f"{target} {horizon}", seed, partial(walk, target, horizon)
        if number < signals:
            for name in SIGNALS:
                for origins in ORIGINS:
                    yield f"{name} {origins}", seed, partial(planted, name, origins)


def main() -> None:
    """Measure what is missing, keep the counts, and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--walks", type=int, default=60, help="histories of noise in each cell")
    parser.add_argument("--planted", type=int, default=12, help="histories with each signal")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, help="folder of backtests")
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)
    kept = RESULTS.exists() and not chosen.fresh
    stored = json.loads(RESULTS.read_text("utf-8")) if kept else {"claims": {}}
    results: Results = stored["claims"]
    caption = f"Measured on {provenance()}; seeds from {chosen.first} on."
    began = time.perf_counter()
    for key, seed, measure in measurements(chosen.walks, chosen.planted, chosen.first):
        if str(seed) in (cell := results.setdefault(key, {})):
            continue
        name = f"{key.replace(' ', '-')}-{seed}.parquet"
        cell[str(seed)] = measure(seed, chosen.keep / name if chosen.keep else None)
        RESULTS.write_text(json.dumps({"measured": caption, "claims": results}, indent=1), "utf-8")
        write(results, caption)
        print(f"{time.perf_counter() - began:6.0f} s  {key} {seed} {cell[str(seed)]}", flush=True)
    print("\n".join(table(results)))


def table(results: Results) -> Iterator[str]:
    """Yield the lines of both tables: how often something is claimed, of how many histories."""
    yield "| noise of eight kinds | claim | h 1 | h 5 | h 20 |"
    yield "| --- | --- | --: | --: | --: |"
    for target, title in {"log_return": "price", "volatility": "volatility"}.items():
        for part in PARTS:
            cells = [count(results.get(f"{target} {horizon}", {}), part) for horizon in HORIZONS]
            yield f"| {title} | {PARTS[part]} | {' | '.join(cells)} |"
    yield ""
    yield "| planted | claim | 250 origins | 500 | 1,000 |"
    yield "| --- | --- | --: | --: | --: |"
    for name, (title, _, part) in SIGNALS.items():
        cells = [count(results.get(f"{name} {number}", {}), part) for number in ORIGINS]
        yield f"| {title} | {PARTS[part]} | {' | '.join(cells)} |"


def write(results: Results, caption: str) -> None:
    """Put the tables into the page."""
    write_between(PAGE, BEGIN, END, "\n".join([*table(results), "", caption]))


if __name__ == "__main__":
    main()
