"""Exchanges of which ``exchange_calendars`` knows nothing, or not enough."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class OwnExchange:
    """An exchange that ``exchange_calendars`` lacks:
    its week, and the public holidays of its country.

    Args:
        zone: of its clock.
        weeks: from which day on which week holds, oldest first.
        country: whose public holidays the package ``holidays`` knows, as an ISO 3166 code.
        hours: open and close on its clock.
    """

    zone: str
    weeks: tuple[tuple[str, str], ...]
    country: str
    hours: tuple[str, str]


OWN = {
    "DSMD": OwnExchange("Asia/Qatar", (("1950-01-01", "Sun-Thu"),), "QA", ("09:30", "13:15")),
    "XKUW": OwnExchange("Asia/Kuwait", (("1950-01-01", "Sun-Thu"),), "KW", ("09:00", "12:45")),
    "XCAI": OwnExchange("Africa/Cairo", (("1950-01-01", "Sun-Thu"),), "EG", ("10:00", "14:30")),
    "XDFM": OwnExchange(
        "Asia/Dubai",
        (("1950-01-01", "Sun-Thu"), ("2022-01-03", "Mon-Fri")),
        "AE",
        ("10:00", "15:00"),
    ),
    "XADS": OwnExchange(
        "Asia/Dubai",
        (("1950-01-01", "Sun-Thu"), ("2022-01-03", "Mon-Fri")),
        "AE",
        ("10:00", "15:00"),
    ),
    "XCAR": OwnExchange("America/Caracas", (("1950-01-01", "Mon-Fri"),), "VE", ("09:00", "13:00")),
    "XSTC": OwnExchange("Asia/Ho_Chi_Minh", (("1950-01-01", "Mon-Fri"),), "VN", ("09:00", "15:00")),
    "XCOL": OwnExchange("Asia/Colombo", (("1950-01-01", "Mon-Fri"),), "LK", ("09:30", "14:30")),
}
"""Doha, Kuwait, Cairo, Dubai, Abu Dhabi, Caracas, Ho Chi Minh City and Colombo, by ISO 10383."""


INCOMPLETE = {
    "XIDX": ("ID", pd.Timestamp("2026-01-01")),
    "XKAR": ("PK", pd.Timestamp("2026-01-01")),
}
"""Calendars that lack moving holidays from a day on, and the country whose public holidays they
get instead: Jakarta and Karachi."""


def public_holidays(
    country: str, start: pd.Timestamp, end: pd.Timestamp, *, collective: bool = False
) -> pd.DatetimeIndex:
    """Return the public holidays of a country, as the package ``holidays`` knows them.

    Args:
        country: as an ISO 3166 code.
        start: of the first year.
        end: of the last year.
        collective: whether days of collective leave and of closed banks count as well.
    """
    import holidays

    years = range(start.year, end.year + 1)
    kinds = holidays.country_holidays(country).supported_categories
    closing = [kind for kind in ("public", "government", "bank") if kind in kinds and collective]
    days = holidays.country_holidays(country, years=years, categories=closing or None)
    return pd.DatetimeIndex([pd.Timestamp(day) for day in days])
