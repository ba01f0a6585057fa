"""Registers every command, and arranges them as --help lists them."""

import typer

from rnnforecast.cli import (  # noqa: F401  (imported to be registered)
    audit,
    compare,
    config,
    data,
    demo,
    doctor,
    evaluate,
    explain,
    features,
    fetch,
    predict,
    report,
    reproduce,
    runs,
    train,
    transfer,
)
from rnnforecast.cli.app import app

PANELS = {
    "From prices to a verdict": ("demo", "fetch", "train", "predict", "evaluate"),
    "Runs": ("runs", "report", "plot", "compare", "leaderboard", "reproduce", "export"),
    "Data, configs and checks": ("data", "features", "config", "explain", "audit", "doctor"),
}
"""The panels of --help, and the commands in each, in order; a group comes after the commands of its panel."""
EVERYWHERE = "Everywhere: --home --json --quiet --verbose --offline --no-color; see rnnforecast --help"


def arrange() -> None:
    """Put each command of the root into its panel."""
    panel_of = {name: panel for panel, names in PANELS.items() for name in names}
    order = list(panel_of)
    for command in app.registered_commands:
        command.rich_help_panel = panel_of[_name_of(command)]
    app.registered_commands.sort(key=lambda command: order.index(_name_of(command)))
    for group in app.registered_groups:
        group.rich_help_panel = panel_of[_group_name(group)]
    app.registered_groups.sort(key=lambda group: order.index(_group_name(group)))


def _name_of(command: typer.models.CommandInfo) -> str:
    return command.name or str(getattr(command.callback, "__name__", ""))


def _group_name(group: typer.models.TyperInfo) -> str:
    return str(group.typer_instance.info.name) if group.typer_instance else ""


def end_with(epilog: str, instance: typer.Typer) -> None:
    """Let the help of every command end with the options that all have."""
    for command in instance.registered_commands:
        command.epilog = epilog
    for group in instance.registered_groups:
        if group.typer_instance is not None:
            end_with(epilog, group.typer_instance)


arrange()
end_with(EVERYWHERE, app)
