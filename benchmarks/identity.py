"""Whether a network of a panel forecasts better when it knows which ticker a window is of.

python benchmarks/identity.py HOME [--tickers 60] [--seeds 3]

The preset ``panel`` on stored symbols, as it is; with four numbers of each symbol's training part
as constant inputs (static features); and with one input for each symbol that is 1 in its own
windows, which makes the first layer an embedding of the ticker. The CRPS is that of the test part,
in each symbol's own units.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import common
import numpy as np
import panels
from numpy.typing import NDArray

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.panel import windows_of

Constants = NDArray[np.float32]
"""What is added to every window of a symbol (symbol, input)."""


def nothing(panel: Any) -> Constants:
    """Add no input."""
    return np.zeros((len(panel.datasets), 0), np.float32)


def statics(panel: Any) -> Constants:
    """Describe each symbol by its training part: spread, tails, tilt and memory of its moves."""
    rows = []
    for dataset in panel.datasets:
        closes = dataset.history.bars["close"].to_numpy(float)[: dataset.splits.validation]
        moves = np.diff(np.log(closes))
        score = (moves - moves.mean()) / moves.std()
        size = np.abs(score)
        rows.append([
            np.log(moves.std()), np.log((score**4).mean()), (score**3).mean(),
            np.corrcoef(size[1:], size[:-1])[0, 1],
        ])  # fmt: skip
    table = np.array(rows)
    return ((table - table.mean(axis=0)) / table.std(axis=0)).astype(np.float32)


def embedding(panel: Any) -> Constants:
    """Say which symbol it is, one input for each."""
    return np.eye(len(panel.datasets), dtype=np.float32)


def main() -> None:
    """Train each kind from each seed, print a table, write the results."""
    job = panels.job_of(__doc__, tickers=60)
    kinds = (nothing, statics, embedding)
    rows = []
    for kind in kinds:
        rows.append(measure(job, kind))
        print(json.dumps({"kind": kind.__name__, **rows[-1]}), flush=True)
    panels.show(job, ["inputs beside"], [[kind.__name__] for kind in kinds], rows)
    named = [{"kind": kind.__name__, **row} for kind, row in zip(kinds, rows, strict=True)]
    common.save("identity", {"tickers": len(job.panel.datasets), "kinds": named})


def measure(job: panels.Job, kind: Callable[[Any], Constants]) -> panels.Scores:
    """Train with some constants beside the inputs, and return the scores of each seed."""
    windows, constants = windows_of(job.panel.datasets, job.panel.scalers), kind(job.panel)
    lengths = [len(dataset.history) for dataset in job.panel.datasets]
    inputs = np.hstack([windows.inputs, np.repeat(constants, lengths, axis=0)])

    def with_constants(number: int) -> Any:
        own = panels.test_inputs(job.panel, number)
        beside = np.broadcast_to(constants[number], (*own.shape[:2], constants.shape[1]))
        return np.concatenate([own, beside], axis=2)

    usual = Experiment.inputs
    Experiment.inputs = property(lambda _: inputs.shape[1])  # type: ignore[assignment, method-assign]
    try:
        return panels.scores(job, replace(windows, inputs=inputs), with_constants)
    finally:
        Experiment.inputs = usual  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
