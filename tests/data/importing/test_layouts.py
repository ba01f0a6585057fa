"""Every layout that the world exports prices in gives the same bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnforecast.data.importing.columns import Selection
from rnnforecast.data.price_files import read_prices

from .layouts import LAYOUTS


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_of_the_world_gives_the_bars_that_were_written(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    path = tmp_path / layout.file
    path.write_bytes(layout.content())
    (imported,) = read_prices(path, "X", layout.selection)
    history, columns = imported.history, list(layout.columns)
    assert history.interval == ("1h" if layout.hourly else "1d")
    assert history.dates.equals(layout.bars.index)
    np.testing.assert_allclose(
        history.bars[columns].to_numpy(float), layout.bars[columns].to_numpy(float), rtol=1e-12
    )


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_exported_from_any_layout_is_read_again_bit_for_bit(
    name: str, form: str, tmp_path: Path
) -> None:
    layout = LAYOUTS[name]
    path = tmp_path / layout.file
    path.write_bytes(layout.content())
    (imported,) = read_prices(path, "X", layout.selection)
    history = imported.history
    exported = tmp_path / f"X_1d.{form}"
    getattr(history.bars, f"to_{form}")(exported)
    target = Selection(target="close") if history.target != "close" else layout.selection
    (again,) = read_prices(exported, None, target)
    assert again.history.digest() == history.digest()
    assert (again.history.symbol, again.history.interval) == ("X", history.interval)
