"""A run's report as one JSON document."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from rnnforecast.report.report_data import Material

SCHEMA = 1
ALREADY_THERE = "q0."
"""How the columns begin that a document leaves out: a forecast's quantiles, which its run has."""
TOLD = ("forecast", "scores", "comparisons", "model_set", "seeds", "fit", "gradients", "equity")
"""Tables that are written whole; of the backtest, which is long, there is a file in the run."""


def document(material: Material) -> dict[str, Any]:
    """Return the report as plain values; what is not known is null."""
    return {
        "schema": SCHEMA,
        "run": material.name,
        "quantity": material.quantity.name,
        "summary": None if material.summary is None else material.summary.to_dict(),
        "warnings": [*material.warnings, *material.notes],
        "verdict": material.verdict,
        **{name: records(material[name]) if name in material else None for name in TOLD},
        "economics": material.economics,
        "findings": [
            {
                "kind": finding.kind,
                "severity": finding.severity,
                "detail": finding.detail,
                "dates": list(finding.dates),
            }
            for finding in material.findings
        ],
        "config": material.config,
        "record": dict(material.record),
    }


def to_json(material: Material) -> str:
    """Write the report as JSON."""
    return dumped(document(material))


def dumped(content: dict[str, Any]) -> str:
    """Write a document as text."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values."""
    table = table.loc[:, [not str(name).startswith(ALREADY_THERE) for name in table.columns]]
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]
