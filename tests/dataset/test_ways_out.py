"""What is named as a way out was tried before, and is written as a user types it."""

from __future__ import annotations

import shlex

import pandas as pd

from rnnforecast.config import with_settings
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.findings import Finding
from rnnforecast.dataset.ways_out import (
    LEAVE_OUT,
    REPEAT,
    UNADJUSTED,
    candidates_for,
    candidates_for_gaps,
    closes_alone,
    ends,
    ways_out,
)

from ..conftest import random_walk


def test_a_sentence_holds_options_that_the_command_line_reads_back(small: Experiment) -> None:
    small = with_settings(small, ["window.features=[log_return]"])
    for way in (LEAVE_OUT, closes_alone(small), ends(pd.Timestamp("2020-05-01"))):
        words = shlex.split(way.sentence().partition(" with ")[2])
        assert words[::2] == ["--set"] * len(way.settings)
        assert with_settings(small, words[1::2]) != small


def test_only_ways_that_work_are_named_in_their_order(small: Experiment) -> None:
    candidates = [UNADJUSTED, LEAVE_OUT, REPEAT, LEAVE_OUT]
    text = ways_out(candidates, small, lambda tried: tried.data.bad_ticks == "drop")
    assert text == LEAVE_OUT.sentence()
    assert ways_out(candidates, small, lambda tried: False) == ""
    allowed = ways_out(candidates, small, lambda tried: tried.data.allow_bad)
    assert allowed == "use them as they are with --allow-bad"


def test_two_ways_are_named_together_where_neither_helps_alone(small: Experiment) -> None:
    def both(tried: Experiment) -> bool:
        return tried.data.bad_ticks == "drop" and tried.data.missing == "ffill"

    text = ways_out([LEAVE_OUT, REPEAT], small, both)
    assert text == f"{LEAVE_OUT.sentence()} and {REPEAT.sentence()}"


def test_an_error_early_is_left_behind_and_a_late_one_ended_before(small: Experiment) -> None:
    walk = random_walk(300)
    for row, setting in ((20, "data.start=2020-01-22"), (290, "data.end=2020-10-16")):
        error = Finding("other", "error", (f"{walk.dates[row]:%Y-%m-%d}",), "")
        ways = list(candidates_for(error, small, walk, beside=False))
        assert [way.settings for way in ways] == [(setting,)] and ways[0].shortens


def test_the_day_of_a_split_begins_what_is_sound(small: Experiment) -> None:
    split = Finding("split-like jumps", "error", ("2020-02-10",), "")
    (way,) = candidates_for(split, small, random_walk(300), beside=False)
    assert way.sentence() == "begin there with --set data.start=2020-02-10"


def test_a_series_beside_may_be_left_out_and_nothing_else(small: Experiment) -> None:
    changed = with_settings(small, ["data.exogenous=[SPY,'^VIX']"])
    error = Finding("bad ticks", "error", ("2020-02-10",), "")
    (way,) = candidates_for(error, changed, random_walk(symbol="SPY"), beside=True)
    assert way.sentence() == "leave out SPY with --set 'data.exogenous=[\"^VIX\"]'"


def test_gaps_in_a_column_are_answered_by_doing_without_it(small: Experiment) -> None:
    ways = list(candidates_for_gaps("adj_close", small, random_walk(50)))
    assert ways[:2] == [UNADJUSTED, REPEAT] and ways[2].settings == ("data.end=2020-02-19",)
    assert next(candidates_for_gaps("high", small, random_walk(50))) == closes_alone(small)
