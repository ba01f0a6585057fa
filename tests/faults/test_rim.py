"""What the machine refuses is one line with the right code, after what was computed is printed."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from tests.faults.watch import watched


@pytest.fixture
def home(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "home"))


@pytest.mark.parametrize("refused", [errno.EROFS, errno.ENOSPC])
def test_a_day_that_cannot_be_kept_is_shown(refused: int, home: Path) -> None:
    done = watched(home, ["daily", "--no-fetch"], at=1, how=str(refused))
    assert done.code == 4 and "Traceback" not in done.err
    assert "not kept: " in done.out and " to " in done.out  # the interval of the next session
    assert "warning: no log was written" in done.err
    assert "warning: the summary was not written" in done.err
