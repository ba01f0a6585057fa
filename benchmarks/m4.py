"""How one network for all series does on M4's weekly and hourly series, beside published methods.

    python benchmarks/m4.py --data FOLDER --keep FOLDER [--settle]

FOLDER/m4 holds the competition's own files. A GRU over segments (SegRNN) is trained on all series
of a frequency, each in its own units, and forecasts the competition's path once. Scores are those
of the competitors' guide: sMAPE, MASE, their mean relative to Naive2 (OWA), and the scaled interval
score at 95 % (MSIS). Naive2 and the interval of naive are computed here as well, and nothing is
written unless they agree with the published rows.

``--settle`` is how settings were chosen: the last path of the *training* files is forecast instead,
so that no test value is read. Forecasts are kept in --keep. Results go to ``results/m4.json``, the
table into docs/published.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import save
from pages import provenance, write_between
from scipy.stats import norm
from statsforecast.models import Theta
from statsmodels.tsa.seasonal import seasonal_decompose
from statsmodels.tsa.stattools import acf

from rnnforecast.arrays import Array
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.panel import Series
from rnnforecast.forecast.quantile_levels import MEDIAN, interval_positions
from rnnforecast.pipeline.train import train

PAGE = Path(__file__).parents[1] / "docs" / "published.md"
BEGIN, END = "<!-- m4 -->", "<!-- end of m4 -->"
LAST = pd.Timestamp("2018-01-01")
"""The day that the newest known value of every series is put on: the files have no dates."""
COVERAGE = 0.95
NEWEST = 520
"""Values of each series that networks learn from, at most; scales of errors take all."""
VALIDATION = {"Weekly": 13, "Hourly": 96}
"""Values before the path that training is stopped by."""
SCORES = ("smape", "mase", "owa", "msis", "within_95")


@dataclass(frozen=True)
class Group:
    """The series of one frequency.

    Args:
        name: as in the names of the files.
        steps: in a path.
        season: steps in a season, for the scale of errors and for Naive2.
        network: what the network is called.
        settings: of that network.
        published: sMAPE, MASE, OWA and MSIS of the competition's own table, by method.
    """

    name: str
    steps: int
    season: int
    network: str
    settings: tuple[str, ...]
    published: Mapping[str, tuple[float | None, ...]]


@dataclass(frozen=True, eq=False)
class Path95:
    """What a method forecasts of one series.

    Args:
        point: (step,).
        low: lower end of the 95 % interval (step,); None for a method without intervals.
        high: upper end (step,).
    """

    point: Array
    low: Array | None = None
    high: Array | None = None


SETTINGS = (
    "data.allow_bad=true", "data.market=[]", "pool=[network]", "calibration=none",
    "window.features=close", "window.target=difference", "window.target_scale=series",
    "model.architecture=segrnn", "model.units=128", "model.location=learned", "model.dropout=0.1",
    "training.batch_size=512", "training.learning_rate=0.002", "training.epochs=15",
    "training.patience=3",
)  # fmt: skip

GROUPS = (
    Group(
        "Weekly", 13, 1,
        "SegRNN, 52 weeks", (*SETTINGS, "window.lookback=52", "model.segment=13"),
        {
            "Naive2": (9.161, 2.777, 1.000, None),
            "Theta": (9.093, 2.637, 0.971, None),
            "ES-RNN": (7.817, 2.356, 0.851, 22.034),
            "M4's own RNN": (15.220, 5.132, 1.755, None),
            "naive": (9.161, 2.777, 1.000, 26.358),
            "ETS": (None, None, None, 20.386),
            "ARIMA": (None, None, None, 19.575),
        },
    ),
    Group(
        "Hourly", 48, 24,
        "SegRNN, 168 hours", (*SETTINGS, "window.lookback=168", "model.segment=24"),
        {
            "Naive2": (18.383, 2.395, 1.000, None),
            "Theta": (18.138, 2.455, 1.006, None),
            "ES-RNN": (9.328, 0.893, 0.440, 7.928),
            "M4's own RNN": (14.698, 3.048, 1.036, None),
            "naive": (43.003, 11.608, 3.593, 71.245),
            "seasonal naive": (13.912, 1.193, 0.627, None),
            "ETS": (None, None, None, 17.487),
            "ARIMA": (None, None, None, 7.538),
        },
    ),
)  # fmt: skip


def main() -> None:
    """Forecast, score, print; publish what was not a matter of settling."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--settle", action="store_true")
    parser.add_argument("--groups", nargs="+", default=[group.name for group in GROUPS])
    parser.add_argument("--members", type=int, default=2)
    chosen = parser.parse_args()
    found = {}
    for group in GROUPS:
        if group.name not in chosen.groups:
            continue
        known, future = read(chosen.data, group, settle=chosen.settle)
        title = f"{group.name}_{group.network}_{'settle' if chosen.settle else 'test'}"
        kept = chosen.keep / f"{title.replace(' ', '_')}.npz"
        rows = measure(group, known, future, kept, chosen.members)
        print(pd.DataFrame(rows).T.round(4).to_string(), flush=True)
        if not chosen.settle:
            check_published(group, rows)
            found[group.name] = {"series": len(known), "rows": rows}
    if len(found) == len(GROUPS):
        save("m4", {"measured": provenance(), "groups": found})
        write_between(PAGE, BEGIN, END, table(found))


def read(folder: Path, group: Group, *, settle: bool) -> tuple[list[Array], list[Array]]:
    """Read what is known of each series, and what comes.

    Args:
        folder: with the folder m4.
        group: which files.
        settle: whether the last path of the training file is what comes; the test file stays shut.
    """
    train_file = pd.read_csv(folder / "m4" / f"{group.name}-train.csv.gz", index_col=0)
    known = [row.dropna().to_numpy(float) for _, row in train_file.iterrows()]
    if settle:
        long = [values for values in known if len(values) >= 100]
        return [one[: -group.steps] for one in long], [one[-group.steps :] for one in long]
    test_file = pd.read_csv(folder / "m4" / f"{group.name}-test.csv", index_col=0)
    assert list(test_file.index) == list(train_file.index)
    return known, list(test_file.to_numpy(float))


def measure(
    group: Group, known: Sequence[Array], future: Sequence[Array], kept: Path, members: int
) -> dict[str, dict[str, float]]:
    """Score the methods that need no network, and the network, whose forecasts are kept."""
    season, steps = group.season, group.steps
    methods: dict[str, Callable[[Array], Path95]] = {
        "Naive2": lambda values: Path95(naive2(values, steps, season)),
        "naive": lambda values: naive(values, steps),
        "Theta, statsforecast": lambda values: theta(values, steps, season),
    }
    if season > 1:
        methods["seasonal naive"] = lambda values: Path95(np.resize(values[-season:], steps))
    rows = {
        name: score(group, known, future, [method(values) for values in known])
        for name, method in methods.items()
    }
    rows[group.network] = score(group, known, future, network(group, known, kept, members))
    for row in rows.values():
        base = rows["Naive2"]
        row["owa"] = (row["smape"] / base["smape"] + row["mase"] / base["mase"]) / 2
    return rows


def score(
    group: Group, known: Sequence[Array], future: Sequence[Array], paths: Sequence[Path95]
) -> dict[str, float]:
    """Return the mean scores over series, as the competitors' guide defines them."""
    smape, mase, msis, within = [], [], [], []
    for values, actual, path in zip(known, future, paths, strict=True):
        scale = np.abs(values[group.season :] - values[: -group.season]).mean()
        error = np.abs(actual - path.point)
        smape.append(np.mean(200 * error / (np.abs(actual) + np.abs(path.point))))
        mase.append(np.mean(error) / scale)
        if path.low is not None and path.high is not None:
            below, above = np.maximum(path.low - actual, 0), np.maximum(actual - path.high, 0)
            width = path.high - path.low
            msis.append(np.mean(width + 2 / (1 - COVERAGE) * (below + above)) / scale)
            within.append(np.mean((below == 0) & (above == 0)))
    scores = {"smape": float(np.mean(smape)), "mase": float(np.mean(mase))}
    if msis:
        scores |= {"msis": float(np.mean(msis)), "within_95": float(np.mean(within))}
    return scores


def naive(values: Array, steps: int) -> Path95:
    """Repeat the last value; normal intervals whose width grows as sqrt(steps)."""
    point, deviation = np.full(steps, values[-1]), np.sqrt(np.mean(np.diff(values) ** 2))
    width = norm.ppf((1 + COVERAGE) / 2) * deviation * np.sqrt(np.arange(1, steps + 1))
    return Path95(point, point - width, point + width)


def naive2(values: Array, steps: int, season: int) -> Array:
    """Repeat the last value without its season, and put the season back where there is one.

    Source: the competition's ``Benchmarks and Evaluation.R``.
    """
    if not seasonal(values, season):
        return np.full(steps, values[-1])
    figure = np.asarray(seasonal_decompose(values, "multiplicative", period=season).seasonal)
    path: Array = values[-1] / figure[-1] * np.resize(figure[-season:], steps)
    return path


def seasonal(values: Array, season: int) -> bool:
    """Test at 90 % whether the autocorrelation at the season is more than that of the lags
    before it explains."""
    if season == 1 or len(values) < 3 * season:
        return False
    correlations = acf(values, nlags=season)[1:]
    limit = 1.645 * np.sqrt((1 + 2 * np.sum(correlations[:-1] ** 2)) / len(values))
    return bool(abs(correlations[-1]) > limit)


def theta(values: Array, steps: int, season: int) -> Path95:
    """Forecast by the Theta method as statsforecast has it."""
    forecast = Theta(season_length=season).forecast(values, steps, level=[95])
    return Path95(forecast["mean"], forecast["lo-95"], forecast["hi-95"])


def network(group: Group, known: Sequence[Array], kept: Path, members: int) -> list[Path95]:
    """Train the same networks on all series, and forecast the path after each one's newest value.

    The days after it hold its last value, so that the windows of the test part exist; nothing is
    learned from that part, and what the networks read ends before it.
    """
    if not kept.exists():
        steps = group.steps
        names = [f"{group.name[0]}{number}" for number in range(1, len(known) + 1)]
        days = {
            "split.test_from": LAST + pd.Timedelta(days=1),
            "split.validation_from": LAST - pd.Timedelta(days=VALIDATION[group.name] - 1),
            "data.start": LAST - pd.Timedelta(days=NEWEST - 1),
        }
        dated = [f"{key}={day:%Y-%m-%d}" for key, day in days.items()]
        symbols = f"data.symbol=[{', '.join(names)}]"
        sizes = [f"window.horizon={steps}", f"training.ensemble={members}"]
        experiment = load("gru", [symbols, *sizes, *dated, *group.settings])
        series = [
            Series(dated_history(name, np.r_[values, np.full(steps, values[-1])], steps), {})
            for name, values in zip(names, known, strict=True)
        ]
        trained = train(experiment, series)
        quantiles = np.stack(
            [
                forecaster.quantiles(dataset, dataset.splits.origins("test"))[0]
                for forecaster, dataset in zip(
                    trained.forecasters, trained.plan.datasets, strict=True
                )
            ]
        )
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.savez(kept, quantiles)
        print(trained.fit.to_string(), flush=True)
    with np.load(kept) as stored:
        quantiles = stored["arr_0"]
    low, high = interval_positions(COVERAGE)
    return [Path95(one[:, MEDIAN], one[:, low], one[:, high]) for one in quantiles]


def dated_history(name: str, values: Array, after: int) -> PriceHistory:
    """Put values on days, so many of them after the day LAST."""
    end = LAST + pd.Timedelta(days=after)
    dates = pd.date_range(end=end, periods=len(values), name="date").as_unit("ns")
    bars = pd.DataFrame({"close": values}, dates)
    # as ``data import --target`` marks what is no price: it may stand still
    return PriceHistory(name, bars, "1d", "24/7", provenance={"target": "value"})


def check_published(group: Group, rows: Mapping[str, Mapping[str, float]]) -> None:
    """Refuse to go on where what can be computed here differs from the published rows.

    Raises:
        SystemExit: naming the score.
    """
    for name in ("Naive2", "naive", "seasonal naive"):
        if name not in group.published or name not in rows:
            continue
        for kind, theirs in zip(SCORES[:-1], group.published[name], strict=True):
            if theirs is not None and abs(rows[name][kind] - theirs) > 0.0011:
                raise SystemExit(f"{name}: {kind} is {rows[name][kind]:.4f}, published {theirs}")


def table(found: Mapping[str, Any]) -> str:
    """Write the results as Markdown: what was measured here, beside what was published."""
    lines = []
    for group in GROUPS:
        entry = found[group.name]
        head = f"{group.name}, {entry['series']} series, {group.steps} steps"
        lines += [f"| {head} | sMAPE | MASE | OWA | MSIS | contained, 95 % |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        for name, row in entry["rows"].items():
            cells = [_cell(row.get(kind), 2 if kind == "msis" else 3) for kind in SCORES[:-1]]
            share = f"{100 * row['within_95']:.1f}" if "within_95" in row else ""
            own = f"**{name}**" if name == group.network else name
            lines.append(f"| {own} | {' | '.join(cells)} | {share} |")
        for name, scores in group.published.items():
            if name not in entry["rows"]:
                cells = [_cell(score, 3 - (kind == 3)) for kind, score in enumerate(scores)]
                lines.append(f"| {name}, published | {' | '.join(cells)} | |")
        lines.append("")
    return "\n".join(lines).rstrip()


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


if __name__ == "__main__":
    main()
