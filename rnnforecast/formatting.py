"""Numbers as text, the same on the terminal, on the page and in the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SMALLEST, LARGEST = 1e-9, 1e16
"""Beyond these sizes numbers are written with a power of ten."""
WHOLE = 1e9
"""From this size on, prices have no decimals."""


def format_price(value: float) -> str:
    """Write a price with six digits or more, whatever its size:
    94,591.79, 1.03527, 0.0000123456, 1.23457e-12."""
    if value != 0 and math.isfinite(value) and abs(value) >= WHOLE:
        return f"{value:,.0f}" if abs(value) < LARGEST else f"{value:.6g}"
    return _with_digits(value, 6)


def format_loss(value: float) -> str:
    """Write a loss in price units with five digits or a little more: 83.66, 1,757.7, 13,983;
    no score is surer than that."""
    if abs(value) < 10 or not math.isfinite(value):
        return _with_digits(value, 5)
    if abs(value) >= LARGEST:
        return f"{value:.5g}"
    return f"{value:,.{2 if abs(value) < 1_000 else 1 if abs(value) < 10_000 else 0}f}"


def _with_digits(value: float, digits: int) -> str:
    """Write a number with so many significant digits, and two decimals at least."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.2f}" if value == 0 else str(value)
    if abs(value) < SMALLEST:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(2, digits - 1 - math.floor(math.log10(abs(value))))}f}"


def format_percent(value: float, *, signed: bool = False, decimals: int = 1) -> str:
    """Write a share in percent: ``2.6 %``, or with its sign ``+2.6 %``; zero has none."""
    text = f"{value:{'+' if signed else ''}.{decimals}%}"
    if not any(digit in text for digit in "123456789") and math.isfinite(value):
        text = text.lstrip("+-")
    return text.replace("%", " %")


def format_p(p: float) -> str:
    """Write a probability with its sign and its meaningful digits: ``= 0.041``, ``< 0.001``."""
    if p < 0.001:
        return "< 0.001"
    if p > 0.999:
        return "> 0.999"
    return f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """Draw the shape of a series in one line: the last value of each of ``width`` equal parts,
    lowest to highest."""
    count = min(width, len(values))
    picked = [values[(part + 1) * len(values) // count - 1] for part in range(count)]
    low, span = min(picked), (max(picked) - min(picked)) or 1.0
    return "".join(BLOCKS[min(7, int(8 * (value - low) / span))] for value in picked)


FORMULA = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for the beginning of a formula, in a cell or a heading of a CSV file."""


def without_formula(text: str) -> str:
    """Return text that a spreadsheet shows as it is: with an apostrophe before a formula.

    Example:
        >>> without_formula("=SUM(A1)")
        "'=SUM(A1)"
    """
    text = text.replace("\r", " ").lstrip(" ") if "\r" in text else text  # would end a line
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_text(frame: pd.DataFrame, *, index: bool = False) -> str:
    """Return a table as CSV for others to open: no text of it is a formula.

    Args:
        frame: with headings and cells that may come from anybody.
        index: whether its index is the first column.
    """
    texts = frame.select_dtypes(include=["object", "string"])
    safe = frame.assign(
        **{
            str(name): column.map(
                lambda cell: without_formula(cell) if isinstance(cell, str) else cell
            )
            for name, column in texts.items()
        }
    )
    return str(safe.rename(columns=lambda name: without_formula(str(name))).to_csv(index=index))
