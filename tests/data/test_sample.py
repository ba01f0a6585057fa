"""The sample is real, and only what it says."""

from __future__ import annotations

import pytest

from rnnforecast.data.sample import sample
from rnnforecast.errors import DataError


def test_the_sample_is_the_sp500_of_1999_to_2018() -> None:
    history = sample("^GSPC")
    assert (len(history), str(history.first.date()), str(history.last.date())) == (
        5031,
        "1999-01-04",
        "2018-12-31",
    )
    assert history.bars["close"].iloc[-1] == pytest.approx(2506.85, abs=0.01)
    assert history.provenance["origin"].startswith("arch.data.sp500")


def test_the_sample_source_never_invents_a_symbol() -> None:
    with pytest.raises(DataError, match=r"has no 'AAPL'; it has: \^GSPC"):
        sample("AAPL")
