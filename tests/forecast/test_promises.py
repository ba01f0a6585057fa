"""An interval is promised only where there are windows enough."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.forecast.promises import effective_windows, needed_windows, unpromised


@pytest.mark.parametrize(("coverage", "windows"), [(0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_the_fewest_windows_are_those_whose_largest_score_is_not_exceeded(
    coverage: float, windows: int
) -> None:
    assert needed_windows(coverage) == windows
    assert np.ceil((windows + 1) * coverage - 1e-9) <= windows
    assert np.ceil(windows * coverage - 1e-9) > windows - 1


@pytest.mark.parametrize(
    ("windows", "step", "left"), [(15, 1, 15), (15, 5, 3), (16, 5, 4), (1, 5, 1)]
)
def test_overlapping_windows_count_once(windows: int, step: int, left: int) -> None:
    starts = range(0, windows, step)
    assert effective_windows(windows, step) == left == len(starts)


@pytest.mark.parametrize(
    ("windows", "horizon", "words"),
    [
        (15, 1, "95 % cannot be promised from 15 windows"),
        (3, 5, "80 % and 95 % cannot be promised from 3 windows"),
        (40, 5, "95 % cannot be promised 5 steps ahead from 40 windows, of which 8 do not overlap"),
        (95, 5, ""),
        (19, 1, ""),
    ],
)
def test_what_cannot_be_promised_is_said(windows: int, horizon: int, words: str) -> None:
    assert unpromised(windows, horizon) == words
