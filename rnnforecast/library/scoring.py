"""Score anybody's forecasts: the same tests, baselines and verdict as for our own networks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rnnforecast.config.loading import load as load_config
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.importing.frames import to_pandas
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import DataError, UsageError, python_errors
from rnnforecast.evaluation.backtest import NETWORK, SHOWN_ONLY
from rnnforecast.evaluation.walkforward import Fold
from rnnforecast.forecast.baselines.registry import BASELINES
from rnnforecast.library.arguments import (
    checked_histories,
    checked_history,
    checked_names,
)
from rnnforecast.library.evaluation import Evaluation
from rnnforecast.library.long_format import ModelColumns, models_in
from rnnforecast.pipeline.evaluate import judge_panel
from rnnforecast.pipeline.evaluation import Evaluation as SymbolEvaluation
from rnnforecast.pipeline.rivals import Rivals
from rnnforecast.pipeline.score import Request, score_forecasts

UNNAMED = "forecasts"
"""What forecasts are called that have no name."""
OURS = frozenset({NETWORK, *SHOWN_ONLY, *BASELINES})
"""Names with a meaning in our tables, which another's model beside the judged one cannot have."""
AUDIT = " (rnnforecast audit)"
"""The remedy of a flag that helps with our own networks alone."""


@python_errors()
def score(
    forecasts: Any,
    history: PriceHistory | Mapping[str, PriceHistory] | Sequence[PriceHistory],
    *,
    model: str | None = None,
    baselines: Sequence[str] | None = None,
) -> Evaluation:
    """Score forecasts that were made elsewhere, beside baselines, with tests and a verdict.

    Baselines learn from the bars before the first forecast alone. A model without intervals is
    scored as a point, so its CRPS is its mean absolute error.

    Args:
        forecasts: in Nixtla's long format, as ``cross_validation`` returns it: ``unique_id, ds,
            cutoff`` and for each model ``MODEL``, ``MODEL-lo-80``, ``MODEL-hi-80``, ...; without
            ``cutoff``, all are from the bar before the first date. Frames of pandas, Polars or
            Arrow; or one pandas series by date.
        history: the bars, the forecast ones included; of several symbols, all of them.
        model: which one is judged; by default the first, the others stand beside it.
        baselines: names of ours to compare with; by default every one that suits.

    Raises:
        DataError: if a forecast has no bar, dates are left out, or bounds cross.
        UsageError: if there is no such model.

    Example:
        >>> evaluation = score(nixtla.cross_validation(...), history)  # doctest: +SKIP
        >>> print(evaluation.verdict.sentence)  # doctest: +SKIP
    """
    if isinstance(forecasts, PriceHistory):
        raise UsageError("forecasts are a PriceHistory", "pass the forecasts first, then the bars")
    if isinstance(forecasts, pd.Series):
        forecasts = forecasts.rename_axis("ds").to_frame(name=forecasts.name or UNNAMED)
    frame = to_pandas(forecasts)
    frame = frame.reset_index() if "unique_id" not in frame and "ds" not in frame else frame
    if "ds" not in frame:
        raise DataError("the forecasts have no column ds", "name the date of each target ds")
    if frame.empty:
        raise DataError("the forecasts have no rows", "pass one row for each target date")
    histories = _by_symbol(history)
    models = models_in(frame)
    judged = model or next(iter(models))
    if judged not in models:
        raise UsageError(f"no model is called {judged!r}", f"use: {', '.join(models)}")
    name = judged if judged == NETWORK else _beside_ours(judged)
    groups = _by_id(frame, histories)
    request = Request(baselines=checked_names(baselines, "baselines"))
    evaluated = {
        symbol: _score_one(rows, histories[symbol], models, judged, request)
        for symbol, rows in groups.items()
    }
    parts = {
        symbol: Evaluation(value, dataset.history, judged, judged=name)
        for symbol, (value, dataset) in evaluated.items()
    }
    first = next(iter(parts.values()))
    if len(parts) == 1:
        return first
    scored = [value.scored() for value, _ in evaluated.values()]
    title = f"{next(iter(parts))} and {len(parts) - 1} more"
    panel = judge_panel(scored, first.value.quantity, request, Rivals(), title)
    return Evaluation(panel, first.history, judged, None, parts, name)


def _beside_ours(name: str) -> str:
    """Return the name of another's model, told apart from one of ours that is called the same."""
    return f"{name} (given)" if name in OURS else name


def _by_symbol(
    history: PriceHistory | Mapping[str, PriceHistory] | Sequence[PriceHistory],
) -> dict[str, PriceHistory]:
    if isinstance(history, Mapping):
        return {symbol: checked_history(series) for symbol, series in history.items()}
    return {series.symbol: series for series in checked_histories(history)}


def _by_id(frame: pd.DataFrame, histories: Mapping[str, PriceHistory]) -> dict[str, pd.DataFrame]:
    """Return the forecasts of each symbol; without ``unique_id`` all are of the only history."""
    if "unique_id" not in frame:
        if len(histories) > 1:
            raise DataError("the forecasts do not say of which symbol", "add a column unique_id")
        return {next(iter(histories)): frame}
    groups = {str(name): rows for name, rows in frame.groupby("unique_id", sort=False)}
    unknown = [name for name in groups if name not in histories]
    if unknown and len(groups) == 1 == len(histories):
        return {next(iter(histories)): frame}
    if unknown:
        raise DataError(
            f"there are forecasts of {', '.join(unknown[:5])}, but no bars",
            "pass their histories too",
        )
    return groups


def _score_one(
    frame: pd.DataFrame,
    history: PriceHistory,
    models: Mapping[str, ModelColumns],
    judged: str,
    request: Request,
) -> tuple[SymbolEvaluation, Dataset]:
    """Score the forecasts of one symbol."""
    rows, origins, horizon = _align(frame, history)
    dataset = _dataset(history, int(origins[0]), horizon)
    count = len(origins)
    quantiles = {
        name: columns.quantiles(rows).reshape(count, horizon, -1)
        for name, columns in models.items()
    }
    forecast = quantiles.pop(judged)
    others = {_beside_ours(name): values for name, values in quantiles.items()}
    fold = Fold(dataset.splits, origins)
    evaluation = score_forecasts(dataset, [fold], forecast, others, request)
    flags = tuple(flag.replace(AUDIT, "") for flag in evaluation.verdict.flags)
    return replace(evaluation, verdict=replace(evaluation.verdict, flags=flags)), dataset


def _align(frame: pd.DataFrame, history: PriceHistory) -> tuple[pd.DataFrame, Rows, int]:
    """Return the forecasts by origin and step, the rows of their origins, and the horizon.

    Raises:
        DataError: if they are not of every bar from the first step to the last, from each origin.
    """
    zone = history.dates.tz
    dates = pd.DatetimeIndex(pd.to_datetime(frame["ds"], utc=zone is not None))
    targets = history.dates.get_indexer(dates)
    if (targets < 0).any():
        raise DataError(
            f"{history.symbol} has no bar on {dates[targets < 0][0]:%Y-%m-%d}, "
            "but a forecast of it",
            "pass the history that includes what was forecast",
        )
    if "cutoff" in frame:
        cutoffs = pd.DatetimeIndex(pd.to_datetime(frame["cutoff"], utc=zone is not None))
        origins = history.dates.searchsorted(cutoffs, side="right") - 1
    else:
        origins = np.full(len(frame), targets.min() - 1)
    steps = targets - origins
    ordered = frame.assign(_origin=origins, _step=steps).sort_values(["_origin", "_step"])
    distinct, horizon = np.unique(origins), int(steps.max())
    expected = np.tile(np.arange(1, horizon + 1), len(distinct))
    if len(ordered) != len(expected) or (ordered["_step"].to_numpy() != expected).any():
        raise DataError(
            f"forecasts of {history.symbol} are not of each of the {horizon} bars after each "
            "origin",
            "give every origin the same steps, without gaps and repeats",
        )
    return ordered.drop(columns=["_origin", "_step"]), distinct.astype(np.int64), horizon


def _dataset(history: PriceHistory, first_origin: int, horizon: int) -> Dataset:
    """Return bars of which nothing after the first origin may teach.

    Raises:
        DataError: if there are too few bars before it.
    """
    settings = [
        f"data.symbol={history.symbol!r}", f"data.interval={history.interval}",
        "data.price=close", f"window.horizon={horizon}", "window.lookback=1",
        "window.features=[close]", "model.location=learned", "window.target=difference",
    ]  # fmt: skip
    dataset = prepare(load_config("gru", settings), history)
    learnable = first_origin + 1
    if learnable < 3 * horizon + 10:
        raise DataError(
            f"{history.symbol} has {learnable} bars before the first forecast, too few to judge by",
            "pass a longer history",
        )
    base = dataset.splits
    validation = max(base.first_origin + horizon + 1, learnable - max(horizon, learnable // 5))
    return replace(dataset, given_splits=replace(base, validation=validation, test=learnable))
