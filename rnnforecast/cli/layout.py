"""Text laid out for a width: tables in which no cell is ever cut, prose that wraps at words."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

GAP = 2
"""Spaces between columns."""
WORDS = 24
"""Columns that a column of words keeps at least."""
_TIED = re.compile(r" %|\bp [=<>] ")
"""Spaces at which no line breaks: before a unit, and within a p."""
_LARGE = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+\.\d+")
"""A number from 1,000 on with decimals: no forecast knows half a unit in 1,000."""


def wrap(text: str, width: int) -> str:
    """Wrap each line at words; what follows a bullet or an indent stays behind it.

    Args:
        text: of one line or several.
        width: columns to fit; a word that is longer than that stays whole.
    """
    return "\n".join(_wrap_line(line, width) for line in text.split("\n"))


def _wrap_line(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip(" ")))
    hanging = indent + ("  " if line.lstrip(" ").startswith("- ") else "")
    lines = textwrap.wrap(
        _TIED.sub(lambda text: text[0].replace(" ", "\N{NO-BREAK SPACE}"), line.strip(" ")),
        max(width, len(hanging) + 10),
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _round(number: re.Match[str]) -> str:
    return f"{float(number[0].replace(',', '')):,.0f}"


@dataclass(frozen=True)
class Grid:
    """A table of text.

    Args:
        columns: headings.
        rows: cells, as many in each row as there are headings.
        left: how many leading columns name a row; they align left, the others hold numbers.
        prose: headings of columns that hold words, which align left and may wrap.
        optional: groups of headings to leave out where there is no room, the first group first.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1
    prose: frozenset[str] = frozenset()
    optional: tuple[frozenset[str], ...] = ()

    def lines(self, width: int | None) -> list[str]:
        """Lay the table out.

        Args:
            width: columns of the terminal; None where there is none, as in a pipe.
        """
        if width is None:
            return self._aligned(self._natural())
        smaller = [self, *self._without_optional()]
        for grid in (*smaller, smaller[-1]._without_decimals()):
            if widths := grid._fitted(width):
                return grid._aligned(widths)
        return self._stacked(width)

    def _without_optional(self) -> list[Grid]:
        """Return the table without the first optional group, without the first two, and so on."""
        return [
            self._without(frozenset().union(*self.optional[: count + 1]))
            for count in range(len(self.optional))
        ]

    def _without(self, names: Collection[str]) -> Grid:
        kept = [at for at, name in enumerate(self.columns) if name not in names]
        return replace(
            self,
            columns=tuple(self.columns[at] for at in kept),
            rows=tuple(tuple(row[at] for at in kept) for row in self.rows),
            left=sum(at < self.left for at in kept),
        )

    def _without_decimals(self) -> Grid:
        rows = tuple(
            tuple(
                cell if self._is_text(at) else _LARGE.sub(_round, cell)
                for at, cell in enumerate(row)
            )
            for row in self.rows
        )
        return replace(self, rows=rows)

    def _is_text(self, at: int) -> bool:
        return at < self.left or self.columns[at] in self.prose

    def _natural(self) -> list[int]:
        return [max(map(len, cells)) for cells in zip(self.columns, *self.rows, strict=True)]

    def _fitted(self, width: int) -> list[int] | None:
        """Fit the widths of the columns, words wrapped where they have to be;
        None where none fit."""
        widths = self._natural()
        excess = sum(widths) + GAP * (len(widths) - 1) - width
        wrapping = [at for at, name in enumerate(self.columns) if name in self.prose]
        while excess > 0 and wrapping:
            widest = max(wrapping, key=lambda at: widths[at])
            cells = [self.columns[widest], *(row[widest] for row in self.rows)]
            words = [len(word) for cell in cells for word in cell.split(" ")]
            least = min(max(WORDS, *words), widths[widest])
            taken = min(excess, widths[widest] - least)
            if taken == 0:
                wrapping.remove(widest)
            widths[widest] -= taken
            excess -= taken
        return None if excess > 0 else widths

    def _aligned(self, widths: Sequence[int]) -> list[str]:
        rule = "─" * (sum(widths) + GAP * (len(widths) - 1))
        body = [line for row in self.rows for line in self._row(row, widths)]
        return [*self._row(self.columns, widths), rule, *body]

    def _row(self, cells: Sequence[str], widths: Sequence[int]) -> list[str]:
        wrapped = [
            wrap(cell, width).split("\n") if len(cell) > width else [cell]
            for cell, width in zip(cells, widths, strict=True)
        ]
        height = max(map(len, wrapped), default=1)
        columns = [lines + [""] * (height - len(lines)) for lines in wrapped]
        return [
            (" " * GAP)
            .join(
                cell.ljust(width) if self._is_text(at) else cell.rjust(width)
                for at, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            .rstrip()
            for line in zip(*columns, strict=True)
        ]

    def _stacked(self, width: int) -> list[str]:
        """Write each row as a heading and a line for each cell."""
        names = self.columns[self.left :]
        longest = max(map(len, names), default=0)
        lines: list[str] = []
        for row in self.rows:
            lines.append(wrap("  ".join(row[: self.left]).rstrip(), width))
            for name, cell in zip(names, row[self.left :], strict=True):
                if cell:
                    lines.append(wrap(f"  {name.strip():<{longest}}  {cell}", width))
        return [line for text in lines for line in text.split("\n")]
