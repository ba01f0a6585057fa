"""The report of a run on several symbols: the verdict on all, a line for each,
and links to their own pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from rnnforecast.evaluation.cross_section import (
    METRICS,
    describe_ranking,
    summarise_sessions,
)
from rnnforecast.evaluation.panel import counted
from rnnforecast.evaluation.ranks import TITLES, UNIFORM, summarise_ranks
from rnnforecast.formatting import format_p, format_percent
from rnnforecast.quantities import PRICE, VOLATILITY, Quantity
from rnnforecast.report import markdown
from rnnforecast.report.charts.skill import skill_of_runs, skill_of_symbols
from rnnforecast.report.charts.spec import Chart
from rnnforecast.report.figure_kinds import Kind
from rnnforecast.report.html import page
from rnnforecast.report.json_document import document, dumped, records
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import Sheet

KINDS: tuple[Kind, ...] = ("skill", "training")
"""Figures of what all symbols have in common."""
MOST_ROWS = 30
"""Symbols up to which each has a row of its own in the figure."""


@dataclass(frozen=True, eq=False)
class Panel:
    """A run on several symbols, read from disk.

    Args:
        common: what they share; its history is the first one's, its scores are in units of each
            one's mean move.
        symbols: of ``pooling.by_symbol``; None before ``evaluate``.
        pages: those that symbols have of their own, relative to the run's.
        scored_ranks: of ``score_ranks``; None unless they were asked for.
        sessions: of ``score_sessions``; None of few symbols and before ``evaluate``.
    """

    common: Material
    symbols: pd.DataFrame | None
    pages: Mapping[str, str]
    scored_ranks: pd.DataFrame | None = None
    sessions: pd.DataFrame | None = None

    @property
    def forecasts(self) -> Sheet:
        """The forecast of each symbol at the end of its path."""
        return forecasts_sheet(self.common["forecast"], self.common.quantity)

    @property
    def table(self) -> Sheet | None:
        """A line for each symbol."""
        return None if self.symbols is None else symbols_sheet(self.symbols)

    @property
    def ranks(self) -> Sheet | None:
        """The scores of the forecast ranks of the symbols."""
        return None if self.scored_ranks is None else ranks_sheet(self.scored_ranks)

    @property
    def cross_section(self) -> Sheet | None:
        """The worth of each session's ranking; None where no session has one."""
        if self.sessions is None or self.sessions.empty:
            return None
        return cross_section_sheet(self.sessions)

    @property
    def ranking(self) -> str:
        """The same in a sentence; empty where symbols are too few."""
        return "" if self.sessions is None else describe_ranking(summarise_sessions(self.sessions))

    @property
    def chart(self) -> Chart | None:
        """Skill of the spread on naive's for every symbol, the best one first,
        with its interval."""
        if self.symbols is None:
            return None
        title = f"Skill on each of {len(self.symbols)} symbols"
        if len(self.symbols) <= MOST_ROWS:
            return skill_of_runs(self.symbols.rename(columns={"symbol": "run"}), title)
        return skill_of_symbols(self.symbols, title)

    @property
    def counted(self) -> str:
        """On how many symbols the spread beats naive's."""
        return "" if self.symbols is None else counted(self.symbols)

    @property
    def kinds(self) -> list[Kind]:
        """Figures of what the symbols have in common that can be drawn."""
        return [kind for kind in KINDS if self.common.allows(kind)]


def forecasts_sheet(forecast: pd.DataFrame, quantity: Quantity) -> Sheet:
    """Tabulate the last step of every symbol's forecast.

    Args:
        forecast: every step of every symbol, as stored.
        quantity: that is forecast.
    """
    ends = forecast.loc[forecast.groupby("symbol", sort=False)["step"].idxmax()]
    direction = not quantity.has_distribution
    names = {"rising": "above that"} if direction else {
        "median": "median", "low_80": "80 % from", "high_80": "to", "low_95": "95 % from",
        "high_95": "to "
    }  # fmt: skip
    rows = [
        [
            str(row["symbol"]), (PRICE if direction else quantity).format(row["last"]),
            str(row["origin"])[:10],
            str(row["date"])[:10], *(quantity.format(row[name]) for name in names),
        ]
        for row in ends.to_dict("records")
    ]  # fmt: skip
    last = "recent" if quantity == VOLATILITY else "last close"
    return Sheet(["symbol", last, "on", "forecast for", *names.values()], rows)


def symbols_sheet(table: pd.DataFrame, *, brief: bool = False) -> Sheet:
    """Tabulate the verdict on each symbol in a line.

    Args:
        table: of ``pooling.by_symbol``.
        brief: for 80 columns.
    """
    columns = {
        "symbol": table["symbol"].tolist(),
        "vs naive": _percents(table["skill"]),
        "p": _ps(table["p"]),
        "p (Holm)": _ps(table["corrected_p"]),
        "vs GARCH-t": _percents(table["garch_skill"]),
        "p ": _ps(table["garch_p"]),
        "80 % coverage": _percents(table["coverage_80"], signed=False),
    }
    if not brief:
        columns["95 % coverage"] = _percents(table["coverage_95"], signed=False)
        columns["point"] = _percents(table["point_skill"])
        columns["n"] = [f"{n:,}" for n in table["origins"]]
        columns["verdict"] = table["headline"].tolist()
    filled = {name: cells for name, cells in columns.items() if any(cells)}
    return Sheet(list(filled), [list(row) for row in zip(*filled.values(), strict=True)])


def ranks_sheet(table: pd.DataFrame) -> Sheet:
    """Tabulate how well each model foretold the ranks of the symbols.

    Args:
        table: of ``score_ranks``.
    """
    headings = ["forecast", "score", "skill on uniform", "periods better", "p of this run"]
    rows = [
        [
            TITLES[row["model"]],
            f"{row['rps']:.5f}",
            "" if row["model"] == UNIFORM else format_percent(row["skill"], signed=True),
            "" if row["model"] == UNIFORM else f"{row['better']} of {row['periods']}",
            "" if row["p"] != row["p"] else format_p(row["p"]).removeprefix("= "),
        ]
        for row in summarise_ranks(table).to_dict("records")
    ]
    filled = [0, 1, 2, 3, *([4] if any(row[4] for row in rows) else [])]
    return Sheet([headings[at] for at in filled], [[row[at] for at in filled] for row in rows])


def cross_section_sheet(table: pd.DataFrame) -> Sheet:
    """Tabulate what the ranking of each session was worth, by step.

    Args:
        table: of ``score_sessions``.
    """
    headings = ["steps ahead", "score", "mean", "95 % from", "to", "p", "sessions", "symbols"]
    rows = [
        [
            str(row["step"]),
            METRICS[row["metric"]],
            *(_score(row[name], row["metric"]) for name in ("mean", "low", "high")),
            "" if row["p"] != row["p"] else format_p(row["p"]).removeprefix("= "),
            f"{row['sessions']:,}",
            f"{row['symbols']:,}",
        ]
        for row in summarise_sessions(table).to_dict("records")
    ]
    return Sheet(headings, rows)


def _score(value: float, metric: str) -> str:
    if value != value:
        return ""
    return format_percent(value, signed=True) if metric == "spread" else f"{value:+.3f}"


def _percents(values: pd.Series, *, signed: bool = True) -> list[str]:
    return ["" if value != value else format_percent(value, signed=signed) for value in values]


def _ps(values: pd.Series) -> list[str]:
    return ["" if p != p else format_p(p).removeprefix("= ") for p in values]


def to_page(
    panel: Panel,
    drawn: Mapping[Kind, str],
    symbols: Markup | None,
    *,
    plotly_href: str | None = None,
) -> str:
    """Write the page as HTML; whatever it is given is escaped.

    Args:
        panel: the run.
        drawn: figures of what the symbols have in common, as SVG documents.
        symbols: ``Panel.chart`` as a still figure; None before ``evaluate``.
        plotly_href: where ``plotly_sheet`` lies, relative to the page; None embeds Plotly.
    """
    return page(
        "panel.html", panel.common, drawn, plotly_href=plotly_href, panel=panel, symbols=symbols
    )


def to_json(panel: Panel) -> str:
    """Write the report as JSON."""
    return dumped(
        {
            **document(panel.common),
            "symbols": [] if panel.symbols is None else records(panel.symbols),
            "ranks": []
            if panel.scored_ranks is None
            else records(summarise_ranks(panel.scored_ranks)),
            "cross_section": []
            if panel.sessions is None
            else records(summarise_sessions(panel.sessions)),
        }
    )


def to_markdown(panel: Panel) -> str:
    """Write the report as Markdown."""
    return "\n".join(_lines(panel)).rstrip() + "\n"


def _lines(panel: Panel) -> Iterator[str]:
    common = panel.common
    yield from markdown.beginning(common)
    if panel.table is not None:
        yield from (
            "## Symbol by symbol",
            "",
            f"{markdown.escaped(panel.counted)}.",
            "",
            *markdown.table(panel.table),
        )
    if panel.ranks is not None:
        yield from ("## Who ranks where", "", *markdown.table(panel.ranks))
    if panel.cross_section is not None:
        sentence = markdown.escaped(panel.ranking)
        yield from ("## Ranking the symbols", "", sentence, "")
        yield from markdown.table(panel.cross_section)
    yield from ("## Forecasts", "", *markdown.table(panel.forecasts))
    yield from markdown.scores(common)
    yield from markdown.ending(common)
