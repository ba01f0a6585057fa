"""Backtests whose truth is known, and what the verdict says of them, from the quantiles on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.flags import flags
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.evaluation.verdict import Verdict, judge
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import PRICE, VOLATILITY, Quantity

Z = norm.ppf(LEVELS)


@dataclass(frozen=True)
class Model:
    """A forecaster of moves that are signal + spread * noise.

    Args:
        knows: share of the signal that its median knows.
        drift: added to its median.
        wide: its spread beside the mean one; with ``follows`` beside the true one of each day.
        follows: whether it knows how the spread changes.
        noise: deviation of errors of its median.
        shift: of all quantiles but the median, in deviations.
    """

    knows: float = 0.0
    drift: float = 0.0
    wide: float = 1.0
    follows: bool = False
    noise: float = 0.0
    shift: float = 0.0


@dataclass(frozen=True)
class Case:
    """One backtest and what must be said of it.

    Args:
        network: what is judged.
        others: baselines besides naive, which repeats the last close with the mean spread.
        headline: its beginning.
        says: parts of headline, sentence, summary and flags.
        not_says: what must not occur in them.
        n: origins.
        steps: ahead.
        signal: deviation of what can be known of a move.
        storms: logarithm by which the spread changes between stretches of 25 days.
        trend: mean move.
        quantity: what is forecast.
        fits: that forecast it.
        failures: baselines that failed.
    """

    network: Model
    headline: str
    others: dict[str, Model] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    not_says: tuple[str, ...] = ()
    n: int = 600
    steps: int = 1
    signal: float = 0.0
    storms: float = 0.0
    trend: float = 0.0
    quantity: Quantity = PRICE
    fits: int = 1
    failures: dict[str, str] = field(default_factory=dict)


def backtest_of(case: Case, seed: int = 0) -> pd.DataFrame:
    """Draw what happened, and let every model forecast it."""
    rng = np.random.default_rng(seed)
    rows = case.n + case.steps - 1
    signal = case.signal * rng.normal(size=rows)
    spread = np.exp(case.storms * np.where(np.arange(rows) // 25 % 2, 1.0, -1.0))
    moves = case.trend + signal + spread * rng.normal(size=rows)
    ahead = np.arange(case.n)[:, None] + np.arange(case.steps)  # (origin, step)
    actual = np.cumsum(moves[ahead], axis=1)
    known = np.cumsum(signal[ahead], axis=1)
    root = np.sqrt(np.arange(1, case.steps + 1))
    true = np.sqrt(np.cumsum(spread[ahead] ** 2, axis=1))
    level = np.sqrt(np.mean(spread**2) + case.signal**2) * root
    steps = np.arange(1, case.steps + 1)
    others = {"naive": Model(), **case.others}
    tables = []
    for model, how in {"network": case.network, **others}.items():
        own = np.random.default_rng(sum(map(ord, model)))
        median = how.knows * known + how.drift * steps + how.noise * own.normal(size=known.shape)
        wide = how.wide * (true if how.follows else np.broadcast_to(level, true.shape))
        z = Z + np.where(Z == 0, 0.0, how.shift)
        quantiles = 100 + median[..., None] + wide[..., None] * z
        frame = pd.DataFrame(np.sort(quantiles).reshape(-1, len(Z)), columns=QUANTILES)
        frame["model"], frame["symbol"] = model, "X"
        origins = pd.date_range("2020-01-01", periods=case.n)
        frame["origin"] = np.repeat(origins, case.steps)
        frame["step"] = np.tile(steps, case.n)
        frame["date"] = frame["origin"] + pd.to_timedelta(frame["step"], unit="D")
        frame["last"], frame["actual"] = 100.0, 100 + actual.ravel()
        tables.append(frame)
    return pd.concat(tables, ignore_index=True)


def judged(case: Case) -> tuple[Verdict, str]:
    """The verdict, and all that is said."""
    backtest = backtest_of(case)
    table = losses(backtest, case.quantity)
    names = [name for name in table["model"].unique() if name not in ("network", "uncalibrated")]
    scores, comparisons = summarise(table, 1.0), compare(table, "network", names)
    span = ("2020-01-01", "2021-01-01")
    verdict = judge(scores, comparisons, span, case.quantity, case.failures, case.fits)
    doubts = [str(flag) for flag in flags(backtest, scores, comparisons, case.quantity)]
    return verdict, " | ".join([verdict.headline, verdict.sentence, verdict.summary, *doubts])


SAME, FOLLOWS, KNOWS = Model(), Model(follows=True), Model(knows=1.0)
BOTH = Model(knows=1.0, follows=True)
CASES: dict[str, Case] = {
    "the same as naive": Case(SAME, "No detectable skill", says=("not shown to be closer",)),
    "the same, of a volatility": Case(
        SAME, "No detectable skill", {"recent": SAME, "constant": SAME}, quantity=VOLATILITY,
        says=("the forecast volatility", "the long-run constant"),
    ),
    "noise about the last close": Case(
        Model(noise=0.8), "Worse than the last close with a constant spread",
        says=("the median is worse than the last close", "was further from what came"),
    ),
    "a signal is known": Case(
        KNOWS, "Skill in the price", {"drift": SAME, "recent": SAME}, signal=0.6,
        says=("better than the last close", "was closer to what came than the last close"),
    ),
    "a signal is known, five steps": Case(
        KNOWS, "Skill in the price", {"drift": SAME}, signal=0.6, steps=5, n=800
    ),
    "a signal is half known": Case(Model(knows=0.5), "Skill in the price", signal=0.8, n=900),
    "the wrong way round": Case(Model(knows=-1.0), "Worse than the last close", signal=0.6),
    "a trend alone": Case(
        Model(drift=0.4), "No detectable skill", {"drift": Model(drift=0.4)}, trend=0.4,
        says=("better than the last close", "not shown to differ from the drift",
              "closer to what came than the drift of the past"),
        not_says=("Skill in", "not shown to be closer to what came than the last close"),
    ),
    "storms are known": Case(
        FOLLOWS, "Skill in the spread, none in the price", {"recent": SAME}, storms=0.6
    ),
    "storms are known as GARCH knows them": Case(
        FOLLOWS, "Skill in the spread (as good as GARCH-t), none in the price",
        {"garch": Model(follows=True, wide=1.02)}, storms=0.6,
        says=("as good as (within 1 %) GARCH-t's", "forecasts it as well"),
    ),
    "storms are known better than by GARCH": Case(
        FOLLOWS, "Skill in the spread (better than GARCH-t), none", {"garch": SAME}, storms=0.6,
    ),
    "better than all": Case(
        FOLLOWS, "Skill in the spread (better than", {"garch": SAME, "har": Model(wide=1.1)},
        storms=0.6, says=("and all others",),
    ),
    "GARCH is better": Case(
        Model(follows=True, wide=1.4), "Worse than GARCH-t in the spread, though better",
        {"garch": FOLLOWS}, storms=0.8, n=900, says=("forecasts it better",),
        not_says=("Skill in the spread",),
    ),
    "GARCH is better, and the price is known": Case(
        Model(knows=1.0, follows=True, wide=1.6), "Worse than GARCH-t in the spread, though skill",
        {"garch": BOTH}, storms=0.6, signal=0.8,
    ),
    "another baseline is better": Case(
        Model(follows=True, wide=1.4), "Worse than HAR on ranges in the spread",
        {"garch": Model(follows=True, wide=1.4), "har": FOLLOWS}, storms=0.8, n=900,
    ),
    "GARCH is better where nothing is claimed": Case(
        SAME, "No detectable skill", {"garch": FOLLOWS}, storms=0.6,
        says=("worse than GARCH-t's", "GARCH-t, a simple model, forecasts it better"),
    ),
    "recency alone": Case(
        SAME, "No detectable skill", {"naive": Model(wide=1.7), "recent": SAME},
        says=("better than a constant spread's", "not shown to differ from a recent constant"),
    ),
    "both are known": Case(
        BOTH, "Skill in the price and in its spread", {"recent": SAME}, storms=0.6, signal=0.7,
    ),
    "price known, spread far too wide": Case(
        Model(knows=1.0, wide=3.0), "Skill in the price, worse than a constant in its spread",
        signal=0.7, says=("too wide",),
    ),
    "spread known, price worse": Case(
        Model(follows=True, noise=0.35), "Skill in the spread, but a price worse than",
        storms=0.9, n=1500,
    ),
    "too narrow": Case(
        Model(wide=0.5), "A spread worse than a constant one, no skill in the price",
        says=("(off)", "too narrow"),
    ),
    "too wide": Case(
        Model(wide=2.0), "A spread worse than a constant one", says=("(off)", "too wide"),
    ),
    "shifted, as wide as it should be": Case(
        Model(shift=0.5), "Worse than the last close", says=("interval is shifted",),
    ),
    "right at twenty steps, where hits come together": Case(
        SAME, "No detectable skill", steps=20, n=500, not_says=("(off)", "too narrow", "too wide"),
    ),
    "nineteen origins": Case(
        KNOWS, "Too few forecasts to tell", n=19, signal=2.0,
        says=("From 19 origins", "20 are needed", "There are 19 test forecasts"),
        not_says=("nan", "equal losses", "Skill in"),
    ),
    "one origin": Case(KNOWS, "Too few", n=1, says=("From 1 origin,",), not_says=("nan",)),
    "twenty steps from 250 origins": Case(
        KNOWS, "Too few forecasts to tell", n=250, steps=20, signal=1.0,
        says=("400 are needed", "no p"), not_says=("better than the last close", "nan"),
    ),
    "five steps from 99 origins": Case(BOTH, "Too few", n=99, steps=5, signal=1.0),
    "five steps from 100 origins": Case(
        Model(knows=1.0), "Skill in the price", n=100, steps=5, signal=3.0,
    ),
    "a fair number, and yet few": Case(SAME, "No detectable skill", n=120, says=("few forecasts",)),
    "refits": Case(SAME, "No detectable skill", fits=4, says=(", by 4 fits: ",)),
    "GARCH failed": Case(
        SAME, "No detectable skill", failures={"garch": "no"},
        says=("not compared with GARCH-t, which failed",), not_says=("not asked for",),
    ),
    "too good": Case(
        KNOWS, "Skill in the price", signal=2.0,
        says=("too good to be true", "directions are right"),
    ),
    "calibration harmed": Case(
        Model(wide=0.6), "A spread worse than a constant one", {"uncalibrated": SAME},
        says=("calibration harmed",),
    ),
    "calibration did no harm": Case(
        SAME, "No detectable skill", {"uncalibrated": Model(wide=0.6)},
        not_says=("calibration harmed",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_on_a_known_truth(name: str) -> None:
    case = CASES[name]
    verdict, said = judged(case)
    assert verdict.headline.startswith(case.headline), said
    assert [words for words in case.says if words.lower() not in said.lower()] == [], said
    assert [words for words in case.not_says if words in said] == [], said
    assert "nan" not in said and " inf" not in said


def test_a_price_that_stands_still_bears_no_claim_from_its_quantiles_on() -> None:
    backtest = backtest_of(Case(Model(wide=0.5), ""))
    backtest["actual"] = backtest["last"]
    table: Any = losses(backtest, PRICE)
    verdict = judge(summarise(table, 1.0), compare(table, "network", ["naive"]), ("a", "b"))
    assert verdict.headline == "Nothing to tell: what was forecast did not move"
    assert "nan" not in verdict.sentence
