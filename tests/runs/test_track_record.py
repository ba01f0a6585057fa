"""A track record keeps what was said: whole, once, in order, and unalterable without a trace."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rnnforecast.errors import RunError
from rnnforecast.runs.track_record import START, TrackEntry, TrackRecord


def entry(day: int = 1, **changes: object) -> TrackEntry:
    made = TrackEntry(
        made_at=f"2026-01-{day:02d}T22:00:00+00:00", kind="live", symbol="BTC-USD", interval="1d",
        quantity="price", currency="USD", origin=f"2026-01-{day:02d}", close=100.0 + day,
        dates=(f"2026-01-{day + 1:02d}",), levels=(0.1, 0.5, 0.9),
        quantiles={"network": ((98.0, 100.0, 102.0),), "naive": ((97.0, 100.0, 103.0),)},
        calibrated=True, median_of="naive", code="c0de", model="abc",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def record(tmp_path: Path) -> TrackRecord:
    return TrackRecord(tmp_path / "run" / "track.jsonl")


def test_what_was_appended_is_read_back_in_order(record: TrackRecord) -> None:
    assert record.append(entry(1)) and record.append(entry(2))
    first, second = record.entries()
    assert replace(first, previous="") == replace(entry(1), previous="")
    assert second.origin == "2026-01-02" and second.previous != first.previous


def test_a_day_counts_once_however_often_it_is_forecast(record: TrackRecord) -> None:
    assert record.append(entry(1))
    assert not record.append(entry(1, close=999.0))
    assert [kept.close for kept in record.entries()] == [101.0]


def test_a_replay_stands_beside_the_live_forecast_of_the_same_day(record: TrackRecord) -> None:
    assert record.append(entry(1)) and record.append(entry(1, kind="replay"))
    assert [kept.kind for kept in record.entries()] == ["live", "replay"]


def test_no_record_is_an_empty_record(record: TrackRecord) -> None:
    assert record.entries() == [] and record.head() == (0, START)


@pytest.mark.parametrize("damage", ["value", "removed", "swapped", "inserted", "first"])
def test_a_past_that_was_changed_is_seen(record: TrackRecord, damage: str) -> None:
    for day in range(1, 5):
        record.append(entry(day))
    lines = record.path.read_bytes().splitlines(keepends=True)
    if damage == "value":
        lines[1] = lines[1].replace(b"98.0", b"99.0")
    elif damage == "removed":
        del lines[1]
    elif damage == "swapped":
        lines[1], lines[2] = lines[2], lines[1]
    elif damage == "inserted":
        lines.insert(2, lines[1])
    else:
        del lines[0]
    record.path.write_bytes(b"".join(lines))
    with pytest.raises(RunError, match=r"line [123] does not follow"):
        record.head()
    with pytest.raises(RunError):
        record.append(entry(9))


def test_a_line_cut_by_a_crash_was_never_acknowledged(record: TrackRecord) -> None:
    record.append(entry(1))
    whole = record.path.read_bytes()
    record.append(entry(2))
    for cut in range(len(whole), len(record.path.read_bytes()), 37):
        torn = TrackRecord(record.path.with_name(f"torn{cut}.jsonl"))
        torn.path.write_bytes(record.path.read_bytes()[:cut])
        assert [kept.origin for kept in torn.entries()] == ["2026-01-01"]
        assert torn.append(entry(3))
        assert [kept.origin for kept in torn.entries()] == ["2026-01-01", "2026-01-03"]


@pytest.mark.parametrize("text", ["[]", "null", "{}", "nonsense", '{"schema": 1}', "[" * 100_000])
def test_a_foreign_line_is_one_error_that_names_it(record: TrackRecord, text: str) -> None:
    record.path.parent.mkdir()
    record.path.write_text(text + "\n")
    with pytest.raises(RunError, match="line 1 is damaged"):
        record.entries()


@pytest.mark.parametrize("quantiles", [[1], {"network": [[10**400]]}, {"network": [1]}])
def test_a_line_whose_numbers_are_none_is_one_error_that_names_it(
    record: TrackRecord, quantiles: object
) -> None:
    record.append(entry(1))
    values = json.loads(record.path.read_text()) | {"quantiles": quantiles}
    record.path.write_text(json.dumps(values) + "\n")
    with pytest.raises(RunError, match="line 1 is damaged"):
        record.entries()


def test_a_line_of_a_newer_version_asks_for_an_update(record: TrackRecord) -> None:
    record.append(entry(1))
    values = json.loads(record.path.read_text())
    record.path.write_text(json.dumps({**values, "schema": 2}) + "\n")
    with pytest.raises(RunError, match="schema 2, newer than 1; update"):
        record.entries()


def test_quantiles_of_another_shape_than_steps_and_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="1 x 3"):
        entry(quantiles={"network": ((1.0, 2.0),)})


def test_forecasts_that_were_cut_off_or_rewritten_are_seen_by_the_last_hash(
    record: TrackRecord, tmp_path: Path
) -> None:
    for day in (1, 2, 3):
        record.append(entry(day))
    seen = record.head()
    record.append(entry(4))
    assert record.holds_still(*seen) and record.holds_still(0, "")
    rewritten = TrackRecord(tmp_path / "rewritten.jsonl")
    for day in (1, 2, 3):  # as many lines, each of which follows from the one before
        rewritten.append(entry(day, close=1.0))
    assert not rewritten.holds_still(*seen)
    lines = record.path.read_bytes().splitlines(keepends=True)
    record.path.write_bytes(b"".join(lines[:2]))
    assert not record.holds_still(*seen)


APPEND = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.runs.test_track_record import entry
from rnnforecast.runs.track_record import TrackRecord
record = TrackRecord(Path(sys.argv[1]))
for day in range(1, 400):
    record.append(entry(1, origin=f"day {day}", dates=(f"day {day + 1}",)))
    print(day, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
def test_kill_9_loses_nothing_that_was_acknowledged(record: TrackRecord) -> None:
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, "-c", APPEND, str(record.path), root],
        stdout=subprocess.PIPE, text=True, cwd=root,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    acknowledged = 1 + len(process.stdout.read().split())
    process.wait()
    process.stdout.close()
    kept = [each.origin for each in record.entries()]
    assert kept[:acknowledged] == [f"day {day}" for day in range(1, acknowledged + 1)]
    assert len(kept) - acknowledged in (0, 1)  # one may be on the disk, but not yet announced


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
@pytest.mark.parametrize("name", ["track.jsonl", ".track.lock"])
def test_a_link_in_a_strangers_run_leads_nowhere(
    name: str, record: TrackRecord, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine, without a newline")
    record.path.parent.mkdir()
    record.path.with_name(name).symlink_to(victim)
    with pytest.raises((RunError, OSError), match="symbolic link"):
        record.append(entry())
    assert victim.read_text() == "mine, without a newline"
