"""Errors as published benchmarks state them: of point forecasts, in each channel's own z-scores."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from rnnforecast import runs
from rnnforecast.arrays import Array
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Rows
from rnnforecast.errors import UsageError
from rnnforecast.evaluation.standardised import score_standardised
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.pipeline.evaluation_storage import record_look
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.quantities import PRICE
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_forecaster, load_networks, save_table

CHUNK = 256
"""Windows that are forecast at once: long ones take memory."""


def evaluate_standardised(run: Run | Part) -> pd.DataFrame:
    """Score the medians of every window of the test part, and write the table into the run.

    Nothing but medians is computed, and each symbol's are gone before the next one's are made, so
    long paths of many windows take little memory.

    Args:
        run: on one symbol or, where symbols are the channels of one series, on several.

    Returns:
        the table of ``score_standardised``: a row for each symbol and model.

    Raises:
        UsageError: if the run does not forecast prices all steps at once.
        RunError: if the run is incomplete.
    """
    window = load_experiment(run).window
    if window.quantity != PRICE or window.strategy != "direct":
        raise UsageError(
            f"run {run.name} does not forecast prices all steps at once",
            "leave --standardised out",
        )
    networks = load_networks(run.run, len(run.run.manifest.seeds))
    with runs.evaluating(run.run):
        record_look(run)
        tables = []
        for part in run.parts:
            if run.run.is_panel:
                record_look(part)
            dataset = dataset_of(part)
            forecaster = load_forecaster(part, networks)
            tables.append(score_standardised(dataset, _medians(forecaster, dataset)))
        table = pd.concat(tables, ignore_index=True)
        save_table(run, runs.STANDARDISED, table)
    return table


def _medians(forecaster: Forecaster, dataset: Dataset) -> Iterator[tuple[Rows, Array]]:
    """Forecast the test part a few windows at a time."""
    origins = dataset.splits.origins("test")
    for first in range(0, len(origins), CHUNK):
        chunk = origins[first : first + CHUNK]
        yield chunk, forecaster.medians(dataset, chunk)
