"""Every fault that a disk, a kill or a careless hand can cause, and a table of what became of it.

``make faults`` runs all of it; the test suite runs a part (``test_damage``, ``test_kills``).

    python -m tests.faults.campaign [--every N] [damage] [flips] [kills] [full]
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rnnforecast.data.store import Store
from rnnforecast.errors import RnnForecastError
from rnnforecast.runs import all_runs
from rnnforecast.runs.summaries import check
from rnnforecast.runs.track_record import TRACK, TrackRecord
from tests.conftest import random_walk
from tests.faults.fork_server import ForkServer
from tests.faults.homes import READERS, WRITERS, Answer, ask, files_of, make_home
from tests.faults.watch import shim, watched

RIGHT, NAMED, OTHER, TRACEBACK, LOST = "right", "named", "silently other", "traceback", "lost"
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "flip": lambda content: _flip(content, len(content) * 4),
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "delete": lambda content: None,
    "digit": lambda content: _other_digit(content),
}
AGAIN = ("predict", "daily", "runs note", "data import")
"""Commands that, killed, must succeed when they are called again; the others take too long."""


@dataclass
class Table:
    """How often each outcome was met, by campaign."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, campaign: str, outcome: str, what: str = "") -> None:
        """Count one trial, and keep what went wrong."""
        self.counts.setdefault(campaign, Counter())[outcome] += 1
        if outcome in (OTHER, TRACEBACK, LOST):
            self.notes.append(f"{campaign}: {outcome}: {what}")

    def failures(self) -> int:
        """How many trials went wrong."""
        return len(self.notes)

    def __str__(self) -> str:
        kinds = (RIGHT, NAMED, OTHER, TRACEBACK, LOST)
        lines = [f"{'campaign':<12} {'tried':>6} " + " ".join(f"{kind:>14}" for kind in kinds)]
        for name, counter in self.counts.items():
            cells = " ".join(f"{counter[kind]:>14}" for kind in kinds)
            lines.append(f"{name:<12} {sum(counter.values()):>6} {cells}")
        return "\n".join([*lines, *self.notes[:50]])


@contextlib.contextmanager
def damaged(path: Path, content: bytes | None) -> Iterator[None]:
    """Put other content in place of a file for a while."""
    before = path.read_bytes()
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    try:
        yield
    finally:
        path.write_bytes(before)


def judge(answer: Answer, usual: Answer) -> str:
    """Return what an answer of a damaged home is worth, beside that of the sound one."""
    if answer.traceback or "Traceback" in answer.err:
        return TRACEBACK
    said = answer.out + answer.err
    if "damaged" in said or "is missing; NumPy computes" in said or answer.code in (4, 6):
        return NAMED
    same = answer.code == usual.code and _timeless(answer.out) == _timeless(usual.out)
    return RIGHT if same else OTHER


def damage(home: Path, table: Table, kinds: Sequence[str] = tuple(DAMAGES), every: int = 1) -> None:
    """Damage each file in each way, and ask every reader."""
    with copied(home) as copy:
        usual = {reader: ask(copy, *reader) for reader in READERS}
    trials = [(path.relative_to(home), kind) for path in files_of(home) for kind in kinds]
    for name, kind in trials[::every]:
        content = DAMAGES[kind]((home / name).read_bytes())
        for reader in READERS:
            with copied(home) as copy, damaged(copy / name, content):
                answer = ask(copy, *reader)
            what = f"{kind} {name} {' '.join(reader)} {answer.traceback}"
            table.add("damage", judge(answer, usual[reader]), what)


def flips(home: Path, table: Table, count: int, seed: int = 1) -> None:
    """Flip single bits anywhere, and ask the reader that they may matter to."""
    chance, paths = random.Random(seed), files_of(home)
    with copied(home) as copy:
        usual = {reader: ask(copy, *reader) for reader in READERS}
    for _ in range(count):
        path, reader = chance.choice(paths), chance.choice(READERS)
        content = path.read_bytes()
        bit = chance.randrange(max(1, len(content) * 8))
        name = path.relative_to(home)
        with copied(home) as copy, damaged(copy / name, _flip(content, bit)):
            answer = ask(copy, *reader)
        what = f"bit {bit} of {name} {' '.join(reader)} {answer.traceback}"
        table.add("bit flips", judge(answer, usual[reader]), what)


def breaks(
    home: Path,
    table: Table,
    how: str,
    writers: Sequence[Sequence[str]] = WRITERS,
    every: int = 1,
    server: ForkServer | None = None,
) -> None:
    """Break each command that writes at each call by which it changes the home.

    Args:
        home: sound; copies of it are broken.
        table: to count in.
        how: ``kill``, ``killed``, or the number of an error that every call from there on meets.
        writers: commands.
        every: try only each so manieth call, from one that differs by command.
        server: runs the commands; by default each is a process of its own.
    """
    campaign = how if how.startswith("kill") else errno.errorcode[int(how)]
    for number, writer in enumerate(writers):
        run, begun = all_runs(home / "runs")[-1].name, time.monotonic()
        arguments = [word.format(run=run) for word in writer]
        with copied(home) as copy:
            before, sound = states(copy), watched(copy, arguments, server=server)
            after = states(copy)
        if sound.code != 0:
            table.add(campaign, TRACEBACK, f"{arguments} undisturbed: {sound.err[-300:]}")
        total, first = sound.changes, 1 + number % every
        for at in range(first, total + 1, every):
            with copied(home) as copy:
                done = watched(copy, arguments, at=at, how=how, server=server)
                outcome, what = aftermath(copy, done.err, before, after)
                if campaign.startswith("kill") and outcome == RIGHT:
                    outcome, what = _once_more(copy, arguments)
            if not how.startswith("kill") and done.code not in (0, 2, 4, 6) and outcome == RIGHT:
                outcome, what = OTHER, f"exit code {done.code}: {done.err[-200:]}"
            table.add(campaign, outcome, f"{' '.join(arguments[:2])} at {at} of {total}: {what}")
        tried = len(range(first, total + 1, every))
        lasted = time.monotonic() - begun
        print(f"{campaign}: {' '.join(writer[:2])}: {tried} of {total}, {lasted:.0f} s", flush=True)
        print(*table.notes[-3:], sep="\n", flush=True)


def aftermath(
    home: Path, err: str, before: dict[str, str], after: dict[str, str]
) -> tuple[str, str]:
    """Return what a broken command has left: everything as before or as after it, and readable."""
    if "Traceback" in err:
        return TRACEBACK, err[-300:]
    try:
        bars = Store(home / "data").load("WALK")
    except RnnForecastError as error:
        return LOST, str(error)
    if bars.digest() != random_walk().digest():
        return LOST, "other prices"
    for listed in (("runs", "list"), ("data", "list")):
        listing = ask(home, *listed)
        if listing.code or "damaged" in listing.out:
            return LOST, listing.out[-300:] + listing.err[-300:]
    for run in all_runs(home / "runs"):
        problems = check(run)
        if problems:
            return LOST, problems[0]
    summary = home / "daily" / "latest.json"
    if not isinstance(json.loads(summary.read_text()), dict):
        return LOST, "the summary of the day"
    found = states(home)
    for group in before:
        if found.get(group) not in (before[group], after.get(group)):
            return OTHER, f"{group} of two states"
    return RIGHT, ""


def _once_more(home: Path, arguments: Sequence[str]) -> tuple[str, str]:
    """Call a command that was killed again, where it is a quick one."""
    if not " ".join(arguments).startswith(AGAIN):
        return RIGHT, ""
    with contextlib.chdir(home):
        answer = ask(home, *arguments)
    usual = answer.code == 0 and not answer.traceback
    return (RIGHT, "") if usual else (LOST, f"again: {answer.err[-300:]}{answer.traceback}")


def states(home: Path) -> dict[str, str]:
    """Return digests of what belongs together: prices; evaluation, networks, track of each run."""
    groups = {
        "evaluation": ("scores.csv", "comparisons.csv", "verdict.json", "seeds.csv"),
        "networks": ("scaler.json", "calibration.json", "pool.json", "members/01.onnx"),
    }
    store = Store(home / "data")
    series = [(record["symbol"], record["interval"]) for record in store.records()]
    digests = {"prices": str([(name, store.load(*name).digest()) for name in series])}
    for run in all_runs(home / "runs"):
        for group, names in groups.items():
            content = b"".join(run.read_bytes(name) for name in names if run.has(name))
            digests[f"{run.name}: {group}"] = hashlib.sha256(content).hexdigest()
        digests[f"{run.name}: track"] = str(TrackRecord(run.path / TRACK).head())
    return digests


@contextlib.contextmanager
def copied(home: Path) -> Iterator[Path]:
    """Yield a copy of a home, for as long as the block lasts."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(shutil.copytree(home, Path(folder) / "home"))


def _flip(content: bytes, bit: int) -> bytes:
    if not content:
        return b"\x01"
    changed = bytearray(content)
    changed[bit // 8 % len(content)] ^= 1 << (bit % 8)
    return bytes(changed)


def _other_digit(content: bytes) -> bytes:
    place = re.search(rb"[1-8]", content[len(content) // 2 :]) or re.search(rb"[1-8]", content)
    if place is None:
        return content + b"1"
    at = content.index(place.group(), len(content) // 2 if place.start() else 0)
    return content[:at] + bytes([content[at] + 1]) + content[at + 1 :]


def _timeless(text: str) -> str:
    return re.sub(r"/\S*/home", "HOME", text)


def run_all(chosen: Sequence[str], every: int) -> Table:
    """Run the campaigns."""
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        if "damage" in chosen:
            damage(home, table, every=every)
        if "flips" in chosen:
            flips(home, table, max(1, 1000 // every))
        print(table, flush=True)
        server = ForkServer(shim())
        for how in ("kill", "killed") if "kills" in chosen else ():
            breaks(home, table, how, every=every, server=server)
        if "full" in chosen:
            breaks(home, table, str(errno.ENOSPC), every=every, server=server)
        server.close()
    return table


if __name__ == "__main__":
    words = sys.argv[1:]
    step = int(words.pop(words.index("--every") + 1)) if "--every" in words else 1
    names = [word for word in words if word != "--every"] or ["damage", "flips", "kills", "full"]
    result = run_all(names, step)
    print(result)
    sys.exit(1 if result.failures() else 0)
