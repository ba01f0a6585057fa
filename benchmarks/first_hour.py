"""The first hour of four kinds of users, typed at a terminal: does each get there, in how long?

Every person has an empty folder and a terminal of a usual width; prices are the S&P 500 of
1999-2018 that comes with the package, so nothing asks the network. A step that ends with another
exit code, or on whose screen the awaited words do not stand, is where that person is stuck.

    python benchmarks/first_hour.py [--quick] [--keep FOLDER]

With ``--keep`` what everybody saw, and the files that came of it, stay in that folder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pexpect
from common import RESULTS, save, show

QUICK = "--set window.lookback=8 --set model.units=4 --epochs 1 --ensemble 1"
"""Networks that train in a second, to try the script itself."""
LONGEST_S = 3_600
UP = re.compile(r"(?:\x1b\[\?25h|\r)*\x1b\[1A\x1b\[2K")
"""How a terminal is told to erase the line above."""


@dataclass(frozen=True)
class Step:
    """A line that somebody types.

    Args:
        line: without the program's name.
        words: that must stand on the screen, however it is wrapped.
        code: the exit code.
        trains: whether it trains, so that ``--quick`` makes it small.
    """

    line: str
    words: str
    code: int = 0
    trains: bool = False


PEOPLE: dict[str, tuple[int, Sequence[Step]]] = {
    "hobbyist": (
        60,
        (
            Step("predict", "rnnforecast train --config lstm.yaml", code=6),
            Step("train --config lstm.yaml", "rnnforecast fetch BTC-USD", code=4),
            Step("fetch ^GSPC --source sample", "5,031"),
            Step("train ^GSPC --config lstm.yaml", "next: rnnforecast predict --plot", trains=True),
            Step("forecast", "did you mean rnnforecast predict?", code=2),
            Step("predict --plot", "most likely near"),
            Step("evaluate", "report:"),
        ),
    ),
    "quant": (
        100,
        (
            Step("fetch ^GSPC --source sample", "5,031"),
            Step("data check ^GSPC", "1 series checked, 0 findings"),
            Step("train ^GSPC --config gru --ensemble 2", "trained", trains=True),
            Step(
                "evaluate --refit-every 250 --window sliding --economics --mape --full",
                "Refitted every 250 bars",
            ),
            Step("export --table backtest --format nixtla --out long.csv", "rows: long.csv"),
            Step("audit", "no use of the future was found"),
        ),
    ),
    "student": (
        80,
        (
            Step("fetch ^GSPC --source sample", "5,031"),
            Step("config show tutorial", "architecture: simple_rnn"),
            Step(
                "compare --train rnn,lstm,gru,cnn,transformer --symbol ^GSPC --metric mse",
                "has the lowest MSE",
                trains=True,
            ),
            Step("leaderboard ^GSPC --metric mse", "5 configurations tried in 5 runs"),
            Step("plot actual --out actual.png", "picture: actual.png"),
        ),
    ),
    "engineer": (
        120,
        (
            Step("fetch ^GSPC --source sample --json", '"schema"'),
            Step("train ^GSPC --name nightly --json", '"parameters"', trains=True),
            Step("predict nightly --json", '"age_days"'),
            Step("predict nightly --max-age 3d", "older than --max-age 3d", code=4),
            Step("predict nightly --out forecast.parquet --level 50,90", "file: forecast.parquet"),
            Step("track nightly --json", '"schema"'),
            Step("runs rm --keep 7 --older-than 30d --dry-run", "nothing to remove"),
        ),
    ),
}


@dataclass(frozen=True)
class Outcome:
    """How far somebody got.

    Args:
        person: who.
        commands: that were typed.
        minutes: that they took.
        stuck: the line at which the person was stuck; empty where none was.
        screen: what stood there then.
    """

    person: str
    commands: int
    minutes: float
    stuck: str = ""
    screen: str = ""


def live(person: str, home: Path, *, quick: bool) -> Outcome:
    """Type one person's lines, until one is not answered as awaited."""
    width, steps = PEOPLE[person]
    transcript = home / "transcript.txt"
    began = time.monotonic()
    for number, step in enumerate(steps, 1):
        line = f"{step.line} {_small(step)}" if quick and step.trains else step.line
        at = time.monotonic()
        code, screen = _type(line, home, width)
        with transcript.open("a", encoding="utf-8") as lines:
            lines.write(f"$ rnnforecast {line}\n{screen}")
            lines.write(f"[exit code {code}, {time.monotonic() - at:.1f} s]\n\n")
        seen = " ".join(screen.split())
        if code != step.code or step.words not in seen or "Traceback" in screen:
            return Outcome(person, number, _minutes(began), line, screen[-2000:])
    return Outcome(person, len(steps), _minutes(began))


@contextmanager
def _home(person: str, keep: Path | None) -> Iterator[Path]:
    """An empty folder for somebody, which goes afterwards unless it is to be kept."""
    if keep is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        (keep / person).mkdir(parents=True)
        yield (keep / person).resolve()


def _small(step: Step) -> str:
    if not step.line.startswith("compare"):
        return QUICK
    return "--set window.lookback=8 --set model.units=4 --set training.epochs=1 --seeds 1"


def _type(line: str, home: Path, width: int) -> tuple[int, str]:
    """Type a command; return its exit code and what stood on the screen."""
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(width), "LINES": "24"}
    for name in ("NO_COLOR", "RNNFORECAST_HOME"):
        environment.pop(name, None)
    child = pexpect.spawn(
        sys.executable, ["-m", "rnnforecast", *line.split()], cwd=home, env=environment,
        encoding="utf-8", dimensions=(24, width), timeout=LONGEST_S,
    )  # fmt: skip
    shown = child.read()
    child.close()
    left = _without_erased(shown)
    plain = re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[0-9;?]*[A-Za-z]", "", left).replace("\r", "")
    return int(child.exitstatus if child.exitstatus is not None else -1), plain


def _without_erased(shown: str) -> str:
    """Return what is left of a screen: not what a progress display has written and erased again."""
    lines: list[str] = []
    for line in shown.split("\n"):
        if lines and UP.match(line):  # back to the line above, which goes
            lines.pop()
        lines.append(UP.sub("", line).rpartition("\r\x1b[2K")[2])
    return "\n".join(lines)


def _minutes(began: float) -> float:
    return round((time.monotonic() - began) / 60, 1)


def _with_the_others(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """Return what is known of everybody: those who have just tried, and the others as measured."""
    try:
        people = json.loads((RESULTS / "first_hour.json").read_text("utf-8"))["people"]
    except FileNotFoundError:
        people = []
    known = {person["person"]: person for person in people}
    known |= {outcome.person: asdict(outcome) for outcome in outcomes}
    return [known[person] for person in PEOPLE if person in known]


def main() -> None:
    """Let everybody try, print how it went, and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tiny networks, to try the script")
    parser.add_argument("--keep", type=Path, help="a folder for transcripts, runs and pages")
    parser.add_argument("people", nargs="*", choices=[[], *PEOPLE], help="by default all four")
    chosen = parser.parse_args()
    outcomes = []
    for person in chosen.people or PEOPLE:
        with _home(person, chosen.keep) as home:
            outcomes.append(live(person, home, quick=chosen.quick))
    rows = [
        [outcome.person, str(outcome.commands), str(outcome.minutes), outcome.stuck or "nowhere"]
        for outcome in outcomes
    ]
    show("first hour", ["person", "commands", "minutes", "stuck"], rows)
    for outcome in outcomes:
        if outcome.stuck:
            print(f"--- {outcome.person}: {outcome.stuck}\n{outcome.screen}")
    if not chosen.quick:
        save("first_hour", {"people": _with_the_others(outcomes)})
    sys.exit(any(outcome.stuck for outcome in outcomes))


if __name__ == "__main__":
    main()
