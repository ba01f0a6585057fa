"""Newer prices come from where the stored ones came from; what was imported cannot be fetched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rnnforecast.data.sample import sample
from rnnforecast.data.store import Store
from rnnforecast.pipeline.newest_prices import USUAL, refresh_stored, source_of

from ..conftest import random_walk


def test_each_symbol_is_asked_of_its_own_source(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(sample("^GSPC").between(end="2018-06-01"))
    store.save(replace(random_walk(), provenance={"source": "file"}))
    assert source_of(store, "^gspc", "1d") == "sample" and source_of(store, "NEW", "1d") == USUAL
    outcomes = {outcome.symbol: outcome for outcome in refresh_stored(store, ["^GSPC", "WALK"])}
    assert outcomes["^GSPC"].error is None
    assert store.load("^GSPC").last == sample("^GSPC").last
    assert "were imported from a file" in str(outcomes["WALK"].error)
