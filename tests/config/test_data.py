"""Which prices a config asks for."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from rnnforecast.config.data import Data
from rnnforecast.config.types import AUTO


def test_one_symbol_is_written_as_it_is_typed_and_several_as_a_list() -> None:
    assert Data(symbol="AAPL").model_dump()["symbol"] == "AAPL"  # type: ignore[arg-type]
    assert Data(symbol=("AAPL", "MSFT")).model_dump()["symbol"] == ["AAPL", "MSFT"]


@pytest.mark.parametrize("key", ["symbol", "market"])
def test_a_symbol_that_stands_twice_is_refused_by_name(key: str) -> None:
    with pytest.raises(ValidationError, match=f"data.{key} names AAPL twice; keep one of them"):
        Data.model_validate({key: ["AAPL", "MSFT", "AAPL"]})


def test_a_market_has_several_members_or_none_or_is_left_to_the_program() -> None:
    assert Data().market == AUTO and Data().model_dump()["market"] == "auto"
    assert Data.model_validate({"market": "auto"}).market == AUTO
    assert Data.model_validate({"market": []}).market == ()
    assert Data.model_validate({"market": ["AAPL", "MSFT"]}).market == ("AAPL", "MSFT")
    with pytest.raises(ValidationError, match="names AAPL alone"):
        Data.model_validate({"market": ["AAPL"]})


@pytest.mark.parametrize(
    ("symbols", "title", "label"),
    [
        (["BTC-USD"], "BTC-USD", "BTC-USD"),
        (["^GSPC"], "^GSPC", "GSPC"),
        (["AAPL", "MSFT", "XOM"], "AAPL and 2 more", "AAPL-and-2-more"),
    ],
)
def test_prices_are_called_by_their_first_symbol(
    symbols: list[str], title: str, label: str
) -> None:
    data = Data.model_validate({"symbol": symbols})
    assert (data.title, data.label) == (title, label)
