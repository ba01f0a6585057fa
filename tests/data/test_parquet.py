"""Parquet is read as pandas reads it, within bounds and by one thread."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from rnnforecast.data.parquet import parquet_of, read_feather, read_parquet

from ..conftest import random_walk


def content_of(table: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.to_parquet(buffer)
    return buffer.getvalue()


def test_a_table_is_read_as_pandas_reads_it() -> None:
    bars = random_walk().bars.assign(name="x", volume=7)
    pd.testing.assert_frame_equal(read_parquet(content_of(bars)), bars, check_freq=False)


@pytest.mark.parametrize("cut", [0, 4, 100, -1])
def test_damage_is_a_value_error(cut: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_parquet(content_of(random_walk().bars)[:cut])


def test_a_small_file_that_claims_too_many_numbers_is_not_unpacked() -> None:
    content = content_of(pd.DataFrame({"close": np.zeros(1_000_000)}))
    assert len(content) < 10_000
    with pytest.raises(ValueError, match="1,000,000 cells, more than 999,999"):
        read_parquet(content, 999_999)


def test_feather_is_read_as_pandas_reads_it_and_no_further_than_allowed() -> None:
    table = random_walk().bars.reset_index().assign(name="x")
    buffer = io.BytesIO()
    table.to_feather(buffer)
    pd.testing.assert_frame_equal(read_feather(buffer.getvalue()), table)
    with pytest.raises(ValueError, match="more than 100 cells"):
        read_feather(buffer.getvalue(), 100)
    for damaged in (b"", b"ARROW1", buffer.getvalue()[:-9]):
        with pytest.raises(ValueError, match=r"."):
            read_feather(damaged)


def test_a_table_is_written_as_it_is_read() -> None:
    table = pd.DataFrame({"close": [1.5, np.nan]}, pd.DatetimeIndex(["2024-01-02", "2024-01-03"]))
    for checksums in (False, True):
        pd.testing.assert_frame_equal(
            read_parquet(parquet_of(table, checksums=checksums)), table, check_freq=False
        )
