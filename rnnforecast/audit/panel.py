"""What an audit of several symbols adds to those of each:
the days on which they teach and are tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from rnnforecast.audit.finding import Finding
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.windows import Part

CUT = "no symbol teaches on a day on which another is tested"


def merge(by_symbol: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Merge the findings of each check over symbols: the first that failed, else one that has
    something to tell.

    Args:
        by_symbol: of each symbol; their checks are the same, up to the one that ends an audit.
    """
    if len(by_symbol) == 1:
        return list(*by_symbol.values())
    checks = dict.fromkeys(finding.check for findings in by_symbol.values() for finding in findings)
    return [_of_check(check, by_symbol) for check in checks]


def _of_check(check: str, by_symbol: Mapping[str, Sequence[Finding]]) -> Finding:
    """Return the finding of one check over all symbols."""
    of_symbols = {
        symbol: finding
        for symbol, findings in by_symbol.items()
        for finding in findings
        if finding.check == check
    }
    for result in ("failed", "noted"):
        telling = [
            (symbol, finding) for symbol, finding in of_symbols.items() if finding.result == result
        ]
        if telling:
            symbol, first = telling[0]
            more = f" (and {len(telling) - 1} more symbols)" if telling[1:] else ""
            return replace(first, detail=f"{symbol}: {first.detail}{more}")
    first = next(iter(of_symbols.values()))
    return replace(first, compared=f"{first.compared}; of each of {len(of_symbols)} symbols")


def cut_alike(datasets: Sequence[Dataset], teachers: Sequence[Dataset] = ()) -> Finding:
    """Check that symbols are cut at the same days: what training on one knows of a day would tell
    of another's test on it.

    Args:
        datasets: of the symbols that are scored.
        teachers: of those whose training windows teach, and nothing else.
    """
    parts: tuple[Part, ...] = ("train", "validation", "test")
    bounds = {part: [_days(dataset, part) for dataset in datasets] for part in parts}
    bounds["train"] += [_days(dataset, "train") for dataset in teachers]
    compared = (
        "the last day of each part of every symbol with the first day of the next part of every "
        "other"
    )
    pairs: tuple[tuple[Part, Part], ...] = (("train", "validation"), ("validation", "test"))
    for earlier, later in pairs:
        last = max(end for _, end in bounds[earlier])
        first = min(begin for begin, _ in bounds[later])
        if last >= first:
            detail = f"{earlier} reaches to {last:%Y-%m-%d}, {later} begins on {first:%Y-%m-%d}"
            return Finding(
                CUT, compared, "failed", detail, "cut all symbols at the same days: split.test_from"
            )
    return Finding(CUT, compared)


def _days(dataset: Dataset, part: Part) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the days of the first and the last target of a part."""
    rows, dates = dataset.splits.targets(part), dataset.history.dates.tz_localize(None).normalize()
    return dates[rows.start], dates[rows.stop - 1]
