"""What trading on the calls would have earned, after costs.

Off by default, since a forecast is no strategy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from rnnforecast.arrays import Array
from rnnforecast.errors import DataError, UsageError
from rnnforecast.evaluation.backtest import MEDIAN_COLUMN, NETWORK

LARGEST = 2.0
"""Of a position that is scaled by volatility."""
YEAR = pd.Timedelta(days=365.25)


@dataclass(frozen=True)
class Trading:
    """The rules by which calls become trades.

    Args:
        position: ``sign`` of the median less the last close; or that, scaled so that the forecast
            spread is the usual one (``volatility``).
        execution: at the next bar's open or close; never at the close that the forecast was made
            from.
        cost: of trading, in basis points of what is traded.
        slippage: the same, for a price that moves away.
    """

    position: Literal["sign", "volatility"] = "sign"
    execution: Literal["open", "close"] = "open"
    cost: float = 5.0
    slippage: float = 2.0

    def __post_init__(self) -> None:
        if not (self.cost >= 0 and self.slippage >= 0):
            raise UsageError(
                f"cost {self.cost:g} and slippage {self.slippage:g} are basis points",
                "use 0 or more",
            )


@dataclass(frozen=True)
class Economics:
    """The results that the calls would have brought, beside holding.

    Args:
        trading: how calls became trades.
        days: bars in which a position could be held.
        total: net return over all of them; ``holding`` beside it.
        holding: return of buying once and holding, after the same costs.
        sharpe: of the net returns, a year, over a riskless rate of 0.
        sharpe_error: its standard error.
        sharpe_holding: of holding.
        drawdown: the largest loss from a peak.
        drawdown_holding: of holding.
        turnover: how much of the capital is traded in a bar, on average.
        exposure: mean size of the position.
        probabilistic: probability that the true Sharpe ratio is above 0.
        deflated: the same, after so many trials.
        trials: configurations whose trades were counted on these prices, this one included.
    """

    trading: Trading
    days: int
    total: float
    holding: float
    sharpe: float
    sharpe_error: float
    sharpe_holding: float
    drawdown: float
    drawdown_holding: float
    turnover: float
    exposure: float
    probabilistic: float
    deflated: float
    trials: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; what is not known is None."""
        values = asdict(self)
        return {name: None if value != value else value for name, value in values.items()}


def trade(
    backtest: pd.DataFrame, bars: pd.DataFrame, usual: float, trading: Trading
) -> pd.DataFrame:
    """Trade on the one-step calls of the network.

    Args:
        backtest: of ``backtest_table``, from consecutive origins.
        bars: of the history, with the open where that is when trades are made.
        usual: standard deviation of one-step returns before the test part.
        trading: how calls become trades.

    Returns:
        one row for each bar that is held: date (its end), position, traded, net (return after
        costs), holding (the price's own return).

    Raises:
        DataError: if the bars have no open.
        UsageError: if some origins were left out: a position must be decided at each bar.
    """
    calls = backtest[(backtest["model"] == NETWORK) & (backtest["step"] == 1)]
    if trading.execution not in bars:
        raise DataError("the bars have no open to trade at", "use --execution close")
    rows = bars.index.get_indexer(pd.DatetimeIndex(calls["origin"]))
    if len(rows) > 1 and not (np.diff(rows) == 1).all():
        raise UsageError(
            "trades need a forecast at every bar, some origins were left out", "use --step 1"
        )
    price = bars[trading.execution].to_numpy(float)
    kept = rows + 2 < len(price)
    rows, calls = rows[kept], calls[kept]
    position = _positions(calls, usual, trading)
    traded = np.abs(np.diff(position, prepend=0.0))
    # A call made after the close of a row is traded at the next bar, and held to the one after.
    holding = price[rows + 2] / price[rows + 1] - 1
    net = position * holding - traded * (trading.cost + trading.slippage) / 1e4
    return pd.DataFrame(
        {
            "date": bars.index[rows + 2],
            "position": position,
            "traded": traded,
            "net": net,
            "holding": holding,
        }
    )


def _positions(own: pd.DataFrame, usual: float, trading: Trading) -> Array:
    """Return the positions, with signs (origin,)."""
    last = own["last"].to_numpy(float)
    sign = np.sign(own[MEDIAN_COLUMN].to_numpy(float) - last)
    if trading.position == "sign":
        return np.asarray(sign)
    # Half the central 68 % interval is about one standard deviation of the return.
    forecast = (own["q0.84"] - own["q0.16"]).to_numpy(float) / (2 * np.abs(last))
    size: Array = sign * np.minimum(LARGEST, usual / np.where(forecast > 0, forecast, np.inf))
    return size


def assess(
    trades: pd.DataFrame, trading: Trading, other_sharpes: Sequence[float] = (), searched: int = 1
) -> Economics:
    """Sum up trades.

    Args:
        trades: of ``trade``.
        trading: how calls became trades.
        other_sharpes: yearly Sharpe ratios of everything else that was tried on these prices:
            other runs, and other ways of trading this one.
        searched: configurations among which a search chose this one. Those were never traded, so
            each counts as a Sharpe ratio of luck alone over so many bars.

    Source: standard error: Mertens 2002; deflated Sharpe ratio: Bailey & Lopez de Prado, Journal of
        Portfolio Management 40 (2014); the package ffn.
    """
    ffn = _ffn()
    dates = pd.DatetimeIndex(trades["date"])
    # Between n dates lie n - 1 bars.
    a_year = (len(trades) - 1) / max((dates[-1] - dates[0]) / YEAR, 1e-9)
    net, holding = trades["net"].set_axis(dates), trades["holding"].set_axis(dates)
    sharpe = float(ffn.calc_sharpe(net, nperiods=a_year))
    trials = [sharpe, *other_sharpes, *_of_luck(searched - 1, a_year / len(trades))]
    equity, held = equity_curves(trades, trading)
    return Economics(
        trading=trading,
        days=len(trades),
        total=float(equity[-1] - 1),
        holding=float(held[-1] - 1),
        sharpe=sharpe,
        sharpe_error=_sharpe_error(net, a_year),
        sharpe_holding=float(ffn.calc_sharpe(holding, nperiods=a_year)),
        drawdown=_drawdown(equity),
        drawdown_holding=_drawdown(held),
        turnover=float(np.mean(trades["traded"])),
        exposure=float(np.mean(np.abs(trades["position"]))),
        probabilistic=float(ffn.calc_deflated_sharpe_ratio(net, [sharpe], nperiods=a_year)),
        deflated=float(ffn.calc_deflated_sharpe_ratio(net, trials, nperiods=a_year)),
        trials=len(trials),
    )


def _of_luck(count: int, variance: float) -> list[float]:
    """Return as many yearly Sharpe ratios of a strategy without skill, spread as chance would."""
    # Without skill, a yearly Sharpe ratio over n bars is nearly normal with the variance (bars a
    # year) / n; these are its quantiles at evenly spaced levels.
    shares = (np.arange(count) + 0.5) / max(count, 1)
    return [float(ratio) for ratio in ndtri(shares) * math.sqrt(variance)]


def equity_curves(trades: pd.DataFrame, trading: Trading) -> tuple[Array, Array]:
    """Return what one unit of capital becomes by trading,
    and by buying once and holding (bar,) each."""
    cost = (trading.cost + trading.slippage) / 1e4
    net, holding = trades["net"].to_numpy(float), trades["holding"].to_numpy(float)
    # Holding pays for its purchase alone; ``net`` has paid for every trade.
    return np.cumprod(1 + net), (1 - cost) * np.cumprod(1 + holding)


def _ffn() -> ModuleType:
    """Return ffn, which takes seconds to load, for those who trade on forecasts."""
    import ffn

    return ffn  # type: ignore[no-any-return]


def _drawdown(equity: Array) -> float:
    """Return the largest loss from a peak, the start included."""
    return float(_ffn().calc_max_drawdown(pd.Series([1.0, *equity])))


def _sharpe_error(net: pd.Series, a_year: float) -> float:
    """Return the standard error of a yearly Sharpe ratio, skew and fat tails counted."""
    from scipy.stats import kurtosis, skew  # heavy, and only those who trade need it

    returns = net.to_numpy(float)
    if not np.ptp(returns):
        return math.nan
    ratio = returns.mean() / returns.std(ddof=1)
    # Mertens 2002: (1 - skew SR + (kurtosis - 1) / 4 SR^2) / (n - 1); scipy's kurtosis is less 3.
    variance = (1 - skew(returns) * ratio + (kurtosis(returns) + 2) / 4 * ratio**2) / (
        len(returns) - 1
    )
    return math.sqrt(variance * a_year) if variance > 0 else math.nan
