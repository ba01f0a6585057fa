"""One module is all that another source of prices needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rnnforecast.data import sources
from rnnforecast.data.store import Store

from ...conftest import SMALL, Command

TOY = """
import numpy as np
import pandas as pd

from rnnforecast.data.sources.raw_bars import RawBars, history_of


class Toy:
    title = "Toy Exchange"
    networked = False
    pace_s = 0.0
    windows = {"1h": 30}

    def history(self, question):
        starts = pd.date_range("2024-01-01", periods=400, freq="D", tz="UTC")
        close = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 400)))
        ends = starts + pd.Timedelta(days=1)
        now = starts[-1] + pd.Timedelta(hours=12)  # the newest bar is running
        bars = pd.DataFrame({"close": close}, index=starts)
        raw = RawBars(bars, ends, now, "24/7", "EUR", {"source": "toy"})
        return history_of(question, raw, self.title).between(question.start, question.end)


SOURCE = Toy()
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module beside those of the package."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "toy.py").write_text(TOY)
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(folder)])
    yield
    sys.modules.pop("rnnforecast.data.sources.toy", None)


def test_a_third_source_is_one_module(toy: None, here: Command, tmp_path: Path) -> None:
    assert "toy" in sources.names()
    fetched = here("fetch", "ABC", "--source", "toy")
    assert fetched.returncode == 0, fetched.stderr
    history = Store(tmp_path / "data").load("ABC")
    assert len(history) == 399 and history.currency == "EUR"
    assert history.provenance["source"] == "toy"
    assert history.provenance["dropped"]["unfinished"] == ["2025-02-03T00:00:00"]
    again = here("fetch", "ABC", "--source", "toy")
    assert again.returncode == 0 and "same" in again.stdout
    early = here("fetch", "ABC", "--source", "toy", "--interval", "1h", "--start", "2020-01-01")
    assert (
        early.returncode == 2 and "Toy Exchange gives 1h bars of the last 30 days" in early.stderr
    )
    assert here("data", "check", "ABC").returncode == 0
    settings = [word for setting in SMALL[1:] for word in ("--set", setting)]
    assert here("train", "--symbol", "ABC", *settings).returncode == 0


def test_an_unknown_source_names_those_that_there_are(toy: None, here: Command) -> None:
    refused = here("fetch", "X", "--source", "toyy")
    assert refused.returncode == 2 and "use one of: binance, sample, toy, yahoo" in refused.stderr
