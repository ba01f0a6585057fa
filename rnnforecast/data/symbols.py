"""Text from the command line that must be safe in a URL, in a file name and as a date;
loads nothing heavy."""

from __future__ import annotations

import re
from datetime import date

from rnnforecast.errors import DataError, UsageError

_SYMBOL = re.compile(r"\^?[A-Za-z0-9][A-Za-z0-9.\-=&_]{0,31}")


def check_symbol(symbol: str) -> str:
    """Return the symbol if it is safe in a URL and in a file name.

    Raises:
        DataError: for anything but letters, digits and ``. - = & _`` after an optional ``^``.
    """
    if not _SYMBOL.fullmatch(symbol) or ".." in symbol:
        shown = symbol if len(symbol) <= 40 else symbol[:37] + "..."
        raise DataError(
            f"{shown!r} is not a symbol",
            "use letters, digits and . - = & _ (at most 32), for example BTC-USD, "
            "^GSPC or EURUSD=X",
        )
    return symbol


def check_day(day: str | None) -> str | None:
    """Return an ISO date if it is one.

    Raises:
        UsageError: if it is not.
    """
    if day is not None:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise UsageError(f"{day!r} is not a date", "write it as 2024-12-31") from None
    return day
