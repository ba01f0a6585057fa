"""``config``: the presets, and what a config means."""

from __future__ import annotations

from typing import Annotated

import typer

from rnnforecast.cli.console import document, say, table
from rnnforecast.cli.main import app
from rnnforecast.cli.settings import settings_of

config_app = typer.Typer(name="config", help="Presets, and what a config means.", no_args_is_help=True)
app.add_typer(config_app)

Config = Annotated[str, typer.Argument(help="A YAML file, or the name of a preset.")]


@config_app.command("list")
def list_presets(context: typer.Context) -> None:
    """List the presets."""
    from rnnforecast.config import presets

    rows = [[name, path.read_text("utf-8").splitlines()[0].lstrip("# ")] for name, path in presets().items()]
    if settings_of(context).json:
        document({"schema": 1, "presets": dict(rows)})
    else:
        table(["preset", "what it is"], rows, left=2)


@config_app.command()
def show(
    context: typer.Context,
    config: Config,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a setting.")
    ] = None,
) -> None:
    """Print every setting of a config, defaults included, as YAML."""
    from rnnforecast.config import load
    from rnnforecast.config.loading import dump

    experiment = load(config, overrides or [])
    if settings_of(context).json:
        document({"schema": 1, "config": experiment.model_dump(mode="json")})
    else:
        say(dump(experiment).rstrip())
