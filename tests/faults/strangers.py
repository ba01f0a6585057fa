"""A home whose files somebody has changed, hashes and all: what reads it names what is wrong.

``make strangers``: a run that somebody trusts may be a hostile one, or another program's. Whatever
its files hold, a command answers from it or refuses it in one line; it neither fails by a bug,
hangs, nor sends control codes to a terminal.

    python -m tests.faults.strangers [NUMBER [SEED]]
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from rnnforecast.runs import all_runs, seal
from rnnforecast.runs.layout import TRACK
from rnnforecast.runs.run import Run
from tests.faults.campaign import NAMED, OTHER, RIGHT, TRACEBACK, Table, copied
from tests.faults.fork_server import TIMED_OUT, ForkServer
from tests.faults.homes import make_home
from tests.faults.watch import Watched, shim, watched

COMMANDS = tuple(
    tuple(line.split())
    for line in """
    predict --json; predict --plot p.png; runs list; runs show; runs check; leaderboard WALK
    report --out r.html; report --format json --out -; report --format md --out -; report
    track --json; track verify; compare gru other --json; export --out x.zip --force
    runs note WALK_gru x; plot forecast --out f.png; plot skill --out s.png; audit
    evaluate --baselines naive --origins 4; evaluate --economics --baselines naive --origins 9
    daily --no-fetch; data show WALK; data list; data check; data export WALK --out w.csv --force
    explain gradients; runs show --json
    """.replace("\n", ";").split(";")
    if line.strip()
)
VALUES: Sequence[Any] = (
    None, "", [], {}, -1, 0, 1e308, float("nan"), float("inf"), "x" * 300, "\x1b[2J", "\ud800",
    True, [[1]], {"a": {}}, 10**400, "2020-13-45", "1e999", -(10**18), "0001-01-01", "../../x",
    "=1+1", [1] * 500, 2**31, 0.5, "é\u202e", "/etc/passwd",
)  # fmt: skip
CELLS = ("", "x", "nan", "inf", "-1", "1e400", "0", "\x1b[2J", '"', "9" * 400, "2262-12-31", "é")
BLUNT = (
    b"", b"[", b"[" * 100_000, b"null", b"\xff\xfe", b"a,b\n1,2\n", b"0", b'"' * 200_000,
    b"\0" * 10, b"{}", b"PK\x03\x04",
)  # fmt: skip
LIMIT_S = 60
SKIPPED = ("figures", "assets", "report", "features")
"""Pages and pictures, which nothing reads but a browser."""


def changed_tree(tree: Any, chance: random.Random) -> Any:
    """Return a document with one of its values replaced, removed or said twice."""
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        keys = (
            node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        )
        for key in list(keys):
            places.append((node, key))
            walk(node[key])

    walk(tree)
    if not places:
        return copy.deepcopy(chance.choice(VALUES))
    node, key = chance.choice(places)
    how = chance.random()
    if how < 0.25:
        del node[key]
    elif how < 0.35 and isinstance(node, list):
        node.insert(key, copy.deepcopy(node[key]))
    else:
        node[key] = copy.deepcopy(chance.choice(VALUES))  # it may be changed in its turn
    return tree


def changed_json(content: bytes, chance: random.Random) -> bytes:
    """Change a JSON document."""
    tree = changed_tree(json.loads(content), chance)
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def changed_lines(content: bytes, chance: random.Random) -> bytes:
    """Change one of several JSON documents."""
    lines = content.splitlines()
    at = chance.randrange(len(lines))
    lines[at] = changed_json(lines[at], chance)
    return b"\n".join(lines) + b"\n"


def changed_yaml(content: bytes, chance: random.Random) -> bytes:
    """Change a YAML document."""
    tree = changed_tree(yaml.safe_load(content), chance)
    return yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")


def changed_csv(content: bytes, chance: random.Random) -> bytes:
    """Change a cell, most often not the heading; or say a row or a column twice."""
    rows = [line.split(",") for line in content.decode().splitlines()]
    row = chance.choice(rows) if chance.random() < 0.7 else rows[0]
    at, how = chance.randrange(len(row)), chance.random()
    if how < 0.2:
        del row[at]
    elif how < 0.3:
        rows.append(list(row))
    elif how < 0.4:
        for each in rows:
            each += each[at : at + 1]
    else:
        row[at] = chance.choice(CELLS)
    return "\n".join(",".join(row) for row in rows).encode()


def changed_parquet(content: bytes, chance: random.Random) -> bytes:
    """Change a column, the index or the rows of a table."""
    table = pd.read_parquet(io.BytesIO(content))
    name = chance.choice(list(table.columns))
    changes: Sequence[Callable[[], pd.DataFrame]] = (
        lambda: table.drop(columns=name),
        lambda: table.assign(**{name: "x"}),
        lambda: table.iloc[:0],
        lambda: table.iloc[:1],
        lambda: table.reset_index(drop=True),
        lambda: table.iloc[::-1],
        lambda: table.assign(**{name: float("nan")}),
        lambda: table.assign(**{name: -1}),
        lambda: table.assign(**{name: 0}),
        lambda: table.assign(**{name: 1e308}),
        lambda: table.assign(**{name: [[1]] * len(table)}),
        lambda: pd.concat([table, table]),
        lambda: table.rename(columns={name: "\x1b[2J"}),
    )
    written = io.BytesIO()
    chance.choice(changes)().to_parquet(written)
    return written.getvalue()


def changed_arrays(content: bytes, chance: random.Random) -> bytes:
    """Change the shape, kind or numbers of an array."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = dict(file)
    name = chance.choice(list(arrays))
    array = arrays[name]
    others: Sequence[Any] = (
        array.ravel()[:1], array.ravel()[:0], np.array("x"), np.array(7), array[None],
        np.zeros((1, 2, 3)), np.full(array.shape, np.nan) if array.dtype.kind == "f" else [],
    )  # fmt: skip
    arrays[name] = chance.choice(others)
    if chance.random() < 0.2:
        del arrays[name]
    written = io.BytesIO()
    np.savez(written, **arrays)
    return written.getvalue()


def changed_bytes(content: bytes, chance: random.Random) -> bytes:
    """Flip some bits, cut, or repeat."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    cut = chance.randrange(len(changed))
    return bytes(changed[:cut]) if chance.random() < 0.2 else bytes(changed)


CHANGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    ".json": changed_json, ".jsonl": changed_lines, ".yaml": changed_yaml, ".csv": changed_csv,
    ".parquet": changed_parquet, ".npz": changed_arrays,
}  # fmt: skip


def change(content: bytes, name: str, chance: random.Random) -> bytes:
    """Change the content of a file of a kind that its name tells."""
    if chance.random() < 0.06:
        return chance.choice(BLUNT)
    return CHANGES.get(Path(name).suffix, changed_bytes)(content, chance)


def put(run: Run, name: str, content: bytes | None) -> None:
    """Put a file into a run, with its hash; None takes it away."""
    sealed = seal.read_seal(run.path)
    assert sealed is not None
    files = {other: digest for other, digest in sealed.files.items() if other != name}
    if content is None:
        (run.path / name).unlink()
    else:
        (run.path / name).write_bytes(content)
        files[name] = hashlib.sha256(content).hexdigest()
    files.pop(TRACK, None)
    seal._write_seal(run.path, seal.Seal(files))


def put_bars(home: Path, content: bytes) -> None:
    """Put bars into the store, with their hash."""
    record = home / "data" / "WALK" / "1d.json"
    document = json.loads(record.read_bytes())
    document["sha256"] = hashlib.sha256(content).hexdigest()
    (record.parent / document["file"]).write_bytes(content)
    record.write_text(json.dumps(document))


def tamper(home: Path, chance: random.Random) -> str:
    """Change one to three files of the newest run, or of the store; return their names."""
    run = all_runs(home / "runs")[-1]
    names = [name for name in run.files if not name.startswith(SKIPPED)] + [TRACK]
    changed = []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        where = chance.random()
        try:
            if where < 0.1:
                (bars,) = (home / "data" / "WALK").glob("1d-*.parquet")
                put_bars(home, change(bars.read_bytes(), bars.name, chance))
                changed.append(bars.name)
            elif where < 0.2:
                places = ("data/WALK/1d.json", "daily/latest.json", "watch.yaml")
                name = chance.choice(places)
                (home / name).write_bytes(change((home / name).read_bytes(), name, chance))
                changed.append(name)
            elif where < 0.3:
                name = chance.choice(names)
                put(run, name, None)
                changed.append(f"no {name}")
            else:
                name = chance.choice(names)
                put(run, name, change((run.path / name).read_bytes(), name, chance))
                changed.append(name)
        except Exception:  # noqa: BLE001 (it was changed before, or cannot be written so)
            continue
    return " ".join(changed)


def judge(done: Watched) -> str:
    """Return what became of a command."""
    if done.code == TIMED_OUT or done.code in (1, 99) or done.code < 0:
        return TRACEBACK
    if any(mark in done.out + done.err for mark in ("Traceback (most recent", "Exception ignored")):
        return TRACEBACK
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.out + done.err):
        return OTHER
    return NAMED if done.code else RIGHT


def strangers(
    home: Path, table: Table, count: int, server: ForkServer, seed: int = 0, each: int = 3
) -> None:
    """Tamper with copies of a home, and ask each by a few commands."""
    for number in range(seed, seed + count):
        chance = random.Random(number)
        with copied(home) as other:
            changed = tamper(other, chance)
            for command in chance.sample(COMMANDS, each):
                words = [*command, *(["--watch", "watch.yaml"] if command[0] == "daily" else [])]
                done = watched(other, words, server=server, timeout=LIMIT_S)
                outcome = judge(done)
                lines = done.err.strip().splitlines()[-1:] or [f"code {done.code}"]
                what = f"seed {number}: {changed}: {' '.join(command)}: {lines[0][:200]}"
                table.add("strangers", outcome, what)
                if outcome in (TRACEBACK, OTHER):
                    print(what, done.code, done.err[-1500:], sep="\n", flush=True)


def main(count: int = 300, seed: int = 0) -> bool:
    """Run the campaign; return whether all was as it should be."""
    table = Table()
    with tempfile.TemporaryDirectory() as folder:
        home, server = make_home(Path(folder)), ForkServer(shim())
        strangers(home, table, count, server, seed)
        server.close()
    print(table)
    return not table.failures()


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
