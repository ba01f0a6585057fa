"""A record of another version, or a damaged one, is one line that names its file;
fetch heals it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rnnforecast.data.records import DamagedError
from rnnforecast.data.store import Store

from ..conftest import Command, random_walk
from .importing.layouts import daily, table

Record = dict[str, Any]


def without(name: str) -> Callable[[Record], Any]:
    return lambda record: {key: value for key, value in record.items() if key != name}


def with_(**values: Any) -> Callable[[Record], Any]:
    return lambda record: {**record, **values}


DAMAGE: dict[str, Callable[[Record], Any]] = {
    **{f"without {name}": without(name)
       for name in ("sessions", "currency", "provenance", "file", "sha256", "rows")},
    "an empty list": lambda record: [], "an empty object": lambda record: {},
    "null": lambda record: None,
    "a number": lambda record: 7, "provenance null": with_(provenance=None),
    "rows in words": with_(rows="x"), "a calendar that is none": with_(sessions="NOPE"),
    "of another symbol": with_(symbol="OTHER"), "of another interval": with_(interval="1h"),
    "a file elsewhere": with_(file="../../secret.parquet"), "a newer schema": with_(schema=99),
    "a schema in words": with_(schema="two"), "a wrong hash": with_(sha256="0" * 64),
    "a missing file": with_(file="1d-00000000.parquet"),
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "data")
    for symbol in ("GOOD", "WALK"):
        store.save(random_walk(symbol=symbol))
    return store


def damage(store: Store, change: Callable[[Record], Any]) -> Path:
    path = store.folder("WALK") / "1d.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    return path


@pytest.mark.parametrize("name", DAMAGE)
def test_each_command_names_the_file_and_import_heals_it(
    name: str, store: Store, here: Command, tmp_path: Path
) -> None:
    damage(store, DAMAGE[name])
    for command in (("show", "WALK"), ("export", "WALK", "--out", "x.csv")):
        shown = here("data", *command)
        assert shown.returncode == 4 and shown.stderr.count("\n") == 1, shown.stderr
        assert str(store.folder("WALK")) in shown.stderr and "rnnforecast fetch" in shown.stderr
    listed = here("data", "list")
    assert listed.returncode == 0 and "GOOD" in listed.stdout
    (tmp_path / "p.csv").write_text(table("Date,Open,High,Low,Close,Volume")(daily()))
    healed = here("data", "import", "p.csv", "--symbol", "WALK")
    assert healed.returncode == 0 and "new" in healed.stdout, healed.stderr
    assert len(store.load("WALK")) == 60


def test_a_record_written_before_there_were_numbers_is_read(store: Store) -> None:
    damage(store, without("schema"))
    assert store.load("WALK").digest() == random_walk().digest()


def test_bars_that_are_no_parquet_are_named_even_with_the_right_hash(store: Store) -> None:
    content = b"not parquet"
    (store.folder("WALK") / "1d-aaaaaaaa.parquet").write_bytes(content)
    damage(store, with_(file="1d-aaaaaaaa.parquet", sha256=hashlib.sha256(content).hexdigest()))
    with pytest.raises(DamagedError, match=r"1d-aaaaaaaa\.parquet holds no bars"):
        store.load("WALK")


def test_a_damaged_record_is_listed_beside_the_others(store: Store, here: Command) -> None:
    damage(store, lambda record: [])
    (store.folder("GOOD") / "notes.json").write_text("{}")
    listed = here("data", "list")
    assert listed.returncode == 0 and "GOOD" in listed.stdout
    assert "1d.json is damaged" in listed.stdout and "notes" not in listed.stdout
    document = json.loads(here("data", "list", "--json").stdout)
    assert [record["symbol"] for record in document["stored"]] == ["GOOD"]
    assert len(document["damaged"]) == 1


def test_reading_while_another_writes_never_fails(store: Store) -> None:
    histories = [random_walk(seed=1), random_walk(seed=2).between(end="2020-06-30")]
    digests = {history.digest() for history in histories}
    store.save(histories[0])
    done = threading.Event()

    def write() -> None:
        for _ in range(30):
            for history in histories:
                store.save(history)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set():
        assert store.load("WALK").digest() in digests
        reads += 1
    writer.join()
    assert reads > 10
