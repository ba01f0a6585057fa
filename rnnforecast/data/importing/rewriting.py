"""Dates as people and programs write them, rewritten to forms that :mod:`.dates` reads."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import pandas as pd

from rnnforecast.data.importing.spellings import month_of

ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
"""Years before the first of a Japanese era."""
BUDDHIST = 543
"""Thailand's years are ahead by this many."""

_WEEKDAY = r"[一二三四五六天日月火水木金土월화수목금토일]"
_REWRITES = (
    (r"^[='\"#`]+|['\"#`]+$", ""),  # ="2023-01-02" keeps Excel from changing it
    (r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$", r"\1"),
    (r"\[[\w/]+\]$", ""),
    (r"\s*[（(][^）)]*[)）]$", ""),  # (Mon), (月), (Coordinated Universal Time)
    (rf"(?<=\d)[,\s]+(?:周|星期|礼拜|週)?{_WEEKDAY}(?:曜日?|요일)?$", ""),
    (r"\s*[年월月년]\s*", "-"),
    (r"[日일]", ""),
    (r"(?<=\d)(?:st|nd|rd|th|er|º|°)\b", ""),
    (r"^(\d{4})_(\d\d?)_(\d\d?)", r"\1-\2-\3"),
    (r"^(\d{4}-\d\d-\d\d)\s*(?:/|–|to|-)\s*\d{4}-\d\d-\d\d$", r"\1"),  # a week by its two ends
    (r"^(?:\w{3} )?([^\W\d_]{3}) +(\d\d?) ([\d:]+) (?:[A-Z]+ )?(\d{4})$", r"\2 \1 \4 \3"),  # ctime
    (r"^(\d\d?)[-/.](\d{4})$", r"\2-\1-01"),
    (r"^(\d{4})M(\d\d?)$", r"\1-\2-01"),
    (r"^(\d{4})(\d\d)(\d\d)[-T\s]+(?=\d)", r"\1-\2-\3 "),
    (r"^(\d{1,2})([^\W\d_]{3,9})(\d{2,4})(?=$|\s)", r"\1-\2-\3"),
    (r"(\d)\s*(?:UTC|GMT)$", r"\1+00:00"),
    (r"(\d)\s*(?:UTC|GMT)?\s*([+-]\d\d:?\d\d)$", r"\1\2"),
)
_QUARTER = re.compile(
    r"^(?:(\d{4})[:\s\-/]*[QT]([1-4])|[QT]([1-4])[\s\-/']*(\d{4})|([1-4])[QT]'?(\d\d|\d{4}))$"
)
_WEEK = re.compile(r"^(\d{4})-?W(\d\d)(?:-?([1-7]))?$")
_ERA = re.compile(rf"^({'|'.join(ERAS)})(\d+|元)[-./](\d+)[-./](\d+)$")
_MONTH = re.compile(r"^([^\W\d_]{3,})\.?[\s\-/'’]+(\d{2}|\d{4})$")
_ORDINAL_DAY = re.compile(r"^(\d{4})-(\d{3})$")
_BUDDHIST_YEAR = re.compile(r"(?<!\d)2[456]\d\d(?!\d)")
ZONE = re.compile(r"\s+([A-Z][A-Za-z]+/[A-Za-z_/]+)$")


def plain(cells: pd.Series) -> pd.Series:
    """Return dates without weekdays, ordinals, quotes and eras; weeks, months, quarters as days.

    Args:
        cells: as they stand in the file (row,).
    """
    if not cells.map(str.isascii).all():
        cells = cells.map(_western)
    for pattern, replacement in _REWRITES:
        cells = cells.str.replace(pattern, replacement, regex=True).str.strip()
    cells = _months(cells)
    for shape, rewrite in ((_QUARTER, _of_quarter), (_WEEK, _of_week), (_ERA, _of_era),
                             (_ORDINAL_DAY, _of_ordinal_day)):  # fmt: skip
        cells = cells.str.replace(shape, rewrite, regex=True)
    if len(cells) and cells.str.contains(_BUDDHIST_YEAR).mean() > 0.98:
        cells = cells.str.replace(
            _BUDDHIST_YEAR, lambda match: str(int(match[0]) - BUDDHIST), regex=True
        )
    if cells.str.fullmatch(r"\d{1,3}(,\d{3}){3,}").all():  # stamps with thousands
        cells = cells.str.replace(",", "")
    return cells


def _western(cell: str) -> str:
    """Write the digits of other scripts, and full-width signs, as those of ASCII."""
    text = unicodedata.normalize("NFKC", cell)
    return "".join(
        str(unicodedata.decimal(letter))
        if unicodedata.decimal(letter, None) is not None
        else letter
        for letter in text
    )


def _months(cells: pd.Series) -> pd.Series:
    """Read ``Jan 2023`` and ``Jan-23`` as the first of the month,
    unless these are days without years."""
    parts = cells.str.extract(_MONTH)
    months = parts[0].map(month_of, na_action="ignore")
    if months.isna().any() or months.nunique() < 2:
        return cells
    years = parts[1].astype(int)
    short = parts[1].str.len() == 2
    years = years.where(~short, years + 1900 + 100 * (years <= 68))
    steps = (12 * years + months).diff().dropna()
    if not ((steps > 0).all() or (steps < 0).all()):
        return cells
    return years.astype(str) + "-" + months.astype(int).map("{:02d}".format) + "-01"


def _of_quarter(match: re.Match[str]) -> str:
    year, quarter = next(
        (year, quarter)
        for year, quarter in ((match[1], match[2]), (match[4], match[3]), (match[6], match[5]))
        if year
    )
    if len(year) == 2:
        year = f"{'20' if int(year) <= 68 else '19'}{year}"
    return f"{year}-{3 * int(quarter) - 2:02d}-01"


def _of_week(match: re.Match[str]) -> str:
    try:
        return date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1)).isoformat()
    except ValueError:
        return match[0]


def _of_era(match: re.Match[str]) -> str:
    year = ERAS[match[1]] + (1 if match[2] == "元" else int(match[2]))
    return f"{year}-{int(match[3]):02d}-{int(match[4]):02d}"


def _of_ordinal_day(match: re.Match[str]) -> str:
    try:
        return (date(int(match[1]), 1, 1) + pd.Timedelta(days=int(match[2]) - 1)).isoformat()
    except (ValueError, OverflowError):
        return match[0]
