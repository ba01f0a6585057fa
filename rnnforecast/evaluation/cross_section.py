"""Whether forecasts rank the symbols of a panel: what each session's ranking was worth.

An information coefficient is the correlation, over the symbols of one session, of what was forecast
with what came: Pearson's of the returns, or Spearman's of their ranks. A quantile spread is the
mean return of the symbols that were ranked highest less that of those ranked lowest. Both make one
number a session, and it is the series of sessions that is tested: the symbols of one day share its
luck, so a thousand of them are no thousand trials. Overlapping targets are accounted for by
``estimate_means``.

Source: Grinold & Kahn, Active Portfolio Management (2nd ed. 2000), chapters 6 and 11.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.arrays import Array
from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NETWORK, RISING
from rnnforecast.evaluation.significance.long_run import estimate_means

FEWEST = 5
"""Symbols that a session needs: fewer have no ranking to speak of."""
GROUPS = 5
"""Fifths, from the lowest to the highest forecast; tenths where there are enough symbols."""
TENTHS_FROM = 100
COLUMNS = ["symbol", "origin", "step", "forecast", "outcome"]
METRICS = {"ic": "IC", "rank_ic": "rank IC", "spread": "top less bottom"}


def signals(backtest: pd.DataFrame) -> pd.DataFrame:
    """Return what the network said of one symbol's returns, and what came.

    Args:
        backtest: of ``backtest_table`` of prices, or of ``probability_table``.

    Returns:
        symbol, origin, step; forecast, the return of the median or the probability of a rise less
        one half; outcome, the return that came.
    """
    network = backtest[backtest["model"] == NETWORK]
    rising = RISING in network
    # Less one half, a probability without an opinion is 0, as a return is.
    forecast = network[RISING] - 0.5 if rising else network[MEDIAN_COLUMN] / network["last"] - 1
    outcome = network["actual"] / network["last"] - 1
    return network.assign(forecast=forecast, outcome=outcome)[COLUMNS].reset_index(drop=True)


def score_sessions(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return what the ranking of each session was worth.

    Args:
        tables: of ``signals``, one for each symbol.

    Returns:
        step, origin, ic, rank_ic, spread, symbols: a row for each step and session on which at
        least ``FEWEST`` symbols were forecast. A session whose forecasts are all equal ranks
        nothing and is left out.
    """
    names = ["step", "origin", *METRICS, "symbols"]
    if not tables:
        return pd.DataFrame(columns=names)
    rows = []
    for (step, origin), group in pd.concat(tables).groupby(["step", "origin"]):
        forecast, outcome = (group[name].to_numpy(float) for name in ("forecast", "outcome"))
        known = np.isfinite(forecast) & np.isfinite(outcome)
        forecast, outcome = forecast[known], outcome[known]
        if len(forecast) < FEWEST or np.ptp(forecast) == 0 or np.ptp(outcome) == 0:
            continue
        # Ties share the mean of their ranks, as in Spearman's coefficient.
        ranks = [pd.Series(values).rank().to_numpy(float) for values in (forecast, outcome)]
        rows.append(
            {
                "step": step,
                "origin": origin,
                "ic": np.corrcoef(forecast, outcome)[0, 1],
                "rank_ic": np.corrcoef(ranks[0], ranks[1])[0, 1],
                "spread": _spread(np.asarray(ranks[0]), outcome),
                "symbols": len(forecast),
            }
        )
    return pd.DataFrame(rows, columns=names)


def _spread(ranks: Array, outcome: Array) -> float:
    """Return the mean outcome of the highest group less that of the lowest.

    Args:
        ranks: of the forecasts, from 1 (symbol,).
        outcome: the returns that came (symbol,).
    """
    # The number of symbols in each of the two outermost groups.
    share = len(ranks) // groups_of(len(ranks))
    order: NDArray[np.int64] = np.argsort(ranks, kind="stable")
    return float(outcome[order[-share:]].mean() - outcome[order[:share]].mean())


def groups_of(symbols: int) -> int:
    """Return into how many groups a session's symbols are cut."""
    return 2 * GROUPS if symbols >= TENTHS_FROM else GROUPS


def summarise_sessions(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over sessions, and how sure they are.

    Args:
        table: of ``score_sessions``.

    Returns:
        step, metric (ic, rank_ic, spread), mean, deviation (of the sessions), low and high (95 %
        interval of the mean, its error long-run), p (of a mean that is not above 0), sessions,
        symbols (the median number of a session).
    """
    rows: list[dict[str, object]] = []
    for step, group in table.groupby("step"):
        values = group.sort_values("origin")[list(METRICS)].to_numpy(float)
        estimate = estimate_means(values, int(str(step)))
        low, high = estimate.interval()
        above = estimate.probability_below(0.0)
        for at, metric in enumerate(METRICS):
            rows.append(
                {
                    "step": step, "metric": metric, "mean": estimate.center[at],
                    "deviation": values[:, at].std(ddof=1) if len(values) > 1 else np.nan,
                    "low": low[at], "high": high[at], "p": above[at],
                    "sessions": len(group), "symbols": int(group["symbols"].median()),
                }
            )  # fmt: skip
    names = ["step", "metric", "mean", "deviation", "low", "high", "p", "sessions", "symbols"]
    return pd.DataFrame(rows, columns=names)


def describe_ranking(table: pd.DataFrame) -> str:
    """Say what the rankings were worth at the last step.

    Args:
        table: of ``summarise_sessions``.
    """
    if table.empty:
        return (
            "No session ranks the symbols: their forecasts are all equal, or fewer than "
            f"{FEWEST} were forecast on a day."
        )
    last = table[table["step"] == table["step"].max()].set_index("metric")
    ic = last.loc["rank_ic"]
    p, mean = float(ic["p"]), float(ic["mean"])
    if not np.isfinite(p):
        verdict = "too few sessions to tell"
    elif p < 0.05:
        verdict = "the ranking is better than chance"
    elif p > 0.95:
        verdict = "the ranking is worse than chance"
    else:
        verdict = "no ranking skill can be detected"
    ahead = int(table["step"].max())
    return (
        f"Of {int(ic['symbols'])} symbols a session, {ahead} steps ahead: mean rank IC {mean:+.3f} "
        f"over {int(ic['sessions'])} sessions; {verdict}."
    )
