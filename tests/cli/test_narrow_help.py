"""Help where panels do not fit."""

from __future__ import annotations

import click
import pytest
import typer
from typer.main import get_command

from rnnforecast.cli.narrow_help import narrow_help

app = typer.Typer()


@app.command(epilog="More in the documentation.")
def grow(
    plant: str,
    water: float = typer.Option(1.0, "--water", "-w", help="Litres that it gets every morning."),
    secret: bool = typer.Option(False, "--secret", hidden=True, help="Nobody is told."),
) -> None:
    """Grow a plant from a seed that somebody has put into the ground.

    \b
    grow tomato --water 2
    """


def words_of(text: str) -> set[str]:
    return set(text.split())


@pytest.mark.parametrize("width", [24, 40, 60, 79])
def test_no_word_is_cut_and_no_line_is_too_long(width: int) -> None:
    command = get_command(app)
    text = narrow_help(command, click.Context(command, info_name="grow"), width)
    assert words_of("Grow a plant from a seed that somebody has put into the ground.") <= words_of(
        text
    )
    assert words_of("Litres that it gets every morning. documentation.") <= words_of(text)
    lines = [line for line in text.splitlines() if not line.startswith(("grow ", "Usage"))]
    assert max(map(len, lines)) <= width
    assert "Options:" in text and "Arguments:" in text


def test_an_example_stays_on_its_line_and_what_is_hidden_stays_hidden() -> None:
    command = get_command(app)
    text = narrow_help(command, click.Context(command, info_name="grow"), 20)
    assert "grow tomato --water 2" in text.splitlines()
    assert "secret" not in text
