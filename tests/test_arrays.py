"""Arrays are read as NumPy wrote them, and no others."""

from __future__ import annotations

import io

import numpy as np
import pytest

from rnnforecast.arrays import load_arrays


def test_arrays_are_read_by_name() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, a=np.arange(3), b=np.array("x"))
    arrays = load_arrays(buffer.getvalue())
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [0, 1, 2], "b": "x"}


def test_what_unpacks_to_more_than_it_is_is_refused() -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, a=np.zeros(1_000_000))
    with pytest.raises(ValueError, match="its arrays are compressed"):
        load_arrays(buffer.getvalue())


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04"])
def test_damage_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="no arrays of NumPy"):
        load_arrays(content)


def test_pickles_are_refused() -> None:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{}]))
    with pytest.raises(ValueError, match="pickle"):
        load_arrays(buffer.getvalue())
