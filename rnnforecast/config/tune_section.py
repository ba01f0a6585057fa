"""The ``tune`` section of a config: read, checked, and every mistake named."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.mistakes import explain_all, keys_at, nearest_place, suggestion
from rnnforecast.config.space import TUNE, Dimension, Space, label
from rnnforecast.config.strict_yaml import Place
from rnnforecast.errors import UsageError, quoted

RANGE = {"low", "high", "log", "step", "choices"}
"""Keys of a range."""
MOST_CHOICES = 100
FIXED: dict[str, str] = {
    "data": "it decides what is forecast",
    "split": "it decides what is scored",
    "searched": "it says where settings come from",
    "window.horizon": "it decides what is forecast",
    "window.target": "it decides what is forecast",
    "training.seed": "a lucky seed is no better a network",
    "training.deterministic": "it changes no forecast",
}
"""Settings that no search may choose, and why."""
SEE = "see: docs/tune.md"


@cache
def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of settings, with which an editor completes and checks."""
    schema = Experiment.model_json_schema()
    number = {"type": "number"}
    values = {"type": "array", "minItems": 2, "maxItems": MOST_CHOICES}
    ends = {"low": number, "high": number, "step": number, "log": {"type": "boolean"}}
    span = {"type": "object", "additionalProperties": False, "properties": ends}
    schema["properties"][TUNE] = {
        "type": "object",
        "description": "What a search may choose: setting to a list of values, or to a range.",
        "additionalProperties": {
            "anyOf": [
                values,
                {**span, "required": ["low", "high"]},
                {"type": "object", "properties": {"choices": values}, "required": ["choices"]},
                {"type": "null"},
            ]
        },
    }
    return schema


def read_space(
    section: Any, places: Mapping[Place, str], experiment: Experiment | None = None
) -> Space:
    """Check a ``tune`` section.

    Args:
        section: its content, as YAML has it.
        places: for each key, the words that lead a person to it.
        experiment: the config beside it, whose own values must be possible; by default the
            defaults, and values may lie outside.

    Raises:
        UsageError: naming the place, the value found and the remedy of every mistake.
    """
    dimensions, mistakes = list[Dimension](), list[UsageError]()
    try:
        entries = list(_entries(section, (TUNE,), places))
    except UsageError as error:
        entries, mistakes = [], [error]
    newest = {key: (place, content) for place, key, content in entries}
    for key, (place, content) in newest.items():
        if content is None:  # taken out again
            continue
        try:
            dimension = _dimension(key, content, nearest_place(place, places))
            _check_values(dimension, nearest_place(place, places))
            dimensions.append(dimension)
        except UsageError as error:
            mistakes.append(error)
    space = Space(tuple(dimensions))
    if experiment is not None and not mistakes:
        mistakes += _left_out(space, experiment)
    if mistakes:
        first, *others = mistakes
        raise UsageError(first.problem, first.remedy, others=others)
    return space


def _left_out(space: Space, experiment: Experiment) -> list[UsageError]:
    """Find ranges without the config's own value, with which a search starts."""
    own = space.stored(experiment)
    return [
        UsageError(
            f"tune: {item.key} from {item.describe()} leaves out {own[item.key]}, the value of "
            "this config, with which the search starts",
            f"widen the range, or start from another one: --set {item.key}=...",
        )
        for item in space
        if not item.holds(own[item.key])
    ]


def _entries(
    section: Any, place: Place, places: Mapping[Place, str]
) -> Iterator[tuple[Place, str, Any]]:
    """Yield place, key and content of every range; sections may stand within each other."""
    where = _prefix(nearest_place(place, places))
    if not isinstance(section, Mapping):
        raise UsageError(
            f"{where}tune is {quoted(section)}", "it must be a section of settings; " + SEE
        )
    for name, content in section.items():
        inner = (*place, str(name))
        key = ".".join(inner[1:])
        nested = isinstance(content, Mapping) and not RANGE & set(content)
        if nested and content and keys_at(key.split(".")):
            yield from _entries(content, inner, places)
        else:
            yield inner, key, content


def _dimension(key: str, content: Any, where: str) -> Dimension:
    """Read one range."""
    name, prefix = f"tune: {key}", _prefix(where)
    section, _, last = key.rpartition(".")
    if last not in keys_at(section.split(".") if section else []) or keys_at(key.split(".")):
        raise UsageError(f"{prefix}{name} is no setting", suggestion(key.split(".")))
    for fixed, why in FIXED.items():
        if key == fixed or key.startswith(f"{fixed}."):
            raise UsageError(f"{prefix}{name} cannot be searched", f"leave it out: {why}")
    if isinstance(content, list | tuple):
        content = {"choices": content}
    if not isinstance(content, Mapping) or not content:
        raise UsageError(
            f"{prefix}{name} is {quoted(content)}",
            "write a list of values, or {low: 0.001, high: 0.01, log: true}",
        )
    if unknown := [word for word in content if word not in RANGE]:
        raise UsageError(
            f"{prefix}{name} has an unknown key {quoted(str(unknown[0]))[1:-1]}",
            "known here: low, high, log, step, choices",
        )
    if "choices" in content:
        return _choice(key, content, f"{prefix}{name}")
    return _numbers(key, content, f"{prefix}{name}")


def _choice(key: str, content: Mapping[str, Any], name: str) -> Dimension:
    """Read a list of values."""
    values = content["choices"]
    if len(content) > 1:
        raise UsageError(f"{name} has choices and a range", "keep one of them")
    if not isinstance(values, list | tuple) or not 1 < len(values) <= MOST_CHOICES:
        raise UsageError(f"{name} has choices {quoted(values)}", f"name 2 to {MOST_CHOICES} values")
    labels = [json.dumps(label(value)) for value in values]
    if len(set(labels)) < len(labels):
        twice = next(text for text in labels if labels.count(text) > 1)
        raise UsageError(f"{name} names {twice} twice", "keep one of them")
    return Dimension(key, "choice", choices=tuple(values))


def _numbers(key: str, content: Mapping[str, Any], name: str) -> Dimension:
    """Read a range of numbers."""
    numbers = {
        end: _number(content[end], f"{name}: {end}")
        for end in ("low", "high", "step")
        if content.get(end) is not None
    }
    if "low" not in numbers or "high" not in numbers:
        raise UsageError(f"{name} has only one end", "give both: {low: 8, high: 64}")
    kinds, log = _number_kinds(key), content.get("log", False)
    if not kinds:
        raise UsageError(f"{name} is no number", "name its values: [first, second]")
    if not isinstance(log, bool):
        raise UsageError(f"{name}: log is {quoted(log)}", "it must be true or false")
    low, high, step = numbers["low"], numbers["high"], numbers.get("step")
    if low >= high:
        raise UsageError(f"{name} goes from {low:g} to {high:g}", "low must be less than high")
    if log and low <= 0:
        raise UsageError(f"{name} goes from {low:g} on, by logarithms", "low must be more than 0")
    if step is not None and (log or step <= 0 or step > high - low):
        problem = "has both log and step" if log else f"has steps of {step:g}"
        raise UsageError(
            f"{name} {problem}", "leave one out" if log else f"use a step up to {high - low:g}"
        )
    if "number" in kinds:
        return Dimension(key, "float", low, high, log, step)
    if wrong := [number for number in numbers.values() if number != int(number)]:
        raise UsageError(f"{name} has {wrong[0]:g}", "it must be a whole number")
    return Dimension(key, "int", int(low), int(high), log, step and int(step))


def _number(value: Any, name: str) -> float:
    """Read one end of a range; YAML reads ``1e-3`` as text."""
    try:
        if isinstance(value, bool) or not math.isfinite(number := float(value)):
            raise ValueError
    except (TypeError, ValueError):
        raise UsageError(f"{name} is {quoted(value)}", "it must be a finite number") from None
    return number


def _number_kinds(key: str) -> set[str]:
    """Return which kinds of numbers a setting may be, by the JSON Schema of configs."""
    schema = json_schema()
    section: dict[str, Any] = schema
    for part in key.split("."):
        field = section["properties"][part]
        reference = field.get("$ref") or (field.get("allOf") or [{}])[0].get("$ref", "")
        section = schema["$defs"][reference.rpartition("/")[2]] if reference else field
    kinds = {section.get("type"), *(kind.get("type") for kind in section.get("anyOf", ()))}
    return kinds & {"number", "integer"}


def _check_values(dimension: Dimension, where: str) -> None:
    """Refuse values that the setting cannot have, whatever the others are."""
    values: Sequence[Any] = dimension.choices or (dimension.low, dimension.high)
    for value in values:
        path = dimension.key.split(".")
        tree: dict[str, Any] = {}
        branch = tree
        for part in path[:-1]:
            branch = branch.setdefault(part, {})
        branch[path[-1]] = list(value) if isinstance(value, tuple) else value
        try:
            Experiment.model_validate_json(json.dumps(tree))
        except ValidationError as error:
            mistakes = [
                item for item in error.errors(include_url=False) if _is_of(item["loc"], path)
            ]
            if mistakes:
                raise explain_all(mistakes, {(TUNE,): where, tuple(path): where}) from None


def _is_of(location: Sequence[object], path: Sequence[str]) -> bool:
    """Return whether a mistake is one of a setting itself, not of what goes with it."""
    return [str(part) for part in location[: len(path)]] == list(path)


def _prefix(where: str) -> str:
    return f"{where}: " if where else ""
