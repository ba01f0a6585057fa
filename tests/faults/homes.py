"""A sound home, what reads it, what writes it, and how a command within this process is asked."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import yaml

from rnnforecast.cli.main import main
from rnnforecast.data.store import Store
from rnnforecast.runs import all_runs
from rnnforecast.runs.track_record import TRACK
from rnnforecast.serve.options import ServeOptions
from rnnforecast.serve.service import Service
from tests.conftest import SMALL, random_walk
from tests.serve.conftest import client_of

OVERRIDES = [word for word in SMALL if not word.startswith("pool")]
OVERRIDES += ["pool=[network, gjr]", "calibration=rolling"]
SETTINGS = [word for setting in OVERRIDES for word in ("--set", setting)]
OTHER = "2020-01-01T00-00-00_WALK_other"
"""A second run, older than the first: a copy of it."""
SERVE = ("serve",)
"""Stands for a server whose every page is asked for."""
PAGES = ("/", "/symbols/WALK", "/v1/forecasts/WALK", "/v1/track/WALK", "/v1/runs", "/v1/symbols")
READERS: tuple[tuple[str, ...], ...] = (
    ("predict", "--json"), ("runs", "list"), ("runs", "show"), ("leaderboard", "WALK"),
    ("report", "--format", "json", "--out", "-"), ("data", "show", "WALK"), ("data", "list"),
    ("track", "--json"), ("track", "verify"), ("compare", "gru", "other", "--json"), SERVE,
)  # fmt: skip
WRITERS: tuple[tuple[str, ...], ...] = (
    ("runs", "note", "WALK_gru", "why"), ("runs", "rm", "{run}", "--yes"),
    ("predict", "--out", "p.csv"), ("predict", "--as-of", "2020-10-24"),
    ("daily", "--no-fetch"), ("export", "--out", "x.zip"),
    ("data", "import", "walk.csv", "--symbol", "NEW"), ("data", "import", "hours.csv"),
    ("data", "export", "WALK", "--out", "w.csv", "--force"),
    ("report",), ("evaluate",), ("train", *SETTINGS), ("reproduce",),
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What a command did within this process."""

    code: int
    out: str
    err: str
    traceback: str = ""


def ask(home: Path, *arguments: str, out: TextIO | None = None) -> Answer:
    """Run a command within this process; what it prints is returned, or goes to ``out``."""
    if arguments == SERVE:
        return ask_server(home)
    printed, err = io.StringIO(), io.StringIO()
    before = sys.argv
    sys.argv = ["rnnforecast", "--home", str(home), *arguments]
    try:
        with contextlib.redirect_stdout(out or printed), contextlib.redirect_stderr(err):
            main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    except BaseException as error:  # noqa: BLE001 (what is looked for)
        return Answer(1, printed.getvalue(), err.getvalue(), f"{type(error).__name__}: {error}")
    finally:
        sys.argv = before
    return Answer(code, printed.getvalue(), err.getvalue())


def ask_server(home: Path) -> Answer:
    """Ask a server within this process for every page; statuses 400 to 499 are named failures."""
    try:
        options = ServeOptions(home)
        with contextlib.closing(Service(options)) as service:
            get = client_of(options, service=service)
            answers = [get(page) for page in PAGES]
    except Exception as error:  # noqa: BLE001 (what is looked for)
        return Answer(1, "", "", f"{type(error).__name__}: {error}")
    bugs = [answer.text for answer in answers if answer.status_code >= 500]
    worst = max(answer.status_code for answer in answers)
    text = "\n".join(answer.text for answer in answers)
    return Answer(0 if worst < 400 else 6, text, "", "\n".join(bugs))


def make_home(folder: Path) -> Path:
    """Return a home with prices, a watch list and two runs, evaluated, noted and forecast."""
    home = folder / "home"
    Store(home / "data").save(random_walk(295))
    must(home, "train", *SETTINGS)
    must(home, "evaluate", "--baselines", "naive,drift")
    must(home, "predict")
    Store(home / "data").save(random_walk())  # five bars have come since
    must(home, "predict", "--as-of", "2020-10-23")
    must(home, "runs", "note", "WALK", "a note")
    [run] = all_runs(home / "runs")
    shutil.copytree(run.path, run.path.with_name(OTHER))
    for name in ("walk.csv", "w.csv"):
        must(home, "data", "export", "WALK", "--out", str(home / name))
    hours = [f"2020-01-0{1 + hour // 24}T{hour % 24:02}:00Z" for hour in range(72)]
    lines = ["symbol,date,close", *(f"WALK,{at},{100 + n}" for n, at in enumerate(hours))]
    (home / "hours.csv").write_text("\n".join(lines))
    overrides = [word for word in OVERRIDES if not word.startswith("data.symbol")]
    watched = {"config": "gru", "symbols": [{"symbol": "WALK", "set": overrides}]}
    (home / "watch.yaml").write_text(yaml.safe_dump(watched))
    must(home, "daily", "--no-fetch", "--watch", str(home / "watch.yaml"))
    return home


def must(home: Path, *arguments: str) -> None:
    """Run a command that has to succeed."""
    answer = ask(home, *arguments)
    assert answer.code == 0, (arguments, answer)


def files_of(home: Path) -> list[Path]:
    """Return the files of a home's store and of its first run; locks and the track are left out.

    The track record is appended to, line by line, each with the hash of the one before it.
    """
    places = [home / "data", *(run.path for run in all_runs(home / "runs")[-1:])]
    if not (home / "data").exists():  # the folder of a run
        places = [home]
    paths = sorted(path for place in places for path in place.rglob("*") if path.is_file())
    return [path for path in paths if not path.name.startswith(".") and path.name != TRACK]
