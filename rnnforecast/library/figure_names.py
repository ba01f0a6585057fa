"""Figures of forecasts that are not our network's: they name the model that was judged."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from rnnforecast.evaluation.backtest import NETWORK

Drawn = TypeVar("Drawn")
_WORDS = re.compile(rf"\b[Tt]he {NETWORK}\b|^{NETWORK}\b")


def renamed(drawn: Drawn, name: str) -> Drawn:
    """Return a chart, or any part of one, in whose texts the network has another name.

    Args:
        drawn: a description of what is drawn: frozen dataclasses, tuples and texts.
        name: of the model that was judged.
    """
    changed: Drawn = drawn if name == NETWORK else _renamed(drawn, name)
    return changed


def _renamed(drawn: Any, name: str) -> Any:
    if isinstance(drawn, str):
        return _WORDS.sub(lambda match: name, drawn)
    if isinstance(drawn, tuple):
        return tuple(_renamed(item, name) for item in drawn)
    if is_dataclass(drawn) and not isinstance(drawn, type):
        values = {item.name: getattr(drawn, item.name) for item in fields(drawn) if item.init}
        return replace(drawn, **{key: _renamed(value, name) for key, value in values.items()})
    return drawn
