"""Do networks that were taught by stocks forecast symbols that they have never seen?

    python benchmarks/transfer.py [--data FOLDER] [--home FOLDER] [--horizons 1 5 20]

The preset ``panel`` is trained once for each horizon on the 104 stocks of ``together.py``, without
their market, on the days up to September 2017. Its networks then forecast the symbols of
``accuracy.py`` that have ranges, on their own test parts: each in its own scale, calibrated on its
own past, as ``predict --run RUN SYMBOL`` does it. Beside them is the preset ``gru``, trained on
each symbol. Nothing was chosen on these scores. The table goes into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from accuracy import (
    DAILY,
    FILTERS,
    PAGE,
    SHARES,
    STRIDE,
    Scored,
    Trainer,
    compare,
    experiment_of,
    histories,
)
from common import save
from pages import provenance, write_between
from scoringrules import crps_quantile
from together import stocks

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.forecaster import Forecaster, Networks
from rnnforecast.forecast.pool import average
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs.artifacts import load_networks

MEMBERS = 3
OWN, TAUGHT_ELSEWHERE, BOTH = "its own", "104 stocks", "both"
BEGIN, END = "<!-- transfer -->", "<!-- transfer end -->"


def teach(data: Path, home: Path, horizon: int) -> Networks:
    """Train the preset ``panel`` on the stocks, or open what was trained before."""
    label = f"{horizon}-steps"
    if not runs.labelled_runs(home / "runs", label):
        prices, judged = stocks(data)
        store = Store(home / "data")
        for name in judged:
            store.save(prices[name])
        settings = (
            f"data.symbol=[{', '.join(judged)}]", "data.market=[]", "data.bad_ticks=keep",
            "data.allow_bad=true", f"window.horizon={horizon}", "split.test=0.32",
            f"training.ensemble={MEMBERS}", "pool=[network]",
        )  # fmt: skip
        train_run(load("panel", settings), store, home / "runs", label=label)
    [run] = runs.labelled_runs(home / "runs", label)
    return load_networks(run, MEMBERS)


def forecast_elsewhere(networks: Networks, history: PriceHistory, horizon: int) -> Array | None:
    """Forecast a symbol that networks have never seen; None where it has not the same inputs."""
    share = SHARES.get(history.symbol, 0.15)
    settings = (
        f"data.symbol={history.symbol}", "data.market=[]", f"window.horizon={horizon}",
        f"split.test={share}", f"training.ensemble={MEMBERS}",
    )  # fmt: skip
    dataset = prepare(load("panel", settings), history)
    if not any("range" in name for name in dataset.names):
        return None
    forecaster = Forecaster(dataset.experiment, dataset.fit_scalers(), networks)
    return forecaster.calibrate(dataset, "rolling").network_quantiles(
        dataset, dataset.splits.origins("test")[:: STRIDE.get(horizon, 1)]
    )


def score(dataset: Dataset, own: Array, elsewhere: Array, horizon: int) -> Scored:
    """Score networks alone and in the pool, and the filters."""
    origins = dataset.splits.origins("test")[:: STRIDE.get(horizon, 1)]
    garch, *filters = (
        BASELINES[name].quantiles(dataset, origins) for name in ("garch", "gjr", "har")
    )
    networks = {OWN: [own], TAUGHT_ELSEWHERE: [elsewhere], BOTH: [own, elsewhere]}
    models = {"garch": garch, FILTERS: average(filters)}
    models |= {name: average(each) for name, each in networks.items()}
    models |= {f"pool, {name}": average([*each, *filters]) for name, each in networks.items()}
    last = dataset.closes[origins][:, None]
    actual = np.log(dataset.future_values[origins] / last)
    losses = {
        name: crps_quantile(
            actual,
            np.sort(np.log(values / last[..., None])[..., PERCENTILES], axis=-1),
            LEVELS[PERCENTILES],
        ).mean(axis=1)
        for name, values in models.items()
    }
    days = dataset.history.dates[origins].normalize()
    return Scored(dataset.history.symbol, days, losses, {}, 0.0, {})


def measure(data: Path, home: Path, horizon: int) -> list[Scored]:
    """Train on each symbol, and score both kinds of networks."""
    networks, scored = teach(data, home, horizon), []
    sets, elsewhere = dict[str, Dataset](), dict[str, Array]()
    for symbol, history in histories(data).items():
        answer = forecast_elsewhere(networks, history, horizon) if symbol in DAILY else None
        if answer is not None:
            elsewhere[symbol] = answer
            sets[symbol] = prepare(experiment_of(symbol, horizon, MEMBERS, "gru"), history)
    trainer = Trainer(sets)
    for symbol, dataset in sets.items():
        origins = dataset.splits.origins("test")[:: STRIDE.get(horizon, 1)]
        own = trainer.train(symbol).network_quantiles(dataset, origins)
        scored.append(score(dataset, own, elsewhere[symbol], horizon))
        print(symbol, horizon, flush=True)
    return scored


def rows(scored: list[Scored], horizon: int) -> Iterator[Mapping[str, object]]:
    """Yield a row for each kind of networks: alone, in the pool, and what they add to it."""
    for name in (OWN, TAUGHT_ELSEWHERE, BOTH):
        pairs = ((name, "garch"), (f"pool, {name}", "garch"), (f"pool, {name}", FILTERS))
        cells = [compare(scored, ours, theirs, horizon) for ours, theirs in pairs]
        yield {"steps": horizon, "taught by": name, "cells": cells}


def table(found: list[Mapping[str, object]]) -> str:
    """Write the rows as Markdown."""
    lines = [
        "| steps | taught by | network alone | pool | the network adds |",
        "|---|---|---|---|---|",
    ]
    for row in found:
        cells = " | ".join(
            f"{100 * cell['skill']:+.2f} (p {cell['p']:.3f}; {cell['wins']}/{cell['series']}; "
            f"worst {cell['worst_series']} {100 * cell['worst']:+.2f})"
            for cell in row["cells"]  # type: ignore[attr-defined]
        )
        lines.append(f"| {row['steps']} | {row['taught by']} | {cells} |")
    return "\n".join([*lines, "", f"Measured on {provenance()}."])


def main() -> None:
    """Measure, print, and write results and page."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--home", type=Path, default=Path(tempfile.gettempdir()) / "transfer")
    parser.add_argument("--horizons", type=int, nargs="+", default=[1, 5, 20])
    chosen = parser.parse_args()
    found = [
        row
        for horizon in chosen.horizons
        for row in rows(measure(chosen.data, chosen.home, horizon), horizon)
    ]
    print(table(found))
    save("transfer", {"rows": found})
    write_between(PAGE, BEGIN, END, table(found))


if __name__ == "__main__":
    main()
