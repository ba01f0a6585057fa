"""Numbers of a file: the decimal mark is decided once, by evidence, or refused."""

from __future__ import annotations

import re
import unicodedata
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
    rf"^(?:(?:{_UNIT}|(?-i:[A-Z]{{3}})))(?=[-+(]?[\d.,])|(?<=\d)(?:{_UNIT}|(?-i:[A-Z]{{3}}))\.?$|[$€£¥₹₩₽฿₺₿₫₴₪₦₱¢]",
    re.I,
)
_DIGIT = re.compile(r"\d")
_FORMULA = re.compile(r'="*([^"]*)"*')
"""``="12.5"`` keeps a spreadsheet from changing the cell."""
_SIGNS = str.maketrans({"\u2212": "-", "\uff0d": "-", "\uff0e": ".", "\uff0c": ",", "\u066b": ".",
                        "\u066c": ","})  # fmt: skip
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
            pointed = [cell for cell in column.head(200).astype(str) if _evidence(cell) == "."]
            witnesses |= {".": pointed[0]} if pointed else {}
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
    """Return what a cell says about the mark: ``.`` or ``,``, ``?.`` or ``?,`` if in doubt,
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

    A truth value is no number: in most libraries ``true`` would silently become 1.

    Args:
        column: cells as text or numbers (row,).
        mark: the decimal one.

    Returns:
        numbers, NaN where there are none, and where a cell is neither number nor empty (row,).
    """
    if (truths := _truths(column)).any():
        numbers, unread = read_numbers(column.astype(object).where(~truths, ""), mark)
        return numbers, unread | truths
    values = _plain(column) if mark == "." else None
    if values is None and pd.api.types.is_numeric_dtype(column):
        values = np.asarray(column.astype(float).to_numpy(), np.float64)
    if values is not None:
        return pd.Series(values), np.zeros(len(values), bool)
    cells = column.astype(str).str.strip()
    parsed = np.fromiter((_number(cell, mark) for cell in cells), float, len(cells))
    absent = cells.str.casefold().isin(ABSENT).to_numpy()
    return pd.Series(parsed), np.isnan(parsed) & ~absent


def units_in(column: pd.Series) -> pd.Series:
    """Return the unit that each cell names: a currency or per cent (row,).

    Cells without digits, and columns of plain numbers, name none: they are missing.
    """
    if _plain(column) is not None:
        return pd.Series(None, index=column.index, dtype=object)
    cells = column.astype(str)
    units = {cell: _unit_of(cell) if _DIGIT.search(cell) else None for cell in pd.unique(cells)}
    return cells.map(units)


def refuse_mixed_units(units: pd.Series, cells: pd.Series, name: str) -> None:
    """Refuse prices of one series in several currencies, or in per cent here and there.

    Args:
        units: that the cells name (row,).
        cells: as they stand in the file (row,).
        name: of the file, for the message.

    Raises:
        DataError: showing a cell of two units.
    """
    distinct = [str(unit) for unit in units.dropna().unique()]
    named = [unit for unit in distinct if unit]
    if len(named) > 1 or ("%" in named and "" in distinct):
        shown = (named if len(named) > 1 else distinct)[:2]
        first = " and ".join(repr(str(cells[(units == unit).to_numpy()].iloc[0])) for unit in shown)
        raise DataError(
            f"{name} mixes units in {cells.name!r}: {first}",
            "write all prices in one unit, or name another column with --target",
        )


def _unit_of(cell: str) -> str:
    """Return the currency or per cent that a cell names; nothing where it names none."""
    text = _GROUPS.sub("", cell).strip()
    if "%" in text:
        return "%"
    if text.isascii() and not any(sign.isalpha() or sign == "$" for sign in text):
        return ""
    bare = _NOISE.sub("", text)
    if _SUFFIX.match(bare) and not _CURRENCY.search(bare):
        return ""
    return "".join(match[0].strip(". ") for match in _CURRENCY.finditer(bare))


def _truths(column: pd.Series) -> NDArray[np.bool_]:
    """Flag the cells that are true or false (row,)."""
    if pd.api.types.is_bool_dtype(column):
        return column.notna().to_numpy(bool)
    if column.dtype != object:
        return np.zeros(len(column), bool)
    return np.fromiter((isinstance(cell, bool | np.bool_) for cell in column), bool, len(column))


def _plain(column: pd.Series) -> NDArray[np.float64] | None:
    """Return the numbers of a column that holds only numbers and empty cells; else None."""
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
    """Read the number of a cell: ``$1,234.5``, ``1.38M``, ``(12.5)``; NaN where there is none."""
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
    """Strip blanks, currencies and units from a cell;
    a magnitude such as ``M`` or ``mln`` stays."""
    if not cell.isascii():
        cell = _western(cell)
    if match := _FORMULA.fullmatch(cell):
        cell = match[1]
    text = _NOISE.sub("", _GROUPS.sub("", cell))
    if text.isascii() and not text.isdigit() and _SHAPE.fullmatch(text):
        return text
    return text if _SUFFIX.match(text) else _CURRENCY.sub("", text)


def _western(cell: str) -> str:
    """Write the digits, points and signs of other scripts as those of ASCII."""
    text = "".join(
        str(unicodedata.decimal(sign)) if unicodedata.decimal(sign, None) is not None else sign
        for sign in cell
    )
    return text.translate(_SIGNS)


def _scaled(text: str, factor: float) -> float:
    """Multiply in decimals, so that 68.18K is 68180 and not a hair beside it."""
    return float(Decimal(text) * Decimal(factor))
