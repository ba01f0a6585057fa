"""A run's report as Markdown: the same content as the page, without its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnnforecast.report.report_data import Material
from rnnforecast.report.tables import sections
from rnnforecast.report.tables.cells import Sheet

_SPECIAL = re.compile(r"([\\`*_\[\]>|~])")
_TAG, _ENTITY = re.compile(r"<(?=[A-Za-z/!?])"), re.compile(r"&(?=#|\w+;)")
"""What could begin a tag or an entity: some wikis take these for HTML even after a backslash."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def to_markdown(material: Material) -> str:
    """Write the report as Markdown."""
    return "\n".join(_lines(material)).rstrip() + "\n"


def beginning(material: Material) -> Iterator[str]:
    """Say whose prices these are, and yield the verdict."""
    yield from (f"# {escaped(material.title)}", "", f"Run {escaped(material.name)}", "")
    if material.summary is not None:
        yield from (f"{escaped(material.summary.answer)} {escaped(material.summary.trust)}", "")
    yield from _verdict(material)


def _lines(material: Material) -> Iterator[str]:
    yield from beginning(material)
    if "forecast" in material:
        yield from _section(
            f"Forecast from {material['forecast']['origin'].iloc[0][:10]}",
            sections.forecast_sheet(material),
        )
    yield from scores(material)
    if "seeds" in material:
        yield from _section("Influence of the seed", sections.seeds_sheet(material))
    if material.economics:
        yield from _section("Economics", sections.economics_sheet(material))
    yield from _section("Prices", sections.provenance_sheet(material))
    quality = sections.quality_sheet(material)
    yield from table(quality) if quality.rows else ("Nothing wrong was found.", "")
    yield from ending(material)


def ending(material: Material) -> Iterator[str]:
    """Yield the config, and how the run was made."""
    yield from (
        "## Config",
        "",
        *(f"    {_code(line)}" for line in material.config.splitlines()),
        "",
    )
    yield from _section("How it was made", sections.making_sheet(material))
    if line := sections.command(material):
        yield from ("Command:", "", f"    {_code(line)}", "")
    yield from (
        "Made again, from its own config, prices and seeds, by:",
        "",
        f"    {_code(sections.again(material))}",
        "",
    )


def _verdict(material: Material) -> Iterator[str]:
    verdict = material.verdict
    if verdict is None:
        yield from ("**Not evaluated yet**: run `rnnforecast evaluate`.", "")
        return
    yield from (f"**{escaped(verdict['headline'])}.** {escaped(verdict['sentence'])}", "")
    if verdict.get("flags"):
        yield from (*(f"- {escaped(flag)}" for flag in verdict["flags"]), "")


def scores(material: Material) -> Iterator[str]:
    """Yield the report card, and all that stands behind it; nothing before ``evaluate``."""
    if "scores" not in material or "comparisons" not in material:
        return
    yield from _section(f"Does it beat {material.quantity.rival}?", *sections.cards(material))
    for title, sheet in sections.skill_by_step(material).items():
        yield from (f"### Skill in {title}", "", *table(sheet))
    further = sections.further(material)
    if further:
        yield from ("### Every metric of every model", "")
    for sheet in further:
        yield from table(sheet)
    yield from _section("Error by horizon", sections.error_sheet(material))


def _section(title: str, *sheets: Sheet) -> Iterator[str]:
    yield from (f"## {title}", "")
    for sheet in sheets:
        yield from table(sheet)


def table(sheet: Sheet) -> Iterator[str]:
    """Write a sheet as a Markdown table: names to the left, numbers to the right."""
    cells = [[escaped(cell) for cell in row] for row in (sheet.headings, *sheet.rows)]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(sheet.headings))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in (cells[0], rule, *cells[1:]):
        padded = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        yield f"| {' | '.join(padded)} |"
    yield ""


def _code(line: str) -> str:
    """Write a line of code, which no character ends early."""
    return _CONTROL.sub(" ", line)


def escaped(text: str) -> str:
    """Escape text so that Markdown takes it as it is."""
    plain = _CONTROL.sub(" ", text)
    plain = _TAG.sub("&lt;", _ENTITY.sub("&amp;", plain))
    return _SPECIAL.sub(r"\\\1", plain)
