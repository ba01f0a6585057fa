"""What yfinance does not promise is where it was: an upgrade that moves it fails here, by name."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rnnforecast.data.yahoo import seams


def test_the_crumb_of_the_shared_client_can_be_forgotten() -> None:
    from yfinance.data import YfData

    shared = YfData()
    assert hasattr(shared, "_crumb") and hasattr(shared, "_cookie")
    shared._crumb, shared._cookie = "refused", "refused"
    seams.forget_crumb()
    assert (shared._crumb, shared._cookie) == (None, None)


def test_a_cache_that_cannot_be_kept_lasts_as_long_as_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kept: list[Path] = []
    monkeypatch.setattr("yfinance.set_tz_cache_location", lambda place: kept.append(Path(place)))
    (tmp_path / "home").write_text("a file")
    seams.use_cache.__wrapped__(tmp_path / "home" / "yfinance")
    seams.use_cache.__wrapped__(tmp_path / "cache" / "yfinance")
    assert kept[1] == tmp_path / "cache" / "yfinance"
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in kept] == [0o700, 0o700]
    assert "no cookies are kept in" in caplog.text
    shutil.rmtree(kept[0])


def test_yfinance_raises_and_stays_silent_within_the_seam() -> None:
    import yfinance

    with seams.strict_yfinance():
        assert yfinance.config.debug.hide_exceptions is False


def test_each_expected_failure_is_an_exception_with_a_reason_or_a_builtin() -> None:
    named = {
        kind
        for kinds, _ in seams.reasons()
        for kind in (kinds if isinstance(kinds, tuple) else (kinds,))
    }
    assert all(issubclass(kind, Exception) for kind in named)
    assert any(issubclass(kind, seams.expected_failures()) for kind in named)


def test_a_session_is_closed() -> None:
    from curl_cffi import requests

    session = requests.Session(impersonate="chrome")
    seams.close(session)
    assert session._closed


def test_reading_the_store_starts_no_threads_that_outlive_the_interpreter(tmp_path: Path) -> None:
    """pyarrow's pool, alive at exit, once ended a fetch with SIGABRT."""
    script = f"""
import os, sys
from pathlib import Path
import pyarrow.parquet
from tests.conftest import random_walk
from rnnforecast.data.store import Store
store = Store(Path({str(tmp_path)!r}))
before = len(os.listdir("/proc/self/task"))
store.save(random_walk())
assert len(store.load("WALK")) == 300
print(len(os.listdir("/proc/self/task")) - before)
"""
    if not Path("/proc/self/task").exists():
        return
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert result.stdout.strip() == "0", result.stderr[-500:]
