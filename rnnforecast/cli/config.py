"""``config``: the presets, what a config means, and the start of an own one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table
from rnnforecast.cli.context import settings_of
from rnnforecast.cli.options import NamedConfig, Overrides
from rnnforecast.errors import UsageError

if TYPE_CHECKING:
    from rnnforecast.config import Experiment

MOST = 12
"""Values of a list that are shown."""

config_app = typer.Typer(
    name="config", help="List presets; show, write and check configs.", no_args_is_help=True
)
app.add_typer(config_app)

Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write to this file instead of printing.")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]


@config_app.command("list")
def list_presets(context: typer.Context) -> None:
    """List the presets.

    \b
    For example:
      rnnforecast config list
    """
    from rnnforecast.config.presets import describe_presets

    described = describe_presets()
    if settings_of(context).json:
        document({"schema": 1, "presets": described})
    else:
        table(
            ["preset", "what it is"], [list(row) for row in described.items()], prose=["what it is"]
        )


@config_app.command()
def show(
    context: typer.Context,
    config: NamedConfig,
    overrides: Overrides = None,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary", help="Also print the network's layers and parameters; starts TensorFlow."
        ),
    ] = False,
) -> None:
    """Print every setting of a config, defaults included, as YAML.

    \b
    For example:
      rnnforecast config show gru --set model.units=64 --summary
    """
    from rnnforecast.config import load
    from rnnforecast.config.loading import dump
    from rnnforecast.config.types import AUTO

    experiment = load(config, overrides or [])
    layers = _layers(experiment) if summary else []
    if summary and experiment.window.features == AUTO:
        note("layers: for prices with an open, a high and a low", settings_of(context))
    if settings_of(context).json:
        document({"schema": 1, "config": experiment.model_dump(mode="json"), "layers": layers})
        return
    say(dump(experiment).rstrip())
    if summary:
        rows = [
            [str(layer["layer"]), str(layer["answers"]), f"{layer['parameters']:,}"]
            for layer in layers
        ]
        table(["layer", "answers", "parameters"], rows, left=2)
        say(f"{sum(int(layer['parameters']) for layer in layers):,} parameters")


def _layers(experiment: Experiment) -> list[dict[str, Any]]:
    """Return the layers of a config's network: name, shape of the answer, parameters.

    Inputs that are chosen automatically are those of bars with an open, a high and a low.
    """
    from rnnforecast.dataset.automatic import resolve
    from rnnforecast.model.backend import keras
    from rnnforecast.model.network import build

    return [
        {
            "layer": layer.name,
            "answers": " x ".join(
                str(size) for size in keras.tree.flatten(layer.output)[0].shape[1:]
            ),
            "parameters": layer.count_params(),
        }
        for layer in build(resolve(experiment, ())).layers
    ]


@config_app.command()
def check(context: typer.Context, config: NamedConfig, overrides: Overrides = None) -> None:
    """Check a config for errors, and say what it would do; exit code 2 if it has any.

    \b
    For example:
      rnnforecast config check mine.yaml
    """
    from rnnforecast.config import load

    experiment = load(config, overrides or [])
    changed = _changed(experiment)
    if settings_of(context).json:
        document({"schema": 1, "config": config, "changed": changed})
        return
    say(f"{config} has no errors. {_in_words(experiment)}")
    if changed:
        rows = [[key, _plain(value), _plain(usual)] for key, (value, usual) in changed.items()]
        table(["setting", "here", "by default"], rows, prose=["here", "by default"])


def _in_words(experiment: Experiment) -> str:
    """Say what a config would do."""
    data, window, model = experiment.data, experiment.window, experiment.model
    count = experiment.training.ensemble
    networks = f"{count} {model.architecture} network{'' if count == 1 else 's'}"
    inputs = ", ".join([*window.features, *data.exogenous])
    ahead = f"{window.horizon} step{'s' if window.horizon > 1 else ''} ahead"
    return (
        f"It trains {networks} with a {model.head} head on {data.title} ({data.interval} bars) to "
        f"forecast {window.target} {ahead} from the last {window.lookback} bars; inputs: {inputs}."
    )


def _changed(experiment: Experiment) -> dict[str, tuple[Any, Any]]:
    """Return the settings that are not the defaults: here, and by default."""
    here, usual = (
        _flat(config.model_dump(mode="json")) for config in (experiment, type(experiment)())
    )
    return {key: (value, usual[key]) for key, value in here.items() if value != usual[key]}


def _flat(tree: dict[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
    return flat


def _plain(value: Any) -> str:
    """Write a setting as text; of a long list its beginning."""
    if not isinstance(value, list):
        return str(value)
    text = ", ".join(map(str, value[:MOST]))
    return f"{text} and {len(value) - MOST} more" if len(value) > MOST else text


@config_app.command()
def schema(context: typer.Context, out: Out = None, force: Force = False) -> None:
    """Print the JSON Schema of configs, so that an editor can complete and check them.

    \b
    For example:
      rnnforecast config schema --out rnnforecast.schema.json

    \b
    Then make this the first line of a config:
    # yaml-language-server: $schema=rnnforecast.schema.json
    """
    from rnnforecast.config.tune_section import json_schema

    content = {"$schema": "https://json-schema.org/draft/2020-12/schema", **json_schema()}
    if out is not None:
        _write(out, json.dumps(content, indent=1) + "\n", force)
    if settings_of(context).json:
        document({"schema": 1, "file": out and str(out), "json_schema": content})
    elif out is None:
        say(json.dumps(content, indent=1))
    else:
        say(f"schema: {out}")


@config_app.command()
def new(
    context: typer.Context,
    preset: Annotated[
        str | None,
        typer.Argument(
            metavar="PRESET",
            help="Start from this preset; by default from the default values.",
            autocompletion=completion.presets,
        ),
    ] = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Print a config to edit, with every setting, its meaning and its value.

    \b
    For example:
      rnnforecast config new lstm --out mine.yaml
    """
    from rnnforecast.config import Experiment, load
    from rnnforecast.config.template import template

    settings = settings_of(context)
    if preset and preset.endswith((".yaml", ".yml")) and not Path(preset).exists():
        raise UsageError(
            f"{preset} is no preset to start from",
            f"did you mean rnnforecast config new --out {preset}?",
        )
    text = template(load(preset) if preset else Experiment())
    if out is not None:
        _write(out, text, force)
    if settings.json:
        document({"schema": 1, "file": out and str(out), "yaml": text})
    elif out is None:
        say(text.rstrip())
    else:
        say(f"config: {out}")
        note(
            f"next: rnnforecast config check {out}, then rnnforecast train --config {out}", settings
        )


def _write(path: Path, text: str, force: bool) -> None:
    """Write a file that a person asked for.

    Raises:
        UsageError: if it is there already, or cannot be written.
    """
    from rnnforecast.atomic import check_new, write_output

    check_new(path, force=force)
    write_output(path, text.encode())
