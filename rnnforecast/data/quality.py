"""What is wrong with a history, with dates: nothing here changes a bar."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rnnforecast.data.bars import OHLC
from rnnforecast.data.calendars import calendar, week_of
from rnnforecast.data.findings import Finding, Severity, counted, finding, named, shown
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.history_calendar import calendar_guess
from rnnforecast.data.intervals import is_intraday, offset
from rnnforecast.data.price_checks import price_findings

__all__ = ["Finding", "inspect", "missing_sessions", "named", "sentences", "shown"]

STALE = 5
"""This many equal bars in a row are suspicious."""
MOST_MISSING = 100_000
"""Missing steps that are named; of a series with more, the others are only counted."""
OUTSIDE = 0.2
"""The share of bars outside the sessions from which on the calendar or the clock must be wrong."""
AHEAD = pd.Timedelta(hours=14)
"""The first clock of the world is so far ahead of UTC."""
UNKNOWN = (-99.0, -999.0, -9999.0, -99999.0)
"""What instruments write where they have no value."""


def inspect(history: PriceHistory, *, adjusted: bool = True) -> list[Finding]:
    """Find everything that is wrong with a history, errors first.

    Args:
        history: as stored.
        adjusted: whether the closes adjusted for dividends will be used.

    Example:
        >>> [finding.sentence() for finding in inspect(store.load("NVDA", "1d"))]
        ['split-like jumps on 2021-01-04: close x 0.101, no split recorded']
    """
    candidates = [
        _missing(history),
        _not_covered(history),
        _outside_sessions(history),
        _of_the_future(history),
        *_dropped(history),
        _repeated(history),
        *_incomplete(history),
        *_sentinels(history),
    ]
    if history.priced:
        candidates += price_findings(history, adjusted=adjusted)
    findings = [item for item in candidates if item is not None and item.dates]
    return sorted(findings, key=lambda item: item.severity)


def sentences(history: PriceHistory) -> list[str]:
    """Say what a user should know about prices that have just come in, a line each.

    Missing sessions and rows that were left out are said elsewhere.
    """
    lines = [
        f"{history.symbol}: {item.severity}: {item.sentence()}"
        for item in inspect(history)
        if item.kind != "missing sessions" and not item.kind.startswith("left out")
    ]
    note = calendar_guess(history)
    return [*lines, f"{history.symbol}: {note}, name another with --sessions"] if note else lines


def missing_sessions(history: PriceHistory) -> pd.DatetimeIndex | None:
    """Find the sessions between the first and last bar for which there is none.

    Returns:
        their dates, at most ``MOST_MISSING``; of series that never close, the missing steps; None
        where bars are longer than a session. Days whose holidays are not known are left out.
    """
    dates = history.dates
    if not is_intraday(history.interval) and history.interval != "1d":
        return None
    if history.sessions == "24/7":
        return _missing_steps(dates, history.interval)
    days = dates.tz_localize(None).normalize().unique()
    trading = calendar(history.sessions, days[0])
    known = max(days[0], trading.first), min(days[-1], trading.last)
    return trading.sessions(*known).difference(days)


def _missing_steps(dates: pd.DatetimeIndex, interval: str) -> pd.DatetimeIndex:
    """Return the steps of a regular series that have no bar, gap by gap."""
    step = pd.Timedelta(seconds=_seconds(interval))
    gaps = np.diff(dates.asi8) > int(step.as_unit(dates.unit).value)
    missing, left = [dates[:0]], MOST_MISSING
    for before, after in zip(dates[:-1][gaps], dates[1:][gaps], strict=True):
        steps = min(left, int((after - before) / step) + 1)
        whole = pd.date_range(before + step, periods=steps, freq=step)
        missing.append(whole[whole < after])
        left -= len(missing[-1])
        if left <= 0:
            break
    return pd.DatetimeIndex(missing[0].append(missing[1:]))


def _seconds(interval: str) -> float:
    """Return the length of a bar."""
    start = pd.Timestamp("2024-01-01")
    return float((start + offset(interval) - start).total_seconds())


def _missing(history: PriceHistory) -> Finding | None:
    missing = missing_sessions(history)
    if missing is None or not len(missing):
        return None
    detail = f"by the calendar {history.sessions}"
    if len(missing) >= MOST_MISSING:
        detail += f"; more than {MOST_MISSING:,} are missing, the first ones are named"
    gap = pd.Series(history.dates).diff()
    longest = int(gap.argmax())
    if gap.iloc[longest] > pd.Timedelta(days=30):
        days, end = gap.iloc[longest].days, history.dates[longest]
        detail += f"; the longest gap, {days} days, ends on {end:%Y-%m-%d}"
    return Finding("missing sessions", "warning", named(missing), detail)


def _not_covered(history: PriceHistory) -> Finding | None:
    """Find bars of years whose holidays are not known, so that nobody can look for gaps."""
    if history.interval != "1d" and not history.intraday:
        return None
    if week_of(history.sessions):
        return None
    days = history.dates.tz_localize(None)
    trading = calendar(history.sessions, days[0])
    early, late = days < trading.first, days >= trading.last + pd.Timedelta(days=1)
    flags = np.asarray(early | late, bool)
    sides = [f"before {trading.first:%Y-%m-%d}"] * bool(early.any())
    sides += [f"after {trading.last:%Y-%m-%d}"] * bool(late.any())
    detail = f"{history.sessions} {' and '.join(sides)}: gaps are not looked for there"
    return finding("holidays not known", "warning", history, flags, detail)


def _outside_sessions(history: PriceHistory) -> Finding | None:
    """Find bars that come while the exchange is closed, where they are many:
    another calendar or clock."""
    if week_of(history.sessions) or not (history.intraday or history.interval == "1d"):
        return None
    days = history.dates.tz_localize(None)
    trading = calendar(history.sessions, days[0])
    known = np.asarray((days >= trading.first) & (days <= trading.last), bool)
    if not known.any():
        return None
    first, last = days[known][0].normalize(), days[known][-1].normalize()
    if history.intraday:
        inside = _inside(history.dates, trading.hours(first, last))
    else:
        inside = np.asarray(days.isin(trading.sessions(first, last)), bool)
    flags = known & ~inside
    if flags.sum() <= OUTSIDE * known.sum():
        return None
    detail = f"{flags.sum() / known.sum():.0%} of the bars, by the calendar {history.sessions}"
    remedy = "; import with --timezone or --sessions" if history.intraday else "; see --sessions"
    return finding("bars outside the sessions", "warning", history, flags, detail + remedy)


def _inside(dates: pd.DatetimeIndex, hours: pd.DataFrame) -> np.ndarray:
    """Say whether each bar begins between open and close, with half an hour to spare (bar,)."""
    spare = pd.Timedelta(minutes=30)
    opens, closes = (
        pd.DatetimeIndex(hours["open"]) - spare,
        pd.DatetimeIndex(hours["close"]) + spare,
    )
    session = closes.searchsorted(dates, side="left")
    inside = session < len(opens)
    return np.asarray(inside & (opens[session.clip(max=len(opens) - 1)] <= dates), bool)


def _of_the_future(history: PriceHistory) -> Finding | None:
    """Find bars that nobody can know yet."""
    now = (pd.Timestamp.now("UTC") + AHEAD).tz_localize(None).as_unit("ns")
    flags = np.asarray(history.dates.tz_localize(None) > now, bool)
    severity: Severity = "error" if history.priced else "warning"
    return finding("bars of the future", severity, history, flags, counted(flags))


def _dropped(history: PriceHistory) -> list[Finding]:
    """Report rows that were left out when the history came in, but for lines of headings."""
    findings = []
    for reason, rows in history.provenance.get("dropped", {}).items():
        real = tuple(row for row in map(str, rows) if any(sign.isdigit() for sign in row))
        detail = f"{len(real)} rows"
        findings.append(Finding(f"left out: {reason.replace('_', ' ')}", "warning", real, detail))
    return findings


def _repeated(history: PriceHistory) -> Finding | None:
    """Find runs of equal bars."""
    names = [name for name in OHLC if name in history.bars]
    values = history.bars[names].to_numpy(float)
    same = np.r_[False, (values[1:] == values[:-1]).all(axis=1)]
    lengths = pd.Series(same).groupby((~same).cumsum()).transform("sum").to_numpy() + 1
    stale = same & (lengths >= STALE)
    detail = f"{int(stale.sum())} bars repeat the one before, in runs of {STALE} or more"
    return finding("stale values", "warning", history, stale, detail)


def _incomplete(history: PriceHistory) -> list[Finding | None]:
    """Find columns that lack values; a price of nothing beside a good close counts as lacking."""
    findings: list[Finding | None] = []
    for name in map(str, history.bars.columns):
        values = history.bars[name].to_numpy(float)
        flags = np.isnan(values)
        if name in ("open", "high", "low") and history.priced:
            flags = flags | ((values == 0) & (history.bars["close"].to_numpy(float) > 0))
        detail = f"{name} is missing on {counted(flags)}"
        findings.append(finding("missing values", "warning", history, flags, detail))
    return findings


def _sentinels(history: PriceHistory) -> list[Finding | None]:
    """Find numbers that stand for "unknown", such as -9999, alone and far below everything else."""
    findings: list[Finding | None] = []
    for name in history.bars.columns:
        values = history.bars[name].to_numpy(float)
        flags = np.isin(values, UNKNOWN)
        rest = values[~flags & np.isfinite(values)]
        if flags.any() and len(rest) and rest.min() > values[flags].max() / 2:
            detail = f"{name} is {values[flags][0]:g} on {counted(flags)}"
            findings.append(
                finding("stand-ins for unknown", "error", history, flags, detail, (str(name),))
            )
    return findings
