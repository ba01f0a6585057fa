"""Who is scored and who only teaches: by the windows that a symbol has, whatever ended it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rnnforecast.config import load
from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.panel import Panel, Series, prepare_panel, windows_of
from rnnforecast.dataset.unfit import Unfit
from rnnforecast.errors import DataError

from ..conftest import SMALL, make_history, random_walk

LOOKBACK, HORIZON = 8, 3


def part_of(symbol: str, first: int, stop: int, *, without: range = range(0)) -> Series:
    """Some of 300 bars, which begin in 2020, of a symbol."""
    whole = make_history(random_walk(300, seed=len(symbol)).bars["close"].to_numpy(), symbol)
    rows = [row for row in range(first, stop) if row not in without]
    return Series(replace(whole, bars=whole.bars.iloc[rows]), {})


WHOLE = (part_of("ONE", 0, 300), part_of("SECOND", 0, 300))
"""Validation is from row 210 on, test from row 255 on."""


def asked(*symbols: str) -> Experiment:
    return load("gru", [*SMALL, f"data.symbol=[{', '.join(symbols)}]"])


def prepared(*more: Series, unfit: Unfit | None = None) -> Panel:
    series = [*WHOLE, *more]
    return prepare_panel(asked(*(bars.history.symbol for bars in series)), series, unfit)


@pytest.mark.parametrize(
    ("late", "taught"),
    [
        # two bars of the test part: no window of three steps ends there
        (part_of("OVER", 0, 257), 210),
        (part_of("HALTED", 0, 300, without=range(209, 258)), 209),
        # too new to be scored, and gone before it could be; yet it has a few windows
        (part_of("FRESH", 190, 256), 20),
    ],
    ids=["ended early in the test part", "halted through validation", "new"],
)
def test_one_with_windows_to_learn_from_and_none_to_be_scored_on_teaches(
    late: Series, taught: int
) -> None:
    name = late.history.symbol
    with pytest.raises(DataError, match=f"{name} .* has no (validation|test) window"):
        prepared(late)
    unfit = Unfit(3, skip=True)
    panel = prepared(late, unfit=unfit)
    assert [dataset.history.symbol for dataset in panel.datasets] == ["ONE", "SECOND"]
    assert not unfit.reasons
    (teacher,) = panel.teachers
    assert teacher.history.symbol == name and teacher.experiment.only_teaches
    assert len(teacher.splits.origins("train")) == taught - LOOKBACK - HORIZON
    windows = windows_of(
        [*panel.datasets, *panel.teachers], [*panel.scalers, *panel.taught]
    ).origins
    first_of_teacher = sum(len(dataset.history) for dataset in panel.datasets)
    assert (windows["train"] >= first_of_teacher).sum() == taught - LOOKBACK - HORIZON
    assert not (windows["validation"] >= first_of_teacher).any()
    splits = {dataset.experiment.split for dataset in (*panel.datasets, *panel.teachers)}
    assert splits == {prepared().datasets[0].experiment.split}


def test_one_that_begins_after_the_training_part_cannot_teach_and_says_why() -> None:
    unfit = Unfit(3, skip=True)
    panel = prepared(part_of("FRESH", 212, 300), unfit=unfit)
    assert not panel.teachers and len(panel.datasets) == 2
    assert unfit.skipped["FRESH"].startswith(
        "FRESH (2020-07-31 to 2020-10-26) has no train window: its targets would lie before"
    )


def test_days_that_a_vanished_symbol_alone_traded_on_do_not_count() -> None:
    """It began 1,000 days earlier; by its days the test part would begin 90 days sooner."""
    old = Series(
        make_history(random_walk(1030, seed=5).bars["close"].to_numpy(), "OLD", start="2017-04-06"),
        {},
    )
    assert old.history.last < WHOLE[0].history.dates[100]
    unfit = Unfit(3, skip=True)
    panel = prepared(old, unfit=unfit)
    assert [teacher.history.symbol for teacher in panel.teachers] == ["OLD"] and not unfit.reasons
    assert panel.datasets[0].experiment.split == prepared().datasets[0].experiment.split
    assert panel.datasets[0].splits == prepared().datasets[0].splits


def test_where_none_would_be_scored_each_says_why() -> None:
    short = [part_of("A", 0, 40), part_of("BC", 100, 140)]
    experiment = asked("A", "BC").model_copy(
        update={"split": asked("A").split.model_copy(update={
            "validation_from": WHOLE[0].history.dates[210].date(),
            "test_from": WHOLE[0].history.dates[255].date(),
        })}
    )  # fmt: skip
    with pytest.raises(
        DataError, match="2 of 2 symbols do not suit: 2 without a validation window"
    ):
        prepare_panel(experiment, short, Unfit(2, skip=True))
