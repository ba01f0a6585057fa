"""``predict --joint``: several symbols together, as ranks and as a portfolio."""

from __future__ import annotations

import csv
from pathlib import Path

from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.context import Settings
from rnnforecast.cli.named import find_named
from rnnforecast.cli.show import say_file
from rnnforecast.errors import UsageError
from rnnforecast.formatting import format_percent


def show_joint(
    settings: Settings,
    name: str | None,
    weights: Path | None,
    out: Path | None = None,
    max_age: str | None = None,
) -> None:
    """Print the probability of each rank, and the risk of a portfolio where weights are given.

    Args:
        settings: the global options.
        name: of the run.
        weights: a CSV of shares.
        out: file for the table of ranks.
        max_age: of the newest prices, beyond which nothing is forecast.
    """
    from rnnforecast.cli.table_files import check_ending, write_table
    from rnnforecast.pipeline.age import ages_of, parse_age, refuse_old, stale_notes
    from rnnforecast.pipeline.joint import joint_forecast
    from rnnforecast.pipeline.plan import stored
    from rnnforecast.runs.artifacts import read_experiment

    limit = None if max_age is None else parse_age(max_age)
    if out is not None:
        check_ending(out)
    shares = None if weights is None else read_weights(weights)
    run = find_named(settings, name).run
    known = ages_of([series.history for series in stored(read_experiment(run), settings.store)])
    if limit is not None and max_age is not None:
        refuse_old(known, limit, max_age)
    forecast = joint_forecast(run, settings.store)
    ranks = forecast.ranks()
    risk = None if shares is None else forecast.portfolio(shares)
    if out is not None:
        write_table(ranks.reset_index(), out)
    if settings.json:
        document(
            {
                "schema": 1,
                "run": run.name,
                "date": f"{forecast.date:%Y-%m-%d}",
                "days": forecast.days,
                "ranks": {str(symbol): row.tolist() for symbol, row in ranks.iterrows()},
                "portfolio": None
                if risk is None
                else {
                    "mean": risk.mean,
                    "value_at_risk_95": risk.value_at_risk[0],
                    "value_at_risk_99": risk.value_at_risk[1],
                    "expected_shortfall_95": risk.expected_shortfall[0],
                    "expected_shortfall_99": risk.expected_shortfall[1],
                },
                "file": None if out is None else str(out),
                "warnings": stale_notes(known),
            }
        )
        return
    heads = ["lowest", *(str(number) for number in range(2, ranks.shape[1])), "highest"]
    rows = [
        [str(symbol), *(format_percent(value) for value in row)] for symbol, row in ranks.iterrows()
    ]
    table(["symbol", *heads], rows, title=f"probability of each rank on {forecast.date:%Y-%m-%d}")
    if risk is not None:
        say(
            f"portfolio by then: value at risk {format_percent(risk.value_at_risk[0])} (95 %), "
            f"{format_percent(risk.value_at_risk[1])} (99 %); expected shortfall "
            f"{format_percent(risk.expected_shortfall[0])}, "
            f"{format_percent(risk.expected_shortfall[1])}"
        )
    for line in stale_notes(known):
        note(line, settings)
    if out is not None:
        say_file("file", out)
    note(f"tied by {forecast.days} common forecasts that came true", settings)


def read_weights(path: Path) -> dict[str, float]:
    """Read shares of a portfolio: a CSV with the columns symbol and weight.

    Raises:
        UsageError: naming the file and what is wrong.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return {row["symbol"]: float(row["weight"]) for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path} holds no weights ({error})", "write a CSV with the columns symbol and weight"
        ) from None
