"""What differs between a price, a volatility and a direction is said once."""

from __future__ import annotations

import copy

import pytest

from rnnforecast.config.experiment import Window
from rnnforecast.quantities import DIRECTION, PRICE, QUANTITIES, VOLATILITY, Quantity


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        (PRICE, 94591.789, "94,591.79"),
        (PRICE, 0.0000123456, "0.0000123456"),
        (VOLATILITY, 0.02314, "2.31 %"),
        (DIRECTION, 0.5376, "53.8 %"),
    ],
)
def test_a_value_is_written_as_people_write_it(quantity: Quantity, value: float, text: str) -> None:
    assert quantity.format(value) == text


@pytest.mark.parametrize(
    ("target", "quantity"),
    [
        ("log_return", PRICE),
        ("return", PRICE),
        ("difference", PRICE),
        ("price", PRICE),
        ("volatility", VOLATILITY),
        ("direction", DIRECTION),
    ],
)
def test_a_target_is_a_unit_of_one_quantity(target: str, quantity: Quantity) -> None:
    assert Window.model_validate({"target": target}).quantity is quantity


def test_a_quantity_equals_its_copies_and_is_its_name_in_a_sentence() -> None:
    assert copy.deepcopy(VOLATILITY) == VOLATILITY != PRICE
    assert f"no baseline of a {VOLATILITY}" == "no baseline of a volatility"
    assert list(QUANTITIES) == ["price", "volatility", "direction"]
