"""What is logged stands in a file with date and level, and what is printed anyway not twice."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.cli.logs import log_failure, log_to, narrate
from rnnforecast.errors import UsageError


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    log = logging.getLogger("rnnforecast")
    before = (log.handlers[:], log.level, log.propagate)
    yield
    for handler in log.handlers:
        if handler not in before[0]:
            handler.close()
    log.handlers[:], log.level, log.propagate = before


def test_a_file_gets_every_line_once_behind_what_it_had(tmp_path: Path) -> None:
    file = tmp_path / "log.txt"
    file.write_text("before\n")
    log_to(file)
    log_to(file)  # asked twice, it is still one handler
    logging.getLogger("rnnforecast.data").info("read %d bars", 3)
    log_failure("no room")
    before, *lines = file.read_text().splitlines()
    assert before == "before"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d .* INFO read 3 bars", lines[-2])
    assert lines[-1].endswith("ERROR no room") and len(lines) == 4


def test_a_failure_is_not_printed_twice(capsys: pytest.CaptureFixture[str]) -> None:
    narrate()
    logging.getLogger("rnnforecast.data").info("read")
    log_failure("no room")
    err = capsys.readouterr().err
    assert "INFO read" in err and "no room" not in err


def test_a_log_that_cannot_be_written_costs_one_warning_and_no_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs a device that is always full")
    log_to(full)
    for _ in range(3):
        logging.getLogger("rnnforecast.data").info("read")
    err = capsys.readouterr().err
    assert err == "warning: no log was written: No space left on device\n"


def test_a_log_spells_out_what_a_terminal_would_obey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest's own handler would send the record as it is to its other processes, and break
    monkeypatch.setattr(logging.getLogger("rnnforecast"), "propagate", False)
    log_to(tmp_path / "log.txt")
    logging.getLogger("rnnforecast.data").info("%s", "a\x1b[2J\udcff")
    assert "a\\x1b[2J\\udcff" in (tmp_path / "log.txt").read_text()


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name another file"):
        log_to(tmp_path)
