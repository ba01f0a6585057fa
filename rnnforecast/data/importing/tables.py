"""Text or rows to a table: where the headings stand, what separates cells, what is no table."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from rnnforecast.data.importing.spellings import HEADLESS, ORDERS, columns_called
from rnnforecast.errors import DataError

PREAMBLE = 40
"""Headings stand within this many lines from the top."""
SEPARATORS = (";", "\t", "|", ",", " ")
"""The comma late: it may be a decimal mark; the blank last: it may stand within a date."""
NOT_TABLES = (
    (re.compile(r"\Aversion https://git-lfs"),
     "a Git LFS pointer, not the file itself", "fetch it with: git lfs pull"),
    (re.compile(r"^(<<<<<<<|=======|>>>>>>>)( |$)", re.M),
     "the markers of an unresolved Git conflict", "resolve it first"),
    (re.compile(r"\A\s*(<!doctype|<html|<\?xml|<table)", re.I),
     "a web page", "download the CSV behind it"),
    (re.compile(r"\A%PDF"), "a PDF", "copy its table into a CSV file"),
)  # fmt: skip
NUMBER = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?")
DATELIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?|\d{8}([ T;]\d{4,6})?|\d{9,19}")
SYMBOLLIKE = re.compile(r"\^?[A-Z][A-Z0-9.\-=]{0,14}")
CLOCKLIKE = re.compile(r"\d{1,2}:\d{2}(:\d{2})?|\d{6}")


@dataclass(frozen=True)
class Table:
    """The content of a file.

    Args:
        frame: cells as text or as the file's own values, headings unique.
        separator: between cells of a line; None where the file knows numbers.
        headed: whether the file itself named its columns.
        notes: what was decided on the way, in words.
    """

    frame: pd.DataFrame
    separator: str | None = None
    headed: bool = True
    notes: tuple[str, ...] = ()

    def with_note(self, note: str) -> Table:
        """Add what was decided; nothing is no note."""
        return replace(self, notes=(*self.notes, note)) if note else self


def has_headings(cells: Sequence[str], wanted: Sequence[str] = (), *, dated: bool = True) -> bool:
    """Say whether a row names its columns: a date and a price, or columns that the user named.

    Args:
        cells: of the row.
        wanted: columns that the user named; one of them is enough.
        dated: whether a column of dates must be among them.
    """
    names = [str(cell).strip() for cell in cells]
    if any(name in names for name in wanted):
        return True
    prices = any(columns_called(kind, names) for kind in ("close", "adj_close", "open", "series"))
    dates = [name for name in columns_called("date", names) if name]
    return prices and (not dated or bool(dates) or "" in names)


def kinds_in(cells: Sequence[str]) -> int:
    """Count the kinds of columns of a price file that are among some headings."""
    kinds = ("open", "high", "low", "close", "adj_close", "volume")
    return sum(bool(columns_called(kind, cells)) for kind in kinds)


def table_of_text(text: str, name: str, wanted: Sequence[str] = ()) -> Table:
    """Read a table from text.

    Args:
        text: of the whole file.
        name: of the file, for messages.
        wanted: columns that the user named.

    Raises:
        DataError: if it is none, with what it is.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for pattern, format_name, remedy in NOT_TABLES:
        if pattern.search(text):
            raise DataError(f"{name} holds {format_name}", remedy)
    separator = separator_of(text)
    if separator is None:
        first = text.strip().splitlines()[0][:60]
        raise DataError(
            f"{name} is not a table: its first line is {first!r}",
            "write it as CSV with a row of headings",
        )
    if separator == " ":
        text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    top = list(csv.reader(io.StringIO(_head(text)), delimiter=separator))[: PREAMBLE + 10]
    top = [[cell.strip() for cell in row] for row in top]
    levels = _levels(top)
    if levels:
        return _side_by_side(text, separator, levels, top)
    at = next(
        (row for row, cells in enumerate(top[:PREAMBLE]) if has_headings(cells, wanted)), None
    )
    width = _width(top[(at or 0) + 1 :], top)
    if at is None:
        at = _first_row(top, width)
        if _holds_values(top[at]):
            return _headless(_parsed(text, separator, at, width, name), separator, name)
    headings = _headings(top[at], top[at + 1 :])
    width = max(width, len(headings))
    frame = _parsed(text, separator, at + 1, width, name)
    frame.columns = pd.Index(_unique([*headings, *[""] * (width - len(headings))]))
    frame = stacked(frame)
    note = f"skipped {at} line{'' if at == 1 else 's'} above the headings" if at else ""
    return Table(frame, separator).with_note(note)


def table_of_rows(rows: Sequence[Sequence[Any]], name: str, wanted: Sequence[str] = ()) -> Table:
    """Make a table of rows whose cells are values already: of a workbook, of JSON."""
    at = next(
        (
            row
            for row, cells in enumerate(rows[:PREAMBLE])
            if has_headings(list(map(str, cells)), wanted)
        ),
        None,
    )
    if at is None:
        texts = [str(cell) for cell in rows[0]]
        if _holds_values(texts):
            frame = pd.DataFrame([list(map(str, row)) for row in rows])
            return _headless(frame, None, name)
        at = 0
    width = max(len(row) for row in rows[at:])
    padded = [[*row, *[""] * (width - len(row))] for row in rows[at:]]
    frame = pd.DataFrame(padded[1:], columns=_unique([str(cell).strip() for cell in padded[0]]))
    filled = [column for column in frame if column or (frame[column].astype(str) != "").any()]
    note = f"skipped {at} rows above the headings" if at else ""
    return Table(frame[filled].infer_objects()).with_note(note)


def separator_of(text: str) -> str | None:
    """Find what separates the cells of most lines; None where nothing does."""
    if match := re.match(r"sep=(.)\s*$", text, re.M):
        return match[1]
    lines = [line for line in _head(text).splitlines() if line.strip()]
    for separator in SEPARATORS:
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=separator) if row)
        fields, times = max(counts.items(), key=lambda item: (item[0] > 1, item[1]))
        if fields > 1 and times >= 0.5 * len(lines):
            return separator
    return None


def _head(text: str, lines: int = 200) -> str:
    """Return the first lines of a text."""
    end = 0
    for _ in range(lines):
        line_end = text.find("\n", end)
        if line_end < 0:
            return text
        end = line_end + 1
    return text[:end]


def _width(rows: Sequence[Sequence[str]], everything: Sequence[Sequence[str]]) -> int:
    """Count the cells that most lines have."""
    counts = Counter(len(row) for row in rows or everything if row)
    return counts.most_common(1)[0][0] if counts else 0


def _first_row(top: Sequence[Sequence[str]], width: int) -> int:
    """Find the first line as wide as the table."""
    return next((row for row, cells in enumerate(top) if len(cells) == width), 0)


def _headings(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Fit the headings to the rows below: R writes row names without a heading for them."""
    width = _width(rows, rows)
    clocks = [row[1] for row in rows if len(row) == len(cells) + 1 == width and width > 1]
    if clocks and all(CLOCKLIKE.fullmatch(clock) for clock in clocks):  # "2024-01-31 09:30:00"
        return [cells[0], "time", *cells[1:]]
    if width == len(cells) + 1 and any(row[-1:] != [""] for row in rows if len(row) == width):
        return ["index", *cells]
    return list(cells)


def _unique(headings: Iterable[str]) -> list[str]:
    """Add a number to headings that repeat."""
    seen: Counter[str] = Counter()
    unique = []
    for heading in headings:
        unique.append(f"{heading}.{seen[heading]}" if seen[heading] else heading)
        seen[heading] += 1
    return unique


def _parsed(text: str, separator: str, skip: int, width: int, name: str) -> pd.DataFrame:
    """Read all rows from a line on, as text; nothing in them counts as missing but emptiness."""
    try:
        return pd.read_csv(
            io.StringIO(text), sep=separator, header=None, names=list(range(width)), skiprows=skip,
            dtype=str, keep_default_na=False, na_filter=False, skipinitialspace=True,
            index_col=False, on_bad_lines="error",
        )  # fmt: skip
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{name} is not a table ({str(error)[:100].strip()})",
            "write it as CSV with a row of headings",
        ) from None


def _holds_values(cells: Sequence[str]) -> bool:
    """Say whether a row is one of dates and numbers, not of headings."""
    filled = [cell for cell in cells if cell]
    if len(filled) > 5 and SYMBOLLIKE.fullmatch(filled[0]) and DATELIKE.fullmatch(filled[1]):
        filled = filled[1:]
    return (
        bool(filled)
        and bool(DATELIKE.fullmatch(filled[0]))
        and all(NUMBER.fullmatch(cell) or CLOCKLIKE.fullmatch(cell) for cell in filled[1:6])
    )


def _headless(frame: pd.DataFrame, separator: str | None, name: str) -> Table:
    """Name the columns of a file without headings, where its numbers show what they are."""
    first = [str(cell) for cell in frame.iloc[0]]
    named = not DATELIKE.fullmatch(first[0])
    clocked = frame.shape[1] > 5 and bool(CLOCKLIKE.fullmatch(first[1]))
    layout = (
        "symbol" if named
        else "day and clock" if clocked
        else "value" if frame.shape[1] == 2
        else "stamp"
    )  # fmt: skip
    names = list(HEADLESS[layout][: frame.shape[1]])
    if layout != "value":
        at = names.index("open") if "open" in names else len(names)
        order = _order_of(frame.iloc[:, at : at + 4])
        if order is None:
            raise DataError(
                f"{name} has no row of headings: its first line is {','.join(first)[:60]!r}",
                "add one, such as date,open,high,low,close,volume",
            )
        names[at : at + 4] = order
        if _is_average(frame, at):
            names[at + 4 :] = ["average", "volume"]
    others = [f"column {place + 1}" for place in range(len(names), frame.shape[1])]
    frame.columns = pd.Index([*names, *others])
    note = f"no headings: columns taken as {', '.join(names)}"
    return Table(frame, separator, headed=False).with_note(note)


def _order_of(prices: pd.DataFrame) -> tuple[str, ...] | None:
    """Find the order of four prices in which each row's high is the largest, its low the smallest.

    Where two orders differ in what opens and what closes, the usual one counts.
    """
    if prices.shape[1] < 4:
        return None
    numbers = prices.replace(",", ".", regex=True).apply(pd.to_numeric, errors="coerce")
    largest, smallest = numbers.max(axis=1), numbers.min(axis=1)
    for order in ORDERS:
        high, low = (numbers.iloc[:, order.index(kind)] for kind in ("high", "low"))
        if ((high >= largest) & (low <= smallest)).mean() > 0.98:
            return order
    return None


def _is_average(frame: pd.DataFrame, at: int) -> bool:
    """Say whether an average price follows the four prices, before the volume,
    as in Kraken's files."""
    if frame.shape[1] < at + 6:
        return False
    numbers = frame.iloc[:, at : at + 5].apply(pd.to_numeric, errors="coerce")
    prices, average = numbers.iloc[:, :4], numbers.iloc[:, 4]
    inside = (average <= prices.max(axis=1)) & (average >= prices.min(axis=1))
    return bool(inside.mean() > 0.9)


def stacked(frame: pd.DataFrame) -> pd.DataFrame:
    """Stack headings that name a price and a ticker: ``('Close', 'AAPL')`` or ``Close_AAPL``.

    Args:
        frame: with its dates in the first column; returned as it is if its other headings differ.
    """
    pairs = [pair_of(str(column)) for column in frame.columns[1:]]
    if not pairs or not all(pairs):
        return frame
    levels = [pair for pair in pairs if pair]
    blocks = []
    for ticker in dict.fromkeys(ticker for _, ticker in levels):
        places = [place for place, pair in enumerate(levels, 1) if pair[1] == ticker]
        block = frame.iloc[:, [0, *places]]
        names = [frame.columns[0], *(levels[place - 1][0] for place in places)]
        blocks.append(block.set_axis(names, axis=1).assign(Ticker=ticker))
    return pd.concat(blocks, ignore_index=True).fillna("")


def pair_of(heading: str) -> tuple[str, str] | None:
    """Return the price and the ticker that a heading names; None for any other heading."""
    match = re.fullmatch(r"""\(\s*['"](.*?)['"],\s*['"](.*?)['"]\s*\)""", heading) or re.fullmatch(
        r"([A-Za-z ]+)_(\^?[A-Z0-9.\-=]+)", heading
    )
    if not match:
        return None
    first, second = match[1], match[2]
    if kinds_in([first]):
        return first, second
    return (second, first) if kinds_in([second]) else None


def _levels(top: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Find the lines of prices and of tickers, where yf.download wrote several lines
    of headings."""
    for row in range(len(top) - 2):
        upper, lower, third = top[row : row + 3]
        empty = len(third) > 1 and not any(third[1:]) and third[0].lower() in ("date", "datetime")
        if empty and len(upper) == len(lower):
            return (row, row + 1) if kinds_in(upper[1:]) >= kinds_in(lower[1:]) else (row + 1, row)
    return None


def _side_by_side(
    text: str, separator: str, levels: tuple[int, int], top: Sequence[Sequence[str]]
) -> Table:
    """Stack the tickers of yf.download: a column names them."""
    prices, tickers = top[levels[0]][1:], top[levels[1]][1:]
    width = len(prices) + 1
    frame = _parsed(text, separator, max(levels) + 2, width, "the file")
    blocks = []
    for ticker in dict.fromkeys(tickers):
        places = [place for place, name in enumerate(tickers, 1) if name == ticker]
        block = frame[[0, *places]].set_axis(["Date", *(prices[p - 1] for p in places)], axis=1)
        blocks.append(block.assign(Ticker=ticker))
    return Table(pd.concat(blocks, ignore_index=True).fillna(""), separator)
