"""The audit of a market: it must be what its members make of it, and know no later close."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rnnforecast.audit import market as audit_market
from rnnforecast.audit.market import market_looks_back
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.market import market_of

from ..conftest import SMALL, make_history, random_walk

EXPERIMENT = load("gru", [*SMALL, "data.symbol=[A, B]", "data.market=[A, B]"])


def members() -> dict[str, PriceHistory]:
    return {
        name: make_history(random_walk(seed=seed).bars["close"].to_numpy(), name)
        for seed, name in enumerate("AB")
    }


def test_a_market_of_its_members_passes() -> None:
    assert market_looks_back(EXPERIMENT, members(), market_of(EXPERIMENT, members())).result == (
        "passed"
    )


def test_a_market_that_its_members_do_not_make_fails() -> None:
    market = market_of(EXPERIMENT, members())
    early = replace(market, bars=market.bars.shift(-1).ffill())
    found = market_looks_back(EXPERIMENT, members(), early)
    assert (found.result, found.detail) == ("failed", "its members make another one")


def test_a_market_that_reads_tomorrow_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(*arguments: object) -> PriceHistory:
        market = market_of(*arguments)  # type: ignore[arg-type]
        return replace(market, bars=market.bars.shift(-1).ffill())

    monkeypatch.setattr(audit_market, "market_of", leaking)
    found = market_looks_back(EXPERIMENT, members(), leaking(EXPERIMENT, members()))
    assert found.result == "failed" and found.detail.startswith("it saw the future, first on")
