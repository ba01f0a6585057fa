"""An average of distributions is one: inside its parts, in order, whatever their sequence."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnforecast.config import load
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.forecast.pool import average, fit_parts, read_parts

from ..conftest import SMALL, random_walk
from ..dataset.test_features import candles

POOLED = ["pool=auto" if setting.startswith("pool=") else setting for setting in SMALL]


@given(seed=st.integers(0, 10_000), count=st.integers(2, 4), prices=st.booleans())
@settings(max_examples=40, deadline=None)
def test_an_average_crosses_nowhere_and_lies_between_its_parts(
    seed: int, count: int, prices: bool
) -> None:
    random = np.random.default_rng(seed)
    parts = np.sort(random.normal(size=(count, 5, 2, 9)) * 10, axis=-1)
    parts = np.exp(parts) if prices else parts
    middle = average(list(parts))
    assert (np.diff(middle) >= 0).all()
    within = 1e-12 * np.abs(parts).max()
    assert (middle >= parts.min(axis=0) - within).all()
    assert (middle <= parts.max(axis=0) + within).all()
    np.testing.assert_allclose(average(list(parts[::-1])), middle, rtol=1e-12)
    np.testing.assert_allclose(average([parts[0]] * count), parts[0], rtol=1e-12)


def test_what_is_read_again_forecasts_the_same_and_crosses_nowhere() -> None:
    dataset = prepare(load("gru", POOLED), candles(400))
    parts, left_out = fit_parts(dataset, strict=True)
    assert set(parts) == {"gjr", "har"} and not left_out
    document = json.loads(json.dumps({name: part.to_dict() for name, part in parts.items()}))
    origins = dataset.splits.origins("test")[::20]
    for name, part in read_parts(document).items():
        quantiles = part.quantiles(dataset, origins)
        np.testing.assert_array_equal(quantiles, parts[name].quantiles(dataset, origins))
        assert quantiles.shape[:2] == (len(origins), 3) and (np.diff(quantiles) >= 0).all()


def test_a_filter_that_cannot_be_fitted_is_left_out_or_refused_with_the_remedy() -> None:
    dataset = prepare(load("gru", POOLED), random_walk(400))  # closes alone
    parts, left_out = fit_parts(dataset, strict=False)
    assert set(parts) == {"gjr"} and "no open, high, low" in left_out["har"]
    with pytest.raises(DataError, match=r"leave har out: --set 'pool=\[network\]'"):
        fit_parts(dataset, strict=True)
