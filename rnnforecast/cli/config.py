"""``config``: the presets, and what a config means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, say, table
from rnnforecast.cli.settings import settings_of

if TYPE_CHECKING:
    from rnnforecast.config import Experiment

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
    summary: Annotated[
        bool, typer.Option("--summary", help="Also the network's layers and parameters; starts TensorFlow.")
    ] = False,
) -> None:
    """Print every setting of a config, defaults included, as YAML."""
    from rnnforecast.config import load
    from rnnforecast.config.loading import dump

    experiment = load(config, overrides or [])
    layers = _layers(experiment) if summary else []
    if settings_of(context).json:
        document({"schema": 1, "config": experiment.model_dump(mode="json"), "layers": layers})
        return
    say(dump(experiment).rstrip())
    if summary:
        rows = [[str(one["layer"]), str(one["answers"]), f"{one['parameters']:,}"] for one in layers]
        table(["layer", "answers", "parameters"], rows, left=2)
        say(f"{sum(int(one['parameters']) for one in layers):,} parameters")


def _layers(experiment: Experiment) -> list[dict[str, Any]]:
    """The layers of a config's network: name, shape of the answer, parameters."""
    from rnnforecast.model.backend import keras
    from rnnforecast.model.network import build

    return [
        {
            "layer": layer.name,
            "answers": " x ".join(str(size) for size in keras.tree.flatten(layer.output)[0].shape[1:]),
            "parameters": layer.count_params(),
        }
        for layer in build(experiment).layers
    ]
