"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from rnnforecast.cli import completion

NewestRun = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run's name or a part of it; by default the newest.",
        autocompletion=completion.run_names,
    ),
]
OneRun = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's name or a part of it.", autocompletion=completion.run_names)
]
SomeRuns = Annotated[
    list[str],
    typer.Argument(metavar="RUN...", help="Their names or parts of them.", autocompletion=completion.run_names),
]
Config = Annotated[
    str,
    typer.Option("--config", "-c", help="A YAML file, or the name of a preset.", autocompletion=completion.presets),
]
NamedConfig = Annotated[
    str, typer.Argument(help="A YAML file, or the name of a preset.", autocompletion=completion.presets)
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override a setting: --set model.units=64"),
]
OtherSymbol = Annotated[
    str | None,
    typer.Option(help="Train on this symbol instead of the config's.", autocompletion=completion.symbols),
]
Symbol = Annotated[str, typer.Argument(help="As stored.", autocompletion=completion.symbols)]
Interval = Annotated[str, typer.Option(help="Length of a bar.")]
