"""A few hundred of the trials of ``make fuzz``, others each day."""

from __future__ import annotations

import datetime
import json

import pytest

from tests.fuzz.campaign import DRAWN, TRIALS, draw_all, try_seeds
from tests.fuzz.documents import CHART, DATE, read_answer


@pytest.mark.parametrize("kind", TRIALS)
def test_random_input_meets_only_our_own_errors(kind: str) -> None:
    first = datetime.datetime.now(datetime.UTC).toordinal() * 1000
    _, problems = try_seeds(kind, 40, first)
    assert not problems


@pytest.mark.parametrize("kind", DRAWN)
def test_drawn_files_and_answers_meet_only_our_own_errors(kind: str) -> None:
    outcomes, problems = draw_all(kind, 40)
    assert not problems
    assert outcomes["refused"]


def test_the_answer_that_is_changed_is_a_sound_one() -> None:
    read_answer((200, json.dumps(CHART).encode(), DATE))
