"""Several symbols' losses as one: in their own units, and no more evidence than their days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.evaluation.metrics.distribution import lookup, losses, summarise
from rnnforecast.evaluation.panel import Scored, by_symbol, counted, judge_pool
from rnnforecast.evaluation.pooling import in_units, pool
from rnnforecast.evaluation.significance.diebold_mariano import compare, comparisons_at
from rnnforecast.evaluation.significance.long_run import estimate_means
from rnnforecast.evaluation.verdict import judge
from rnnforecast.quantities import PRICE

from .metrics.test_distribution import backtest

MODELS = ("network", "naive")


def scored(
    symbol: str, seed: int = 1, scale: float = 1.0, models: tuple[str, ...] = MODELS
) -> Scored:
    """A symbol whose prices move by a scale."""
    forecasts = backtest(seed, models).assign(symbol=symbol)
    values = [
        name for name in forecasts if name in ("last", "actual") or str(name).startswith("q0")
    ]
    table = losses(forecasts.assign(**{str(name): forecasts[name] * scale for name in values}))
    scores = summarise(table, 2 * scale, 3 * scale)
    comparisons = compare(table, "network", [model for model in models if model != "network"])
    verdict = judge(scores, comparisons, ("2024-01-01", "2024-12-31"))
    units = in_units(table, 2 * scale, 3 * scale)
    return Scored(symbol, units, scores, comparisons, verdict, {}, np.zeros(2))


def test_the_unit_of_a_price_does_not_matter() -> None:
    one, other = scored("A"), scored("B", scale=250.0)
    for name in (
        "absolute",
        "squared",
        "crps",
        "log_score",
        "winkler_0.80",
        "pinball_0.05",
        "coverage_0.80",
    ):
        np.testing.assert_allclose(other.losses[name], one.losses[name], rtol=1e-9, err_msg=name)


def test_losses_in_these_units_are_mase_and_rmsse() -> None:
    one = scored("A")
    overall, told = lookup(summarise(one.losses, 1.0), 0), lookup(one.scores, 0)
    assert overall["network", "mae"].value == pytest.approx(told["network", "mase"].value)
    assert overall["network", "rmse"].value == pytest.approx(told["network", "rmsse"].value)


def test_the_pool_is_the_mean_over_symbols_at_every_origin_and_step() -> None:
    tables = [scored("A", 1).losses, scored("B", 2).losses]
    pooled = pool(tables).set_index(["model", "origin", "step"])["crps"]
    keyed = [table.set_index(["model", "origin", "step"])["crps"] for table in tables]
    for key in keyed[0].index:
        assert pooled[key] == pytest.approx((keyed[0][key] + keyed[1][key]) / 2)
    assert len(pooled) == len(keyed[0])


def daily_beside_weekdays() -> list[pd.DataFrame]:
    """Losses of a symbol that trades every day, and of one that trades on weekdays alone."""
    daily, weekdays = scored("COIN", 1).losses, scored("SHARE", 2).losses
    return [daily, weekdays[pd.DatetimeIndex(weekdays["origin"]).dayofweek < 5]]


def test_a_symbol_that_trades_every_day_weighs_as_much_as_one_that_trades_on_weekdays() -> None:
    daily, weekdays = daily_beside_weekdays()
    pooled = pool([daily, weekdays])
    assert pooled["origin"].nunique() == weekdays["origin"].nunique()
    first = pooled.query("model == 'network' and step == 1").set_index("origin")["crps"]
    own = daily.query("model == 'network' and step == 1").set_index("origin")["crps"]
    share = weekdays.query("model == 'network' and step == 1").set_index("origin")["crps"]
    since = own["2024-01-06":"2024-01-08"].mean()  # type: ignore[misc]
    assert first["2024-01-08"] == pytest.approx((since + share["2024-01-08"]) / 2)


def test_a_symbol_that_lacks_sessions_weighs_as_much_as_one_that_has_all() -> None:
    whole, short = scored("A", 1).losses, scored("B", 2).losses
    late = short[short["origin"] >= short["origin"].unique()[40]]
    late = late.assign(crps=late["crps"] * 100)
    pooled = pool([whole, late]).query("model == 'network' and step == 1")
    means = [t.query("model == 'network' and step == 1")["crps"].mean() for t in (whole, late)]
    assert len(pooled) == whole["origin"].nunique()
    assert pooled["crps"].mean() == pytest.approx(np.mean(means))


def test_sessions_that_a_symbol_lacks_are_no_change_of_level() -> None:
    """How sure a mean is does not depend on how large it is, where one symbol ends early too."""
    whole, short = scored("A", 1).losses, scored("B", 2).losses
    early = short[short["origin"] < short["origin"].unique()[30]]
    half_widths = []
    for level in (0.0, 100.0):
        tables = [table.assign(crps=table["crps"] + level) for table in (whole, early)]
        pooled = pool(tables).query("model == 'network' and step == 1").sort_values("origin")
        half_widths.append(estimate_means(pooled[["crps"]].to_numpy(float), 1).half_width()[0])
    assert half_widths[1] == pytest.approx(half_widths[0])


def test_a_call_that_was_not_made_is_no_zero() -> None:
    tables = [scored("A", 1).losses, scored("B", 2).losses]
    tables[0].loc[:, "direction"] = np.nan
    calls = pool(tables)["direction"].dropna()
    np.testing.assert_allclose(calls, calls.round(), atol=1e-12)
    assert set(calls.round()) == {0.0, 1.0}


def test_a_model_that_failed_for_one_symbol_is_no_part_of_the_pool() -> None:
    both = [scored("A", models=("network", "naive", "garch")), scored("B", 2)]
    assert set(pool([one.losses for one in both])["model"]) == {"network", "naive"}


@pytest.mark.parametrize("copies", [2, 10])
def test_symbols_that_move_together_are_no_more_evidence_than_one(copies: int) -> None:
    one = scored("A")
    together = judge_pool([replace(one, symbol=f"A{number}") for number in range(copies)], PRICE)
    alone = judge_pool([one], PRICE)
    for key, comparison in comparisons_at(together.comparisons, 0).items():
        assert comparison.p == pytest.approx(comparisons_at(alone.comparisons, 0)[key].p, rel=1e-9)
    assert together.verdict.origins == one.verdict.origins
    assert together.verdict.sentence.startswith(
        f"{copies} symbols, losses in units of each symbol's mean move"
    )


def test_many_independent_symbols_are_more_evidence_than_one() -> None:
    many = judge_pool([scored(f"S{seed}", seed) for seed in range(1, 9)], PRICE)
    single = [scored(f"S{seed}", seed).comparisons for seed in range(1, 9)]
    p = [comparisons_at(table, 0)["naive", "crps"].p for table in single]
    together = comparisons_at(many.comparisons, 0)["naive", "crps"].p
    assert together > max(0.95, np.median(p))  # that this network is worse than naive


def test_of_many_symbols_some_are_skilful_by_luck_and_holm_says_so() -> None:
    symbols = [with_p(f"S{number}", p) for number, p in enumerate([0.004, 0.02, 0.5, 0.97])]
    table = by_symbol(symbols).set_index("symbol")
    np.testing.assert_allclose(
        table.loc[["S0", "S1", "S2", "S3"], "corrected_p"], [0.016, 0.06, 1.0, 1.0]
    )
    assert "better than naive's on 2 (1 after Holm's correction), worse on 1" in counted(
        by_symbol(symbols)
    )


def with_p(symbol: str, p: float) -> Scored:
    one = scored(symbol)
    return replace(one, comparisons=one.comparisons.assign(p=p))


def test_the_most_skilful_symbol_comes_first() -> None:
    table = by_symbol([scored(f"S{seed}", seed) for seed in range(1, 6)])
    assert table["skill"].is_monotonic_decreasing and isinstance(table, pd.DataFrame)
    assert table["garch_skill"].isna().all()  # nobody was compared with it


def test_of_directions_it_is_the_probability_that_is_counted() -> None:
    table = by_symbol([with_p("A", 0.01), with_p("B", 0.5)]).assign(coverage_80=np.nan)
    assert counted(table).startswith(
        "of 2 symbols the probability of a rise is better than the share of rises so far on 1 "
    )
