"""An evaluation as one JSON document."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast.cli.console import records

if TYPE_CHECKING:
    from rnnforecast.pipeline.evaluation import Evaluation, PanelEvaluation
    from rnnforecast.runs import Part, Run


def plain_evaluation(
    run: Run | Part, evaluation: Evaluation | PanelEvaluation, page: Path | None
) -> dict[str, object]:
    """Return an evaluation as JSON values."""
    tables = {
        "scores": evaluation.scores,
        "comparisons": evaluation.comparisons,
        "model_set": evaluation.model_set,
        "seeds": evaluation.seeds,
    }
    if evaluation.symbols is not None:
        tables["symbols"] = evaluation.symbols
    if evaluation.ranks is not None:
        from rnnforecast.evaluation.ranks import summarise_ranks

        tables["ranks"] = summarise_ranks(evaluation.ranks)
        tables["rank_periods"] = evaluation.ranks
    if evaluation.cross_section is not None:
        from rnnforecast.evaluation.cross_section import summarise_sessions

        tables["cross_section"] = summarise_sessions(evaluation.cross_section)
    rows = {name: [] if table is None else records(table) for name, table in tables.items()}
    return {
        "schema": 1,
        "summary": {
            "answer": evaluation.verdict.headline,
            "trust": evaluation.verdict.summary,
        },
        "run": run.name,
        "verdict": evaluation.verdict.to_dict(),
        **rows,
        "economics": evaluation.economics,
        "protocol": evaluation.protocol.model_dump(),
        "failed_baselines": dict(evaluation.failures),
        "report": None if page is None else str(page),
    }
