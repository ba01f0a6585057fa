"""``demo``: the main job on embedded real prices, without a network."""

from __future__ import annotations

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import note
from rnnforecast.cli.context import settings_of
from rnnforecast.cli.evaluate import evaluate_run
from rnnforecast.cli.forecast_view import show_forecast
from rnnforecast.cli.train import train_run

SYMBOL = "^GSPC"
NEXT = """next, with prices of your own:
    rnnforecast fetch BTC-USD
    rnnforecast train --config lstm.yaml
    rnnforecast predict --plot"""


@app.command()
def demo(context: typer.Context) -> None:
    """Fetch, train, predict and evaluate on the S&P 500 of 1999-2018, offline.

    \b
    For example:
      rnnforecast demo
      rnnforecast --home demo demo
    """
    from rnnforecast.data.sample import sample
    from rnnforecast.pipeline.predict import predict, summary_of

    settings = settings_of(context)
    note(f"1. fetch: the S&P 500 that comes with the package arch, as {SYMBOL}", settings)
    settings.store.save(sample(SYMBOL))
    note("2. train: three GRUs with a Student-t head, preset gru", settings)
    run = train_run(settings, "gru", [SYMBOL], ["training.ensemble=3"])
    note("3. predict: the sessions after the last price", settings)
    (prediction,) = predict(run, settings.store)
    if not settings.json:
        summary = summary_of(run.parts[0], prediction)
        show_forecast(prediction.forecast, summary, "close", evaluated=True)
    note(
        "4. evaluate: the last 15 % of the prices, which training never saw, beside yesterday's "
        "price",
        settings,
    )
    evaluate_run(settings, run)
    note(NEXT, settings)
