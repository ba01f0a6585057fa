"""What the global options say, for the commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rnnforecast.data.records import Records
    from rnnforecast.data.store import Store


@dataclass(frozen=True)
class Settings:
    """The global options.

    Args:
        home: the folder that holds ``data/`` and ``runs/``.
        json: machine output on stdout; people's text goes to stderr.
        quiet: no progress and no hints.
        offline: ask nobody.
        exact: refuse a run's name that fits several.
    """

    home: Path
    json: bool = False
    quiet: bool = False
    offline: bool = False
    exact: bool = False

    @property
    def store(self) -> Store:
        """The stored prices of this home."""
        from rnnforecast.data.store import Store

        return Store(self.home / "data")

    @property
    def records(self) -> Records:
        """The records of what is stored in this home, without the bars."""
        from rnnforecast.data.records import Records

        return Records(self.home / "data")

    @property
    def runs(self) -> Path:
        """The folder of this home's runs."""
        return self.home / "runs"


def settings_of(context: typer.Context) -> Settings:
    """Return the global options of the running command."""
    settings = context.find_object(Settings)
    assert settings is not None  # the root callback has run
    return settings
