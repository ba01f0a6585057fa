"""Every result beside its contenders and its target, as one table.

    python benchmarks/table.py [--markdown]

Made from the files of ``results``: what was not measured is not in it. A ratio says how many times
as good rnnforecast is (so many times as fast, or as little memory); ratios are formed round by
round.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from statistics import median
from typing import Any

from common import PACKAGES, RESULTS
from rich.console import Console
from rich.table import Table

OURS = "ours"
HEAD = ("job", "contender", "ours", "theirs", "ratio", "spread", "target")
CELLS = {"lstm": "LSTM", "gru": "GRU", "simple_rnn": "SimpleRNN"}
NAMES = {
    "keras_script": "plain Keras",
    "torch_script": "plain PyTorch",
    "darts_rnn": "Darts",
    "neuralforecast_rnn": "NeuralForecast",
    OURS: "rnnforecast",
    "keras": "Keras' utility",
    "darts": "Darts",
    "neuralforecast": "NeuralForecast",
    "neuralforecast_64": "NeuralForecast, batches of 64",
}
TIMES = {
    ("LSTM, s an epoch", "plain Keras"): 5.0,
    ("LSTM, s an epoch", "plain PyTorch"): 1.5,
    ("LSTM, s an epoch", "Darts"): 1.2,
    ("LSTM, s the whole process", "Darts"): 1.0,
    ("LSTM, s the whole process", "NeuralForecast"): 1.0,
    ("GRU, s an epoch", "plain PyTorch"): 2.0,
    ("SimpleRNN, s an epoch", "plain PyTorch"): 1.0,
    ("predict, s", "Keras script"): 4.0,
}
"""How many times as fast as a contender a job is to be at least."""
MOST = {
    "predict, s": 1.2,
    "--help, s": 0.2,
    "data list of 500 symbols, s": 0.5,
    "runs list of 1,000 runs, s": 0.5,
    "load of 5,000 rows, s": 0.05,
    "evaluate: 1,000 origins and their scores, s": 2.0,
    "windows of 482 tickers, s to the first batch": 2.0,
    "training on 482 tickers, MB at the peak": 1500.0,
    "demo, s": 45.0,
    "train --config lstm.yaml, s": 30.0,
}
"""What a job is to take at most."""
Round = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """A line of the table, as it is shown.

    Args:
        job: with its unit.
        contender: beside whom; empty if alone.
        ours: the median over rounds.
        theirs: the same, or that it was not measured.
        ratio: the median of the rounds' ratios.
        spread: the range of these; alone, of ours.
        target: and whether it is met.
    """

    job: str
    contender: str
    ours: str
    theirs: str
    ratio: str
    spread: str
    target: str

    def cells(self) -> list[str]:
        """In the order of HEAD."""
        return [
            self.job,
            self.contender,
            self.ours,
            self.theirs,
            self.ratio,
            self.spread,
            self.target,
        ]


def rows(results: dict[str, dict[str, Any]]) -> Iterator[Row]:
    """The whole table, from results by file name."""
    for cell, name in CELLS.items():
        if found := results.get(f"train_{cell}"):
            yield from beside_all(f"{name}, s an epoch", found["rounds"], "epoch")
            yield from beside_all(f"{name}, s the whole process", found["rounds"], "whole")
            yield from beside_all(f"{name}, MB at the peak", found["rounds"], "peak_mb")
    if found := results.get("jobs"):
        yield from (alone(f"{name}, s", seconds) for name, seconds in found["seconds"].items())
    if found := results.get("predict"):
        seconds = found["seconds"]
        yield alone("predict, s", seconds["predict"])
        yield beside("predict, s", "Keras script", seconds["predict"], seconds["the same by Keras"])
        yield alone("--help, s", seconds["--help"])
        yield alone("runs list of 1,000 runs, s", seconds["runs list"])
    if found := results.get("store"):
        yield alone("data list of 500 symbols, s", found["seconds"]["data list"])
        yield alone("load of 5,000 rows, s", found["seconds"]["load"])
    if found := results.get("evaluate"):
        parts = zip(
            found["seconds"]["quantiles of prices"],
            found["seconds"]["scores of these"],
            strict=True,
        )
        yield alone("evaluate: 1,000 origins and their scores, s", [sum(part) for part in parts])
    if found := results.get("windows"):
        yield from windows(found["sizes"])
    for one in results.get("tickers", {"by_tickers": []})["by_tickers"]:
        job = f"training on {one['tickers']} tickers, MB at the peak"
        if job in MOST:
            yield alone(job, [one["peak_mb"]])


def windows(sizes: dict[str, list[Round]]) -> Iterator[Row]:
    """Speed, wait and memory for each size of the panel."""
    for tickers, rounds in sizes.items():
        job = "windows of 1 ticker" if tickers == "1" else f"windows of {tickers} tickers"
        yield from beside_all(f"{job}, windows/s", rounds, "windows_per_s", more=True)
        first = f"{job}, s to the first batch"
        if first in MOST:
            yield alone(first, [one[OURS]["first_batch_s"] for one in rounds])
        yield from beside_all(first, rounds, "first_batch_s")
        yield from beside_all(f"{job}, MB at the peak", rounds, "peak_mb")


def beside_all(job: str, rounds: list[Round], what: str, *, more: bool = False) -> Iterator[Row]:
    """A line for each contender of the rounds.

    Args:
        job: with its unit.
        rounds: what each contender reported.
        what: of that.
        more: whether more is better.
    """
    for peer in rounds[0]:
        if peer == OURS:
            continue
        pairs = [
            (one[OURS], one[peer])
            for one in rounds
            if "failed" not in one[OURS] and "failed" not in one[peer]
        ]
        if pairs:
            ours, theirs = ([one[what] for one in side] for side in zip(*pairs, strict=True))
            yield beside(job, NAMES[peer], ours, theirs, more=more)
        else:
            yield Row(job, NAMES[peer], "", "not measured", "", "", "")


def beside(
    job: str, contender: str, ours: Sequence[float], theirs: Sequence[float], *, more: bool = False
) -> Row:
    """A job beside a contender, measured in the same rounds."""
    ratios = [one / other if more else other / one for one, other in zip(ours, theirs, strict=True)]
    least = TIMES.get((job, contender))
    target = (
        ""
        if least is None
        else f"at least {least:g}: {'met' if median(ratios) >= least else 'missed'}"
    )
    medians = [number(median(values)) for values in (ours, theirs, ratios)]
    return Row(job, contender, *medians, span(ratios), target)


def alone(job: str, values: Sequence[float]) -> Row:
    """A job beside its target only."""
    most = MOST[job]
    target = f"at most {most:g}: {'met' if median(values) <= most else 'missed'}"
    return Row(job, "", number(median(values)), "", "", span(values), target)


def number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def span(values: Sequence[float]) -> str:
    """From the least to the most."""
    return f"{number(min(values))} to {number(max(values))}"


def notes(results: dict[str, dict[str, Any]]) -> list[str]:
    """What stands under the table: machines, the contenders' packages, why one was not measured."""
    versions, failures = set(), set()
    for peer, report in reports(results):
        found = report.get("versions", {}).items()
        versions |= {
            f"{package} {version}" for package, version in found if package not in PACKAGES
        }
        failures |= (
            {f"{NAMES[peer]} was not measured: {report['failed']}"} if "failed" in report else set()
        )
    contenders = [f"Contenders: {', '.join(sorted(versions))}"] if versions else []
    return [*machines(results), *contenders, *sorted(failures)]


def machines(results: dict[str, dict[str, Any]]) -> list[str]:
    """Where results were measured and with what; one line if all were measured alike."""
    found = defaultdict(list)
    for name, result in results.items():
        about = result["machine"]
        versions = ", ".join(
            f"{package} {version}" for package, version in about["versions"].items()
        )
        found[
            f"{about['processor']}, {about['cores']} cores, Python {about['python']}; {versions}"
        ].append(name)
    return (
        list(found)
        if len(found) == 1
        else [f"{', '.join(names)}: {line}" for line, names in found.items()]
    )


def reports(results: dict[str, dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every contender's own report, of every round."""
    trainings = [result["rounds"] for name, result in results.items() if name.startswith("train_")]
    windows = results.get("windows", {"sizes": {}})["sizes"].values()
    for one in chain.from_iterable([*trainings, *windows]):
        yield from one.items()


def markdown(results: dict[str, dict[str, Any]]) -> str:
    """The table for the documentation."""
    lines = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows(results))]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
    return "\n\n".join([table, *notes(results)]) + "\n"


def terminal(results: dict[str, dict[str, Any]]) -> Table:
    """The table for a terminal."""
    table = Table(caption="\n".join(notes(results)), caption_justify="left")
    for name in HEAD:
        table.add_column(
            name, justify="left" if name in ("job", "contender", "target") else "right"
        )
    for _, lines in groupby(rows(results), key=lambda row: row.job):
        for row in lines:
            table.add_row(*row.cells())
        table.add_section()
    return table


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--markdown", action="store_true", help="for the documentation")
    chosen = parser.parse_args()
    measured = (
        "train_lstm", "train_gru", "train_simple_rnn", "jobs", "predict", "store", "evaluate",
        "windows", "tickers",
    )  # fmt: skip
    files = {name: RESULTS / f"{name}.json" for name in measured}
    results = {
        name: json.loads(path.read_text("utf-8")) for name, path in files.items() if path.exists()
    }
    if chosen.markdown:
        print(markdown(results), end="")
    else:
        Console(width=150).print(terminal(results))


if __name__ == "__main__":
    main()
