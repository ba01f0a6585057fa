"""Execute the notebook of the documentation and write it with its outputs: docs/notebook.ipynb.

Its cells stand here, as text that can be reviewed; the prices are embedded ones, so it needs no
network. ``make notebook`` runs this; it takes half a minute.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).with_name("notebook.ipynb")
CELLS = (
    (
        "markdown",
        """\
# From prices to a verdict, in Python

The S&P 500 of 1999 to 2018 comes with the package, so this notebook needs no network. The page
*Python* of the documentation explains it. Nothing is written to disk until the last cell.""",
    ),
    (
        "code",
        """\
import rnnforecast as rf

history = rf.fetch("^GSPC", source="sample", start="2008-01-01")
history""",
    ),
    (
        "markdown",
        """\
Any data frame with dates and prices will do as well: `rf.PriceHistory.from_frame(frame)`; so will
a file: `rf.read_prices("prices.csv")`. What a network reads at each step are features:""",
    ),
    (
        "code",
        """\
rf.features(history, ["log_return", "garman_klass", "rsi"]).tail(3)""",
    ),
    (
        "markdown",
        """\
A baseline is a forecaster like any other. This is what a network has to beat:""",
    ),
    (
        "code",
        """\
rf.baseline("garch", history, horizon=5)""",
    ),
    (
        "markdown",
        """\
Three small LSTMs, and beside them the filters that the package averages with its networks:""",
    ),
    (
        "code",
        """\
settings = {"window.horizon": 5, "training.ensemble": 3, "training.epochs": 15}
model = rf.train("lstm", history, settings)
model""",
    ),
    (
        "code",
        """\
model.fit.tail(3)""",
    ),
    (
        "markdown",
        """\
A forecast is a distribution for each coming session.""",
    ),
    (
        "code",
        """\
forecast = model.predict()
forecast""",
    ),
    (
        "code",
        """\
print("exceeded one time in ten:", forecast.quantile(0.9).round(1))
print("chance of a rise:        ", forecast.probability_up.round(3))""",
    ),
    (
        "code",
        """\
forecast.plot()""",
    ),
    (
        "markdown",
        """\
Is it any good? The test part, which training never saw, is scored beside baselines, and the verdict
says what that means; of prices, mostly that the middle cannot be told, and the range can.""",
    ),
    (
        "code",
        """\
evaluation = model.evaluate(baselines=["naive", "garch"])
print(evaluation)""",
    ),
    (
        "code",
        """\
overall = evaluation.comparisons.query("step == 0 and metric in ['crps', 'mae']")
overall[["baseline", "metric", "skill", "low", "high", "p"]].round(4)""",
    ),
    (
        "markdown",
        """\
A saved model is a run, which the command line knows too.""",
    ),
    (
        "code",
        """\
model.save("runs/gspc")
rf.load("runs/gspc")""",
    ),
)


def code_cells() -> list[str]:
    """Return the code of the notebook, cell by cell."""
    return [text for kind, text in CELLS if kind == "code"]


def execute() -> dict[str, Any]:
    """Run the cells in an empty folder, and return the notebook as JSON values."""
    import nbclient
    import nbformat

    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    cells = [make[kind](text, id=f"cell-{number}") for number, (kind, text) in enumerate(CELLS, 1)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        nbclient.NotebookClient(
            notebook, kernel_name="python3", timeout=600, resources=resources,
            record_timing=False,
        ).execute()  # fmt: skip
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return dict(notebook)


if __name__ == "__main__":
    NOTEBOOK.write_text(json.dumps(execute(), indent=1, ensure_ascii=False) + "\n", "utf-8")
