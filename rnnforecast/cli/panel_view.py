"""What an evaluation of several symbols prints beside the verdict on all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnforecast.cli.console import apart, narrow, say, table

if TYPE_CHECKING:
    import pandas as pd


def show_symbols(symbols: pd.DataFrame) -> None:
    """Print a line for each of several symbols."""
    from rnnforecast.evaluation.panel import counted
    from rnnforecast.report.panel import symbols_sheet

    table(*symbols_sheet(symbols, brief=narrow()), prose=["verdict"])
    say(counted(symbols))
    apart()


def show_cross_section(sessions: pd.DataFrame) -> None:
    """Print what the ranking of the symbols was worth."""
    from rnnforecast.evaluation.cross_section import describe_ranking, summarise_sessions
    from rnnforecast.report.panel import cross_section_sheet

    if not sessions.empty:
        table(*cross_section_sheet(sessions), title="ranking the symbols")
    say(describe_ranking(summarise_sessions(sessions)))
    apart()
