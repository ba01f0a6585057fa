"""Networks have the shape that the config asks for, whatever the combination."""

from __future__ import annotations

import pytest

from rnnforecast.config import load
from rnnforecast.model.heads import HEADS, HeadName
from rnnforecast.model.network import CELLS, build


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("head", HEADS)
def test_a_network_maps_windows_to_the_parameters_of_each_step(cell: str, head: HeadName) -> None:
    network = build(
        load("gru", [f"model.architecture={cell}", f"model.head={head}", "model.units=[6, 5]", "window.horizon=4"])
    )
    assert network.input_shape == (None, 30, 2)
    assert network.output_shape == (None, 4, HEADS[head].parameters)


def test_the_number_of_parameters_is_that_of_hand_arithmetic() -> None:
    network = build(load("gru", ["model.units=32"]))
    gru = 3 * (32 * (2 + 32) + 2 * 32)  # three gates, kernel and recurrence, two biases (reset_after)
    assert network.count_params() == gru + (32 + 1) * 5 * 3


def test_the_tutorial_is_two_layers_of_fifty_relu_units() -> None:
    network = build(load("tutorial"))
    first, second = (network.get_layer(f"recurrent_{depth}") for depth in (1, 2))
    assert (first.units, second.units) == (50, 50)
    assert first.activation.__name__ == second.activation.__name__ == "relu"
