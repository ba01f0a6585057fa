"""How good the distributions are, on real prices, beside everything that needs no network.

    python benchmarks/accuracy.py [--quick] [--data FOLDER] [--keep FOLDER] [--horizons 1 5 20]

Series (rule stated before running): of each symbol in FOLDER/daily the longest file that its prices
are kept in under its own name, and of the panel FOLDER/panel the first complete ticker (1,259 bars)
of each letter. The preset was developed on DEVELOPED; every claim is on the others. One split, no
refits: the test part is the last 15 % (more where that is fewer than about 400 days), never seen by
anything that was fitted. Losses are CRPS of log returns in units of the series' mean one-bar move,
so that every day and every series counts alike.

``--quick`` is six of the judged series, two networks each, 5 steps. What is trained is kept in
``--keep``; a run that was stopped goes on. Results go to ``results/accuracy.json``, tables into
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import machine
from pages import write_between
from scoringrules import crps_quantile

from rnnforecast.arrays import Array
from rnnforecast.config import Experiment, load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import windows_of
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError
from rnnforecast.evaluation.significance.long_run import estimate_means
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.forecast.pool import average
from rnnforecast.forecast.quantile_levels import LEVELS, PERCENTILES, interval_positions

DAILY = {
    "BTC-USD": "BTC-USD_history_2014-2024", "ETH-USD": "ETH-USD_history_2017-2024",
    "AAPL": "AAPL_history_1980-2024", "EURUSD=X": "EURUSD_history_2003-2024",
    "^GSPC": "GSPC_history_2000-2023", "MSFT": "MSFT_yahoo_2000-2020",
    "^NDX": "NDX_yahoo_2014-2022", "NVDA": "NVDA_history_1999-2024",
    "SPY": "SPY_yahoo_2000-2022", "TSLA": "TSLA_history_2010-2024",
}  # fmt: skip
PANEL_BARS = 1_259
DEVELOPED = ("BTC-USD", "TSLA", "SPY", "EURUSD=X", "A", "HAL")
QUICK = ("ETH-USD", "^NDX", "C", "K", "T", "XEC")
SHARES = {"ETH-USD": 0.16, "^NDX": 0.22}
"""Of the test part, where 15 % are fewer than 400 days; of the panel 32 %."""
RIVALS = ("naive", "constant", "recent", "ewma", "garch", "gjr", "egarch", "har")
COVERAGES = (0.50, 0.80, 0.90, 0.95)
STRIDE = {20: 5}
"""Rows between scored origins, where paths overlap anyway."""
POOL, NETWORK, FILTERS = "pool", "network", "gjr + har"
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
RESULTS = Path(__file__).parent / "results" / "accuracy.json"
BEGIN, END = "<!-- measured -->", "<!-- end -->"


@dataclass(frozen=True, eq=False)
class Scored:
    """The losses of every model on one series at one horizon.

    Args:
        symbol: of the series.
        days: of the origins (window,).
        losses: mean CRPS over steps by model (window,).
        held: share of actuals within central intervals, by model and coverage.
        seconds: that training and forecasting took.
        failures: why a model has no forecast.
    """

    symbol: str
    days: pd.DatetimeIndex
    losses: Mapping[str, Array]
    held: Mapping[str, Mapping[str, float]]
    seconds: float
    failures: Mapping[str, str]


class Trained:
    """Trained members as a forecaster calls them."""

    def __init__(self, networks: Sequence[Any]) -> None:
        self.networks = list(networks)

    def __call__(self, inputs: Array) -> Array:
        """Run every member (member, window, step, parameter)."""
        return np.stack([np.asarray(one.predict_on_batch(inputs), float) for one in self.networks])

    def __len__(self) -> int:
        return len(self.networks)

    def only(self, number: int) -> Trained:
        """Return one member by itself."""
        return Trained([self.networks[number]])


def histories(folder: Path) -> dict[str, PriceHistory]:
    """Read every series of the suite."""
    found = {}
    for symbol, name in DAILY.items():
        sessions = {"-USD": "24/7", "SD=X": "24/5"}.get(symbol[-4:], "XNYS")
        found[symbol] = _history(symbol, pd.read_csv(folder / "daily" / f"{name}.csv"), sessions)
    table = pd.read_csv(next((folder / "panel").glob("*.csv.gz")))
    counts = table["Name"].value_counts()
    complete = sorted(counts[counts >= PANEL_BARS].index)
    for letter in sorted({name[0] for name in complete}):
        name = next(name for name in complete if name[0] == letter)
        found[name] = _history(name, table[table["Name"] == name].drop(columns="Name"), "XNYS")
    return found


def _history(symbol: str, table: pd.DataFrame, sessions: str) -> PriceHistory:
    table = table.rename(columns=lambda name: str(name).lower().replace(" ", "_"))
    dates = pd.to_datetime(table["date"], utc=True, format="ISO8601")
    local = dates.dt.tz_convert("America/New_York" if sessions == "XNYS" else "UTC")
    whole = table["date"].astype(str).str.len().max() <= 10
    days = (dates if whole else local).dt.tz_localize(None).dt.normalize()
    names = ("open", "high", "low", "close", "adj_close")
    bars = table[[name for name in names if name in table]].astype(float)
    bars = bars.set_index(pd.DatetimeIndex(days, name="date").as_unit("ns")).dropna()
    bars = bars[~bars.index.duplicated()].sort_index()
    return PriceHistory(symbol, bars[bars["close"] > 0], "1d", sessions)


def experiment_of(symbol: str, horizon: int, members: int, preset: str) -> Experiment:
    """Return the preset on one series of the suite."""
    share = SHARES.get(symbol, 0.15 if symbol in DAILY else 0.32)
    settings = (f"data.symbol={symbol}", f"window.horizon={horizon}", f"split.test={share}")
    return load(preset, [*settings, f"training.ensemble={members}"])


class Trainer:
    """Trains series one by one on a graph that is made once for each number of features."""

    def __init__(self, datasets: Mapping[str, Dataset]) -> None:
        from rnnforecast.model.training.trainer import Trainer as Compiled

        self.datasets = dict(datasets)
        self.scalers = {symbol: one.fit_scalers() for symbol, one in datasets.items()}
        whole = windows_of(list(datasets.values()), list(self.scalers.values()))
        self.trainer, self.starts = Compiled(whole), dict[str, int]()
        start = 0
        for symbol, one in datasets.items():
            self.starts[symbol] = start
            start += len(one.history)

    def train(self, symbol: str) -> Forecaster:
        """Train and calibrate on one series alone."""
        from rnnforecast.model.training.ensemble import Callbacks, Checkpoint, _fit_member

        dataset, start = self.datasets[symbol], self.starts[symbol]
        self.trainer.loop.origins = {
            part: start + dataset.splits.origins(part) for part in ("train", "validation")
        }
        members = range(1, dataset.experiment.training.ensemble + 1)
        training = dataset.experiment.training
        fitted = [
            _fit_member(self.trainer, training, one, Callbacks(), Checkpoint(), ())
            for one in members
        ]
        networks = Trained([member.network for member in fitted])
        forecaster = Forecaster(dataset.experiment, self.scalers[symbol], networks)
        return forecaster.calibrate(dataset, "rolling")


def score(dataset: Dataset, network: Array, origins: Rows, seconds: float) -> Scored:
    """Score the network, the pool and every rival from some origins."""
    quantiles, failures = {NETWORK: network}, dict[str, str]()
    for name in RIVALS:
        try:
            quantiles[name] = BASELINES[name].quantiles(dataset, origins)
        except DataError as error:
            failures[name] = error.problem
    filters = [quantiles[name] for name in ("gjr", "har") if name in quantiles]
    if filters:
        quantiles[FILTERS], quantiles[POOL] = average(filters), average([network, *filters])
    last = dataset.closes[origins][:, None]
    actual = np.log(dataset.future_values[origins] / last)
    train = np.log(dataset.closes[: dataset.splits.targets("train").stop])
    unit = float(np.abs(np.diff(train)).mean())
    losses, held = {}, {}
    for name, values in quantiles.items():
        changes = np.log(values / last[..., None])
        percentiles = np.sort(changes[..., PERCENTILES], axis=-1)
        loss = crps_quantile(actual, percentiles, LEVELS[PERCENTILES]) / unit
        losses[name] = loss.mean(axis=1)
        held[name] = {}
        for coverage in COVERAGES:
            low, high = interval_positions(coverage)
            inside = (changes[..., low] <= actual) & (actual <= changes[..., high])
            held[name][f"{coverage:.2f}"] = float(inside.mean())
    days = dataset.history.dates[origins].normalize()
    return Scored(dataset.history.symbol, days, losses, held, seconds, failures)


def compare(scored: Sequence[Scored], ours: str, theirs: str, horizon: int) -> dict[str, Any]:
    """Test one model against another over several series.

    Losses are divided by the rival's mean on that series, so that the mean gain is the mean skill.
    What falls on one day is one event: the test is on the sums of days.
    """
    common = [one for one in scored if ours in one.losses and theirs in one.losses]
    if not common:
        return {}
    days, skills = dict[pd.Timestamp, float](), {}
    for one in common:
        mine, rival = one.losses[ours], one.losses[theirs]
        skills[one.symbol] = float(1 - mine.mean() / rival.mean())
        for day, gain in zip(one.days, (rival - mine) / rival.mean() / len(mine), strict=True):
            days[day] = days.get(day, 0.0) + float(gain)
    sums = pd.Series(days).sort_index().to_numpy()
    overlap = max(1, horizon // STRIDE.get(horizon, 1))
    p = float(estimate_means(sums[:, None], overlap).probability_below(0.0)[0])
    values = list(skills.values())
    return {
        "skill": float(np.mean(values)), "p": p, "wins": sum(value > 0 for value in values),
        "series": len(values), "worst": min(values), "worst_series": min(skills, key=skills.get),
        "by_series": skills,
    }  # fmt: skip


def measure(
    prices: Mapping[str, PriceHistory], horizon: int, members: int, preset: str, keep: Path
) -> list[Scored]:
    """Score every series at one horizon; what was scored before is read."""
    missing = {
        symbol: prepare(experiment_of(symbol, horizon, members, preset), history)
        for symbol, history in prices.items()
        if not _path(keep, symbol, horizon).exists()
    }
    for width in sorted({one.experiment.window.features for one in missing.values()}):
        same = {s: one for s, one in missing.items() if one.experiment.window.features == width}
        trainer = Trainer(same)
        for symbol, dataset in same.items():
            began = time.perf_counter()
            forecaster = trainer.train(symbol)
            origins = dataset.splits.origins("test")[:: STRIDE.get(horizon, 1)]
            network = forecaster.network_quantiles(dataset, origins)
            took = time.perf_counter() - began
            _write(_path(keep, symbol, horizon), score(dataset, network, origins, took))
            print(f"{symbol}, {horizon} steps: {took:.0f} s", flush=True)
    return [_read(_path(keep, symbol, horizon), symbol) for symbol in prices]


def _path(keep: Path, symbol: str, horizon: int) -> Path:
    return keep / f"{symbol.replace('^', '').replace('=', '')}_{horizon}.json"


def _write(path: Path, scored: Scored) -> None:
    document = {
        "days": [f"{day:%Y-%m-%d}" for day in scored.days],
        "losses": {name: values.tolist() for name, values in scored.losses.items()},
        "held": scored.held, "seconds": scored.seconds, "failures": scored.failures,
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")


def _read(path: Path, symbol: str) -> Scored:
    document = json.loads(path.read_text("utf-8"))
    losses = {name: np.array(values) for name, values in document["losses"].items()}
    rest = (document["held"], document["seconds"], document["failures"])
    return Scored(symbol, pd.DatetimeIndex(document["days"]), losses, *rest)


def summary(scored: Sequence[Scored], horizon: int) -> dict[str, Any]:
    """Return what the tables need."""
    judged = [one for one in scored if one.symbol not in DEVELOPED]
    groups = {"judged": judged, "developed": [one for one in scored if one not in judged]}
    found: dict[str, Any] = {"horizon": horizon, "comparisons": {}, "held": {}}
    for group, members in groups.items():
        for ours in (NETWORK, POOL):
            for theirs in (*RIVALS, FILTERS):
                row = compare(members, ours, theirs, horizon)
                if row:
                    found["comparisons"][f"{group}/{ours}/{theirs}"] = row
        for rival in (*RIVALS, FILTERS):
            row = compare(members, rival, "garch", horizon)
            if row and rival != "garch":
                found["comparisons"][f"{group}/{rival}/garch"] = row
    for name in (NETWORK, POOL, FILTERS, *RIVALS):
        having = [one.held[name] for one in judged if name in one.held]
        if having:
            found["held"][name] = {
                level: float(np.mean([one[level] for one in having])) for level in having[0]
            }
    found["seconds"] = float(np.sum([one.seconds for one in scored]))
    found["failures"] = {one.symbol: dict(one.failures) for one in scored if one.failures}
    return found


def tables(results: Mapping[str, Any]) -> str:
    """Write the results as Markdown."""
    lines = []
    for found in results["horizons"]:
        comparisons = found["comparisons"]
        lines += [f"### {found['horizon']} step{'' if found['horizon'] == 1 else 's'} ahead", ""]
        lines += ["| on | network alone | pool | pool, developed on |", "|---|---|---|---|"]
        for rival in (*RIVALS, FILTERS):
            cells = [
                _cell(comparisons.get(f"{group}/{ours}/{rival}"))
                for group, ours in (("judged", NETWORK), ("judged", POOL), ("developed", POOL))
            ]
            lines.append(f"| {rival} | {' | '.join(cells)} |")
        lines += ["", "| contained, % | 50 | 80 | 90 | 95 |", "|---|---|---|---|---|"]
        for name, held in found["held"].items():
            shares = " | ".join(f"{100 * value:.1f}" for value in held.values())
            lines.append(f"| {name} | {shares} |")
        lines.append("")
    return "\n".join(lines)


def _cell(row: Mapping[str, Any] | None) -> str:
    if not row:
        return ""
    wins = f"{row['wins']}/{row['series']}"
    worst = f"{row['worst_series']} {100 * row['worst']:+.2f}"
    return f"{100 * row['skill']:+.2f} (p {row['p']:.3f}; {wins}; worst {worst})"


def main() -> None:
    """Measure, print, and write results and page."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "accuracy")
    parser.add_argument("--horizons", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--preset", default="gru")
    parser.add_argument("--members", type=int, default=5)
    asked = parser.parse_args()
    prices = histories(asked.data)
    members, horizons = asked.members, asked.horizons
    if asked.quick:
        prices = {symbol: prices[symbol] for symbol in QUICK}
        members, horizons = 2, [5]
    keep = asked.keep / f"{asked.preset}_{members}"
    found = [
        summary(measure(prices, horizon, members, asked.preset, keep), horizon)
        for horizon in horizons
    ]
    results = {"machine": machine(), "preset": asked.preset, "members": members, "horizons": found}
    print(tables(results))
    if not asked.quick:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        write_between(PAGE, BEGIN, END, tables(results).rstrip("\n"))


if __name__ == "__main__":
    main()
