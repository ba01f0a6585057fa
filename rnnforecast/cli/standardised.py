"""``evaluate --standardised``: errors as published benchmarks state them."""

from __future__ import annotations

from rnnforecast.cli.console import document, note, records, table
from rnnforecast.cli.context import Settings
from rnnforecast.runs import Part, Run


def show_standardised(settings: Settings, run: Run | Part) -> None:
    """Score the test part, and print a line for each channel and one for all of them."""
    import pandas as pd

    from rnnforecast.evaluation.backtest import NETWORK
    from rnnforecast.evaluation.standardised import over_channels
    from rnnforecast.pipeline.standardised import evaluate_standardised

    channels = evaluate_standardised(run)
    means = over_channels(channels)
    if settings.json:
        document(
            {
                "schema": 1,
                "run": run.name,
                "standardised": records(means),
                "channels": records(channels),
            }
        )
        return
    several = run.run.is_panel
    shown = pd.concat([channels, means], ignore_index=True) if several else channels
    rows = [
        [
            str(row["symbol"]),
            "network" if row["model"] == NETWORK else "last value",
            f"{row['mse']:.4f}",
            f"{row['mae']:.4f}",
            f"{row['windows']:,}",
        ]
        for row in shown.to_dict("records")
    ]
    title = "errors in standard deviations of each symbol's training closes"
    table(["symbol", "forecast", "MSE", "MAE", "windows"], rows, title=title)
    note("without --standardised there is a verdict: is the forecast better than luck?", settings)
