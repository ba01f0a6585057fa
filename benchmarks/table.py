"""Every result beside its contenders and its target, as one table.

    python benchmarks/table.py [--markdown | --parts]

Made from the folders of ``results``, one for each kind of processor: what was not measured is not
in it. The terminal shows the processor of this machine; Markdown, for the documentation, shows all
of them side by side.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any

from common import PACKAGES, RESULTS, processor, slug
from lines import NAMES, Line, Results, lines, reports
from rich.console import Console
from rich.table import Table

HEAD = ("job", "contender", "ours", "theirs", "ratio", "spread", "target")
MEASURED = (
    "train_lstm", "train_gru", "train_simple_rnn", "jobs", "predict", "store", "evaluate",
    "windows", "tickers", "batch_speed", "commands", "minutes", "forecast_only", "end_to_end",
    "breakdown",
)  # fmt: skip
"""Files that the table is made from."""
LEAST = {"imports": "plain import", "epochs": "floor"}
"""What stands beside the seconds of a part."""
TITLES = {"amd-epyc": "AMD EPYC", "intel-xeon": "Intel Xeon"}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markdown", action="store_true", help="for the documentation")
    parser.add_argument("--parts", action="store_true", help="where the time goes, likewise")
    chosen = parser.parse_args()
    if chosen.markdown:
        print(markdown(every_processor(RESULTS)), end="")
    elif chosen.parts:
        print(parts(every_processor(RESULTS)), end="")
    else:
        Console(width=150).print(terminal(read(RESULTS / slug(processor()))))


def read(folder: Path) -> Results:
    """Return the results of one processor, by the name of the file."""
    files = {name: folder / f"{name}.json" for name in MEASURED}
    return {
        name: json.loads(path.read_text("utf-8")) for name, path in files.items() if path.exists()
    }


def every_processor(folder: Path) -> dict[str, Results]:
    """Return the results of every processor that has any, by its slug in reverse order.

    The order, Intel before AMD, is that in which they were first measured.
    """
    folders = {path.name: read(path) for path in sorted(folder.iterdir(), reverse=True)}
    return {name: results for name, results in folders.items() if results}


def terminal(results: Results) -> Table:
    """Return the table of one processor."""
    table = Table(caption="\n".join(notes(results)), caption_justify="left")
    for name in HEAD:
        table.add_column(
            name, justify="left" if name in ("job", "contender", "target") else "right"
        )
    for _, job in groupby(lines(results), key=lambda line: line.job):
        for line in job:
            table.add_row(*cells(line))
        table.add_section()
    return table


def cells(line: Line) -> list[str]:
    """Return a line in the order of ``HEAD``; what was not measured is empty, or says so."""
    target = "" if line.target is None else f"{line.target}: {line.verdict or 'not measured'}"
    theirs = middle(line.theirs) or ("not measured" if line.contender else "")
    ours = middle(line.ours) or ("" if line.contender else "not measured")
    return [
        line.job, line.contender, ours, theirs, middle(line.ratios),
        span(line.ratios if line.contender else line.ours), target
    ]  # fmt: skip


def markdown(processors: dict[str, Results]) -> str:
    """Return the table of every processor, a line for each job and contender."""
    by_processor = {
        name: {(line.job, line.contender): line for line in lines(results)}
        for name, results in processors.items()
    }
    head = ["job", "contender", "target"]
    for name in processors:
        head += [f"{title(name)}: ours / theirs", "ratio (spread)"]
    rows = [head, ["---"] * len(head)]
    for key in in_order([list(lines_of) for lines_of in by_processor.values()]):
        beside = [lines_of.get(key) for lines_of in by_processor.values()]
        target = next(line.target for line in beside if line)
        pairs = [cell for line in beside for cell in pair(line)]
        rows.append([*key, "" if target is None else str(target), *pairs])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    under = [
        f"**{title(name)}.** {' '.join(notes(results))}" for name, results in processors.items()
    ]
    return "\n\n".join([table, *under]) + "\n"


def in_order(sequences: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Return every key once; one that the first lacks stands behind the one that it follows."""
    merged: list[tuple[str, str]] = []
    for keys in sequences:
        at = 0
        for key in keys:
            if key not in merged:
                merged.insert(at, key)
            at = merged.index(key) + 1
    return merged


def pair(line: Line | None) -> tuple[str, str]:
    """Return a processor's two cells of a line: what it took, and its ratio with the verdict."""
    if line is None:
        return "", ""
    if not line.ours or (line.contender and not line.theirs):
        return "not measured", ""
    if line.contender:
        took = f"{middle(line.ours)} / {middle(line.theirs)}"
        spread = f"{middle(line.ratios)} ({span(line.ratios)})"
    else:
        took, spread = middle(line.ours), f"({span(line.ours)})" if len(line.ours) > 1 else ""
    return took, ": ".join(part for part in (spread, line.verdict) if part)


def parts(processors: dict[str, Results]) -> str:
    """Return where the time of each command goes, a table for each processor that was asked."""
    blocks = []
    for name, results in processors.items():
        if not (report := results.get("breakdown")):
            continue
        seconds, floors = report["seconds"], report["floors"]
        totals = {command: sum(took.values()) for command, took in seconds.items()}
        head = ["part, s", *(f"{command}: {total:.1f}" for command, total in totals.items())]
        rows = [head, ["---"] * len(head)]
        everywhere = Counter[str]()
        for took in seconds.values():
            everywhere.update(took)
        for part, _ in everywhere.most_common():
            cells_of = [
                f"{took[part]:.2f}"
                + (
                    f" ({LEAST[part]} {floors[command][part]:.2f})"
                    if part in floors[command]
                    else ""
                )
                if part in took
                else ""
                for command, took in seconds.items()
            ]
            rows.append([part, *cells_of])
        table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        measured = results["breakdown"]["machine"]
        blocks.append(f"{title(name)}, {measured['date']}:\n\n{table}")
    return "\n\n".join(blocks or ["Not measured yet."]) + "\n"


def title(name: str) -> str:
    """Return a processor's name as a head."""
    return TITLES.get(name, name)


def middle(values: Sequence[float]) -> str:
    """Return the median; empty without values."""
    return number(median(values)) if values else ""


def span(values: Sequence[float]) -> str:
    """Return the range; empty without values."""
    return f"{number(min(values))} to {number(max(values))}" if values else ""


def number(value: float) -> str:
    """Return a number with three digits, or all that stand before its point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def notes(results: Results) -> list[str]:
    """Return what stands under a table: machines, dates, packages, who was not measured."""
    versions, failures = set(), set()
    for peer, report in reports(results):
        versions |= {
            f"{package} {version}"
            for package, version in report.get("versions", {}).items()
            if package not in PACKAGES
        }
        if "failed" in report:
            failures.add(f"{NAMES[peer]} was not measured: {report['failed']}.")
    if reason := results.get("forecast_only", {}).get("failed"):
        failures.add(f"The environment for forecasting only was not measured: {reason}.")
    contenders = [f"Contenders: {', '.join(sorted(versions))}."] if versions else []
    return [*machines(results), *dates(results), *contenders, *sorted(failures)]


def machines(results: Results) -> list[str]:
    """Say where results were measured and with what; one line if all were measured alike."""
    names = defaultdict(list)
    for name, result in results.items():
        names[described(result["machine"])].append(name)
    if len(names) == 1:
        return [f"{line}." for line in names]
    return [f"{', '.join(files)}: {line}." for line, files in names.items()]


def described(machine: dict[str, Any]) -> str:
    """Return a machine in words."""
    versions = ", ".join(f"{package} {version}" for package, version in machine["versions"].items())
    python = machine["python"]
    return f"{machine['processor']}, {machine['cores']} cores, Python {python}; {versions}"


def dates(results: Results) -> list[str]:
    """Say when each result was measured, as far as that was recorded."""
    names = defaultdict(list)
    for name, result in results.items():
        names[result["machine"].get("date", "on a date that was not recorded")].append(name)
    return [
        f"Measured {date}{'' if len(names) == 1 else ': ' + ', '.join(names[date])}."
        for date in sorted(names)
    ]


if __name__ == "__main__":
    main()
