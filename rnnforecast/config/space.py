"""Which settings a search may choose, and from what."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import yaml

from rnnforecast.config.experiment import Experiment

TUNE = "tune"
"""Name of the section."""
Scalar: TypeAlias = str | float | int | bool | None
"""A value as Optuna stores it."""


@dataclass(frozen=True)
class Dimension:
    """What one setting may be.

    Args:
        key: of the setting, such as ``model.units``.
        kind: whole numbers, numbers, or one of several values.
        low: the smallest number.
        high: the largest.
        log: whether numbers are spread evenly by their logarithm.
        step: from one number to the next; by default all between are possible.
        choices: the values, where there are several.
    """

    key: str
    kind: Literal["int", "float", "choice"]
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float | None = None
    choices: tuple[Any, ...] = ()

    @property
    def labels(self) -> tuple[Scalar, ...]:
        """Return the choices as plain values: a list becomes its text."""
        return tuple(map(label, self.choices))

    def value(self, stored: Scalar) -> Any:
        """Return the setting that a stored value stands for."""
        return self.choices[self.labels.index(stored)] if self.kind == "choice" else stored

    def holds(self, value: Any) -> bool:
        """Return whether a value is one of the possible ones."""
        if self.kind == "choice":
            return label(value) in self.labels
        number = _alone(value)
        if isinstance(number, bool) or not isinstance(number, int | float):
            return False
        steps = 0.0 if self.step is None else (number - self.low) / self.step
        return self.low <= number <= self.high and math.isclose(steps, round(steps), abs_tol=1e-6)

    def describe(self) -> str:
        """Return the range in words."""
        if self.kind == "choice":
            return ", ".join(map(str, self.labels))
        more = f", steps of {self.step:g}" if self.step else ""
        return f"{self.low:g} to {self.high:g}{' (log)' if self.log else ''}{more}"


@dataclass(frozen=True)
class Space:
    """Every setting that a search may choose.

    Args:
        dimensions: one for each setting.
    """

    dimensions: tuple[Dimension, ...] = ()

    def __iter__(self) -> Iterator[Dimension]:
        return iter(self.dimensions)

    def __len__(self) -> int:
        return len(self.dimensions)

    def stored(self, experiment: Experiment) -> dict[str, Scalar]:
        """Return an experiment's own values of these settings, as Optuna stores them."""
        tree = experiment.model_dump(mode="json")
        values = {dimension.key: _at(tree, dimension.key) for dimension in self}
        return {
            dimension.key: label(values[dimension.key])
            if dimension.kind == "choice"
            else _alone(values[dimension.key])
            for dimension in self
        }

    def overrides(self, stored: Mapping[str, Scalar]) -> list[str]:
        """Return the overrides that stored values stand for: ``key=value``."""
        return [f"{item.key}={as_yaml(item.value(stored[item.key]))}" for item in self]

    def to_dict(self) -> dict[str, Any]:
        """Return the section as plain values."""
        return {item.key: _plain(item) for item in self}


def label(value: Any) -> Scalar:
    """Return a choice as Optuna stores it: a list becomes its text, a list of one its item."""
    value = _alone(value)
    return as_yaml(value) if isinstance(value, list | tuple) else value


def as_yaml(value: Any) -> str:
    """Return a value on one line of YAML."""
    plain = list(value) if isinstance(value, tuple) else value
    text = yaml.safe_dump(plain, default_flow_style=True, width=1_000_000)
    return text.removesuffix("\n").removesuffix("\n...").strip()


def _plain(item: Dimension) -> Any:
    """Return a range as it is written."""
    if item.kind == "choice":
        return [list(value) if isinstance(value, tuple) else value for value in item.choices]
    more = {"log": True} if item.log else {} if item.step is None else {"step": item.step}
    return {"low": item.low, "high": item.high, **more}


def _alone(value: Any) -> Any:
    """Return the only item of a list, or the value itself."""
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _at(tree: Mapping[str, Any], key: str) -> Any:
    value: Any = tree
    for part in key.split("."):
        value = value[part]
    return value
