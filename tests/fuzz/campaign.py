"""Random configs, tables, Yahoo's answers and command lines: only our own errors, short and
printable.

    python -m tests.fuzz.campaign [--seed FIRST] [NUMBER [KIND ...]]

``make fuzz``; the test suite tries a few hundred.
"""

from __future__ import annotations

import contextlib
import io
import random
import resource
import string
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnforecast.cli.main import explain, hoist
from rnnforecast.config import load, presets
from rnnforecast.errors import RnnForecastError
from tests.faults.strangers import changed_tree
from tests.fuzz import documents

LONGEST_S = 10.0
TOKENS = (
    "&a", "*a", "!!bool", "!!python/object:x", "? ", "- ", "[", "]", "{", "}", ": ", "|", ">", "\t",
    "\n", "---\n", "...", "%YAML", "\x00", "\x1b[2J", "\ud7ff", "é", "1e400", "0x" + "f" * 40,
    "9" * 50, "1:2:3", "2020-13-01", ".nan", "-.inf", "null", "~", "<<: ", "'", '"', "#", "@", "`",
)  # fmt: skip
"""What YAML means something by, and what it may stumble over."""


def config(chance: random.Random) -> None:
    """Change the text of a preset at random places, and load it."""
    text = chance.choice([path.read_text("utf-8") for path in presets().values()])
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(text) + 1)
        end = at + chance.choice([0, 0, 1, 3, 20])
        piece = chance.choice([*TOKENS, _letters(chance, 6), text[at : at + 30] * 2])
        text = text[:at] + piece + text[end:]
    _load(text)


def settings_tree(chance: random.Random) -> None:
    """Change some values of a preset, so that it stays a document of settings, and load it."""
    path = chance.choice(list(presets().values()))
    tree = yaml.safe_load(path.read_text("utf-8"))
    for _ in range(chance.randint(1, 3)):
        tree = changed_tree(tree, chance)
    _load(yaml.safe_dump(tree, allow_unicode=True))


def _load(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.yaml"
        path.write_text(text, "utf-8", errors="surrogatepass")
        load(str(path))


def override(chance: random.Random) -> None:
    """Set something at random."""
    key = ".".join(_letters(chance, 8) for _ in range(chance.randint(1, 3)))
    known = ["model.units", "data.symbol", "window.features", "training.epochs", "split.test", key]
    value = chance.choice([*TOKENS, "3", "[1, 2]", "{a: 1}", "true", _letters(chance, 2000)])
    load("gru", [f"{chance.choice(known)}={value}"])


def table(chance: random.Random) -> None:
    """Change a table of prices at random places, and read it."""
    from rnnforecast.data.importing.readers import read_table  # what ``data import`` calls

    rows = [
        f"2024-01-{day:02d},{100 + day},{101 + day},{99 + day},{100.5 + day},{day}00"
        for day in range(1, 29)
    ]
    text = "date,open,high,low,close,volume\n" + "\n".join(rows) + "\n"
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(text) + 1)
        odd = [",", ";", "1700-01-01", "2200-01-01", "-5", "1,5", "$"]
        piece = chance.choice([*TOKENS, *odd, _letters(chance, 5)])
        text = text[:at] + piece + text[at + chance.choice([0, 1, 5, 40]) :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.csv"
        path.write_text(text, "utf-8", errors="surrogatepass")
        read_table(path)


def command_line(chance: random.Random) -> None:
    """Type words at random; nothing is trained or fetched."""
    import typer

    from rnnforecast.cli.app import app

    words = ["runs", "list", "data", "show", "config", "check", "gru", "--json", "--set", "--home",
             "--last", "-1", "--", "--out", "features", "--symbol", "X", *TOKENS[:12],
             _letters(chance, 40)]  # fmt: skip
    line = [chance.choice(words) for _ in range(chance.randint(1, 6))]
    quiet = contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO())
    with tempfile.TemporaryDirectory() as folder, quiet[0], quiet[1], contextlib.chdir(folder):
        try:
            app(hoist(["--home", folder, *line]), prog_name="rnnforecast", standalone_mode=False)
        except typer.TyperException as error:
            raise explain(error) from None
        except typer.Abort:
            return


def _letters(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(string.printable, k=chance.randint(1, most)))


TRIALS: dict[str, Callable[[random.Random], None]] = {
    "configs": config, "values": settings_tree, "overrides": override, "tables": table,
    "command lines": command_line,
}  # fmt: skip
DRAWN: dict[str, tuple[Callable[[], st.SearchStrategy[Any]], Callable[[Any], None]]] = {
    "files": (documents.tables, documents.read_file),
    "answers": (documents.answers, documents.read_answer),
}
"""What Hypothesis draws, and what reads it."""


def attempt(trial: Callable[[Any], None], given: Any) -> tuple[str, str]:
    """Try once; return what came of it, and what was wrong."""
    begun = time.process_time()
    try:
        with warnings.catch_warnings(action="error"):
            trial(given)
        outcome, wrong = "accepted", ""
    except RnnForecastError as error:
        sentences = [failure.sentence for failure in (error, *error.others)]
        bad = [text for text in sentences if len(text) > 1300 or "\n" in text or "\x1b" in text]
        outcome, wrong = "refused", f"message {bad[0][:300]!r}" if bad else ""
    except Exception as error:  # noqa: BLE001 (what is looked for)
        outcome, wrong = "other exception", f"{type(error).__name__}: {str(error)[:300]}"
    if time.process_time() - begun > LONGEST_S:
        wrong = f"took {time.process_time() - begun:.0f} s"
    return outcome, wrong


def try_seeds(name: str, number: int, first: int = 0) -> tuple[Counter[str], list[str]]:
    """Try a seeded kind a number of times; return the outcomes and what was wrong."""
    outcomes: Counter[str] = Counter()
    problems = []
    for seed in range(first, first + number):
        outcome, wrong = attempt(TRIALS[name], random.Random(seed))
        outcomes[outcome] += 1
        if wrong:
            problems.append(f"{name}, seed {seed}: {wrong}")
    return outcomes, problems


def draw_all(name: str, number: int) -> tuple[Counter[str], list[str]]:
    """Let Hypothesis draw documents of a kind; return the outcomes and what was wrong."""
    strategy, trial = DRAWN[name]
    outcomes: Counter[str] = Counter()
    problems: list[str] = []

    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy())
    def try_once(document: Any) -> None:
        outcome, wrong = attempt(trial, document)
        outcomes[outcome] += 1
        if wrong:
            problems.append(f"{name}, {document!r:.2000}: {wrong}")

    try_once()
    return outcomes, problems


def run_all(number: int, kinds: Sequence[str] = (), first: int = 0) -> bool:
    """Try each kind a number of times, and print what became of it.

    Args:
        number: of trials.
        kinds: all by default.
        first: seed of those that are seeded; Hypothesis draws others each time.

    Returns:
        whether all was as it should be.
    """
    wrong = []
    for name in kinds or (*TRIALS, *DRAWN):
        begun = time.monotonic()
        drawn = name in DRAWN
        outcomes, problems = draw_all(name, number) if drawn else try_seeds(name, number, first)
        lasted = time.monotonic() - begun
        print(f"{name:<14} {outcomes.total():>7}  {dict(outcomes)}  {lasted:.0f} s", flush=True)
        print(*problems[:40], sep="\n", end="\n" if problems else "", flush=True)
        wrong += problems
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{len(wrong)} wrong; at most {most:.2f} GB")
    return not wrong and most < 1


if __name__ == "__main__":
    words = sys.argv[1:]
    seed = int(words.pop(words.index("--seed") + 1)) if "--seed" in words else 0
    many, *chosen = [word for word in words if word != "--seed"] or ["100000"]
    sys.exit(0 if run_all(int(many), chosen, seed) else 1)
