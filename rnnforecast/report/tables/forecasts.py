"""The newest forecasts of several symbols in a table, without what draws."""

from __future__ import annotations

import pandas as pd

from rnnforecast.quantities import PRICE, VOLATILITY, Quantity
from rnnforecast.report.tables.cells import Sheet


def forecasts_sheet(forecast: pd.DataFrame, quantity: Quantity) -> Sheet:
    """Tabulate the last step of every symbol's forecast.

    Args:
        forecast: every step of every symbol, as stored.
        quantity: that is forecast.
    """
    ends = forecast.loc[forecast.groupby("symbol", sort=False)["step"].idxmax()]
    direction = not quantity.has_distribution
    names = {"rising": "above that"} if direction else {
        "median": "median", "low_80": "80 % from", "high_80": "to", "low_95": "95 % from",
        "high_95": "to "
    }  # fmt: skip
    rows = [
        [
            str(row["symbol"]), (PRICE if direction else quantity).format(row["last"]),
            str(row["origin"])[:10],
            str(row["date"])[:10], *(quantity.format(row[name]) for name in names),
        ]
        for row in ends.to_dict("records")
    ]  # fmt: skip
    last = "recent" if quantity == VOLATILITY else "last close"
    return Sheet(["symbol", last, "on", "forecast for", *names.values()], rows)
