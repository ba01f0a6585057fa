"""How well networks rank the 100 assets of the M6 competition: networks that never saw them.

    python benchmarks/m6.py --data FOLDER [--stocks 40]

The competition's own prices (FOLDER/m6) begin five weeks before its first period, so nothing can
be trained on them. The networks learn from the closes of --stocks stocks of FOLDER/panel
(2015-2020), the first complete ones of the alphabet, 20 sessions ahead. Each asset of M6 is then
forecast by the same networks in units of its own volatility, and assets are tied by the copula of
where one-step outcomes fell. Before each of the 12 periods everything is computed again from the
closes up to that day: scales, surprises and correlation. The inputs need more days than the first
periods have, so that a year of made-up days goes before each asset: its own known returns, drawn
again. They warm the inputs up and are in nothing else. Settings were written down before the scores
were seen; results go to ``results/m6.json``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import PANEL_BARS
from common import save

from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, Scalers, prepare
from rnnforecast.dataset.scaling import Scaler
from rnnforecast.evaluation.backtest import NETWORK
from rnnforecast.evaluation.ranks import DRAWS, SEED, rival_ranks, score_ranks, summarise_ranks
from rnnforecast.forecast.forecaster import Forecaster, Networks
from rnnforecast.forecast.joint import Copula, normal_scores, rank_probabilities
from rnnforecast.pipeline.joint import PAST
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_experiment, load_networks

SESSIONS = 20
WARMING = 250
"""Made-up days before the first known one."""
SETTINGS = (
    f"window.horizon={SESSIONS}", "window.lookback=3", "training.ensemble=2", "pool=[network]",
    "window.features=[log_return, abs_log_return, negative_return, log_ewma_volatility]",
)  # fmt: skip
"""Inputs of closes alone, which need little warming up: the first period begins on the 25th day."""
BEGINS = [pd.Timestamp("2022-03-04") + pd.Timedelta(days=28 * number) for number in range(13)]


def main() -> None:
    """Train, rank, score, print and save."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stocks", type=int, default=40)
    chosen = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        run = train(stocks(chosen.data, chosen.stocks), Path(home))
        networks, experiment = load_networks(run, 2), load_experiment(run)
    print(f"trained in {time.perf_counter() - began:.0f} s", flush=True)
    closes = assets(chosen.data)
    rows = closes.index.searchsorted(BEGINS, side="right") - 1
    values, days = closes.to_numpy(float), pd.DatetimeIndex(closes.index)
    forecasts = []
    for begin in rows[:-1]:
        known = closes.iloc[: begin + 1]
        own = ranks(known, experiment, networks)
        forecasts.append({NETWORK: own, **rival_ranks(values[: begin + 1])})
        print(f"{days[begin]:%Y-%m-%d}", flush=True)
    returns = np.stack([values[end] / values[begin] - 1 for begin, end in pairwise(rows)])
    table = score_ranks(forecasts, returns, days[rows[:-1]], days[rows[1:]])
    summary = summarise_ranks(table)
    print(summary.to_string(), table.pivot(index="begin", columns="model", values="rps").round(4))
    save(
        "m6",
        {
            "stocks": chosen.stocks,
            "settings": SETTINGS,
            "scores": summary.to_dict("records"),
            "periods": table.to_dict("records"),
        },
    )


def stocks(folder: Path, count: int) -> list[PriceHistory]:
    """Read the closes of the first complete stocks of the panel."""
    table = pd.read_csv(next((folder / "panel").glob("*.csv.gz")))
    table.columns = [str(name).lower() for name in table.columns]
    counts = table["name"].value_counts()
    names = sorted(counts[counts >= PANEL_BARS].index)[:count]
    return [
        history(name, table[table["name"] == name].set_index("date")["close"]) for name in names
    ]


def assets(folder: Path) -> pd.DataFrame:
    """Read the closes of M6 (day, asset); on a day without one the last one stands."""
    prices = pd.read_csv(folder / "m6" / "assets_m6.csv", parse_dates=["date"])
    closes = prices.pivot_table(index="date", columns="symbol", values="price")
    return closes.ffill().bfill()


def history(name: str, closes: pd.Series) -> PriceHistory:
    """Return closes as bars."""
    dates = pd.DatetimeIndex(pd.to_datetime(closes.index), name="date").as_unit("ns")
    return PriceHistory(name, pd.DataFrame({"close": closes.to_numpy(float)}, dates), "1d", "XNYS")


def train(histories: list[PriceHistory], home: Path) -> Run:
    """Train the same networks on all stocks."""
    store = Store(home / "data")
    for one in histories:
        store.save(one)
    names = ", ".join(one.symbol for one in histories)
    settings = [f"data.symbol=[{names}]", "data.bad_ticks=keep", "data.allow_bad=true", *SETTINGS]
    return train_run(load("gru", settings), store, home / "runs", label="m6")


def ranks(known: pd.DataFrame, experiment: Experiment, networks: Networks) -> Array:
    """Return the probabilities of ranks, from closes up to the day of the forecast."""
    ends, surprises = [], []
    for name in known:
        dataset = prepare(experiment.only(str(name)), history(str(name), warmed(known[name])))
        forecaster = Forecaster(dataset.experiment, scalers_of(dataset), networks)
        rows = np.arange(WARMING, dataset.newest_origin + 1)
        quantiles, closes = forecaster.quantiles(dataset, rows), dataset.closes
        ends.append(quantiles[-1, -1] / closes[-1] - 1)
        surprises.append(normal_scores(quantiles[:-1, 0], closes[rows[:-1] + 1])[-PAST:])
    copula = Copula.fit(np.stack(surprises, axis=1))
    return rank_probabilities(copula.sample(np.stack(ends), DRAWS, SEED))


def warmed(closes: pd.Series) -> pd.Series:
    """Put made-up days before the known ones, whose returns are those known, in random order."""
    changes = np.diff(np.log(closes.to_numpy(float)))
    drawn = np.random.default_rng(SEED).choice(changes, WARMING)
    before = closes.iloc[0] * np.exp(-np.cumsum(drawn)[::-1])
    days = pd.bdate_range(end=closes.index[0], periods=WARMING + 1)[:-1]
    return pd.concat([pd.Series(before, days), closes])


def scalers_of(dataset: Dataset) -> Scalers:
    """Return the asset's own units, from every known day: returns grow as sqrt(steps)."""
    inputs = Scaler.fit(dataset.features[WARMING:], "standard", dataset.names)
    deviation = np.diff(np.log(dataset.closes[WARMING:])).std()
    spread = deviation * np.sqrt(np.arange(1, SESSIONS + 1))
    return Scalers(inputs, Scaler((0.0,) * SESSIONS, tuple(map(float, spread))))


if __name__ == "__main__":
    main()
