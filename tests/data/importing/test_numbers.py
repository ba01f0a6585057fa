"""Numbers as people and programs write them, and the marks that decide how they are read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnforecast.data.importing.numbers import (
    decide_mark,
    read_numbers,
    refuse_mixed_units,
    units_in,
)
from rnnforecast.errors import DataError


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234.5", 1234.5), ("$1,234.50", 1234.5), ("(12.5)", -12.5), ("68.18K", 68180.0),
        ("1.38M", 1_380_000.0), ("2B", 2e9), ("−3.5", -3.5), ("12 345.6", 12345.6),
        ("12'345.6", 12345.6), ('="12.5"', 12.5), ("5.2%", 5.2), ("EUR 7.25", 7.25),
        ("٣٫٥", 3.5), ("１２．５", 12.5), ("1e-3", 0.001), ("12,34,567.8", 1234567.8),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_its_number(cell: str, number: float) -> None:
    values, unread = read_numbers(pd.Series([cell, "text"]))
    assert values[0] == number and list(unread) == [False, True]


@pytest.mark.parametrize(
    ("cell", "number"), [("1.234,5", 1234.5), ("0,25", 0.25), ("1.234.567,8", 1234567.8)]
)
def test_a_decimal_comma_turns_points_into_groups(cell: str, number: float) -> None:
    assert read_numbers(pd.Series([cell, "x"]), ",")[0][0] == number


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=200, deadline=None)
def test_what_python_writes_is_read_to_the_last_bit(number: float) -> None:
    assert read_numbers(pd.Series([repr(number), "n/a"]))[0][0] == number


def test_truth_values_and_wrong_groups_are_no_numbers_and_gaps_are_none() -> None:
    values, unread = read_numbers(pd.Series([True, "1.5", "12,34", "", "N/A"], dtype=object))
    np.testing.assert_array_equal(values, [np.nan, 1.5, np.nan, np.nan, np.nan])
    assert list(unread) == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("cells", "separator", "mark"),
    [
        (["1.5", "2.25"], ",", "."), (["1,5", "2,25"], ";", ","), (["1.234,56"], ";", ","),
        (["1,234.56"], ";", "."), (["1,234,567"], ";", "."), (["1.234.567"], ";", ","),
        (["12", "15"], ";", "."),
    ],
)  # fmt: skip
def test_one_cell_that_can_be_read_in_one_way_decides(
    cells: list[str], separator: str, mark: str
) -> None:
    column = {"close": pd.Series(cells)}
    decided, note = decide_mark(column, separator, headed=True, name="x.csv")
    assert decided == mark and bool(note) == (mark == ",")


def test_cells_that_contradict_each_other_or_decide_nothing_are_refused() -> None:
    both = {"close": pd.Series(["1,234.5", "1.234,5"])}
    with pytest.raises(DataError, match="mixes decimal marks"):
        decide_mark(both, ";", headed=True, name="x.csv")
    with pytest.raises(DataError, match=r"'1,234' may be 1234 or 1\.234; .*--decimal"):
        decide_mark({"close": pd.Series(["1,234"])}, ",", headed=True, name="x.csv")


def test_units_are_those_that_cells_name_and_may_not_be_mixed() -> None:
    cells = pd.Series(["$1.50", "2.00 EUR", "3.5%", "1.5K", "n/a"], name="Close")
    assert list(units_in(cells)[:4]) == ["$", "EUR", "%", ""] and units_in(cells)[4] is None
    assert units_in(pd.Series([1.0, 2.0])).isna().all()
    refuse_mixed_units(units_in(cells[:1]), cells[:1], "x.csv")
    with pytest.raises(DataError, match=r"mixes units in 'Close': '\$1.50' and '2.00 EUR'"):
        refuse_mixed_units(units_in(cells), cells, "x.csv")
