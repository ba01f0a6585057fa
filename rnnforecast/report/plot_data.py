"""What figures show, as numbers: the same for those on paper and those on the screen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import bdtr

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import GARCH, MEDIAN_COLUMN, NAIVE, NETWORK, UNCALIBRATED
from rnnforecast.forecast.quantile_levels import interval_positions
from rnnforecast.quantities import Quantity

BINS = 20
"""Of the PIT histogram: twentieths lie on quantiles that every forecast has."""
LAGS = 20
FAR_OFF = 3.0
"""Times the usual size of the largest skill, from which on a line may leave its panel."""
MOST = 5000
"""Points of a line; more would weigh on the page and show nothing."""


def quantile_columns(backtest: pd.DataFrame) -> tuple[list[str], Array]:
    """Return the names of the quantile columns, and their levels."""
    names = [str(name) for name in backtest.columns if str(name).startswith("q0.")]
    return names, np.array([float(name[1:]) for name in names])


def forecasts_of(backtest: pd.DataFrame, model: str = NETWORK) -> pd.DataFrame:
    """Return the rows of one model, in order of time."""
    return backtest[backtest["model"] == model]


def calibrated_models(backtest: pd.DataFrame) -> list[str]:
    """Name the models whose calibration is shown:
    the network, before it was corrected, and naive."""
    return [model for model in (NETWORK, UNCALIBRATED, NAIVE) if (backtest["model"] == model).any()]


def reliability(backtest: pd.DataFrame, model: str) -> pd.DataFrame:
    """Return how often the outcome fell below each quantile: level, share."""
    part = forecasts_of(backtest, model)
    names, levels = quantile_columns(part)
    held = (part["actual"].to_numpy(float)[:, None] <= part[names].to_numpy(float)).mean(axis=0)
    return pd.DataFrame({"level": levels, "share": held})


def chance(share: Array | float, n: int) -> tuple[Array, Array]:
    """Return the ends between which 95 of 100 shares of n independent hits would lie.

    Args:
        share: the probability of a hit.
        n: number of forecasts.

    Returns:
        low and high.
    """
    below = bdtr(np.arange(n + 1.0), n, np.asarray(share, float)[..., None])
    # The quantile of a binomial is the first count whose probability of no more reaches the level.
    low, high = ((below < end).sum(axis=-1) / n for end in (0.025, 0.975))
    return low, high


def origins_of(backtest: pd.DataFrame) -> int:
    """Count the forecasts; the steps of one share their errors."""
    return int(forecasts_of(backtest)["origin"].nunique())


def reliability_of_probabilities(backtest: pd.DataFrame) -> pd.DataFrame:
    """Return how often the price rose where so much was forecast, by tenths of the forecasts:
    rising, rose, n."""
    part = forecasts_of(backtest)
    part = part[part["actual"] != part["last"]]
    rose = (part["actual"] > part["last"]).astype(float)
    tenths = pd.qcut(part["rising"], 10, duplicates="drop")
    grouped = pd.DataFrame({"rising": part["rising"], "rose": rose}).groupby(tenths, observed=True)
    return grouped.mean().assign(n=grouped.size()).reset_index(drop=True)


def pit(backtest: pd.DataFrame, model: str = NETWORK) -> pd.DataFrame:
    """Compute the probability integral transform in bins: the share of outcomes between
    neighbouring quantiles.

    Returns:
        left (the level at which a bin starts), share.
    """
    part = forecasts_of(backtest, model)
    edges = np.arange(1, BINS) / BINS
    quantiles = part[[f"q{edge:g}" for edge in edges]].to_numpy(float)
    places = (part["actual"].to_numpy(float)[:, None] > quantiles).sum(axis=1)
    return pd.DataFrame(
        {"left": np.arange(BINS) / BINS, "share": np.bincount(places, minlength=BINS) / len(part)}
    )


def rolling_window(origins: int) -> int:
    """Return the number of origins over which coverage is averaged."""
    return max(1, min(100, origins // 5))


def coverage_over_time(backtest: pd.DataFrame, model: str, coverage: float) -> pd.Series:
    """Return the share of outcomes in an interval, over the origins before each, by origin."""
    part = forecasts_of(backtest, model)
    names, _ = quantile_columns(part)
    low, high = (part[names[position]] for position in interval_positions(coverage))
    held = (
        ((low <= part["actual"]) & (part["actual"] <= high))
        .groupby(part["origin"].to_numpy())
        .mean()
    )
    means = held.rolling(rolling_window(len(held))).mean().dropna()
    return means.iloc[:: -(-len(means) // MOST) or 1]


def one_step(backtest: pd.DataFrame) -> pd.DataFrame:
    """Return the network's forecasts of the next step, on the targets' own dates."""
    part = forecasts_of(backtest)
    return part[part["step"] == 1]


def newest(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return as many of the newest rows as a figure holds, and say which these are."""
    if len(table) <= MOST:
        return table, f"{len(table):,} targets"
    return table.iloc[-MOST:], f"the newest {MOST:,} of {len(table):,} targets"


def residuals(backtest: pd.DataFrame, *, relative: bool) -> pd.Series:
    """Return the outcome less the median one step ahead, by date.

    Args:
        relative: to the median, as prices are looked at; else as it is.
    """
    part = one_step(backtest)
    error = part["actual"] - part[MEDIAN_COLUMN]
    values = error / part[MEDIAN_COLUMN] if relative else error
    return pd.Series(values.to_numpy(float), part["date"])


def autocorrelation(values: pd.Series) -> Array:
    """Compute the autocorrelation at lags of 1 step and more; none where nothing varies."""
    moves = values.to_numpy(float) - values.mean()
    lags = min(LAGS, len(moves) // 4)
    if lags < 1 or np.ptp(moves) == 0:
        return np.empty(0)
    return np.array([moves[lag:] @ moves[:-lag] for lag in range(1, lags + 1)]) / (moves @ moves)


def error_metric(scores: pd.DataFrame) -> str:
    """Name the loss of the figure of errors: of the median, or of the probability."""
    return "mae" if (scores["metric"] == "mae").any() else "brier"


def error_by_step(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean loss of every model at every step (step, model), the network first."""
    part = scores[(scores["metric"] == error_metric(scores)) & (scores["step"] > 0)]
    table = part.pivot_table(index="step", columns="model", values="value", sort=False).sort_index()
    return table[sorted(table.columns, key=lambda model: (model != NETWORK, model != NAIVE))]


def square_root_growth(errors: pd.DataFrame, quantity: Quantity) -> pd.Series | None:
    """Return how naive's error would grow in a random walk: with the root of the steps;
    None where nothing grows."""
    if not quantity.has_direction or NAIVE not in errors or len(errors) == 1:
        return None
    steps = errors.index.to_numpy(float)
    return pd.Series(float(errors[NAIVE].iloc[0]) * np.sqrt(steps / steps[0]), errors.index)


def skills(comparisons: pd.DataFrame, metric: str, *, overall: bool) -> pd.DataFrame:
    """Return the skill on every baseline with its interval: of all steps, or of each.

    Returns:
        baseline, step, skill, low, high (NaN where not computed), p.
    """
    part = comparisons[(comparisons["metric"] == metric) & ((comparisons["step"] == 0) == overall)]
    return part.reindex(columns=["baseline", "step", "skill", "low", "high", "p"]).dropna(
        subset="skill"
    )


def skill_range(table: pd.DataFrame) -> tuple[float, float]:
    """Return the range of a panel of skill by step: 0, and every line but those far off,
    of hopeless baselines.

    Args:
        table: of ``skills``, by step.
    """
    largest = table["skill"].abs().groupby(table["baseline"]).transform("max")
    usual = largest.groupby(table["baseline"]).first().median()
    first = table[table["baseline"] == table["baseline"].iloc[0]]  # whose interval is drawn
    shown = pd.concat([table.loc[largest <= FAR_OFF * usual, "skill"], first["low"], first["high"]])
    low, high = min(0.0, float(shown.min())), max(0.0, float(shown.max()))
    margin = 0.12 * (high - low) or 0.01
    return low - margin, high + margin


def overall_range(table: pd.DataFrame) -> tuple[float, float]:
    """Return the range of the panel of all steps: 0, naive, GARCH, and all others not far off.

    Args:
        table: of ``skills``, over all steps, of every metric.
    """
    usual = float(table["skill"].abs().median())
    essential = table["baseline"].isin((NAIVE, GARCH))
    near = table[essential | (table["skill"].abs() <= FAR_OFF * usual)]
    values = pd.concat([near["skill"], near["low"], near["high"]]).dropna()
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    margin = 0.08 * (high - low) or 0.01
    return low - margin, high + margin


def skill_metrics(comparisons: pd.DataFrame) -> list[str]:
    """Name the metrics of the figure of skill: of the distribution,
    then of the median (or of the calls)."""
    there = set(comparisons["metric"])
    return [metric for metric in ("crps", "mae", "brier", "error rate") if metric in there]
