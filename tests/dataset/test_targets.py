"""A target is a pair of inverse functions."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config.experiment import Target
from rnnforecast.dataset.targets import UNITS, target_paths


@pytest.mark.parametrize("target", UNITS)
def test_decoding_what_was_encoded_gives_the_price_back(target: Target) -> None:
    prices, last = np.array([90.0, 100.0, 130.0]), np.full(3, 100.0)
    np.testing.assert_allclose(UNITS[target].decode(UNITS[target].encode(prices, last), last), prices)


@pytest.mark.parametrize("target", UNITS)
def test_decoding_keeps_the_order_so_that_quantiles_stay_quantiles(target: Target) -> None:
    values = np.linspace(-0.5, 0.5, 11) + (100 if target == "price" else 0)
    assert (np.diff(UNITS[target].decode(values, np.full(11, 100.0))) > 0).all()


def test_the_log_return_path_is_cumulative_from_the_last_close() -> None:
    closes = np.array([100.0, 110.0, 121.0, 133.1])
    paths = target_paths(closes, 2, "log_return")
    np.testing.assert_allclose(paths[:2], np.log([[1.1, 1.21], [1.1, 1.21]]), rtol=1e-12)


def test_what_has_not_happened_is_nan() -> None:
    paths = target_paths(np.array([1.0, 2.0, 3.0]), 2, "difference")
    assert np.array_equal(paths, [[1, 2], [1, np.nan], [np.nan, np.nan]], equal_nan=True)
