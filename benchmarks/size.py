"""How often the tests claim something where there is nothing, and how often they see what is there.

Losses of forecasts that are equally good by construction go through the product's own functions.
Writes the tables of docs/significance.md. ``--full`` repeats ten times as often.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.signal import lfilter
from scipy.special import ndtr, ndtri, stdtr

from rnnforecast.evaluation.metrics.classification import independence_p
from rnnforecast.evaluation.metrics.shares import share_columns
from rnnforecast.evaluation.significance.decisions import minimum_origins
from rnnforecast.evaluation.significance.diebold_mariano import skill_figures
from rnnforecast.evaluation.significance.long_run import estimate_means
from rnnforecast.evaluation.significance.model_confidence_set import (
    model_confidence_set,
    superior_p,
)
from rnnforecast.evaluation.significance.paired_runs import correct, two_sided_p

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int, int, int], Array]

PAGE = Path(__file__).parents[1] / "docs" / "significance.md"
ORIGINS, HORIZONS = (100, 250, 400, 500, 1000, 2000), (1, 5, 20)
MODELS, FAMILY_ORIGINS = 6, 500
ORACLE = 1.959964 + 0.841621
"""Standard errors of an edge that a test with the true variance sees in 80 % of samples."""


def persistent(rng: np.random.Generator, origins: int, series: int, persistence: float) -> Array:
    """Draw Gaussian AR(1) series of unit variance (origin, series)."""
    noise = rng.standard_normal((origins + 300, series))
    drawn: Array = lfilter([np.sqrt(1 - persistence**2)], [1, -persistence], noise, axis=0)[300:]
    return drawn


def over_steps(values: Array, horizon: int) -> Array:
    """Average what the next steps bring, as the losses of overlapping forecasts do."""
    sums = np.cumsum(np.vstack([np.zeros((1, values.shape[1])), values]), axis=0)
    averages: Array = (sums[horizon:] - sums[:-horizon]) / horizon
    return averages


def moves(rng: np.random.Generator, origins: int, series: int, horizon: int, tails: str) -> Array:
    """Draw moves over the horizon of unit scale: Gaussian, Student-t(3), or GARCH(1,1)-t(5)."""
    shape = (origins + horizon - 1, series)
    if tails == "normal":
        changes = rng.standard_normal(shape)
    elif tails == "t3":
        changes = rng.standard_t(3, shape)
    else:
        shocks = rng.standard_t(5, shape) * np.sqrt(3 / 5)
        changes, variance = np.empty(shape), np.ones(series)
        for row, shock in enumerate(shocks):
            changes[row] = shock * np.sqrt(variance)
            variance = 0.05 + 0.08 * changes[row] ** 2 + 0.87 * variance
    return over_steps(changes, horizon) * np.sqrt(horizon)


def differences(persistence: float, share: float = 1.0) -> Draw:
    """Losses of 1 that differ by a persistent series, or by one that is a share of noise."""

    def draw(
        rng: np.random.Generator, models: int, origins: int, horizon: int, pairs: int
    ) -> Array:
        rows, series = origins + horizon - 1, models * pairs
        slow = persistent(rng, rows, series, persistence)
        quick = rng.standard_normal((rows, series))
        mixed = over_steps(np.sqrt(share) * slow + np.sqrt(1 - share) * quick, horizon)
        return (1 + 0.1 * mixed).reshape(origins, models, pairs)

    return draw


def medians(persistence: float, tails: str) -> Draw:
    """Absolute errors of medians that wander about the right one."""

    def draw(
        rng: np.random.Generator, models: int, origins: int, horizon: int, pairs: int
    ) -> Array:
        actual = moves(rng, origins, pairs, horizon, tails)[:, None]
        wander = persistent(rng, origins, models * pairs, persistence)
        return np.abs(actual - 0.1 * wander.reshape(origins, models, pairs))

    return draw


def spreads(persistence: float, deviation: float, tails: str) -> Draw:
    """CRPS of normal spreads whose logarithm wanders about the right one."""

    def draw(
        rng: np.random.Generator, models: int, origins: int, horizon: int, pairs: int
    ) -> Array:
        actual = moves(rng, origins, pairs, horizon, tails)[:, None]
        wander = persistent(rng, origins, models * pairs, persistence)
        spread = np.exp(deviation * wander).reshape(origins, models, pairs)
        z = actual / spread
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        crps: Array = spread * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi))
        return crps

    return draw


KINDS: dict[str, Draw] = {
    **{f"difference, persistence {a:g}": differences(a) for a in (0, 0.5, 0.8, 0.9, 0.95, 0.98)},
    "difference .95 (30 %) in noise": differences(0.95, 0.3),
    "medians .9, t(3)": medians(0.9, "t3"),
    "medians .9, GARCH-t(5)": medians(0.9, "garch"),
    "spreads .8, normal": spreads(0.8, 0.6, "normal"),
    "spreads .95, normal": spreads(0.95, 0.6, "normal"),
    "spreads .95, GARCH-t(5)": spreads(0.95, 0.6, "garch"),
    "spreads .98, normal": spreads(0.98, 0.6, "normal"),
}


def bartlett_variance(gains: Array, lags: int) -> Array:
    """Estimate long-run variances with a Bartlett kernel (series,)."""
    centred = gains - gains.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    for lag in range(1, min(lags, len(gains) - 1) + 1):
        together = (centred[lag:] * centred[:-lag]).sum(axis=0) / len(gains)
        variance += 2 * (1 - lag / (lags + 1)) * together
    return np.maximum(variance, 1e-300)


def kernel_p(gains: Array, horizon: int) -> Array:
    """The test that was used before: Bartlett kernel, n^(1/3) lags, corrected as HLN (1997)."""
    n = len(gains)
    variance = bartlett_variance(gains, max(horizon - 1, int(np.ceil(n ** (1 / 3)))))
    factor = max(0.0, (n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    t = gains.mean(axis=0) / np.sqrt(variance / n) * np.sqrt(factor)
    p: Array = stdtr(n - 1, -t)
    return p


def wide_kernel_p(gains: Array, horizon: int) -> Array:
    """Bartlett kernel with 1.3 sqrt(n) lags and the fixed-b critical value, Kiefer & Vogelsang."""
    n = len(gains)
    lags = max(int(1.3 * np.sqrt(n)), horizon)
    b = (lags + 1) / n
    critical = 1.96 + 2.9694 * b + 0.4160 * b**2 - 0.5324 * b**3
    t = gains.mean(axis=0) / np.sqrt(bartlett_variance(gains, lags) / n)
    p: Array = ndtr(-t * 1.96 / critical)
    return p


def prewhitened_p(gains: Array, horizon: int) -> Array:
    """Prewhitened by an AR(1) whose coefficient is freed of its bias, then the wide kernel."""
    n = len(gains)
    centred = gains - gains.mean(axis=0)
    slope = (centred[1:] * centred[:-1]).sum(axis=0) / (centred[:-1] ** 2).sum(axis=0)
    slope = np.clip(slope + (1 + 3 * slope) / n, -0.97, 0.97)
    lags = max(int(1.3 * np.sqrt(n)), horizon)
    b = (lags + 1) / n
    critical = 1.96 + 2.9694 * b + 0.4160 * b**2 - 0.5324 * b**3
    residual = bartlett_variance(centred[1:] - slope * centred[:-1], lags)
    t = gains.mean(axis=0) / np.sqrt(residual / (1 - slope) ** 2 / n)
    p: Array = ndtr(-t * 1.96 / critical)
    return p


def cosine_p(gains: Array, number: int) -> Array:
    """So many cosines with equal weights, and no shape but the flat one."""
    number = min(number, len(gains) - 1)
    waves = dct(gains, type=2, norm="ortho", axis=0)[1 : number + 1]
    t = gains.mean(axis=0) * np.sqrt(len(gains)) / np.sqrt((waves**2).mean(axis=0))
    p: Array = stdtr(number, -t)
    return p


def averaged_p(gains: Array, horizon: int) -> Array:
    """The test of the product."""
    return estimate_means(gains, horizon).probability_below(0.0)


CANDIDATES: dict[str, Callable[[Array, int], Array]] = {
    "n^1/3 lags, HLN": kernel_p,
    "1.3 sqrt n lags, fixed b": wide_kernel_p,
    "the same, prewhitened": prewhitened_p,
    "0.41 n^2/3 cosines": lambda gains, _: cosine_p(gains, int(0.41 * len(gains) ** (2 / 3))),
    "8 cosines": lambda gains, _: cosine_p(gains, 8),
    "**averaged shapes**": averaged_p,
}
"""One-sided p of several series by each test that was tried."""
TRIED = [
    *((f"difference, persistence {a:g}", n, h) for a in (0, 0.8, 0.95) for n in (250, 1000)
      for h in (1, 20)),
    *((kind, n, 1) for kind in ("difference .95 (30 %) in noise", "spreads .95, normal",
      "medians .9, GARCH-t(5)") for n in (250, 1000)),
]  # fmt: skip


def candidates(pairs: int) -> pd.DataFrame:
    """Measure size and power of every test that was tried."""
    rows = []
    for number, (kind, n, horizon) in enumerate(TRIED):
        losses = KINDS[kind](np.random.default_rng(number), 2, n, horizon, pairs)
        gains = losses[:, 1] - losses[:, 0]
        edge = ORACLE * float(np.std(gains.mean(axis=0)))
        row: dict[str, object] = {"losses": kind, "n": n, "h": horizon}
        for name, test in CANDIDATES.items():
            seen = float(np.mean(test(gains + edge, horizon) < 0.025))
            row[name] = f"{100 * rejected(test(gains, horizon)):.1f} / {100 * seen:.0f}"
        rows.append(row)
    return pd.DataFrame(rows)


def rejected(p: Array) -> float:
    """Share of two-sided rejections at 5 %."""
    return float(np.mean((p < 0.025) | (p > 0.975)))


def measure(draw: Draw, origins: int, horizon: int, pairs: int, seed: int) -> dict[str, float]:
    """Measure size, coverage and power of pairs of equally good forecasts."""
    losses = draw(np.random.default_rng(seed), 2, origins, horizon, pairs)
    ours, theirs = losses[:, 0], losses[:, 1]
    setting = {"roots": np.zeros(pairs, bool), "horizon": horizon}
    null = skill_figures(ours, theirs, **setting)
    edge = ORACLE * float(np.std((theirs - ours).mean(axis=0)))
    before = rejected(kernel_p(theirs - ours, horizon))
    if origins < minimum_origins(horizon):
        return {"size": np.nan, "before": before, "coverage": np.nan, "power": np.nan}
    return {
        "size": rejected(null[:, 1]),
        "before": before,
        "coverage": float(np.mean((null[:, 2] <= 0) & (null[:, 3] >= 0))),
        "power": float(np.mean(averaged_p(theirs - ours + edge, horizon) < 0.025)),
    }


def sizes(pairs: int) -> pd.DataFrame:
    """Measure every kind of losses, number of origins and horizon; where nothing is tested, only
    what the kernel would have said."""
    rows = [
        {"kind": kind, "h": horizon, "n": n}
        | measure(draw, n, horizon, pairs, 1000 * number + n + horizon)
        for number, (kind, draw) in enumerate(KINDS.items())
        for horizon in HORIZONS
        for n in ORIGINS
    ]
    return pd.DataFrame(rows)


def regimes(rng: np.random.Generator, origins: int, series: int) -> Array:
    """One of two models is better until they change places, after 50 origins on average."""
    turned = rng.random((origins + 300, series)) > 0.98
    side: Array = np.where(np.cumsum(turned, axis=0) % 2, 1.0, -1.0)[300:]
    return side * rng.choice([-1.0, 1.0], series) + rng.standard_normal((origins, series))


def long_memory(order: float) -> Callable[[np.random.Generator, int, int], Array]:
    """Fractional noise, whose spectrum is infinite at zero."""

    def draw(rng: np.random.Generator, origins: int, series: int) -> Array:
        past = 2000
        steps = np.arange(1, past)
        weights = np.concatenate([[1.0], np.cumprod((steps - 1 + order) / steps)])
        noise = rng.standard_normal((origins + past - 1, series))
        return np.stack([np.convolve(one, weights, "valid") for one in noise.T], axis=1)

    return draw


def stochastic_volatility(rng: np.random.Generator, origins: int, series: int) -> Array:
    """CRPS of two spreads that wander about a volatility that wanders itself."""
    level = 0.4 * persistent(rng, origins, series, 0.97)
    move = np.exp(level) * rng.standard_normal((origins, series))
    losses = []
    for _ in range(2):
        spread = np.exp(level + 0.3 * persistent(rng, origins, series, 0.93))
        z = move / spread
        density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        losses.append(spread * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))
    difference: Array = losses[0] - losses[1]
    return difference


def heavy_tails(rng: np.random.Generator, origins: int, series: int) -> Array:
    """Persistence of .95 whose shocks are Student-t(3)."""
    shocks = rng.standard_t(3, (origins + 300, series))
    drawn: Array = lfilter([1.0], [1.0, -0.95], shocks, axis=0)[300:]
    return drawn


UNSEEN = {
    "better in turns, for 50 origins on average, in noise": regimes,
    "spreads about a stochastic volatility": stochastic_volatility,
    "persistence .95, shocks t(3)": heavy_tails,
    "persistence 0, moving average -.5": lambda rng, n, series: lfilter(
        [1.0, -0.5], [1.0], rng.standard_normal((n + 1, series)), axis=0
    )[1:],
    "long memory, d = .2": long_memory(0.2),
    "long memory, d = .4": long_memory(0.4),
}
"""Differences, one step ahead, that had no say in the choice of the prior."""


def unseen(pairs: int) -> pd.DataFrame:
    """Measure the size where the prior was not chosen for it."""
    rows = []
    for number, (kind, draw) in enumerate(UNSEEN.items()):
        row: dict[str, object] = {"losses": kind}
        for n in (250, 500, 1000):
            gains = draw(np.random.default_rng(number + n), n, pairs)
            now, before = (100 * rejected(test(gains, 1)) for test in (averaged_p, kernel_p))
            row[f"n = {n:,}"] = f"{now:.1f} ({before:.0f})"
        rows.append(row)
    return pd.DataFrame(rows)


FAMILIES = {
    "iid, spreads 0": spreads(0, 0.6, "normal"),
    "iid, spreads .8": spreads(0.8, 0.6, "normal"),
    "iid, spreads .95": spreads(0.95, 0.6, "normal"),
    "GARCH, spreads .95": spreads(0.95, 0.6, "garch"),
}


def families(repetitions: int) -> pd.DataFrame:
    """Measure the tests of several models at once on equally good ones."""
    rows = []
    for number, (kind, draw) in enumerate(FAMILIES.items()):
        for horizon in HORIZONS:
            rng = np.random.default_rng(number + horizon)
            losses = draw(rng, MODELS, FAMILY_ORIGINS, horizon, repetitions)
            found = [family(losses[:, :, sample], horizon) for sample in range(repetitions)]
            rows.append({"losses": kind, "h": horizon, **dict(pd.DataFrame(found).mean())})
    return pd.DataFrame(rows)


def family(losses: Array, horizon: int) -> dict[str, bool]:
    """Ask whether there is a best of equally good models (origin, model)."""
    table = pd.DataFrame(losses, columns=[f"m{number}" for number in range(MODELS)])
    first, second = np.triu_indices(MODELS, 1)
    p = pd.Series(two_sided_p(losses[:, first] - losses[:, second], horizon))
    return {
        "Holm names a winner": bool((correct(p, "holm") < 0.05).any()),
        "model set drops one": not model_confidence_set(table, horizon)["included"].all(),
        "SPA": superior_p(table.iloc[:, 1:], table["m0"], horizon) < 0.05,
    }


def shares(repetitions: int) -> pd.DataFrame:
    """Measure how often intervals of perfect forecasts are off, and useless calls believed."""
    rows = []
    for horizon in HORIZONS:
        for n in (250, 850):
            rng = np.random.default_rng(horizon + n)
            size = np.abs(moves(rng, n, repetitions, horizon, "normal"))
            row: dict[str, float | int] = {"h": horizon, "n": n}
            for level in (0.8, 0.95):
                hits = pd.DataFrame((size <= ndtri((1 + level) / 2)).astype(float))
                for name, overlap in ((f"{level:.0%} off", horizon), (f"{level:.0%} before", 1)):
                    _, low, high, _ = share_columns(hits, overlap)
                    row[name] = float(np.mean((low > level) | (high < level)))
            rose, called = (moves(rng, n, repetitions, horizon, "normal") > 0 for _ in range(2))
            tables = (
                pd.DataFrame({"origin": range(n), "rose": up * 1.0, "called": call * 1.0})
                for up, call in zip(rose.T, called.T, strict=True)
            )
            p = [[independence_p(table, overlap) for overlap in (horizon, 1)] for table in tables]
            row |= dict(
                zip(
                    ("calls believed", "calls before"),
                    np.mean(np.array(p) < 0.05, axis=0),
                    strict=True,
                )
            )
            rows.append(row)
    return pd.DataFrame(rows)


def grid(table: pd.DataFrame, value: str, before: str | None = None) -> Iterator[str]:
    """Write one figure of every kind and horizon in a row, by number of origins."""
    yield "| losses | h | " + " | ".join(f"n {n:,}" for n in ORIGINS) + " |"
    yield "| --- | --: |" + " --: |" * len(ORIGINS)
    for (kind, horizon), part in table.groupby(["kind", "h"], sort=False):
        cells = [
            (f"{100 * row[value]:.1f}" if np.isfinite(row[value]) else "too few")
            + (f" ({100 * row[before]:.0f})" if before else "")
            for row in part.to_dict("records")
        ]
        yield f"| {kind} | {horizon} | " + " | ".join(cells) + " |"


def outside(table: pd.DataFrame) -> Iterator[str]:
    """Name the cells from 250 origins on whose size lies outside of 3 to 8 %."""
    known = table[(table["n"] >= 250) & table["size"].notna()]
    yield "| losses | h | above 8 %, by n | below 3 %, by n |"
    yield "| --- | --: | --- | --- |"
    for (kind, horizon), part in known.groupby(["kind", "h"], sort=False):
        sides = (part[part["size"] > 0.08], part[part["size"] < 0.03])
        cells = [
            ", ".join(f"{row.n:,}: {100 * row.size_:.1f}" for row in side.itertuples())
            for side in (each.rename(columns={"size": "size_"}) for each in sides)
        ]
        if any(cells):
            yield f"| {kind} | {horizon} | {cells[0]} | {cells[1]} |"


def plain(table: pd.DataFrame) -> Iterator[str]:
    """Write a table of shares in percent."""
    counts = ("losses", "h", "n")
    yield "| " + " | ".join(name.replace("%", " %") for name in table) + " |"
    yield "|" + " --- |" * len(table.columns)
    for row in table.to_dict("records"):
        cells = [
            str(v) if name in counts or isinstance(v, str) else f"{100 * v:.1f}"
            for name, v in row.items()
        ]
        yield "| " + " | ".join(cells) + " |"


def fill(page: str, name: str, lines: Iterator[str]) -> str:
    """Replace one table of the page."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    table = "\n".join(lines)
    return re.sub(f"{begin}.*?{end}", lambda _: f"{begin}\n{table}\n{end}", page, flags=re.S)


def main() -> None:
    """Measure, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten times the repetitions")
    times = 10 if parser.parse_args().full else 1
    began = time.perf_counter()
    pairs, repetitions = 400 * times, 60 * times
    found = sizes(pairs)
    several, hits = families(repetitions), shares(300 * times)
    page = PAGE.read_text("utf-8")
    for name, lines in {
        "repetitions": iter([f"{pairs:,} pairs, {repetitions} families, {300 * times:,} walks."]),
        "size": grid(found, "size", "before"),
        "outside": outside(found),
        "coverage": grid(found, "coverage"),
        "power": grid(found, "power"),
        "candidates": plain(candidates(pairs)),
        "unseen": plain(unseen(pairs)),
        "families": plain(several),
        "shares": plain(hits),
    }.items():
        page = fill(page, name, lines)
    PAGE.write_text(page, "utf-8")
    enough = found[(found["n"] >= 250) & found["size"].notna()]
    size, coverage = 100 * enough["size"], 100 * enough["coverage"]
    print(
        f"from 250 origins: {len(enough)} sizes of {size.min():.1f} to {size.max():.1f} %, "
        f"{(size < 3).sum()} of them below 3 and {(size > 8).sum()} above 8; coverage of "
        f"{coverage.min():.1f} to {coverage.max():.1f} %; {time.perf_counter() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
