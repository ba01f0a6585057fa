"""Every number of a report card again, by NumPy and SciPy alone.

Nothing of the package takes part in the second computation: it is written from docs/significance.md
and from the definitions of the metrics, so that an error would have to be made twice.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.evaluation.significance.model_confidence_set import (
    model_confidence_set,
    origin_losses,
    superior_p,
)
from rnnforecast.evaluation.significance.paired_runs import correct, two_sided_p
from rnnforecast.evaluation.trading import Trading, assess

ORIGINS, STEPS = 300, 3
MODELS = ("network", "naive", "garch", "ewma")
SCALE, ROOT_SCALE = 0.8, 1.1
SHAPES = [
    (0.5, 1, 0.06), (0.8, 0.8, 0.04), (0.8, 1, 0.12), (0.9, 1, 0.08), (0.95, 0.98, 0.02),
    (0.95, 1, 0.06), (0.98, 1, 0.03), (0.99, 0.98, 0.06), (0.99, 1, 0.04),
]  # fmt: skip


@cache
def backtest() -> pd.DataFrame:
    """Four models of prices that move by persistent spreads, none of them quite right."""
    rng = np.random.default_rng(11)
    wild = np.exp(0.3 * np.sin(np.arange(ORIGINS) / 25))
    moves = (wild[:, None] * rng.standard_t(6, (ORIGINS, STEPS))).cumsum(axis=1)
    last = 100 + rng.normal(0, 1, ORIGINS).cumsum()
    tables = []
    for number, model in enumerate(MODELS):
        width = (wild if number % 2 else np.full(ORIGINS, 1.1)) * (1 + 0.04 * number)
        shift = (
            rng.normal(0, 0.3, (ORIGINS, STEPS))
            if number
            else 0.04 * moves + rng.normal(0, 0.2, (ORIGINS, STEPS))
        )
        table = pd.DataFrame(
            {
                "model": model,
                "symbol": "X",
                "origin": np.repeat(pd.date_range("2020-01-01", periods=ORIGINS), STEPS),
                "step": np.tile(np.arange(1, STEPS + 1), ORIGINS),
                "last": np.repeat(last, STEPS),
                "actual": (last[:, None] + moves).ravel(),
            }
        )
        table["date"] = table["origin"] + pd.to_timedelta(table["step"], unit="D")
        spread = np.sqrt(np.arange(1, STEPS + 1))[:, None] * stats.t.ppf(_levels(), 8)
        quantiles = (last[:, None] + shift)[..., None] + width[:, None, None] * spread
        columns = [f"q{level:g}" for level in _levels()]
        values = quantiles.reshape(-1, len(columns))
        tables.append(pd.concat([table, pd.DataFrame(values, columns=columns)], axis=1))
    return pd.concat(tables, ignore_index=True)


@cache
def _levels() -> np.ndarray:
    from rnnforecast.forecast import quantile_levels

    return np.asarray(quantile_levels.LEVELS, float)


@cache
def card() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """What the package says: losses, scores and comparisons."""
    table = losses(backtest())
    scores = summarise(table, SCALE, ROOT_SCALE, mape=True)
    return table, scores, compare(table, "network", MODELS[1:])


# the second computation


def quantile(rows: pd.DataFrame, level: float) -> np.ndarray:
    return rows[f"q{level:g}"].to_numpy(float)


def log_density(row: np.ndarray, actual: float) -> float:
    """Minus the log of the density of lines over normal scores; a tail is as wide as the whole."""
    z = stats.norm.ppf(_levels())
    at = int(np.searchsorted(row, actual))
    if 0 < at < len(row):
        slope = (z[at] - z[at - 1]) / (row[at] - row[at - 1])
        score = z[at - 1] + slope * (actual - row[at - 1])
    else:
        end, beside = (0, 1) if at == 0 else (-1, -2)
        edge = (z[end] - z[beside]) / (row[end] - row[beside])
        slope = min(edge, (z[-1] - z[0]) / (row[-1] - row[0]))
        score = z[end] + slope * (actual - row[end])
    return -(stats.norm.logpdf(score) + math.log(slope))


@cache
def own_losses(model: str, step: int) -> dict[str, np.ndarray]:
    """Every loss of each forecast of one step, by the name of the metric that is its mean."""
    table = backtest()
    rows = table[(table["model"] == model) & (table["step"] == step)]
    actual, last = rows["actual"].to_numpy(float), rows["last"].to_numpy(float)
    error = quantile(rows, 0.5) - actual
    percents = np.arange(1, 100) / 100
    grid = np.column_stack([quantile(rows, level) for level in percents])
    whole = np.column_stack([grid[:, 0], grid, grid[:, -1]])
    shares = np.r_[0, percents, 1]
    pinball = np.maximum(
        shares * (actual[:, None] - whole), (shares - 1) * (actual[:, None] - whole)
    )
    crps = 2 * np.trapezoid(pinball, shares, axis=1)
    every = rows[[name for name in rows if name.startswith("q")]].to_numpy(float)
    named = {
        "mae": np.abs(error), "mse": error**2, "rmse": error**2, "crps": crps,
        "mase": np.abs(error) / SCALE, "rmsse": error**2 / ROOT_SCALE**2,
        "mape": np.abs(error) / np.abs(actual), "crps_relative": crps / last,
        "log_score": np.array([log_density(*pair) for pair in zip(every, actual, strict=True)]),
    }  # fmt: skip
    for level in (0.05, 0.95):
        miss = actual - quantile(rows, level)
        named[f"pinball_{level:.2f}"] = np.where(miss > 0, level * miss, (level - 1) * miss)
    for coverage in (0.5, 0.8, 0.9, 0.95):
        low, high = (quantile(rows, round(0.5 + s * coverage / 2, 4)) for s in (-1, 1))
        named[f"coverage_{coverage:.2f}"] = ((low <= actual) & (actual <= high)) * 1.0
        if coverage in (0.8, 0.95):
            missed = np.maximum(low - actual, 0) + np.maximum(actual - high, 0)
            named[f"winkler_{coverage:.2f}"] = high - low + 2 / (1 - coverage) * missed
    called, rose = quantile(rows, 0.5) > last, actual > last
    return named | {"direction": (called == rose) * 1.0, "rose": rose * 1.0}


def paths(model: str, step: int) -> dict[str, np.ndarray]:
    """Losses by origin, at one step or averaged over all."""
    by_step = [own_losses(model, number) for number in ([step] if step else range(1, STEPS + 1))]
    return {name: np.mean([each[name] for each in by_step], axis=0) for name in by_step[0]}


class Mean:
    """What is known about the mean of a series by the averaged tests of docs/significance.md."""

    def __init__(self, x: np.ndarray, h: int) -> None:
        n = len(x)
        self.m = int(min(2 * n ** (2 / 3), n / (1.25 * h)))
        w = np.pi * np.arange(1, self.m + 1) / n
        waves = np.sqrt(2 / n) * np.cos(np.outer(w, np.arange(n) + 0.5)) @ x
        shapes, priors = [np.ones(self.m)], [0.49]
        for a, c, prior in SHAPES:
            shapes.append(c * (1 - a) ** 2 / (1 + a * a - 2 * a * np.cos(w)) + 1 - c)
            priors.append(prior)
        v = np.array([np.mean(waves**2 / shape) for shape in shapes])
        likely = np.array([np.log(shape).sum() for shape in shapes])
        fit = np.log(priors) - likely / 2 - self.m / 2 * np.log(v)
        self.weights = np.exp(fit - fit.max()) / np.exp(fit - fit.max()).sum()
        self.errors, self.center = np.sqrt(v / n), x.mean()
        self.whitened = waves / np.sqrt(self.weights @ np.array(shapes))

    def below(self, value: float) -> float:
        t = (value - self.center) / self.errors
        return float(self.weights @ stats.t.cdf(t, self.m))

    @property
    def half(self) -> float:
        upper = self.errors.max() * stats.t.ppf(0.975, self.m) + 1e-12
        inside = lambda c: self.below(self.center + c) - 0.975  # noqa: E731
        return float(optimize.brentq(inside, 0, upper, xtol=1e-13))


def smallest_p(series: list[Mean], draws: int = 40_000) -> np.ndarray:
    """The p of several means among equals, drawn by the dependence of their cosines."""
    waves = np.column_stack([each.whitened for each in series])
    rho = (waves.T @ waves) / np.sqrt(np.outer((waves**2).sum(0), (waves**2).sum(0)))
    values, vectors = np.linalg.eigh(rho)
    root = vectors * np.sqrt(np.maximum(values, 0))
    drawn = np.random.default_rng(99).standard_normal((draws, len(rho))) @ root.T
    return stats.norm.cdf(drawn)


# beside what the package says


@pytest.mark.parametrize("step", range(STEPS + 1))
@pytest.mark.parametrize("model", ["network", "garch"])
def test_every_metric_is_recomputed(model: str, step: int) -> None:
    _, scores, _ = card()
    told = scores[(scores["model"] == model) & (scores["step"] == step)].set_index("metric")
    own = paths(model, step)
    calls = {"precision", "recall", "f1", "pesaran_timmermann"}
    assert set(told.index) == set(own) | calls
    for name, values in own.items():
        mean = math.sqrt(values.mean()) if name.startswith("rm") else values.mean()
        assert told.loc[name, "value"] == pytest.approx(mean, rel=1e-9), name
    assert (told["n"] == ORIGINS).all()


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_intervals_of_shares_are_recomputed(step: int) -> None:
    _, scores, _ = card()
    told = scores[(scores["model"] == "network") & (scores["step"] == step)].set_index("metric")
    own, h, z = paths("network", step), step or STEPS, stats.norm.ppf(0.975)
    names = [name for name in own if name.startswith("coverage") or name in ("direction", "rose")]
    for name in names:
        s, n = own[name].mean(), float(ORIGINS)
        if h > 1 and 0 < s < 1:
            n = s * (1 - s) * (z / Mean(own[name], h).half) ** 2
        if h > 1 and s in (0, 1):  # the hits say nothing of how they come together
            n = ORIGINS / h
        ends = wilson(s, n, z)
        assert told.loc[name, ["low", "high"]].tolist() == pytest.approx(ends, rel=1e-6), name


def wilson(s: float, n: float, z: float) -> list[float]:
    """The shares from which s lies z standard errors of their own away, as Wilson defines them."""
    roots = np.roots([1 + z * z / n, -(2 * s + z * z / n), s * s])
    return sorted(map(float, roots))


@pytest.mark.parametrize("step", range(STEPS + 1))
@pytest.mark.parametrize("model", ["network", "ewma"])
def test_calls_are_recomputed(model: str, step: int) -> None:
    _, scores, _ = card()
    told = scores[(scores["model"] == model) & (scores["step"] == step)].set_index("metric")
    rows = backtest()
    rows = rows[(rows["model"] == model) & ((rows["step"] == step) | (step == 0))]
    called = (quantile(rows, 0.5) > rows["last"]).to_numpy(float)
    rose = (rows["actual"] > rows["last"]).to_numpy(float)
    hits = (called * rose).sum()
    precision, recall = hits / called.sum(), hits / rose.sum()
    assert told.loc["precision", "value"] == pytest.approx(precision)
    assert told.loc["recall", "value"] == pytest.approx(recall)
    assert told.loc["f1", "value"] == pytest.approx(2 * hits / (called.sum() + rose.sum()))
    if step == 1:
        n, y, x, right = len(rows), rose.mean(), called.mean(), (called == rose).mean()
        chance = y * x + (1 - y) * (1 - x)
        variance = chance * (1 - chance) / n
        of_chance = (2 * y - 1) ** 2 * x * (1 - x) / n + (2 * x - 1) ** 2 * y * (1 - y) / n
        p = stats.norm.sf((right - chance) / np.sqrt(variance - of_chance))
    else:
        together = (rose - rose.mean()) * (called - called.mean())
        p = Mean(together.reshape(ORIGINS, -1).mean(axis=1), step or STEPS).below(0.0)
    assert told.loc["pesaran_timmermann", "value"] == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize("step", range(STEPS + 1))
@pytest.mark.parametrize("metric", ["mae", "mse", "rmse", "crps", "crps_relative"])
def test_skill_p_interval_and_equivalence_are_recomputed(metric: str, step: int) -> None:
    _, _, comparisons = card()
    for baseline in MODELS[1:]:
        (told,) = comparisons[
            (comparisons["baseline"] == baseline)
            & (comparisons["step"] == step)
            & (comparisons["metric"] == metric)
        ].to_dict("records")
        ours, theirs = paths("network", step)[metric], paths(baseline, step)[metric]
        h, root = step or STEPS, 0.5 if metric == "rmse" else 1.0
        ratio = ours.mean() / theirs.mean()
        linear = Mean((theirs * ratio - ours) / theirs.mean(), h)
        within = [linear.below(1 - (1 + s * 0.01) ** (1 / root) - (1 - ratio)) for s in (1, -1)]
        expected = {
            "skill": 1 - ratio**root,
            "p": Mean(theirs - ours, h).below(0.0),
            "low": 1 - (ratio + linear.half) ** root,
            "high": 1 - (ratio - linear.half) ** root,
            "equivalence_p": max(within[0], 1 - within[1]),
        }
        for name, value in expected.items():
            assert told[name] == pytest.approx(value, rel=1e-6, abs=1e-9), (baseline, name)


def alike() -> dict[str, np.ndarray]:
    """Losses of four models that differ by little, so that no p is next to 0 or 1."""
    rng = np.random.default_rng(8)
    base = rng.exponential(1.0, ORIGINS)
    return {
        model: base + 0.03 * number + rng.normal(0, 0.5, ORIGINS)
        for number, model in enumerate(MODELS)
    }


def test_losses_by_origin_are_recomputed() -> None:
    by_origin = origin_losses(card()[0])
    for model in MODELS:
        np.testing.assert_allclose(by_origin[model], paths(model, 0)["crps"], rtol=1e-9)


def test_the_model_set_is_recomputed_by_other_draws() -> None:
    crps = alike()
    told = model_confidence_set(pd.DataFrame(crps), STEPS).set_index("model")["p"]
    left, largest = list(MODELS), 0.0
    assert told.between(0.05, 0.95).sum() >= 2
    while len(left) > 1:
        pairs = [(worse, better) for worse in left for better in left if worse != better]
        means = [Mean(crps[worse] - crps[better], STEPS) for worse, better in pairs]
        observed = [each.below(0.0) for each in means]
        smallest = smallest_p(means).min(axis=1)
        largest = max(largest, float(np.mean(smallest <= min(observed))))
        worst = pairs[int(np.argmin(observed))][0]
        assert told[worst] == pytest.approx(largest, abs=0.03)
        left.remove(worst)
    assert told[left[0]] == 1.0


def test_the_best_of_many_is_recomputed_by_other_draws() -> None:
    crps = pd.DataFrame(alike())
    told = superior_p(crps.drop(columns="naive"), crps["naive"], STEPS)
    assert 0.1 < told < 0.9
    gains = [(crps["naive"] - crps[m]).to_numpy() for m in MODELS if m != "naive"]
    means = [Mean(gain, STEPS) for gain in gains]
    bound = stats.norm.cdf(math.sqrt(2 * math.log(math.log(ORIGINS))))
    near = [each for each in means if each.below(0.0) <= bound]
    observed = min(each.below(0.0) for each in near)
    assert told == pytest.approx(np.mean(smallest_p(near).min(axis=1) <= observed), abs=0.03)


def test_holm_over_pairs_is_recomputed() -> None:
    crps = [paths(model, 0)["crps"] for model in MODELS]
    gains = np.column_stack([crps[i] - crps[j] for i in range(4) for j in range(i)])
    own = [Mean(gain, STEPS).below(0.0) for gain in gains.T]
    two_sided = np.array([2 * min(p, 1 - p) for p in own])
    told = two_sided_p(gains, STEPS)
    np.testing.assert_allclose(told, two_sided, rtol=1e-7)
    order = np.argsort(two_sided)
    holm = np.empty(6)
    holm[order] = np.maximum.accumulate((6 - np.arange(6)) * two_sided[order])
    np.testing.assert_allclose(correct(pd.Series(told), "holm"), np.minimum(holm, 1), rtol=1e-7)


def test_the_deflated_sharpe_ratio_is_recomputed() -> None:
    rng = np.random.default_rng(4)
    dates, net = pd.bdate_range("2020-01-01", periods=500), 0.01 * rng.standard_t(4, 500) + 0.001
    trades = pd.DataFrame(
        {"date": dates, "position": 1.0, "traded": 0.0, "net": net, "holding": net}
    )
    others = [0.2, -0.6, 1.1, 0.9]
    told = assess(trades, Trading(), others)
    a_year = 499 / ((dates[-1] - dates[0]).days / 365.25)
    ratio = net.mean() / net.std(ddof=1)
    tries = np.array([ratio * math.sqrt(a_year), *others]) / math.sqrt(a_year)
    n, euler = len(tries), 0.5772156649015329
    hurdle = tries.std(ddof=1) * (
        (1 - euler) * stats.norm.ppf(1 - 1 / n) + euler * stats.norm.ppf(1 - 1 / (n * math.e))
    )
    skew, kurtosis = stats.skew(net, bias=False), stats.kurtosis(net, bias=False) + 3
    error = math.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / 499)
    assert told.deflated == pytest.approx(stats.norm.cdf((ratio - hurdle) / error), abs=1e-9)
    assert told.probabilistic == pytest.approx(stats.norm.cdf(ratio / error), abs=1e-9)
    assert told.trials == 5
