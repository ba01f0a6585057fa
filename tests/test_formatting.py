"""Numbers read the same everywhere."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest

from rnnforecast.formatting import (
    csv_text,
    format_loss,
    format_p,
    format_percent,
    format_price,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (94591.789, "94,591.79"),
        (10, "10.0000"),
        (132.52, "132.520"),
        (1.03527, "1.03527"),
        (0.128348, "0.128348"),
        (0.0000123456, "0.0000123456"),
        (3.00123e-12, "3.00123e-12"),
        (-1.5e-11, "-1.50000e-11"),
        (693_210.5, "693,210.50"),
        (148_213_280.12, "148,213,280.12"),
        (4_798_213_280_206_469.0, "4,798,213,280,206,469"),
        (1.234567e18, "1.23457e+18"),
        (0, "0.00"),
        (-3.5, "-3.50000"),
        (math.inf, "inf"),
    ],
)
def test_a_price_shows_enough_digits_for_its_size(value: float, text: str) -> None:
    assert format_price(value) == text


@pytest.mark.parametrize("power", range(-12, 16))
@pytest.mark.parametrize("digits", [1.23456, 9.99999, -4.79821])
def test_six_digits_of_a_price_survive_at_every_size(power: int, digits: float) -> None:
    value = digits * 10.0**power
    assert float(format_price(value).replace(",", "")) == pytest.approx(value, rel=5e-7)


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "< 0.001"), (0.0441, "= 0.044"), (0.41, "= 0.41"), (0.9996, "> 0.999")]
)
def test_a_probability_shows_the_digits_that_mean_something(p: float, text: str) -> None:
    assert format_p(p) == text


def test_a_percentage_carries_its_sign_where_asked() -> None:
    assert format_percent(-0.0004, signed=True) == "0.0 %" == format_percent(0.0, signed=True)
    assert format_percent(0.0861, signed=True) == "+8.6 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (83.6612, "83.66"),
        (999.994, "999.99"),
        (1757.672, "1,757.7"),
        (13982.73, "13,983"),
        (0.0021, "0.0021000"),
    ],
)
def test_a_loss_shows_about_five_digits(value: float, text: str) -> None:
    assert format_loss(value) == text


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+2", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_heading_or_cell_of_a_csv_file_is_a_formula(text: str) -> None:
    frame = pd.DataFrame({"symbol": [text, "AAPL"], text: [-1.5, 2.0], "note": [text, None]})
    cells = [cell for row in csv.reader(io.StringIO(csv_text(frame), newline="")) for cell in row]
    assert cells[1] == cells[3] == "'" + text.replace("\r", "") and "-1.5" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


def test_numbers_of_a_csv_file_are_exact() -> None:
    frame = pd.DataFrame({"close": np.random.default_rng(1).normal(size=50)})
    again = pd.read_csv(io.StringIO(csv_text(frame)), float_precision="round_trip")
    pd.testing.assert_frame_equal(again, frame, check_exact=True)
