"""What is stored is the old pair of files or the new one, whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store, write_atomic
from rnnforecast.errors import DataError

from ..conftest import random_walk


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


def test_what_is_saved_is_loaded_to_the_last_digit(store: Store) -> None:
    history = random_walk()
    store.save(history)
    loaded = store.load("WALK")
    assert loaded.digest() == history.digest()
    assert (loaded.sessions, loaded.currency, loaded.interval) == ("24/7", "USD", "1d")


def test_the_list_reads_records_alone(store: Store) -> None:
    for symbol in ("BBB", "^AAA"):
        store.save(random_walk(symbol=symbol))
    for path in store.root.rglob("*.parquet"):
        path.write_bytes(b"")
    assert [record["symbol"] for record in store.records()] == ["BBB", "^AAA"]


def test_saving_again_leaves_one_pair_of_files(store: Store) -> None:
    for seed in (1, 2, 3):
        store.save(random_walk(seed=seed))
    files = [path.name for path in store.folder("WALK").iterdir() if not path.name.startswith(".")]
    assert len(files) == 2
    assert store.load("WALK").digest() == random_walk(seed=3).digest()


def test_bars_that_were_changed_on_disk_are_refused(store: Store) -> None:
    store.save(random_walk())
    (path,) = store.folder("WALK").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="its hash differs; run: rnnforecast fetch WALK"):
        store.load("WALK")


@pytest.mark.parametrize("damage", ["", "{", "[]x"])
def test_a_damaged_record_is_named(store: Store, damage: str) -> None:
    store.save(random_walk()).write_text(damage)
    with pytest.raises(DataError, match="is damaged"):
        store.load("WALK")


@pytest.mark.parametrize(("symbol", "shown"), [("BTC-USD", "BTC-USD"), ("^GSPC", "'^GSPC'")])
def test_what_is_not_stored_is_answered_with_the_command_that_fetches_it(
    store: Store, symbol: str, shown: str
) -> None:
    with pytest.raises(DataError) as caught:
        store.load(symbol, "1h")
    assert str(caught.value).endswith(f"run: rnnforecast fetch {shown} --interval 1h")


def test_capitals_do_not_matter_and_a_likely_symbol_is_named(store: Store) -> None:
    store.save(random_walk())
    assert store.load("walk").symbol == "WALK" and store.spelled("other") == "other"
    with pytest.raises(DataError, match=r"are stored in .*; did you mean WALK\?"):
        store.load("walks")
    with pytest.raises(DataError, match="run: rnnforecast fetch BTC-USD"):
        store.load("bitcoin")


def test_a_crash_between_the_two_writes_keeps_the_old_prices(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(random_walk(seed=1))

    def crash(path: Path, content: bytes) -> None:
        if path.suffix == ".json":
            raise KeyboardInterrupt
        write_atomic(path, content)

    monkeypatch.setattr("rnnforecast.data.store.write_atomic", crash)
    with pytest.raises(KeyboardInterrupt):
        store.save(random_walk(seed=2))
    assert store.load("WALK").digest() == random_walk(seed=1).digest()


def test_a_process_killed_while_writing_leaves_the_old_prices_or_the_new(store: Store) -> None:
    store.save(random_walk(seed=1))
    script = (
        "from pathlib import Path\nfrom rnnforecast.data.store import Store\n"
        f"store = Store(Path({str(store.root)!r}))\nhistory = store.load('WALK')\n"
        "other = history.between(end='2020-06-30')\nprint('go', flush=True)\n"
        "while True:\n    store.save(other)\n    store.save(history)\n"
    )
    digests = {random_walk(seed=1).digest(), random_walk(seed=1).between(end="2020-06-30").digest()}
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        with writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)
        assert store.load("WALK").digest() in digests


KILLED_AT_EACH_CHANGE = """
import os, sys
from pathlib import Path
from rnnforecast.data.store import Store
from tests.conftest import random_walk
from tests.data.test_store import hourly

root, kind = Path(sys.argv[1]), sys.argv[2]
for number in range(1, 100):
    store = Store(root / str(number))
    if kind != "new":
        store.save(random_walk(seed=1))
    child = os.fork()
    if child == 0:
        calls = 0
        def count(event, arguments):
            global calls
            if event in ("open", "os.rename", "os.remove", "os.mkdir"):
                written = event != "open" or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
                if written and str(store.root) in str(arguments[0]):
                    calls += 1
                    if calls == number:
                        os._exit(9)
        sys.addaudithook(count)
        store.save(hourly() if kind == "interval" else random_walk(seed=2))
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
"""


def hourly() -> PriceHistory:
    """Hours of the same symbol."""
    closes = np.linspace(100.0, 120.0, 72)
    index = pd.date_range("2020-01-01", periods=72, freq="h", unit="ns", name="date")
    return PriceHistory("WALK", pd.DataFrame({"close": closes}, index=index), "1h", "24/7", "USD")


@pytest.mark.skipif(os.name != "posix", reason="forks itself")
@pytest.mark.parametrize("kind", ["new", "again", "interval"])
def test_prices_killed_at_any_call_are_as_before_or_as_after(kind: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_AT_EACH_CHANGE, tmp_path, kind], check=True)
    old = {} if kind == "new" else {"1d": random_walk(seed=1).digest()}
    new = {"1h": hourly().digest()} if kind == "interval" else {"1d": random_walk(seed=2).digest()}
    states = []
    for root in sorted(tmp_path.iterdir(), key=lambda path: int(path.name)):
        store = Store(root)
        records, damaged = store.survey()
        assert not damaged, (root.name, damaged)
        intervals = [record["interval"] for record in records]
        found = {interval: store.load("WALK", interval).digest() for interval in intervals}
        assert found in (old, {**old, **new}), root.name
        states.append(found == old)
        store.save(hourly() if kind == "interval" else random_walk(seed=2))  # the next writer
        left = {path.name for path in store.folder("WALK").iterdir()} - {".lock"}
        assert len(left) == 2 * len({**old, **new}), left
    assert len(states) > 6 and states == sorted(states, reverse=True) and True in states
    assert states[:-1].count(False) >= (kind != "again")  # the last one was not killed


@pytest.mark.parametrize("first", [True, False])
def test_bars_whose_record_has_gone_are_damaged(first: bool, store: Store) -> None:
    for seed in (1,) if first else (1, 2):
        store.save(random_walk(seed=seed))
    (store.folder("WALK") / "1d.json").unlink()
    assert [series.symbol for series in store.survey()[1]] == ["WALK"]


def test_a_folder_that_cannot_be_written_is_an_error_in_one_line(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("rnnforecast.data.store.write_atomic", full)
    with pytest.raises(
        DataError, match=r"cannot write .* \(No space left on device\); free some space"
    ):
        store.save(random_walk())


def test_a_record_is_plain_json_with_dates_and_hashes(store: Store) -> None:
    record = json.loads(store.save(random_walk()).read_text())
    assert record["rows"] == 300 and record["first"] == "2020-01-01T00:00:00"
    assert record["digest"] == random_walk().digest()
