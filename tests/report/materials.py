"""Runs as values, without training: any number of steps, any level of prices, any baselines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.quality import Finding
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.metrics.direction import (
    compare_directions,
    direction_losses,
    summarise_directions,
)
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.evaluation.significance.diebold_mariano import compare
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.quantities import QUANTITIES, Name
from rnnforecast.report.report_data import Material

ORIGINS = 120
SPREADS = {
    "network": 1.0,
    "uncalibrated": 0.6,
    "naive": 1.4,
    "garch": 1.05,
    "seasonal_naive": 6.0,
    "ets": 3.0,
}
"""How wide the forecasts of some models are, beside the right width; two are hopeless."""
NORMAL = stats.norm.ppf(LEVELS)


def material(
    *,
    steps: int = 3,
    level: float = 100.0,
    quantity: Name = "price",
    models: Sequence[str] = ("network", "naive", "garch"),
    symbol: str = "WALK",
    evaluated: bool = True,
    intervals: bool = False,
    extra: bool = False,
) -> Material:
    """The material of a run on a random walk.

    Args:
        steps: of the horizon.
        level: of the prices.
        quantity: what is forecast.
        models: of the backtest.
        symbol: as stored.
        evaluated: whether there are a backtest, scores and a verdict.
        intervals: whether skills have intervals.
        extra: whether there are gradients, economics, seeds and a model confidence set as well.
    """
    history = _history(level, symbol, ORIGINS + steps + 60)
    tables = {"fit": _fit(), "forecast": _forecast(history, steps, quantity)}
    if evaluated:
        tables |= _evaluation(history, steps, quantity, models)
        if intervals:
            skill = tables["comparisons"]["skill"]
            tables["comparisons"] = tables["comparisons"].assign(
                low=skill - 0.02, high=skill + 0.03
            )
    if extra:
        tables |= _extra(history)
    return Material(
        name="2024-01-01T00-00-00_run",
        quantity=QUANTITIES[quantity],
        history=history,
        record=_record(history),
        config="model:\n  architecture: gru\n",
        tables=tables,
        verdict=VERDICT if evaluated else None,
        economics=EARNED if extra else None,
        findings=(Finding("bad ticks", "error", ("2020-02-03",), "close x 3"),) if extra else (),
    )


def changed(whole: Material, **fields: object) -> Material:
    """The same with other fields."""
    return Material(**{**vars(whole), **fields})  # type: ignore[arg-type]


HOSTILE = '</script><img src=x onerror="alert(1)"><b>&'


def hostile(whole: Material) -> Material:
    """The same with HTML wherever text comes from outside."""
    history = whole.history
    return changed(
        whole,
        name=HOSTILE,
        config=HOSTILE,
        history=PriceHistory(history.symbol, history.bars, "1d", "24/7", HOSTILE),
        record={
            **whole.record,
            "data": {**whole.record["data"], "symbol": HOSTILE},
            "argv": ["x", HOSTILE],
        },
        verdict={**(whole.verdict or {}), "headline": HOSTILE, "flags": [HOSTILE]},
    )


_EARNED = {
    "total": 0.1, "holding": 0.2, "sharpe": 0.5, "sharpe_error": 0.3, "sharpe_holding": 0.6,
    "drawdown": -0.1,
    "drawdown_holding": -0.2, "turnover": 0.05, "probabilistic": 0.9, "deflated": None, "trials": 3,
}  # fmt: skip
EARNED = {
    "trading": {"position": "sign", "execution": "open", "cost": 5.0, "slippage": 2.0},
    **_EARNED,
}
VERDICT = {
    "headline": "No detectable skill",
    "sentence": "From 120 origins: nothing.",
    "point": "indistinguishable",
    "distribution": "indistinguishable",
    "flags": ["few forecasts"],
}


def _history(level: float, symbol: str, rows: int) -> PriceHistory:
    moves = np.random.default_rng(7).normal(0, 0.01, rows)
    dates = pd.date_range("2020-01-01", periods=rows, freq="D", unit="ns", name="date")
    bars = pd.DataFrame({"close": level * np.exp(np.cumsum(moves))}, index=dates)
    return PriceHistory(symbol, bars, "1d", "24/7", "USD")


def _forecast(history: PriceHistory, steps: int, quantity: Name) -> pd.DataFrame:
    ahead = np.arange(1, steps + 1)
    dates = (history.last + pd.to_timedelta(ahead, unit="D")).strftime("%Y-%m-%d")
    last = float(history.bars["close"].iloc[-1]) if quantity != "volatility" else 0.01
    table = pd.DataFrame(
        {"step": ahead, "date": dates, "origin": f"{history.last:%Y-%m-%d}", "last": last}
    )
    if quantity == "direction":
        return table.assign(rising=0.5 + 0.01 * ahead / steps)
    spread = 0.01 * np.sqrt(ahead)[:, None] * NORMAL
    quantiles = pd.DataFrame(last * np.exp(spread), columns=QUANTILES)
    table = pd.concat([table, quantiles], axis=1)
    ends = {"median": 0.0, "low_80": -1.28, "high_80": 1.28, "low_95": -1.96, "high_95": 1.96}
    return table.assign(
        **{name: last * np.exp(end * 0.01 * np.sqrt(ahead)) for name, end in ends.items()}
    )


def _evaluation(
    history: PriceHistory, steps: int, quantity: Name, models: Sequence[str]
) -> dict[str, pd.DataFrame]:
    backtest = _backtest(history, steps, quantity, models)
    if quantity == "direction":
        table = direction_losses(backtest)
        return {
            "backtest": backtest,
            "scores": summarise_directions(table),
            "comparisons": compare_directions(table),
        }
    table = losses(backtest, QUANTITIES[quantity])
    others = [model for model in models if model not in ("network", "uncalibrated")]
    return {
        "backtest": backtest,
        "scores": summarise(table, 1.0),
        "comparisons": compare(table, "network", others),
    }


def _backtest(
    history: PriceHistory, steps: int, quantity: Name, models: Sequence[str]
) -> pd.DataFrame:
    """Normal forecasts around the last value, as wide as a random walk is for the network."""
    closes, ahead = history.bars["close"].to_numpy(float), np.arange(1, steps + 1)
    origins = np.arange(30, 30 + ORIGINS)
    rows = origins[:, None] + ahead
    last, actual = np.repeat(closes[origins], steps), closes[rows].ravel()
    if quantity == "volatility":
        noise = np.random.default_rng(1).normal(0, 0.3, len(last))
        last, actual = np.full(len(last), 0.01), 0.01 * np.exp(noise)
    frame = pd.DataFrame(
        {
            "symbol": history.symbol,
            "origin": np.repeat(history.dates[origins], steps),
            "step": np.tile(ahead, ORIGINS),
            "date": history.dates[rows.ravel()],
            "last": last,
            "actual": actual,
        }
    )
    if quantity == "direction":
        chances = np.random.default_rng(2).uniform(0.4, 0.6, len(frame))
        tables = [
            frame.assign(model=model, rising=chances if model == "network" else 0.5)
            for model in ("network", "naive")
        ]
        return pd.concat(tables, ignore_index=True)
    width = (0.3 if quantity == "volatility" else 0.01) * np.sqrt(frame["step"].to_numpy(float))
    tables = []
    for number, model in enumerate(models):
        scale = SPREADS.get(model, 1.0 + 0.05 * number) * width
        quantiles = last[:, None] * np.exp(scale[:, None] * NORMAL + 1e-4 * number)
        tables.append(
            pd.concat(
                [frame.assign(model=model), pd.DataFrame(quantiles, columns=QUANTILES)], axis=1
            )
        )
    return pd.concat(tables, ignore_index=True)


def _fit() -> pd.DataFrame:
    rows = [
        (member, epoch, 1 / epoch + 0.1, 1 / epoch + 0.2)
        for member in (1, 2)
        for epoch in (1, 2, 3)
    ]
    return pd.DataFrame(rows, columns=["member", "epoch", "loss", "val_loss"])


def _extra(history: PriceHistory) -> dict[str, pd.DataFrame]:
    steps, dates = np.arange(-9, 1), history.dates[-50:]
    growth = np.linspace(1, 1.1, 50)
    return {
        "gradients": pd.DataFrame(
            {"layer": 0, "step": steps, "untrained": 0.5**-steps, "trained": 0.9**-steps}
        ),
        "equity": pd.DataFrame(
            {"date": dates.strftime("%Y-%m-%d"), "strategy": growth, "buy_and_hold": growth**2}
        ),
        "seeds": pd.DataFrame(
            {"member": [1, 2], "metric": "crps", "value": [1.0, 1.1], "skill": [0.05, 0.04]}
        ),
        "model_set": pd.DataFrame(
            {"model": ["network", "naive"], "p": [1.0, 0.01], "included": [True, False]}
        ),
    }


def _record(history: PriceHistory) -> dict[str, object]:
    return {
        "created": "2024-01-01T00:00:00+00:00",
        "argv": ["rnnforecast", "train", "--symbol", history.symbol],
        "rnnforecast": "0.1.0",
        "python": "3.11",
        "platform": "Linux",
        "versions": {"keras": "3.15"},
        "seeds": [1, 2],
        "parameters": 99,
        "data": {
            "symbol": history.symbol,
            "interval": "1d",
            "sessions": "24/7",
            "currency": "USD",
            "rows": len(history),
            "first": "2020-01-01",
            "last": f"{history.last:%Y-%m-%d}",
            "digest": history.digest(),
            "provenance": {"source": "sample"},
            "cleaning": {"without_bar": {"count": 2, "dates": ["2020-01-05", "2020-01-06"]}},
            "exogenous": [],
        },
        "splits": {
            "test": {"windows": 120, "first_target": "2020-02-01", "last_target": "2020-06-01"}
        },
        "test_touched": ["2024-01-01T00:00:01+00:00"],
        "failed_baselines": {},
    }
