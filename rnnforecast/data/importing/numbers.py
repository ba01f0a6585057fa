"""Numbers of a file: the decimal mark is decided once, by evidence, or refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.importing.spellings import ABSENT, CURRENCY_WORDS, MAGNITUDES
from rnnforecast.errors import DataError

Mark = Literal[".", ","]

_UNIT = "|".join(map(re.escape, sorted(CURRENCY_WORDS, key=len, reverse=True)))
_GROUPS = re.compile(r"(?<=\d)[\s'’](?=\d{3}(?!\d))")
_NOISE = re.compile(r"(?<!\d)[\s'’]|[\s'’](?!\d)|%")
_CURRENCY = re.compile(
    rf"^(?:(?:{_UNIT}|(?-i:[A-Z]{{3}})))(?=[-+(]?[\d.,])|(?<=\d)(?:{_UNIT}|(?-i:[A-Z]{{3}}))\.?$|[$€£¥₹₩₽฿₺₿₫₴₪₦₱]",
    re.I,
)
_SUFFIX = re.compile(r"^(.*\d)(" + "|".join(map(re.escape, MAGNITUDES)) + r")\.?$", re.I)
_SHAPE = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?")
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


def decide_mark(
    columns: Mapping[str, pd.Series], separator: str | None, *, headed: bool, name: str
) -> tuple[Mark, str]:
    """Find the decimal mark of a file.

    Args:
        columns: of prices and volumes (row,).
        separator: between the cells of a line; None for files that hold numbers as numbers.
        headed: whether the file has headings.
        name: of the file, for messages.

    Returns:
        the mark, and what to say about it; nothing where it is the point.

    Raises:
        DataError: if cells contradict each other, or if none of them decides.
    """
    witnesses: dict[str, str] = {}
    open_: dict[str, str] = {}
    for column in columns.values():
        if _plain(column) is not None and separator != ";":
            continue
        for cell in pd.unique(column.astype(str)):
            kind = _evidence(cell)
            (witnesses if kind in (".", ",") else open_).setdefault(kind, cell)
        if separator == ";" and "," not in witnesses and "?," not in open_ and "." in witnesses:
            continue
    if {".", ","} <= set(witnesses):
        raise DataError(
            f"{name} mixes decimal marks: {witnesses['.']!r} and {witnesses[',']!r}",
            "write all numbers alike, or say which mark it is with --decimal",
        )
    if "," in witnesses or ("." not in witnesses and "?," in open_ and separator == ";"):
        return ",", f"decimal comma, as {witnesses.get(',', open_.get('?,'))!r} shows"
    doubtful = open_.get("?,") or (open_.get("?.") if separator == ";" and headed else None)
    if "." not in witnesses and doubtful:
        raise DataError(
            f"{name}: {doubtful!r} may be {doubtful.replace(',', '').replace('.', '')} or "
            f"{doubtful.replace(',', '.')}",
            "say which mark is the decimal one with --decimal . or --decimal ,",
        )
    return ".", ""


def _evidence(cell: str) -> str:
    """What a cell says about the mark: ``.`` or ``,``, ``?.`` or ``?,`` if in doubt,
    else nothing."""
    text = _bare(cell)
    if not _SHAPE.fullmatch(text):
        return ""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return "." if text.rindex(".") > text.rindex(",") else ","
    if points + commas == 0:
        return ""
    mark, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return other
    return f"?{mark}" if _AMBIGUOUS.fullmatch(text) else mark


def read_numbers(column: pd.Series, mark: Mark = ".") -> tuple[pd.Series, NDArray[np.bool_]]:
    """Read a column of numbers, exact to the last bit.

    Args:
        column: cells as text or numbers (row,).
        mark: the decimal one.

    Returns:
        numbers, NaN where there are none, and where a cell is neither number nor empty (row,).
    """
    values = _plain(column) if mark == "." else None
    if values is None and pd.api.types.is_numeric_dtype(column):
        values = np.asarray(column.astype(float).to_numpy(), np.float64)
    if values is not None:
        return pd.Series(values), np.zeros(len(values), bool)
    cells = column.astype(str).str.strip()
    parsed = np.fromiter((_number(cell, mark) for cell in cells), float, len(cells))
    absent = cells.str.casefold().isin(ABSENT).to_numpy()
    return pd.Series(parsed), np.isnan(parsed) & ~absent


def _plain(column: pd.Series) -> NDArray[np.float64] | None:
    """The numbers of a column without anything but numbers and empty cells; else None."""
    if pd.api.types.is_numeric_dtype(column):
        return np.asarray(column.to_numpy(float, na_value=np.nan))
    cells = column.to_numpy(object)
    try:
        return np.asarray(cells.astype(float))
    except (ValueError, TypeError):
        absent = column.astype(str).str.strip().str.casefold().isin(ABSENT).to_numpy()
    try:
        return np.asarray(np.where(absent, np.nan, cells).astype(float))
    except (ValueError, TypeError):
        return None


def _number(cell: str, mark: Mark) -> float:
    """The number of a cell: ``$1,234.5``, ``1.38M``, ``(12.5)``; NaN where there is none."""
    text = _bare(cell)
    factor = 1.0
    if match := _SUFFIX.match(text):
        text, factor = match[1], MAGNITUDES[match[2].lower()]
    if text.startswith("(") and text.endswith(")"):
        text, factor = text[1:-1], -factor
    group = "," if mark == "." else "."
    if group in text:
        whole, _, rest = text.partition(mark)
        if not re.fullmatch(rf"[+-]?\d{{1,3}}(\{group}\d{{2,3}})*\{group}\d{{3}}", whole):
            return np.nan
        text = whole.replace(group, "") + (f".{rest}" if rest else "")
    try:
        number = float(text.replace(mark, "."))
    except ValueError:
        return np.nan
    return number if factor == 1 else float(_scaled(text.replace(mark, "."), factor))


def _bare(cell: str) -> str:
    """A cell without blanks, currencies and units; a magnitude such as ``M`` or ``mln`` stays."""
    text = _NOISE.sub("", _GROUPS.sub("", cell)).replace("\u2212", "-")
    if text.isascii() and not text.isdigit() and _SHAPE.fullmatch(text):
        return text
    return text if _SUFFIX.match(text) else _CURRENCY.sub("", text)


def _scaled(text: str, factor: float) -> float:
    """Multiply in decimals, so that 68.18K is 68180 and not a hair beside it."""
    return float(Decimal(text) * Decimal(factor))
