"""A simulated year of ``daily``, killed at random, and whether anything was lost or counted twice.

    python -m tests.practice.year [--symbols 12] [--days 250] [--kills 50] [--home FOLDER]

A loopback Yahoo of another process says what was known on each evening. The program runs
unmodified, each time in a process of its own that is forked from one that has imported it: its
clock is moved, its waits are a hundred times shorter, and it is killed with signal 9.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import pandas as pd

from rnnforecast.data.calendars import calendar
from tests.practice.market import Year, make_year
from tests.practice.recomputation import Recomputed, recompute
from tests.yahoo import BROKEN, Act, Yahoo

WATCH = """
config: gru
refit_every: {refit}
symbols:
{symbols}
"""
SMALL = (
    "['pool=[network]', model.units=4, training.epochs=2, training.ensemble=1, window.horizon=2, "
    "'window.features=[log_return, abs_log_return]']"
)
DONE, BROKEN_PROMISE, SOME_FAILED, UNREACHED = 0, 3, 7, 5
FASTER = 100
"""How many times shorter the program's waits are."""


class SimulatedYahoo(Yahoo):
    """Answers as of a clock that another process moves."""

    year: Year
    instant: Synchronized[float]

    @property
    def evening(self) -> pd.Timestamp:
        """What time it is."""
        return pd.Timestamp(self.instant.value, unit="s", tz="UTC")

    def answer(self, path: str) -> Act:
        """What to say to a request."""
        if self.evening in self.year.outage:
            return BROKEN
        known = (each for each in self.year.securities if each.is_known(self.evening))
        served = (security.answer(self.evening) for security in known)
        self.instruments = {instrument.symbol: instrument for instrument in served}
        return super().answer(path)

    def clock(self) -> str:
        """The Date header."""
        return self.evening.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _serve(folder: Path, year: Year, instant: Synchronized[float], pipe: Connection) -> None:
    """Be the Yahoo until the other side says that it is over."""
    with SimulatedYahoo(folder) as yahoo:
        yahoo.year, yahoo.instant = year, instant
        pipe.send(yahoo.environment())
        pipe.recv()


@dataclass
class Outcome:
    """What a year came to.

    Args:
        evenings: on which the command ran to its end.
        kills: that met a running command.
        codes: how often each exit code was returned.
        seconds: of the commands that ran to their end.
        lost: lines of records that were there after a kill and are not there now.
        missing: forecasts that ought to have been made, as ``symbol date``.
        doubled: forecasts that stand in the records twice, or that nobody expected.
        scores: what ``track`` says of each symbol.
        recomputed: the same from the records and the served prices, by other code.
        verified: forecasts that ``track verify`` has counted.
    """

    evenings: int = 0
    kills: int = 0
    codes: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    recomputed: dict[str, Recomputed] = field(default_factory=dict)
    verified: int = 0


class Program:
    """The program of a home, forked from this process, which has imported it.

    Args:
        home: its ``--home``; what it prints goes to ``log`` there.
        environment: that leads it to the Yahoo.
    """

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home, self.environment = home, environment
        _import_all()

    def start(self, now: pd.Timestamp, *arguments: str) -> int:
        """Start a command at some time; its process and what it prints."""
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            os.setsid()
            code = self._run(now, arguments)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _run(self, now: pd.Timestamp, arguments: Sequence[str]) -> int:
        import time_machine

        from rnnforecast.cli.main import main

        os.environ.update(self.environment | {"COLUMNS": "100", "NO_COLOR": "1"})
        os.chdir(self.home)
        for stream, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(self.home / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["rnnforecast", "--home", str(self.home), *arguments]
        time.sleep = _doze
        with time_machine.travel(now.to_pydatetime()):
            try:
                main()
            except SystemExit as stop:
                return int(stop.code or 0)
        return 0

    def call(self, now: pd.Timestamp, *arguments: str) -> tuple[int, str]:
        """Run a command to its end: its exit code, and what it printed."""
        _, status = os.waitpid(self.start(now, *arguments), 0)
        return os.waitstatus_to_exitcode(status), (self.home / "out").read_text()


def _import_all() -> None:
    """Import what ``daily`` needs but TensorFlow, whose threads do not survive a fork.

    Some functions keep ``time.sleep`` as they are defined, so it is replaced meanwhile.
    """
    import importlib

    time.sleep = _doze
    for name in (
        "cli.main", "cli.daily", "cli.track", "config.watch", "data.update", "data.sources.yahoo",
        "data.yahoo.client", "pipeline.daily", "pipeline.train", "pipeline.track_storage",
        "report.daily", "report.track", "library.forecast_files",
    ):  # fmt: skip
        importlib.import_module(f"rnnforecast.{name}")
    for name in ("sklearn.metrics", "scipy.stats", "onnxruntime", "yfinance.scrapers.history"):
        importlib.import_module(name)
    calendar("XNYS", pd.Timestamp("2021-01-04"))  # kept; it takes half a second to make
    time.sleep = _sleep


_sleep = time.sleep


def _doze(seconds: float) -> None:
    """Wait a hundredth of what was asked for."""
    _sleep(seconds / FASTER)


def simulate(
    home: Path,
    *,
    symbols: int = 12,
    days: int = 250,
    kills: int = 50,
    refit: int = 60,
    settings: str = SMALL,
    tell: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Live through a year.

    Args:
        home: an empty folder.
        symbols: that are followed.
        days: evenings.
        kills: that are to meet a running command.
        refit: sessions between two trainings.
        settings: of the networks.
        tell: told of each evening.
    """
    year = make_year(symbols, days)
    listed = "\n".join(
        f"  - {{symbol: {security.symbol}, set: {settings}}}" for security in year.securities
    )
    (home / "watch.yaml").write_text(WATCH.format(refit=refit, symbols=listed))
    context = multiprocessing.get_context("fork")
    instant, (ours, theirs) = context.Value("d", 0.0), context.Pipe()
    server = context.Process(target=_serve, args=(home, year, instant, theirs), daemon=True)
    server.start()
    program, outcome = Program(home, ours.recv()), Outcome()
    try:
        _live(program, year, instant, kills, outcome, tell)
        _look_back(program, year, outcome)
    finally:
        ours.send("over")
        server.join(20)
    return outcome


def _live(
    program: Program,
    year: Year,
    instant: Synchronized[float],
    kills: int,
    outcome: Outcome,
    tell: Callable[[str], None],
) -> None:
    """Call the command every evening, and kill it on some, until it has run to its end."""
    rng, usual = random.Random(18), 1.0
    doomed = set(rng.sample(range(1, len(year.evenings)), min(kills, len(year.evenings) - 1)))
    heads: dict[Path, bytes] = {}
    for number, evening in enumerate(year.evenings):
        instant.value = evening.timestamp()
        if number in doomed:
            killed = _kill(program.start(evening, "daily"), rng.uniform(0.05, 0.95) * usual)
            outcome.kills += killed
            heads |= {path: _whole(path) for path in program.home.glob("runs/*/track.jsonl")}
            if not killed:  # it was faster than expected: another evening
                doomed.add(min(number + 1, len(year.evenings) - 1))
        began = time.monotonic()
        code, _ = program.call(evening, "daily")
        outcome.seconds.append(time.monotonic() - began)
        usual = 0.8 * usual + 0.2 * outcome.seconds[-1] if number > 1 else outcome.seconds[-1]
        outcome.codes[code] = outcome.codes.get(code, 0) + 1
        expected = {UNREACHED} if evening in year.outage else {DONE, BROKEN_PROMISE}
        if any(
            not each.is_known(evening) and not each.is_delisted(evening) for each in year.securities
        ):  # its name is unknown, and nobody can know yet that it will not be back
            expected = {UNREACHED} if evening in year.outage else {SOME_FAILED, BROKEN_PROMISE}
        if code not in expected:
            raise AssertionError(f"{evening}: exit code {code}: {_end(program.home / 'err')}")
        outcome.evenings += 1
        tell(f"{evening:%Y-%m-%d} code {code}, {outcome.seconds[-1]:.1f} s, {outcome.kills} kills")
    outcome.lost = sum(not path.read_bytes().startswith(head) for path, head in heads.items())


def _kill(process: int, seconds: float) -> bool:
    """Kill a command after some seconds; whether it was still running."""
    time.sleep(seconds)
    running = os.waitpid(process, os.WNOHANG)[0] == 0
    if running:
        os.killpg(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return running


def _whole(path: Path) -> bytes:
    """The lines of a record that were acknowledged."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _end(path: Path) -> str:
    return path.read_text()[-2000:]


def _look_back(program: Program, year: Year, outcome: Outcome) -> None:
    """Compare the records with what ought to be in them, and their scores with other code's."""
    evening = year.evenings[-1]
    for security in year.securities:
        said = [
            json.loads(line)
            for path in sorted(program.home.glob("runs/*/track.jsonl"))
            for line in path.read_text().splitlines()
        ]
        entries = [entry for entry in said if entry["symbol"] == security.symbol]
        origins = [entry["origin"][:10] for entry in entries]
        due = [f"{origin:%Y-%m-%d}" for origin in year.due(security)]
        symbol = security.symbol
        outcome.missing += [f"{symbol} {day}" for day in due if day not in origins]
        outcome.doubled += [
            f"{symbol} {day}" for day in set(origins) if day not in due or origins.count(day) > 1
        ]
        code, printed = program.call(evening, "--json", "track", symbol)
        if code not in (DONE, BROKEN_PROMISE):
            raise AssertionError(f"track {symbol}: {_end(program.home / 'err')}")
        outcome.scores[symbol] = json.loads(printed)
        closes, gone = security.served(evening)["close"], security.is_delisted(evening)
        outcome.recomputed[symbol] = recompute(entries, closes, gone)
        if gone != (outcome.scores[symbol]["last_price"] is not None):
            raise AssertionError(f"{symbol}: delisted {gone}, {outcome.scores[symbol]}")
        code, printed = program.call(evening, "--json", "track", "verify", symbol)
        outcome.verified += sum(each["forecasts"] for each in json.loads(printed)["records"])


def main() -> None:
    """Live through a year, and print what became of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--symbols", type=int, default=12)
    parser.add_argument("--days", type=int, default=250)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--refit", type=int, default=60)
    parser.add_argument("--home", type=Path, help="Kept afterwards; by default a temporary one.")
    options = parser.parse_args()
    home = options.home or Path(tempfile.mkdtemp(prefix="year-"))
    home.mkdir(parents=True, exist_ok=True)
    outcome = simulate(
        home.resolve(), symbols=options.symbols, days=options.days, kills=options.kills,
        refit=options.refit, tell=lambda line: print(line, flush=True),
    )  # fmt: skip
    report(outcome)
    print(f"the page of the last day: {home}/daily/latest.html")
    raise SystemExit(bool(outcome.lost or outcome.missing or outcome.doubled or wrong(outcome)))


def wrong(outcome: Outcome) -> list[str]:
    """The scores that are not those that other code computes."""
    return [
        f"{symbol} {name}: {value} is not {theirs[name]}"
        for symbol, track in outcome.scores.items()
        for theirs in [outcome.recomputed[symbol].scores]
        for name, value in printed_scores(track).items()
        if name in theirs and abs(value - theirs[name]) > 1e-6 * max(1e-3, abs(theirs[name]))
    ]


def printed_scores(track: dict[str, Any]) -> dict[str, float]:
    """Every score of a JSON track record by model, metric and step."""
    return {
        f"{row['model']} {row['metric']} {row['step']}": row["value"]
        for row in track["scores"]
        if row["value"] is not None
    }


def report(outcome: Outcome) -> None:
    """Print the figures of a year."""
    taken = sorted(outcome.seconds)
    print(f"{outcome.evenings} evenings, {outcome.kills} kills, exit codes {outcome.codes}")
    print(f"seconds a day: median {taken[len(taken) // 2]:.2f}, most {taken[-1]:.1f}")
    print(f"forecasts {outcome.verified}, of which lost {outcome.lost}")
    print(f"missing {len(outcome.missing)} {outcome.missing[:5]}")
    print(f"doubled {len(outcome.doubled)} {outcome.doubled[:5]}")
    compared = sum(len(each.scores) for each in outcome.recomputed.values())
    print(f"scores compared {compared}, different {len(wrong(outcome))} {wrong(outcome)[:3]}")
    for symbol, track in outcome.scores.items():
        theirs = outcome.recomputed[symbol]
        print(
            f"{symbol:12} {track['forecasts']:4} forecasts, promise {track['promise']:8} "
            f"80 % held {theirs.scores['network coverage_0.80 0']:.3f}, "
            f"CRPS {100 * theirs.scores['network crps 0']:.4f} %, naive "
            f"{100 * theirs.scores['naive crps 0']:.4f} %, {track['delisted_steps']} delisted steps"
        )


if __name__ == "__main__":
    main()
