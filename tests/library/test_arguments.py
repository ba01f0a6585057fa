"""What a newcomer passes by mistake is answered in one line, in the words of Python."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import rnnforecast as rf
from rnnforecast.errors import DataError, RunError, UsageError, in_words_of_python
from rnnforecast.library.arguments import checked_histories, overrides_of

from ..conftest import random_walk

BARS = random_walk(60)
FRAME = BARS.bars.reset_index()[["date", "close"]]
LONG = pd.DataFrame(
    {"unique_id": "WALK", "ds": BARS.dates[-5:], "cutoff": BARS.dates[-6:-1], "mine": 1.0}
)
anything: Any = rf  # the type checker would refuse most of what follows
from_frame: Any = rf.PriceHistory.from_frame

MISTAKES: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "an empty frame": (lambda: from_frame(FRAME[:0]), DataError, "frame has no rows"),
    "a frame without columns": (lambda: from_frame(pl.DataFrame()), DataError, "has no rows"),
    "no price": (lambda: from_frame(FRAME[["date"]]), DataError, "name it with target="),
    "no date": (lambda: from_frame(FRAME[["close"]]), DataError, "name it with time="),
    "words for dates": (
        lambda: from_frame(FRAME.assign(date="soon")), DataError, "dates with time=",
    ),
    "a frame for bars": (
        lambda: anything.train("gru", FRAME), UsageError, "DataFrame is no PriceHistory",
    ),
    "a list of frames": (lambda: anything.train("gru", [FRAME]), UsageError, "from_frame"),
    "bars before the config": (
        lambda: anything.train(BARS, "gru"), UsageError, r'rf\.train\("gru", history\)',
    ),
    "settings in a list": (
        lambda: anything.train("gru", BARS, ["training.epochs=2"]), UsageError, "pass a dict",
    ),
    "the same bars twice": (
        lambda: rf.train("gru", [BARS, BARS]), UsageError, "^data.symbol names WALK twice",
    ),
    "an unknown setting": (
        lambda: rf.train("gru", BARS, {"training.epoch": 2}),
        UsageError,
        "^unknown key training.epoch; did you mean training.epochs",
    ),
    "few bars": (
        lambda: rf.train("gru", BARS, {"window.lookback": 90}),
        DataError,
        "or set a smaller window.lookback",
    ),
    "an unknown feature": (
        lambda: rf.features(BARS, ["log_retrun"]), UsageError, "did you mean log_return",
    ),
    "a feature that is a string": (
        lambda: rf.features(BARS, "log_return"), UsageError, r"names=\['log_return'\]",
    ),
    "windows of a frame": (lambda: anything.windows(FRAME), UsageError, "no PriceHistory"),
    "a baseline of a frame": (
        lambda: anything.baseline("naive", FRAME), UsageError, "no PriceHistory",
    ),
    "no forecasts": (lambda: rf.score(LONG[:0], BARS), DataError, "forecasts have no rows"),
    "forecasts after the bars": (
        lambda: anything.score(BARS, LONG), UsageError, "pass the forecasts first",
    ),
    "a baseline that is a string": (
        lambda: rf.score(LONG, BARS, baselines="naive"), UsageError, r"baselines=\['naive'\]",
    ),
    "no folder": (lambda: rf.load("nowhere"), RunError, "there is no folder nowhere"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_in_one_line(
    call: Callable[[], Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        call()
    assert "\n" not in str(caught.value) and "--" not in str(caught.value)


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is no run: it has no run\.json"):
        rf.load(tmp_path)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("choose --set data.missing=drop or ffill", "choose data.missing=drop or ffill"),
        ("as --timezone America/New_York or --timezone UTC",
         "as timezone=America/New_York or timezone=UTC"),
        ("add --refit-every 250", "add refit_every=250"),
        ("--set a.b=- X - Y: a.b names X twice", "a.b names X twice"),
        ("GARCH -- no option here", "GARCH -- no option here"),
    ],
)  # fmt: skip
def test_options_of_the_command_line_become_arguments(said: str, meant: str) -> None:
    assert in_words_of_python(said) == meant


def test_settings_may_hold_numbers_of_numpy_lists_and_nothing() -> None:
    settings = {"a.b": np.int64(3), "a.c": ("x", "y"), "a.d": None, "a.e": True}
    assert overrides_of(settings) == ["a.b=3", "a.c=[x, y]", "a.d=null", "a.e=true"]
    with pytest.raises(UsageError, match=r"a\.b is a object"):
        overrides_of({"a.b": object()})


def test_one_history_and_several_are_taken() -> None:
    assert checked_histories(BARS) == checked_histories((BARS,)) == [BARS]
