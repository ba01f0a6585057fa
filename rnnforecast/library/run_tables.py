"""Tables of a run for other programs: its forecast, its backtest, its scores."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from rnnforecast import runs
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.library.long_format import forecast_columns, to_long
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_table

Table = Literal["backtest", "forecast", "scores"]
FILES: dict[Table, str] = {
    "backtest": runs.BACKTEST,
    "forecast": runs.FORECAST,
    "scores": runs.SCORES,
}


def run_table(run: Run | Part, table: Table, *, nixtla: bool = False) -> pd.DataFrame:
    """Return a table of a run.

    Args:
        run: on one symbol or several; of several, the parts' tables below each other.
        table: ``backtest`` has a row for each model, origin and step, with what happened and 103
            quantiles; ``forecast`` a row for each coming session; ``scores`` a row for each model,
            step and metric.
        nixtla: whether to use the columns of Nixtla's libraries: ``unique_id``, ``ds``,
            ``cutoff``, ``y``, and ``MODEL``, ``MODEL-lo-80`` ... for each model.

    Raises:
        RunError: if the run has no such table yet.
        UsageError: if Nixtla's libraries have no such table.
    """
    if nixtla and table == "scores":
        raise UsageError("scores have no Nixtla format", "use --format csv or parquet")
    if table == "forecast":
        forecast = _loaded(run, table)
        if "symbol" not in forecast:
            forecast.insert(0, "symbol", run.symbols[0])
        return _nixtla_forecast(forecast) if nixtla else forecast
    if table == "scores" or not run.is_panel:
        whole = _loaded(run, table)
        return to_long(whole) if nixtla else whole
    parts = [_loaded(part, table) for part in run.parts]
    return pd.concat([to_long(part) if nixtla else part for part in parts], ignore_index=True)


def _loaded(run: Run | Part, table: Table) -> pd.DataFrame:
    loaded = load_table(run, FILES[table])
    if loaded is None:
        command = "predict" if table == "forecast" else "evaluate"
        raise RunError(
            f"run {run.name} has no {table} yet", f"run: rnnforecast {command} {run.name}"
        )
    return loaded


def _nixtla_forecast(forecast: pd.DataFrame) -> pd.DataFrame:
    keys = pd.DataFrame(
        {
            "unique_id": forecast["symbol"],
            "ds": pd.to_datetime(forecast["date"]),
            "cutoff": pd.to_datetime(forecast["origin"]),
        }
    )
    if "rising" in forecast:
        return keys.assign(rnnforecast=forecast["rising"])
    quantiles = forecast[QUANTILES].to_numpy(float)
    return keys.assign(**forecast_columns("rnnforecast", quantiles))
