"""``data list``, ``show`` and ``check``: what is stored, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rnnforecast.cli import completion
from rnnforecast.cli.app import app
from rnnforecast.cli.console import document, note, say, table, warn
from rnnforecast.cli.context import settings_of
from rnnforecast.cli.options import Interval, Symbol
from rnnforecast.cli.show import say_file
from rnnforecast.errors import DataError

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.data.records import DamagedSeries

data_app = typer.Typer(
    name="data", help="List, show, check, import and export stored prices.", no_args_is_help=True
)
app.add_typer(data_app)


@data_app.command("list")
def list_data(context: typer.Context) -> None:
    """List the stored series.

    \b
    For example:
      rnnforecast data list
    """
    settings = settings_of(context)
    records, damaged = settings.records.survey()
    if settings.json:
        document(
            {"schema": 1, "stored": records, "damaged": [_plain(record) for record in damaged]}
        )
    elif records or damaged:
        rows = [
            [
                record["symbol"],
                record["interval"],
                f"{record['rows']:,}",
                record["first"][:10],
                record["last"][:10],
                record["sessions"],
            ]
            for record in records
        ]
        rows += [
            [record.symbol, record.interval, "", "", "", f"damaged: {record.error}"]
            for record in damaged
        ]
        columns = ["symbol", "interval", "bars", "first", "last", "sessions"]
        table(columns, rows, left=2, prose=["sessions"])
    else:
        say("no prices yet; run: rnnforecast fetch BTC-USD")


def _plain(series: DamagedSeries) -> dict[str, str]:
    """Return a series that cannot be read as JSON values."""
    error = series.error
    identity = {"symbol": series.symbol, "interval": series.interval}
    return {**identity, "error": error.problem, "remedy": error.remedy}


@data_app.command()
def show(
    context: typer.Context,
    symbol: Symbol,
    interval: Interval = "1d",
    plot: Annotated[
        bool, typer.Option("--plot", help="Also draw the newest bars as candlesticks.")
    ] = False,
    bars: Annotated[int, typer.Option(metavar="N", min=2, help="Bars in the picture.")] = 120,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The picture's file; by default beside the prices."),
    ] = None,
) -> None:
    """Show a stored series: range, gaps, splits, source and shape.

    \b
    For example:
      rnnforecast data show BTC-USD --plot
    """
    from rnnforecast.data.history_calendar import history_notes
    from rnnforecast.formatting import format_price, sparkline

    settings = settings_of(context)
    history = settings.store.load(symbol, interval)
    picture = None
    if plot:
        from rnnforecast.report.charts.candlestick import candlestick
        from rnnforecast.report.charts.files import save
        from rnnforecast.report.charts.render_matplotlib import draw

        file = out or settings.store.folder(symbol) / f"{interval}.png"
        picture = save(draw(candlestick(history, bars)), file)
    facts = _facts(history)
    if settings.json:
        notes = list(history_notes(history))
        document({"schema": 2, **facts, "notes": notes, "picture": picture and str(picture)})
        return
    closes = history.bars["close"].tolist()
    for name, value in _in_words(facts).items():
        say(f"{name:<10} {value if value is not None else 'unknown'}")
    say(f"{history.target:<10} {sparkline(closes, 60)} {format_price(closes[-1])}")
    for line in history_notes(history):
        note(line, settings)
    if picture:
        say_file("picture", picture)


def _facts(history: PriceHistory) -> dict[str, Any]:
    """Return what there is to know about a series, as JSON values."""
    from rnnforecast.data.corporate_actions import known_splits
    from rnnforecast.data.quality import missing_sessions, named

    provenance, bars = history.provenance, history.bars
    missing = missing_sessions(history)
    return {
        "symbol": history.symbol,
        "interval": history.interval,
        "bars": len(history),
        "first": history.first.isoformat(),
        "last": history.last.isoformat(),
        "newest_close": float(bars["close"].iloc[-1]),
        "columns": list(map(str, bars.columns)),
        "target": history.target,
        "sessions": history.sessions,
        "currency": history.currency,
        "missing_sessions": None if missing is None else list(named(missing)),
        "splits": [
            {"date": f"{day:%Y-%m-%d}", "ratio": float(ratio)}
            for day, ratio in known_splits(bars).items()
        ],
        "dividends": int((bars["dividends"] > 0).sum()) if "dividends" in bars else None,
        "source": provenance.get("file") or provenance.get("origin") or provenance.get("source"),
        "retrieved": provenance.get("retrieved_at"),
    }


def _in_words(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the same for people."""
    from rnnforecast.data.quality import shown

    missing = facts["missing_sessions"]
    splits = [f"{split['date']} {split['ratio']:g}:1" for split in facts["splits"]]
    days = f"{facts['first'][:10]} to {facts['last'][:10]}"
    return {
        "symbol": facts["symbol"],
        "bars": f"{facts['bars']:,} of {facts['interval']}, {days}",
        "columns": ", ".join(facts["columns"]),
        "sessions": facts["sessions"],
        "currency": facts["currency"],
        "gaps": None if missing is None else _counted(missing),
        "splits": shown(splits) or "none",
        "dividends": facts["dividends"] or "none",
        "source": facts["source"],
        "retrieved": facts["retrieved"],
    }


def _counted(days: Sequence[str]) -> str:
    from rnnforecast.data.quality import shown

    return f"{len(days)}: {shown(days)}" if days else "none"


@data_app.command()
def check(
    context: typer.Context,
    symbol: Annotated[
        str | None,
        typer.Argument(
            metavar="SYMBOL",
            help="A stored symbol; by default all.",
            autocompletion=completion.symbols,
        ),
    ] = None,
    interval: Annotated[
        str | None, typer.Option(metavar="LENGTH", help="Length of a bar; by default all.")
    ] = None,
) -> None:
    """Look for missing sessions, bad ticks and split-like jumps;
    exit code 4 if prices are unusable.

    \b
    For example:
      rnnforecast data check BTC-USD

    Nothing is repaired. data.missing and data.bad_ticks in a config say how training handles it.
    """
    from rnnforecast.data.quality import inspect

    settings = settings_of(context)
    records, damaged = settings.records.survey()
    wanted = [
        (record["symbol"], record["interval"])
        for record in records
        if symbol in (None, record["symbol"]) and interval in (None, record["interval"])
    ]
    unreadable = [
        record.error
        for record in damaged
        if symbol in (None, record.symbol) and interval in (None, record.interval)
    ]
    if not wanted and not unreadable:
        settings.store.load(symbol or "BTC-USD", interval or "1d")  # says what is missing
    findings: list[dict[str, Any]] = []
    for name, length in wanted:
        try:
            history = settings.store.load(name, length)
        except DataError as error:
            unreadable.append(error)
            continue
        findings += [
            {"symbol": name, "interval": length, **asdict(finding)} for finding in inspect(history)
        ]
    problems = [{"error": error.problem, "remedy": error.remedy} for error in unreadable]
    checked = {"checked": len(wanted), "findings": findings, "damaged": problems}
    spoiled = [entry["symbol"] for entry in findings if entry["severity"] == "error"]
    if not settings.json:
        _show_findings(findings)
        plural = "" if len(findings) == 1 else "s"
        note(f"{len(wanted)} series checked, {len(findings)} finding{plural}", settings)
    elif not spoiled and not unreadable:
        document({"schema": 1, **checked})
    if spoiled:
        for problem in unreadable:
            warn(f"warning: {problem}")
        raise DataError(
            f"unusable prices in {', '.join(dict.fromkeys(spoiled))}",
            "fetch them again, or choose data.start, data.bad_ticks or another source",
            checked,
        )
    if unreadable:
        for problem in unreadable[1:]:
            warn(f"warning: {problem}")
        raise DataError(unreadable[0].problem, unreadable[0].remedy, checked)


def _show_findings(findings: Sequence[dict[str, Any]]) -> None:
    """Print a row for each finding."""
    from rnnforecast.data.quality import shown

    rows = [
        [
            entry["symbol"],
            entry["interval"],
            entry["severity"],
            entry["kind"],
            entry["detail"],
            f"{len(entry['dates'])}: {shown(entry['dates'], 3)}",
        ]
        for entry in findings
    ]
    if rows:
        table(
            ["symbol", "interval", "severity", "what", "how much", "when"],
            rows, left=3, prose=["what", "how much", "when"],
        )  # fmt: skip
