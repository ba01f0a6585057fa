"""Whether a panel learns as well in large batches as in small ones, and how much sooner.

python benchmarks/batches.py HOME [--tickers 100] [--seeds 3]

The preset ``panel`` on stored symbols, until its validation loss no longer improves: for each size
of batch and each learning rate the processor time, the epochs, the validation loss and the CRPS of
the test part in each symbol's own units, beside what the seed does.
"""

from __future__ import annotations

import json

import common
import panels

from rnnforecast.dataset.panel import windows_of

CHOICES = ((64, 3e-4), (256, 3e-4), (1_024, 3e-4), (1_024, 6e-4), (1_024, 1.2e-3))
"""Windows in a batch, and the learning rate."""


def main() -> None:
    """Train each choice from each seed, print a table, write the results."""
    job = panels.job_of(__doc__, tickers=100)
    windows = windows_of(job.panel.datasets, job.panel.scalers)
    rows = []
    for batch, rate in CHOICES:
        rows.append(panels.scores(job, windows, batch_size=batch, learning_rate=rate))
        print(json.dumps({"batch": batch, "rate": rate, **rows[-1]}), flush=True)
    labels = [[f"{batch:,}", f"{rate:g}"] for batch, rate in CHOICES]
    panels.show(job, ["batch", "learning rate"], labels, rows)
    choices = [
        {"batch": batch, "rate": rate, **row}
        for (batch, rate), row in zip(CHOICES, rows, strict=True)
    ]
    common.save("batches", {"tickers": len(job.panel.datasets), "choices": choices})


if __name__ == "__main__":
    main()
