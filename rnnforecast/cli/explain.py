"""``explain``: what a network can learn from, made visible."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table, warn_on_failure
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.named import find_named
from rnnforecast.cli.options import Config, OtherSymbols, Overrides, instead
from rnnforecast.cli.show import say_file
from rnnforecast.cli.train import progress_hooks

if TYPE_CHECKING:
    import pandas as pd

    from rnnforecast.config.experiment import Experiment

explain_app = typer.Typer(
    name="explain",
    help="Gradient diagnostics: how far back the loss reaches into the window.",
    no_args_is_help=True,
)
app.add_typer(explain_app)

SHOWN = (0, -1, -2, -5, -10, -20, -50, -100, -200, -500)
"""Steps back in the table."""


@explain_app.command()
def gradients(
    context: typer.Context,
    config: Config = "gru",
    symbols: OtherSymbols = None,
    overrides: Overrides = None,
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Analyse the first network of this run instead; its report then shows the figure.",
            autocompletion=completion.run_names,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The picture's file.")] = Path(
        "gradients.png"
    ),
) -> None:
    """Show how far back the loss reaches into the window, before training and after.

    \b
    For example:
      rnnforecast explain gradients --config rnn --symbol ^GSPC
      rnnforecast explain gradients --run GSPC_gru
    """
    from rnnforecast.report.charts.files import save
    from rnnforecast.report.charts.learning import gradient_flow
    from rnnforecast.report.charts.render_matplotlib import draw

    settings = settings_of(context)
    chosen = [*(overrides or []), *instead(symbols, settings)]
    experiment, gradients = (
        _of_config(settings, config, chosen) if run is None else _of_run(settings, run)
    )
    title = (
        f"{experiment.model.architecture} on {experiment.data.title}: how far back the loss reaches"
    )
    picture = save(draw(gradient_flow(gradients, title)), out)
    words = _findings(gradients, experiment.window.lookback)
    if settings.json:
        steps = gradients.to_dict("records")
        document({"schema": 1, "steps": steps, "findings": words, "picture": str(picture)})
        return
    _show(gradients)
    for line in words:
        say(line)
    say_file("picture", picture)


def _of_config(
    settings: Settings, config: str, overrides: list[str]
) -> tuple[Experiment, pd.DataFrame]:
    """Train one network, and follow its gradients."""
    from rnnforecast.config import load
    from rnnforecast.pipeline.plan import make_plan

    experiment = load(config, [*overrides, "training.ensemble=1"])
    plan = make_plan(experiment, settings.store)

    from rnnforecast.pipeline.explain import explain_gradients  # TensorFlow, once prices suit

    with progress_hooks(settings, experiment) as hooks:
        return experiment, explain_gradients(plan, hooks)


def _of_run(settings: Settings, name: str) -> tuple[Experiment, pd.DataFrame]:
    """Follow those of a run, keep them in it, and write its report again."""
    from rnnforecast import runs
    from rnnforecast.pipeline.explain import explain_run
    from rnnforecast.pipeline.report import write_report
    from rnnforecast.runs.artifacts import read_experiment, save_table

    run = find_named(settings, name)
    gradients = explain_run(run)
    with warn_on_failure("the gradients could not be stored"):
        save_table(run, runs.GRADIENTS, gradients)
        note(f"report: {write_report(run)}", settings)
    return read_experiment(run), gradients


def _findings(gradients: pd.DataFrame, lookback: int) -> list[str]:
    """Say what each layer's gradient does on its way back."""
    from rnnforecast.model.gradients import reach, warning_of

    words = []
    for state in ("untrained", "trained"):
        shares = reach(gradients[["layer", "step", state]].rename(columns={state: "norm"}))
        for layer, share in shares.items():
            name = f"layer {layer}, {state}"
            kept = (
                f"the oldest of {lookback} steps keeps {100 * share:.1f} % of the newest one's "
                "gradient"
            )
            words.append(f"{name}: {warning_of(share, lookback) or kept}")
    return words


def _show(gradients: pd.DataFrame) -> None:
    """Print the norms at some steps."""
    rows = [
        [str(row["layer"]), str(row["step"]), f"{row['untrained']:.2e}", f"{row['trained']:.2e}"]
        for row in gradients[gradients["step"].isin(SHOWN)]
        .sort_values(["layer", "step"], ascending=[True, False])
        .to_dict("records")
    ]
    table(["layer", "step", "untrained", "trained"], rows)
