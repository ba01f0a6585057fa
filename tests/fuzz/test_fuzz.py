"""A few hundred of the trials of ``make fuzz``, others each day."""

from __future__ import annotations

import datetime

from tests.fuzz.campaign import run_all


def test_random_input_meets_only_our_own_errors() -> None:
    first = datetime.datetime.now(datetime.UTC).toordinal() * 1000
    _, problems = run_all(40, first)
    assert not problems
