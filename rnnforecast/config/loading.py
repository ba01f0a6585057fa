"""YAML files, presets and overrides to an Experiment; every mistake named by file, line and key."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from rnnforecast.config.custom_features import files_of, with_files
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.presets import presets
from rnnforecast.errors import UsageError

Place = tuple[str, ...]

log = logging.getLogger(__name__)


def load(config: str, overrides: Iterable[str] = ()) -> Experiment:
    """Read a config.

    Args:
        config: a path, else the name of a preset, with or without ``.yaml``.
        overrides: ``key.key=value`` each, the value in YAML; later ones win.

    Raises:
        UsageError: naming file, line, key, the value found and the remedy.
    """
    path = _find(config)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path} ({error})", "name a YAML file in UTF-8") from None
    log.info("read config %s", path)
    tree, places = parse(text, path.name)
    for override in overrides:
        _apply(override, tree, places)
    return beside(validate(tree, places), path.parent)


def beside(experiment: Experiment, folder: Path) -> Experiment:
    """The same with files of the user's own features taken from a folder, as far as it has them."""
    found = {file: str(folder / file) for file in files_of(experiment) if (folder / file).is_file()}
    return with_files(experiment, found)


def parse(text: str, name: str) -> tuple[dict[str, Any], dict[Place, str]]:
    """Read YAML text.

    Returns:
        the settings, and for each key the words that lead a person to it: file and line.
    """
    try:
        tree = yaml.safe_load(text) or {}
        places = dict(_places(yaml.compose(text, Loader=yaml.SafeLoader), name))
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2020-13-01
        problem = str(getattr(error, "problem", error))
        mark = getattr(error, "problem_mark", None)
        where = f"{name} line {mark.line + 1}" if mark else name
        raise UsageError(
            f"{where}: not YAML ({problem})", "see: rnnforecast config show gru"
        ) from None
    if not isinstance(tree, dict):
        raise UsageError(
            f"{name}: found {type(tree).__name__}, not sections", "see: rnnforecast config show gru"
        )
    return {key: value for key, value in tree.items() if value is not None}, places


def validate(tree: dict[str, Any], places: dict[Place, str]) -> Experiment:
    """Check settings.

    Args:
        tree: sections of settings.
        places: for each key, the words that lead a person to it.

    Raises:
        UsageError: for the first mistake, with the number of others.
    """
    try:
        return Experiment.model_validate_json(json.dumps(tree, default=str))
    except ValidationError as error:
        first, *rest = error.errors()
        others = [
            one for one in rest if one["loc"] != first["loc"][: len(one["loc"])]
        ]  # not what holds the first
        problem, remedy = _explain(dict(first), tree)
        where = _nearest_place(tuple(map(str, first["loc"])), places)
        more = f" (and {len(others)} more)" if others else ""
        raise UsageError(f"{where}: {problem}{more}" if where else problem + more, remedy) from None


def dump(experiment: Experiment) -> str:
    """The experiment as YAML that ``load`` reads back."""
    return yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False)


def _find(config: str) -> Path:
    """The file that a path or a preset's name means."""
    if Path(config).is_file():
        return Path(config)
    known = presets()
    name = config.removesuffix(".yaml").removesuffix(".yml")
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1, 0.4)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"no file and no preset is called {config!r}", f"{hint}presets are: {', '.join(known)}"
    )


def _apply(override: str, tree: dict[str, Any], places: dict[Place, str]) -> None:
    """Set one ``key.key=value`` in the tree."""
    key, equals, text = override.partition("=")
    if not equals or not key.strip("."):
        raise UsageError(f"--set {override} has no key and value", "write --set model.units=64")
    *sections, last = key.strip().split(".")
    branch: Any = tree
    for depth, section in enumerate(sections, 1):
        branch = branch.setdefault(section, {})
        places.setdefault(tuple(sections[:depth]), f"--set {override}")
        if not isinstance(branch, dict):
            raise UsageError(
                f"--set {override}: {section} has no settings inside",
                "see: rnnforecast config show gru",
            )
    try:
        branch[last] = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        raise UsageError(
            f"--set {override}: {text!r} is not a YAML value", f"quote it: --set '{key}=\"...\"'"
        ) from None
    places[(*sections, last)] = f"--set {override}"


def _places(node: yaml.Node | None, name: str, above: Place = ()) -> Iterator[tuple[Place, str]]:
    """Walk YAML nodes; each key with its file and line. Refuses a key that stands twice."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        line = f"{name} line {key.start_mark.line + 1}"
        if key.value in seen:
            raise UsageError(f"{line}: {key.value} stands twice", "keep one of them")
        seen.add(key.value)
        place = (*above, str(key.value))
        yield place, line
        yield from _places(value, name, place)


def _nearest_place(location: Place, places: dict[Place, str]) -> str:
    """The words for a location, or for the nearest enclosing key."""
    while location and location not in places:
        location = location[:-1]
    return places.get(location, "")


def _explain(error: dict[str, Any], tree: dict[str, Any]) -> tuple[str, str]:
    """A pydantic error in our words: (problem with the value found, remedy)."""
    location = [str(part) for part in error["loc"] if not isinstance(part, int)]
    key, found = ".".join(location), error["input"]
    if error["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        near = get_close_matches(location[-1], known, 1, 0.5)
        prefix = ".".join([*location[:-1], ""]) if location[1:] else ""
        hint = f"did you mean {prefix}{near[0]}?" if near else f"known here: {', '.join(known)}"
        return f"unknown key {key}", hint
    if error["type"] == "value_error":
        problem, _, remedy = str(error["ctx"]["error"]).rpartition("; ")
        return (problem, remedy) if problem else (remedy, "change one of them")
    expected = (
        error["msg"]
        .replace("Input should be", "must be")
        .replace("a valid", "a")
        .replace("integer", "whole number")
    )
    expected = expected.replace("an object", "a section of settings")
    remedy = f"{key} {expected}"
    if isinstance(found, bool) and "string" in error["msg"]:
        remedy = "YAML reads ON, OFF, YES and NO as true or false: put quotes around it"
    elif isinstance(found, str) and error["type"] == "literal_error":
        near = get_close_matches(
            found, error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", "), 1
        )
        remedy = f"did you mean {near[0]}? " + remedy if near else remedy
    return f"{key} is {found!r}" if key else f"found {found!r}", remedy


def _keys_at(location: list[str]) -> list[str]:
    """The keys that a section knows."""
    model: type[BaseModel] = Experiment
    for part in location:
        annotation = model.model_fields[part].annotation
        model = next(kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type))
    return list(model.model_fields)
