"""A command that is killed, or whose disk is full, leaves everything as before it or as after it.

A sample of ``make faults``, which breaks every command at every call that changes the home.
"""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.faults import campaign
from tests.faults.campaign import Table


@pytest.mark.parametrize("how", ["kill", "killed", str(errno.ENOSPC), str(errno.EROFS)])
def test_a_note_is_written_or_is_not(how: str, sound: Path) -> None:
    table = Table()
    campaign.breaks(sound, table, how, [("runs", "note", "WALK", "why")], every=3)
    assert table.counts and not table.failures(), str(table)


@pytest.mark.parametrize("how", ["kill", str(errno.ENOSPC)])
def test_an_evaluation_is_the_old_one_or_the_new_one(how: str, sound: Path) -> None:
    table = Table()
    campaign.breaks(
        sound, table, how, [("evaluate", "--baselines", "naive", "--origins", "8")], every=97
    )
    assert table.counts and not table.failures(), str(table)
