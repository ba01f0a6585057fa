"""Evaluations into a run, and the stored forecasts that follow their verdicts."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.errors import RunError
from rnnforecast.evaluation.verdict import Verdict
from rnnforecast.forecast.forecaster import recentre
from rnnforecast.pipeline.evaluation import Evaluation, PanelEvaluation
from rnnforecast.quantities import Quantity
from rnnforecast.runs import Part, Run, artifacts
from rnnforecast.runs.artifacts import save_table
from rnnforecast.runs.folder import load_document
from rnnforecast.runs.manifest import ProtocolRecord, TradingRecord
from rnnforecast.runs.packed_backtest import pack, save_backtest

log = logging.getLogger(__name__)


def save_evaluation(part: Part, evaluation: Evaluation, packed: bytes | None = None) -> None:
    """Write what the test part of one symbol says; `record_look` comes before it.

    Args:
        part: of the symbol.
        evaluation: what to write.
        packed: its backtest, where a worker has packed it.
    """
    save_backtest(part, pack(evaluation.backtest) if packed is None else packed)
    _save_tables(
        part,
        {
            runs.SCORES: evaluation.scores,
            runs.COMPARISONS: evaluation.comparisons,
            runs.MODEL_SET: evaluation.model_set,
            runs.SEEDS: evaluation.seeds,
            runs.EQUITY: evaluation.equity,
        },
    )
    if evaluation.economics is None:
        part.discard(runs.ECONOMICS)
    else:
        _save_document(part, runs.ECONOMICS, dict(evaluation.economics))
    _save_document(part, runs.VERDICT, evaluation.verdict.to_dict())
    _save_protocol(part, evaluation)


def save_panel_evaluation(run: Run, evaluation: PanelEvaluation) -> None:
    """Write what the test parts of all symbols say together; `record_look` comes before it."""
    _save_tables(
        run,
        {
            runs.SCORES: evaluation.scores,
            runs.COMPARISONS: evaluation.comparisons,
            runs.PANEL: evaluation.symbols,
            runs.MODEL_SET: evaluation.model_set,
            runs.RANKS: evaluation.ranks,
            runs.CROSS_SECTION: evaluation.cross_section,
        },
    )
    _save_document(run, runs.VERDICT, evaluation.verdict.to_dict())
    _save_protocol(run, evaluation)


def _save_tables(run: Run | Part, tables: dict[str, pd.DataFrame | None]) -> None:
    """Write the tables that there are, and remove those of an earlier evaluation."""
    for name, table in tables.items():
        if table is None:
            run.discard(name)
        else:
            save_table(run, name, table)


def _save_document(run: Run | Part, name: str, values: dict[str, Any]) -> None:
    run.write(name, json.dumps(values, indent=1))


def record_look(run: Run | Part) -> None:
    """Note that the test part is looked at: each look makes the next one less of a test.

    This comes before the scores, so that a look whose evaluation is killed counts as well.
    """
    run.save_manifest(run.manifest.looked_at())


def tradings_of(run: Run | Part) -> tuple[TradingRecord, ...]:
    """Return every way in which a run's forecasts have been traded so far."""
    kept = run.manifest.tradings
    earned = None if kept else load_document(run, runs.ECONOMICS)
    # version 0.1 kept the last one alone
    return kept if earned is None else (_trading_record(earned, ProtocolRecord()),)


def _trading_record(economics: Mapping[str, Any], protocol: ProtocolRecord) -> TradingRecord:
    return TradingRecord(
        trading=economics["trading"], protocol=protocol, sharpe=economics["sharpe"]
    )


def _save_protocol(run: Run | Part, evaluation: Evaluation | PanelEvaluation) -> None:
    """Write how the test part was walked through, and every way in which it was traded."""
    tradings = run.manifest.tradings
    if evaluation.economics is not None:
        latest = _trading_record(evaluation.economics, evaluation.protocol)
        others = (
            record for record in tradings if not record.is_of(latest.trading, latest.protocol)
        )
        tradings = (*others, latest)
    scored = run.manifest.scored(evaluation.protocol, dict(evaluation.failures))
    run.save_manifest(scored.replace(tradings=tradings))


def settle_forecast(part: Part, naive: Array, quantity: Quantity, verdict: Verdict) -> None:
    """Let a stored forecast follow a verdict: what had no skill gives way to naive.

    A forecast from bars that the evaluation did not see is left as it is.

    Args:
        part: with the forecast.
        naive: what naive forecasts from the newest row that was evaluated (step,).
        quantity: what is forecast.
        verdict: on the part, or on all symbols.
    """
    try:
        table = artifacts.load_table(part, runs.FORECAST)
    except RunError as error:  # the verdict is worth more than a forecast that predict makes again
        log.warning("%s", error)
        return
    finding = verdict.point if quantity.has_distribution else verdict.distribution
    if table is None or finding == "better":
        return
    if str(table["origin"].iloc[0])[:10] > part.manifest.data.last:
        return
    if not quantity.has_distribution:
        table["rising"] = naive
    else:
        kinds = ("median", "low_", "high_", "q0.")
        values = [str(name) for name in table if str(name).startswith(kinds)]
        quantiles, median = table[values].to_numpy(float), table["median"].to_numpy(float)
        table[values] = recentre(quantiles, median, naive)
    save_table(part, runs.FORECAST, table)


def gather_forecasts(run: Run) -> None:
    """Write the stored forecasts of all parts into the run on them."""
    tables = [(part.symbol, artifacts.load_table(part, runs.FORECAST)) for part in run.parts]
    there = [table.assign(symbol=symbol) for symbol, table in tables if table is not None]
    if there:
        whole = pd.concat(there, ignore_index=True)
        save_table(run, runs.FORECAST, whole[["symbol", *whole.columns.drop("symbol")]])
