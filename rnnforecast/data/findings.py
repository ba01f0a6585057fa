"""Findings: one thing that is wrong with a history, with its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rnnforecast.data.history import PriceHistory

Severity = Literal["error", "warning"]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        kind: what.
        severity: an error makes prices unusable; a warning is worth knowing.
        dates: of the bars or sessions concerned, ISO.
        detail: in words.
        columns: where it concerns some columns only; whoever does not read them may go on.
    """

    kind: str
    severity: Severity
    dates: tuple[str, ...]
    detail: str
    columns: tuple[str, ...] = ()

    def sentence(self, most: int = 3) -> str:
        """Write the finding in one line, with its first dates."""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.kind} on {shown(self.dates, most)}{detail}"


def finding(
    kind: str,
    severity: Severity,
    history: PriceHistory,
    flags: Flags,
    detail: str,
    columns: tuple[str, ...] = (),
) -> Finding | None:
    """Return a finding about the flagged bars, where there are any."""
    if not flags.any():
        return None
    return Finding(kind, severity, named(history.dates[flags]), detail, columns)


def counted(flags: Flags) -> str:
    """Count the flagged bars, in words."""
    count = int(flags.sum())
    return f"{count} bar{'' if count == 1 else 's'}"


def named(dates: pd.DatetimeIndex) -> tuple[str, ...]:
    """Write dates as text, with hours where they have any."""
    return tuple(dates.strftime("%Y-%m-%d" if dates.tz is None else "%Y-%m-%d %H:%M"))


def shown(dates: Sequence[str], most: int = 5) -> str:
    """List the first few dates, and say how many more there are."""
    more = f" and {len(dates) - most} more" if len(dates) > most else ""
    return ", ".join(dates[:most]) + more
