"""A config written out for people: every key, its value, what it means and what else it may be."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic import BaseModel

from rnnforecast.config.experiment import Experiment

WIDTH = 100


def template(experiment: Experiment) -> str:
    """Write every setting as YAML with its documentation; it reads back as the same experiment."""
    lines = [
        "# Every setting of rnnforecast. What is left out has its default: keep what you change."
    ]
    for name, value in experiment:
        if isinstance(value, BaseModel):
            lines += [
                "",
                f"# {type(experiment).model_fields[name].description}",
                f"{name}:",
                *_section(value),
            ]
        elif value is not None:
            lines += ["", *_setting(experiment, name, indent="")]
    return "\n".join(lines) + "\n"


def settings_called(name: str) -> list[str]:
    """Return the full names of the keys that end like this: ``epochs`` is ``training.epochs``."""
    sections = {key: field.annotation for key, field in Experiment.model_fields.items()}
    return [
        f"{key}.{name}"
        for key, section in sections.items()
        if isinstance(section, type)
        and issubclass(section, BaseModel)
        and name in section.model_fields
    ]


def _section(section: BaseModel) -> Iterator[str]:
    for name in type(section).model_fields:
        yield from _setting(section, name, indent="  ")


def _setting(section: BaseModel, name: str, indent: str) -> Iterator[str]:
    """Yield the comment lines of a key, then its line."""
    words = " ".join((type(section).model_fields[name].description or "").replace("``", "").split())
    choices = choices_of(type(section), name)
    if choices:
        words = f"{words} One of: {', '.join(choices)}."
    yield from textwrap.wrap(
        words, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "
    )
    yield f"{indent}{name}: {_scalar(section.model_dump(mode='json')[name])}"


def choices_of(section: type[BaseModel], name: str) -> list[str]:
    """Return the words that a key may be; none where it is a number or free text."""
    schema = section.model_json_schema()["properties"][name]
    return [str(word) for word in schema.get("enum", [])]


def _scalar(value: Any) -> str:
    """Write a value on one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...").strip()
