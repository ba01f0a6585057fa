"""What settings are made of: strict sections, and numbers as people write them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

_SCIENTIFIC = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")


def _read_scientific(value: object) -> object:
    """Read ``1e-3`` as the number that a person means; YAML 1.1 reads it as text."""
    return float(value) if isinstance(value, str) and _SCIENTIFIC.fullmatch(value) else value


def as_tuple(value: object) -> object:
    """Accept one value where a list is meant."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def one_or_many(schema: dict[str, Any]) -> None:
    """Tell in the JSON Schema of a list that one value may stand for it."""
    names = ("type", "items", "minItems", "maxItems")
    many: dict[str, Any] = {name: schema.pop(name) for name in names if name in schema}
    schema["anyOf"] = [many["items"], many]


AUTO = ("auto",)
"""What is left to the program: chosen by what the prices hold."""
AutoOrList = PlainSerializer(lambda names: "auto" if names == AUTO else list(names))
"""Writes what may be left to the program as the word, and names as a list."""
MOST = 1_000_000
"""Of anything that is counted: more is a slip of the keyboard."""
Count = Annotated[int, Field(ge=1, le=MOST)]
CountOrZero = Annotated[int, Field(ge=0, le=MOST)]
Real = Annotated[
    float, Field(ge=-1000, le=1000, allow_inf_nan=False), BeforeValidator(_read_scientific)
]
Fraction = Annotated[
    float, Field(gt=0, lt=0.5, allow_inf_nan=False), BeforeValidator(_read_scientific)
]
Rate = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False), BeforeValidator(_read_scientific)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), BeforeValidator(_read_scientific)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False), BeforeValidator(_read_scientific)]


def _unwrap_descriptions(schema: dict[str, Any]) -> None:
    """Put each description on one line: the source wraps them, an editor does so by itself."""
    for setting in schema.get("properties", {}).values():
        if "description" in setting:
            setting["description"] = " ".join(setting["description"].split())


class Section(BaseModel):
    """Settings refuse unknown keys and never convert types."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        json_schema_extra=_unwrap_descriptions,
    )
