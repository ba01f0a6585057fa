"""What a report says beside its figures, as sheets of text:
the same on the page and in Markdown."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pandas as pd

from rnnforecast.data.quality import shown
from rnnforecast.forecast.baselines.registry import model_title
from rnnforecast.forecast.summary import LARGE_MOVE, large_move_chance, rounded, written_date
from rnnforecast.formatting import format_percent, format_price
from rnnforecast.quantities import PRICE, VOLATILITY
from rnnforecast.report.plot_data import (
    error_by_step,
    error_metric,
    skill_metrics,
    square_root_growth,
)
from rnnforecast.report.report_data import Material
from rnnforecast.report.tables.cells import METRICS, Sheet, all_scores, by_step
from rnnforecast.report.tables.scorecard import economics_card, models_card, report_card, seeds_line

FEW = 10
"""So many steps stand side by side, more one below the other."""


def forecast_sheet(material: Material) -> Sheet:
    """Tabulate the coming sessions."""
    summary = material.summary
    assert summary is not None  # asked only where there is a forecast
    if not material.quantity.has_distribution:
        rows = [
            [written_date(step.date), material.shown(step.probability_up or 0.0)]
            for step in summary.steps
        ]
        return Sheet(["session", "chance of a close above the last"], rows)
    names = {
        "median": "median", "low_80": "80 % from", "high_80": "to", "low_95": "95 % from",
        "high_95": "to ",
    }  # fmt: skip
    columns = {
        "session": [written_date(step.date) for step in summary.steps],
        "move": [_skill(step.move) for step in summary.steps],
        **{
            title: [*map(material.shown, material["forecast"][name])]
            for name, title in names.items()
        },
        "chance: rise": [_chance(step.probability_up) for step in summary.steps],
        f"move > {100 * LARGE_MOVE:.0f} %": [
            large_move_chance(step.probability_large) for step in summary.steps
        ],
    }
    known = {title: cells for title, cells in columns.items() if any(cells)}
    return Sheet(list(known), [list(row) for row in zip(*known.values(), strict=True)])


def forecast_caption(material: Material) -> str:
    """Say what the table of the coming sessions shows, and from where."""
    first = material["forecast"].iloc[0]
    origin = written_date(material.dates(material["forecast"]["origin"])[0].tz_localize(None))
    last = (VOLATILITY if material.quantity == VOLATILITY else PRICE).format(float(first["last"]))
    unit = "" if material.quantity == VOLATILITY else f" {material.history.currency or ''}"
    word = "recent volatility a bar" if material.quantity == VOLATILITY else material.history.target
    return f"Forecast from {origin}: {word} {last}{unit}".rstrip()


def big_figures(material: Material) -> list[tuple[str, str, str]]:
    """Return what is expected of the next session, as name, figure, and a note."""
    summary = material.summary
    assert summary is not None  # asked only where there is a forecast
    first, quantity = summary.steps[0], material.quantity
    if first.median is None:
        chance = _chance(first.probability_up)
        return [("Chance of a close above the last", chance, written_date(first.date))]
    ends = " to ".join(rounded(value, quantity) for value in (first.low_80, first.high_80))
    moves = " to ".join(filter(None, (_skill(first.low_move), _skill(first.high_move))))
    figures = [
        ("Most likely", rounded(first.median, quantity), _skill(first.move)),
        ("80 % chance of", ends, moves if quantity.has_direction else ""),
        ("Chance of a rise", _chance(first.probability_up), ""),
        (
            f"Chance of a move over {100 * LARGE_MOVE:.0f} %",
            large_move_chance(first.probability_large),
            "",
        ),
    ]
    return [figure for figure in figures if figure[1]]


def card_caption(sheet: Sheet) -> str:
    """Say what a table of the report card shows."""
    if sheet.headings[0] == "all models":
        return "Every model, from the lowest CRPS"
    if any(heading.startswith(("skill", "fewer")) for heading in sheet.headings):
        return "Losses: lower is better"
    return "Shares, with their 95 % intervals"


def _chance(probability: float | None) -> str:
    return "" if probability is None else format_percent(probability)


def cards(material: Material) -> list[Sheet]:
    """Tabulate the report card over all steps, and every model beside naive."""
    scores, comparisons = material["scores"], material["comparisons"]
    everyone = models_card(scores, comparisons, material.get("model_set"))
    return [*report_card(scores, comparisons), *([] if everyone is None else [everyone])]


def further(material: Material) -> tuple[Sheet, ...]:
    """Tabulate every metric of every model."""
    return all_scores(material["scores"], material["comparisons"])


def skill_by_step(material: Material) -> dict[str, Sheet]:
    """Tabulate the skill at each step on each baseline, by title of the metric."""
    if material.horizon == 1:
        return {}
    comparisons = material["comparisons"]
    return {
        METRICS[metric].title: by_step(comparisons, metric) for metric in skill_metrics(comparisons)
    }


def error_sheet(material: Material) -> Sheet:
    """Tabulate the mean error of every model at each step."""
    scores = material["scores"]
    errors, priced = error_by_step(scores), error_metric(scores) == "mae"
    growth = square_root_growth(errors, material.quantity)
    table = errors if growth is None else errors.assign(**{"naive by √steps": growth})
    as_text = material.shown if priced else format_price
    if len(table) <= FEW:
        rows = [
            [model_title(str(model)), *(as_text(float(value)) for value in table[model])]
            for model in table
        ]
        return Sheet(["step", *map(str, table.index)], rows)
    values = zip(table.index, table.to_numpy(float), strict=True)
    rows = [[str(step), *(as_text(float(value)) for value in row)] for step, row in values]
    return Sheet(["step", *(model_title(str(model)) for model in table)], rows)


def seeds_sheet(material: Material) -> Sheet:
    """Tabulate how much the seed decides: every member alone."""
    table = material["seeds"]
    metrics = [str(metric) for metric in table["metric"].unique()]
    rows = []
    for member, part in table.groupby("member", sort=False):
        skills = part.set_index("metric")["skill"]
        rows.append([str(member), *(_skill(skills.get(metric)) for metric in metrics)])
    titles = [
        f"skill in {METRICS[metric].title if metric in METRICS else metric}" for metric in metrics
    ]
    return Sheet(["network", *titles], rows)


def _skill(value: Any) -> str:
    return "" if value is None or pd.isna(value) else format_percent(float(value), signed=True)


def seeds(material: Material) -> str:
    """Say how much the seed decides, in a line."""
    return seeds_line(material.get("seeds"))


def economics_sheet(material: Material) -> Sheet:
    """Tabulate what trading on the calls would have earned, beside holding."""
    assert material.economics is not None  # asked only where there are any
    return economics_card(material.economics)


def quality_sheet(material: Material) -> Sheet:
    """Tabulate what is wrong with the bars, and what training did about it."""
    faults = [
        [finding.kind, finding.severity, finding.detail, shown(finding.dates)]
        for finding in material.findings
    ]
    cleaned = [
        [_words(kind), "cleaning", f"{cleaned_bars['count']} bars", shown(cleaned_bars["dates"])]
        for kind, cleaned_bars in material.record["data"].get("cleaning", {}).items()
        if cleaned_bars["count"]
    ]
    return Sheet(["what", "kind", "how much", "when"], faults + cleaned)


def provenance_sheet(material: Material) -> Sheet:
    """Tabulate where the bars come from, those of other symbols too."""
    data = material.record["data"]
    return Sheet(
        ["", "series"],
        [row for series in (data, *data.get("exogenous", ())) for row in _series(series)],
    )


def _series(data: Mapping[str, Any]) -> Iterator[list[str]]:
    source = data["provenance"]
    yield ["symbol", data["symbol"]]
    yield ["bars", f"{data['rows']:,} of {data['interval']}, {data['first']} to {data['last']}"]
    yield [
        "sessions",
        f"{data['sessions']}{', in ' + data['currency'] if data['currency'] else ''}",
    ]
    for name in ("source", "origin", "file", "retrieved_at", "yfinance"):
        if source.get(name) is not None:
            yield [_words(name), str(source[name])]
    yield ["SHA-256", data["digest"]]


def making_sheet(material: Material) -> Sheet:
    """Tabulate versions, seeds, parts: what must be known to make the run again."""
    return Sheet(["", "value"], list(_making(material.record, material.config)))


def _making(record: Mapping[str, Any], config: str) -> Iterator[list[str]]:
    for part, split in record["splits"].items():
        yield [
            part,
            f"{split['windows']:,} windows, targets {split['first_target']} to "
            f"{split['last_target']}",
        ]
    seeds = ", ".join(map(str, record["seeds"]))
    yield [
        "networks",
        f"{len(record['seeds'])} of {record['parameters']:,} parameters, seeds {seeds}",
    ]
    touched = len(record["test_touched"])
    yield ["test part", f"looked at {touched} time{'' if touched == 1 else 's'}"]
    for baseline, reason in record.get("failed_baselines", {}).items():
        yield [f"{model_title(baseline)} failed", reason]
    versions = ", ".join(f"{package} {version}" for package, version in record["versions"].items())
    yield [
        "versions",
        f"rnnforecast {record['rnnforecast']}, Python {record['python']}, {versions}",
    ]
    yield [
        "machine",
        ", ".join(str(record[name]) for name in ("platform", "device") if name in record),
    ]
    yield ["config", f"SHA-256 {_digest(config)}"]
    yield ["made", record["created"]]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def command(material: Material) -> str:
    """Return the command line that made the run."""
    argv = [str(word) for word in material.record.get("argv", ())]
    return shlex.join(["rnnforecast", *argv[1:]]) if argv else ""


def again(material: Material) -> str:
    """Return the command line that makes the run again, and says what differs."""
    return shlex.join(["rnnforecast", "reproduce", material.name])


def _words(name: str) -> str:
    return name.replace("_", " ")
