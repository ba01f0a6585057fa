"""Sections refuse what they do not know and what is of another kind; numbers may be scientific."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import yaml
from pydantic import BeforeValidator, ValidationError

from rnnforecast.config.types import MOST, Count, Fraction, Rate, Real, Section, as_tuple


class Example(Section):
    """A section of one setting of each kind."""

    count: Count = 1
    """How
    many."""
    rate: Rate = 0.0
    """A rate."""
    fraction: Fraction = 0.1
    """A fraction."""
    real: Real = 0.0
    """A number."""
    many: Annotated[tuple[int, ...], BeforeValidator(as_tuple)] = ()
    """Some."""


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "1.0e-3", "0.001"])
def test_a_number_may_be_written_as_people_do_though_yaml_reads_text(text: str) -> None:
    assert Example(**yaml.safe_load(f"rate: {text}")).rate == 0.001


@pytest.mark.parametrize(
    "wrong",
    [{"count": 0}, {"count": MOST + 1}, {"count": 1.0}, {"count": "2"}, {"count": True},
     {"rate": 1}, {"rate": "0.5"}, {"rate": "e"}, {"fraction": 0.5}, {"fraction": 0.0},
     {"real": float("nan")}, {"real": float("inf")}, {"real": 1001.0}, {"unknown": 1}],
    ids=str,
)  # fmt: skip
def test_what_is_out_of_range_of_another_type_or_unknown_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Example(**wrong)


def test_limits_themselves_are_taken() -> None:
    taken = Example(count=MOST, rate=0.999, fraction=0.499, real=-1000.0)
    assert (taken.count, taken.real) == (MOST, -1000.0)


def test_one_value_stands_for_a_list_of_one() -> None:
    assert Example(many=3).many == Example(many=[3]).many == (3,)  # type: ignore[arg-type]
    assert Example(many=[3, 4]).many == (3, 4)  # type: ignore[arg-type]


def test_a_section_cannot_be_changed_and_describes_itself_on_one_line() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Example().count = 2
    assert Example.model_json_schema()["properties"]["count"]["description"] == "How many."
