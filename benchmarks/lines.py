"""The lines of the table of speed, from the results of one processor.

A line is a job, alone or beside a contender, with what each round took. Ratios are formed round by
round and say how many times as good rnnforecast is: so many times as fast, or as little memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from targets import TARGETS, Target

OURS = "ours"
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
    "neuralforecast_panel": "NeuralForecast",
}
Results = dict[str, dict[str, Any]]
"""Of one processor, by the name of the file."""
Round = dict[str, dict[str, Any]]
"""What each contender reported."""


@dataclass(frozen=True)
class Line:
    """What was measured of a job.

    Args:
        job: with its unit.
        contender: beside whom; empty for the job alone.
        ours: of each round.
        theirs: of the same rounds; empty for the job alone, or if they were not measured.
        more: whether more is better.
    """

    job: str
    contender: str = ""
    ours: tuple[float, ...] = ()
    theirs: tuple[float, ...] = ()
    more: bool = False

    @property
    def ratios(self) -> list[float]:
        """How many times as good each round was."""
        pairs = zip(self.ours, self.theirs, strict=False)  # theirs is empty if not measured
        return [ours / theirs if self.more else theirs / ours for ours, theirs in pairs]

    @property
    def target(self) -> Target | None:
        """What the line should reach, if anything."""
        return TARGETS.get((self.job, self.contender))

    @property
    def verdict(self) -> str:
        """Whether the target is met; empty if there is none, or nothing was measured."""
        values = self.ratios if self.contender else self.ours
        return self.target.verdict(median(values)) if self.target and values else ""


def lines(results: Results) -> Iterator[Line]:
    """Yield the lines of one processor, in the order of the table."""
    for cell, name in CELLS.items():
        if report := results.get(f"train_{cell}"):
            yield from training_lines(name, report["rounds"])
    for job, seconds in results.get("jobs", {}).get("seconds", {}).items():
        yield alone(f"{job}, s", seconds)
    if report := results.get("predict"):
        seconds = report["seconds"]
        yield alone("predict, s", seconds["predict"])
        keras = tuple(seconds["the same by Keras"])
        yield Line("predict, s", "Keras script", tuple(seconds["predict"]), keras)
        yield alone("--help, s", seconds["--help"])
        yield alone("runs list of 1,000 runs, s", seconds["runs list"])
    if report := results.get("store"):
        yield alone("data list of 500 symbols, s", report["seconds"]["data list"])
        yield alone("load of 5,000 rows, s", report["seconds"]["load"])
    if report := results.get("commands"):
        yield from command_lines(report)
    if report := results.get("evaluate"):
        forecasts, scores = (
            report["seconds"][part] for part in ("quantiles of prices", "scores of these")
        )
        totals = [sum(parts) for parts in zip(forecasts, scores, strict=True)]
        yield alone("1,000 origins and their scores, s", totals)
    if report := results.get("windows"):
        yield from window_lines(report["sizes"])
    for size in results.get("tickers", {}).get("by_tickers", []):
        job = f"training on {size['tickers']} tickers, MB at the peak"
        if (job, "") in TARGETS:
            yield alone(job, [size["peak_mb"]])
    if report := results.get("batch_speed"):
        yield from batch_lines(report["rounds"])
    if report := results.get("end_to_end"):
        for cell, rounds in report["cells"].items():
            job = f"{CELLS[cell]} on {report['tickers']} tickers, file to forecast"
            for quantity, unit in (("whole", "s"), ("peak_mb", "MB at the peak")):
                yield alone(f"{job}, {unit}", ours_of(rounds, quantity))
                yield from beside_all(f"{job}, {unit}", rounds, quantity)
    if report := results.get("minutes"):
        yield from usage_lines(f"{report['rows']:,} minutes: ", report["usages"])
    if report := results.get("forecast_only"):
        installed = [report["installed_mb"]] if "installed_mb" in report else []
        yield alone("forecasting only, MB installed", installed)
        yield from usage_lines("forecasting only: ", report.get("usages", {}))


def command_lines(report: dict[str, Any]) -> Iterator[Line]:
    """Yield what the commands of a run use, and what the run takes on disk."""
    names = {"train": "train --config gru", "evaluate": "evaluate after it"}
    usages = {names.get(name, name): rounds for name, rounds in report["usages"].items()}
    for line in usage_lines("", usages):
        if line.job != "predict, s":  # has a line of more rounds, beside Keras
            yield line
    yield alone("evaluated run, MB on disk", [report["run_mb"]])


def usage_lines(job: str, usages: dict[str, list[dict[str, float]]]) -> Iterator[Line]:
    """Yield seconds and memory of each command."""
    for name, rounds in usages.items():
        yield alone(f"{job}{name}, s", [usage["wall_s"] for usage in rounds])
        yield alone(f"{job}{name}, MB at the peak", [usage["peak_mb"] for usage in rounds])


def batch_lines(rounds: list[dict[str, dict[str, float]]]) -> Iterator[Line]:
    """Yield a panel's speed for each size of batch, beside the smallest one."""
    smallest, *larger = rounds[0]
    for part, unit in (
        ("windows_per_s", "windows/s"),
        ("windows_per_core_s", "windows per processor second"),
    ):
        speeds = {size: tuple(speed[size][part] for speed in rounds) for size in rounds[0]}
        yield Line(f"panel, {unit} in batches of {smallest}", ours=speeds[smallest])
        for size in larger:
            job = f"panel, {unit} in batches of {int(size):,}"
            yield Line(job, f"batches of {smallest}", speeds[size], speeds[smallest], more=True)


def training_lines(name: str, rounds: list[Round]) -> Iterator[Line]:
    """Yield an epoch, the whole process and the memory of a kind of network."""
    epoch = f"{name}, s an epoch"
    for line in beside_all(epoch, rounds, "epoch"):
        yield line
        best = f"{line.contender}, its best round"
        if line.theirs and (epoch, best) in TARGETS:
            yield Line(epoch, best, line.ours, (min(line.theirs),) * len(line.ours))
    yield from beside_all(f"{name}, s the whole process", rounds, "whole")
    memory = f"{name}, MB at the peak"
    if (memory, "") in TARGETS:
        yield alone(memory, ours_of(rounds, "peak_mb"))
    yield from beside_all(memory, rounds, "peak_mb")


def window_lines(sizes: dict[str, list[Round]]) -> Iterator[Line]:
    """Yield speed, wait and memory for each size of the panel."""
    for tickers, rounds in sizes.items():
        job = "windows of 1 ticker" if tickers == "1" else f"windows of {tickers} tickers"
        yield from beside_all(f"{job}, windows/s", rounds, "windows_per_s", more=True)
        first = f"{job}, s to the first batch"
        if (first, "") in TARGETS:
            yield alone(first, ours_of(rounds, "first_batch_s"))
        yield from beside_all(first, rounds, "first_batch_s")
        yield from beside_all(f"{job}, MB at the peak", rounds, "peak_mb")


def alone(job: str, values: list[float]) -> Line:
    """Return a job without a contender."""
    return Line(job, ours=tuple(values))


def ours_of(rounds: list[Round], quantity: str) -> list[float]:
    """Return a quantity of ours in every round that did not fail."""
    return [reports[OURS][quantity] for reports in rounds if "failed" not in reports[OURS]]


def beside_all(
    job: str, rounds: list[Round], quantity: str, *, more: bool = False
) -> Iterator[Line]:
    """Yield a line for each contender, of the rounds in which neither side failed."""
    for peer in rounds[0]:
        if peer == OURS:
            continue
        pairs = [
            (reports[OURS][quantity], reports[peer][quantity])
            for reports in rounds
            if "failed" not in reports[OURS] and "failed" not in reports[peer]
        ]
        ours, theirs = zip(*pairs, strict=True) if pairs else ((), ())
        yield Line(job, NAMES[peer], ours, theirs, more)


def reports(results: Results) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every contender's own report, of every round."""
    trainings = (result["rounds"] for name, result in results.items() if name.startswith("train_"))
    windows = results.get("windows", {}).get("sizes", {}).values()
    panels = results.get("end_to_end", {}).get("cells", {}).values()
    for rounds in (*trainings, *windows, *panels):
        for contenders in rounds:
            yield from contenders.items()
