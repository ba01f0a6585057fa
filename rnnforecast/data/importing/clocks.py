"""Times of day, alone or in a column beside the dates."""

from __future__ import annotations

import pandas as pd

MOSTLY = 0.98
"""A column holds times of day if this share of its cells does."""


def clock_of_digits(digits: str) -> str:
    """Return ``09:30:00`` for ``93000`` or ``093000``, ``09:30`` for ``930`` or ``0930``."""
    padded = digits.zfill(4 if len(digits) <= 4 else 6)
    return ":".join(padded[place : place + 2] for place in range(0, len(padded), 2))


def join_clock(days: pd.Series, clock: pd.Series) -> pd.Series | None:
    """Join a column of days and one of times of day; None where there is nothing to join.

    Args:
        days: cells of the date column (row,).
        clock: cells of the other (row,).
    """
    dates, times = days.astype(str).str.strip(), clock.astype(str).str.strip()
    dates = dates.str.replace(r"[T ]00:00(:00)?(\.0+)?$", "", regex=True)
    if dates.str.contains(r"\d:\d\d", regex=True).mean() > 0.5:
        return None
    times = times.str.replace(r"\.0$", "", regex=True)
    digits = times.str.fullmatch(r"\d{1,6}")
    clocks = times.str.fullmatch(r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?")
    if (digits | clocks).mean() < MOSTLY or times.nunique() < 2:
        return None
    if digits.mean() > 0.5:
        hours = times[digits].str.len().max() <= 2
        late = hours and times[digits].astype(int).max() == 24  # hours ending: 1 to 24
        written = times[digits].map(
            (lambda cell: f"{int(cell) - late:02d}:00") if hours else clock_of_digits
        )
        times = times.where(~digits, written)
    return dates.str.replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", regex=True) + " " + times
