"""Values become points of a figure, and grids have round values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnforecast.report.svg import Frame, round_values

FRAME = Frame(first=0, last=10, low=100, high=200, box=(50, 20, 250, 120))


def test_corners_of_the_values_are_corners_of_the_box() -> None:
    assert (FRAME.x(0), FRAME.x(10), FRAME.y(200), FRAME.y(100)) == (50, 250, 20, 120)
    assert (FRAME.x(5), FRAME.y(150)) == (150, 70)  # half way, by hand


def test_a_single_place_and_a_single_value_divide_by_nothing() -> None:
    flat = Frame(first=3, last=3, low=7, high=7, box=(0, 0, 10, 10))
    assert (flat.x(3), flat.y(7)) == (0, 10)


def test_a_line_and_a_band_go_through_their_points() -> None:
    assert FRAME.line("a", [0, 10], [100, 200]) == (
        '<polyline class="a" points="50.0,120.0 250.0,20.0"/>'
    )
    around = FRAME.band("b", [0, 10], [100, 100], [200, 200])  # there below, back above
    assert around == ('<polygon class="b" points="50.0,120.0 250.0,120.0 250.0,20.0 50.0,20.0"/>')


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (97, 203, [100, 120, 140, 160, 180, 200]),
     (-0.3, 0.5, [-0.2, 0, 0.2, 0.4]), (5, 5, []), (2, 1, []), (0, np.inf, [])],
)  # fmt: skip
def test_round_values_by_hand(low: float, high: float, values: list[float]) -> None:
    assert round_values(low, high) == pytest.approx(values, abs=1e-12)


@given(st.floats(-1e9, 1e9), st.floats(1e-3, 1e9))
def test_round_values_lie_within_evenly_apart_by_1_2_or_5_times_a_power_of_ten(
    low: float, span: float
) -> None:
    values = np.array(round_values(low, low + span))
    assert 1 <= len(values) <= 8
    slack = 1e-6 * span
    assert (values >= low - slack).all() and (values <= low + span + slack).all()
    if len(values) > 1:
        step = np.diff(values)
        np.testing.assert_allclose(step, step[0], rtol=1e-3)
        mantissa = step.mean() / 10 ** np.floor(np.log10(step.mean()) + 1e-6)
        assert np.isclose(mantissa, (1, 2, 5), rtol=1e-3).any()
