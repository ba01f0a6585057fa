"""The only place that prints: results to stdout, progress and hints to stderr."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TextIO

from rnnforecast.cli.layout import Grid, wrap
from rnnforecast.errors import RnnForecastError, printable, reason_of

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

    from rnnforecast.cli.context import Settings


WIDE = 110
"""Columns of a terminal from which every table shows all that it has."""

_UNESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves alone within text and a terminal obeys."""


def say(text: str, end: str = "\n", *, whole: bool = False) -> None:
    """Print result to stdout; control codes in it are spelled out.

    Args:
        text: of one line or several, wrapped at words on a terminal.
        end: what follows it.
        whole: whether lines stay as they are, however long.
    """
    text = printable(text)
    print(text if whole else _wrapped(text, sys.stdout), file=sys.stdout, end=end)


def note(text: str, settings: Settings) -> None:
    """Print a line for people to stderr, unless quiet."""
    if not settings.quiet:
        warn(text)


def warn(text: str) -> None:
    """Print a line for people to stderr, quiet or not; control codes in it are spelled out."""
    print(_wrapped(printable(text), sys.stderr), file=sys.stderr)


def on_terminal(stream: TextIO) -> bool:
    """Return whether people read a stream on a terminal."""
    return stream.isatty()


def _wrapped(text: str, stream: TextIO) -> str:
    """Wrap text at words where a terminal shows it; a pipe gets whole lines."""
    return wrap(text, get_terminal_size().columns) if on_terminal(stream) else text


MOST_NOTES = 12
"""Lines of notes of one kind that are printed; the others are counted."""


def notes(lines: Sequence[str], settings: Settings) -> None:
    """Print lines for people to stderr, each once and not too many."""
    distinct = list(dict.fromkeys(lines))
    for line in distinct[:MOST_NOTES]:
        note(line, settings)
    if len(distinct) > MOST_NOTES:
        note(f"and {len(distinct) - MOST_NOTES} more: rnnforecast data check", settings)


@contextmanager
def warn_on_failure(failure: str) -> Iterator[None]:
    """Turn an expected failure into a warning on stderr, so that what is done already counts.

    Args:
        failure: failed, as the beginning of a sentence.
    """
    try:
        yield
    except (RnnForecastError, OSError) as error:
        warn(f"warning: {failure}: {reason_of(error)}")


def apart() -> None:
    """Leave a line free."""
    say("")


def document(content: dict[str, Any]) -> None:
    """Print one JSON document to stdout; numbers that are not finite are null, as JSON has none."""
    content = _finite(content)
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    safe = _UNESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    encoding = sys.stdout.encoding or "ascii"
    try:
        safe.encode(encoding)
    except UnicodeEncodeError:  # JSON can say it in ASCII; nothing is lost
        safe = json.dumps(content, indent=1, allow_nan=False)
    print(safe, file=sys.stdout)


def _finite(value: Any) -> Any:
    """Replace every number of a document that is not finite by None."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def narrow() -> bool:
    """Say whether results go to a terminal on which a wide table would break its cells."""
    return on_terminal(sys.stdout) and get_terminal_size().columns < WIDE


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as JSON values; what is not known is null."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    left: int = 1,
    prose: Sequence[str] = (),
    optional: Sequence[Collection[str]] = (),
) -> None:
    """Print rows as an aligned table; no cell is ever cut.

    On a terminal that is too narrow, columns of words wrap, then optional columns are left out,
    then decimals of large numbers, and at last each row is written as a list of its cells. In a
    pipe the table does not depend on any width.

    Args:
        columns: headings.
        rows: cells as text; markup is not interpreted.
        title: a line above.
        left: how many leading columns align left; the others hold numbers and align right.
        prose: headings of columns that hold words, which align left and wrap.
        optional: groups of headings to leave out where there is no room, the first group first.
    """
    cells = tuple(tuple(printable(cell) for cell in row) for row in rows)
    groups = tuple(frozenset(group) for group in optional)
    grid = Grid(tuple(columns), cells, left, frozenset(prose), groups)
    if title:
        say(title)
    width = get_terminal_size().columns if on_terminal(sys.stdout) else None
    say("\n".join(grid.lines(width)), whole=True)


@contextmanager
def progress(settings: Settings) -> Iterator[Progress]:
    """Show progress on stderr, with time left;
    silent when quiet or where stderr is not a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

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
