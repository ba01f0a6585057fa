"""Every fault that a disk, a kill or a careless hand can cause, and a table of what became of it.

``make faults`` runs all of it; the test suite runs a part (``test_damage``, ``test_kills``).

    python -m tests.faults.campaign [--every N] [damage] [flips] [kills] [full]
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rnnforecast.cli.main import main
from rnnforecast.data.store import Store
from rnnforecast.errors import RnnForecastError
from rnnforecast.runs import all_runs
from rnnforecast.runs.summaries import check
from tests.conftest import SMALL, random_walk
from tests.faults.watch import watched

RIGHT, NAMED, OTHER, TRACEBACK, LOST = "right", "named", "silently other", "traceback", "lost"
SETTINGS = [word for setting in SMALL for word in ("--set", setting)]
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "flip": lambda content: _flip(content, len(content) * 4),
    "half": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "delete": lambda content: None,
    "digit": lambda content: _other_digit(content),
}
READERS = (
    ("predict", "--json"), ("runs", "list"), ("runs", "show"), ("leaderboard", "WALK"),
    ("report", "--format", "json", "--out", "-"), ("data", "show", "WALK"), ("data", "list"),
)  # fmt: skip
WRITERS = (
    ("train", *SETTINGS), ("predict",), ("evaluate",), ("report",), ("runs", "note", "WALK", "why"),
    ("export", "--out", "x.zip"), ("runs", "rm", "{run}", "--yes"),
    ("data", "export", "WALK", "--out", "w.csv"),
)  # fmt: skip


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


@dataclass(frozen=True)
class Answer:
    """What a command did within this process."""

    code: int
    out: str
    err: str
    traceback: str = ""


def ask(home: Path, *arguments: str) -> Answer:
    """Run a command within this process."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["rnnforecast", "--home", str(home), *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException as error:  # noqa: BLE001 (what is looked for)
        return Answer(1, out.getvalue(), err.getvalue(), f"{type(error).__name__}: {error}")
    finally:
        sys.argv = before
    return Answer(code, out.getvalue(), err.getvalue())


def make_home(folder: Path) -> Path:
    """Return a home with prices and a run that is trained, evaluated, noted and forecast."""
    home = folder / "home"
    Store(home / "data").save(random_walk())
    for arguments in (
        ("train", *SETTINGS), ("evaluate", "--baselines", "naive,drift"), ("predict",),
        ("runs", "note", "WALK", "a note"),
    ):  # fmt: skip
        answer = ask(home, *arguments)
        assert answer.code == 0, (arguments, answer)
    return home


def files_of(home: Path) -> list[Path]:
    """Return the files of a home's store and runs; locks and the track record are left out.

    The track record is appended to, line by line, each with the hash of the one before it.
    """
    paths = (path for path in sorted(home.rglob("*")) if path.is_file())
    paths = (path for path in paths if "track.jsonl" not in path.name)
    return [
        path for path in paths if not path.name.startswith(".") and ".baselines" not in path.parts
    ]


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
    with _copy(home) as copy:
        usual = {reader: ask(copy, *reader) for reader in READERS}
    trials = [(path.relative_to(home), kind) for path in files_of(home) for kind in kinds]
    for name, kind in trials[::every]:
        content = DAMAGES[kind]((home / name).read_bytes())
        for reader in READERS:
            with _copy(home) as copy, damaged(copy / name, content):
                answer = ask(copy, *reader)
            what = f"{kind} {name} {' '.join(reader)} {answer.traceback}"
            table.add("damage", judge(answer, usual[reader]), what)


def flips(home: Path, table: Table, count: int, seed: int = 1) -> None:
    """Flip single bits anywhere, and ask the reader that they may matter to."""
    chance, paths = random.Random(seed), files_of(home)
    with _copy(home) as copy:
        usual = {reader: ask(copy, *reader) for reader in READERS}
    for _ in range(count):
        path, reader = chance.choice(paths), chance.choice(READERS)
        content = path.read_bytes()
        bit = chance.randrange(max(1, len(content) * 8))
        name = path.relative_to(home)
        with _copy(home) as copy, damaged(copy / name, _flip(content, bit)):
            answer = ask(copy, *reader)
        what = f"bit {bit} of {name} {' '.join(reader)} {answer.traceback}"
        table.add("bit flips", judge(answer, usual[reader]), what)


def breaks(
    home: Path, table: Table, how: str, writers: Sequence[Sequence[str]] = WRITERS, every: int = 1
) -> None:
    """Break each command that writes at each call by which it changes the home.

    Args:
        home: sound; copies of it are broken.
        table: to count in.
        how: ``kill``, ``killed``, or the number of an error that every call from there on meets.
        writers: commands.
        every: try only each so manieth call.
    """
    campaign = how if how.startswith("kill") else errno.errorcode[int(how)]
    for writer in writers:
        run = all_runs(home / "runs")[0].name
        arguments = [word.format(run=run) for word in writer]
        with _copy(home) as copy:
            before, total = states(copy), watched(copy, arguments).changes
            after = states(copy)
        for at in range(1, total + 1, every):
            with _copy(home) as copy:
                done = watched(copy, arguments, at=at, how=how)
                outcome, what = aftermath(copy, done.err, before, after)
            if not how.startswith("kill") and done.code not in (0, 2, 4, 6) and outcome == RIGHT:
                outcome, what = OTHER, f"exit code {done.code}: {done.err[-200:]}"
            table.add(campaign, outcome, f"{' '.join(arguments[:2])} at {at} of {total}: {what}")


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
    listing = ask(home, "runs", "list")
    if listing.code or "damaged" in listing.out:
        return LOST, listing.out[-300:] + listing.err[-300:]
    for run in all_runs(home / "runs"):
        problems = check(run)
        if problems:
            return LOST, problems[0]
    found = states(home)
    for group in ("evaluation", "networks"):
        known = {state.get(group) for state in (before, after)}
        if found.get(group) not in known and before.get(group) is not None:
            return OTHER, f"{group} of two states"
    return RIGHT, ""


def states(home: Path) -> dict[str, str]:
    """Return a digest of what belongs together in the oldest run: its evaluation, its networks."""
    runs = all_runs(home / "runs")
    if not runs:
        return {}
    run = runs[0]
    groups = {
        "evaluation": ("scores.csv", "comparisons.csv", "verdict.json", "seeds.csv"),
        "networks": ("scaler.json", "calibration.json", "members/01.onnx"),
    }
    digests = {}
    for group, names in groups.items():
        content = b"".join(run.read_bytes(name) for name in names if run.has(name))
        digests[group] = hashlib.sha256(content).hexdigest()
    return digests


@contextlib.contextmanager
def _copy(home: Path) -> Iterator[Path]:
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
        if "kills" in chosen:
            breaks(home, table, "kill", every=every)
            breaks(home, table, "killed", every=every)
        if "full" in chosen:
            breaks(home, table, str(errno.ENOSPC), every=every)
    return table


if __name__ == "__main__":
    words = sys.argv[1:]
    step = int(words.pop(words.index("--every") + 1)) if "--every" in words else 1
    names = [word for word in words if word != "--every"] or ["damage", "flips", "kills", "full"]
    result = run_all(names, step)
    print(result)
    sys.exit(1 if result.failures() else 0)
