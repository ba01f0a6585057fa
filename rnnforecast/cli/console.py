"""The only place that prints: results to stdout, progress and hints to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

    from rnnforecast.cli.settings import Settings


def say(text: str) -> None:
    """Print a line of result to stdout."""
    print(text, file=sys.stdout)


def note(text: str, settings: Settings) -> None:
    """Print a line for people to stderr, unless quiet."""
    if not settings.quiet:
        print(text, file=sys.stderr)


def document(content: dict[str, Any]) -> None:
    """Print one JSON document to stdout."""
    print(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False), file=sys.stdout)


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    left: int = 1,
    prose: Sequence[str] = (),
) -> None:
    """Print rows as an aligned table: ruled on a terminal, plain text in a pipe.

    Args:
        columns: headings.
        rows: cells as text; markup is not interpreted.
        title: a line above.
        left: how many leading columns align left; the others hold numbers and align right.
        prose: headings of columns that hold words, which align left and wrap.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    if title:
        console.print(Text(title))
    sheet = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for position, name in enumerate(columns):
        text = position < left or name in prose
        sheet.add_column(name, justify="left" if text else "right", no_wrap=not text, overflow="fold")
    for row in rows:
        sheet.add_row(*(Text(cell) for cell in row))
    console.print(sheet)


@contextmanager
def progress(settings: Settings) -> Iterator[Progress]:
    """A progress display on stderr, with time left; silent when quiet or where stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}"),
        console=console,
        transient=True,
        disable=settings.quiet or not console.is_terminal,
    ) as display:
        yield display
