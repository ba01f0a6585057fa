"""Numbers as text, the same on the terminal, on the page and in the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

SMALLEST, LARGEST = 1e-9, 1e16
"""Beyond these sizes numbers are written with a power of ten."""
WHOLE = 1e9
"""From this size on, prices have no decimals."""


def format_price(value: float) -> str:
    """A price with six digits or more, whatever its size: 94,591.79, 1.03527, 0.0000123456, 1.23457e-12."""
    if value != 0 and math.isfinite(value) and abs(value) >= WHOLE:
        return f"{value:,.0f}" if abs(value) < LARGEST else f"{value:.6g}"
    return _with_digits(value, 6)


def format_loss(value: float) -> str:
    """A loss in price units with five digits or a little more: 83.66, 1,757.7, 13,983; no score is surer than that."""
    if abs(value) < 10 or not math.isfinite(value):
        return _with_digits(value, 5)
    if abs(value) >= LARGEST:
        return f"{value:.5g}"
    return f"{value:,.{2 if abs(value) < 1_000 else 1 if abs(value) < 10_000 else 0}f}"


def _with_digits(value: float, digits: int) -> str:
    """A number with so many significant digits, and two decimals at least."""
    if value == 0 or not math.isfinite(value):
        return f"{value:.2f}" if value == 0 else str(value)
    if abs(value) < SMALLEST:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(2, digits - 1 - math.floor(math.log10(abs(value))))}f}"


def format_percent(value: float, *, signed: bool = False, decimals: int = 1) -> str:
    """A share in percent: ``2.6 %``, or with its sign ``+2.6 %``; zero has none."""
    text = f"{value:{'+' if signed else ''}.{decimals}%}"
    if not any(digit in text for digit in "123456789") and math.isfinite(value):
        text = text.lstrip("+-")
    return text.replace("%", " %")


def format_p(p: float) -> str:
    """A probability with its sign and the digits that mean something: ``= 0.041``, ``< 0.001``."""
    if p < 0.001:
        return "< 0.001"
    if p > 0.999:
        return "> 0.999"
    return f"= {p:.3f}" if p < 0.1 else f"= {p:.2f}"


BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int) -> str:
    """The shape of a series in one line: the last value of each of ``width`` equal parts, lowest to highest."""
    count = min(width, len(values))
    picked = [values[(part + 1) * len(values) // count - 1] for part in range(count)]
    low, span = min(picked), (max(picked) - min(picked)) or 1.0
    return "".join(BLOCKS[min(7, int(8 * (value - low) / span))] for value in picked)
