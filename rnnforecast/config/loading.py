"""YAML files, presets and overrides to an Experiment; every mistake named by file, line and key."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from rnnforecast.config.custom_features import files_of, with_files
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.mistakes import explain_all
from rnnforecast.config.presets import presets
from rnnforecast.config.space import TUNE, Space
from rnnforecast.config.strict_yaml import DEEPEST, LARGEST, SEE, Place, read_sections, read_value
from rnnforecast.config.tune_section import read_space
from rnnforecast.errors import UsageError, quoted, shortened

log = logging.getLogger(__name__)


def load(config: str, overrides: Iterable[str] = ()) -> Experiment:
    """Read a config.

    Args:
        config: a path, else the name of a preset, with or without ``.yaml``.
        overrides: ``key.key=value`` each, the value in YAML; later ones win.

    Raises:
        UsageError: naming file, line, key, the value found and the remedy of every mistake.
    """
    experiment, section, places = _read(config, overrides)
    if section is not None:
        read_space(section, places)
    return experiment


def load_with_space(config: str, overrides: Iterable[str] = ()) -> tuple[Experiment, Space]:
    """Read a config and its ``tune`` section, which is empty where there is none.

    Args:
        config: as of ``load``.
        overrides: as of ``load``; ``tune.model.units=[8, 16]`` changes the section.

    Raises:
        UsageError: as ``load``, and if a range leaves out the config's own value.
    """
    experiment, section, places = _read(config, overrides)
    return experiment, Space() if section is None else read_space(section, places, experiment)


def _read(config: str, overrides: Iterable[str]) -> tuple[Experiment, Any, dict[Place, str]]:
    """Read the settings of a config, and its ``tune`` section as it is written."""
    path = _find(config)
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path} ({error})", "name a YAML file in UTF-8") from None
    log.info("read config %s", path)
    tree, places = parse(text, path.name)
    for override in overrides:
        _apply(override, tree, places)
    section = tree.pop(TUNE, None)
    return beside(validate(tree, places), path.parent), section, places


def with_settings(experiment: Experiment, overrides: Iterable[str]) -> Experiment:
    """Return an experiment with settings changed, checked as a whole.

    Args:
        experiment: to change.
        overrides: as of ``load``.

    Raises:
        UsageError: if a setting is unknown or wrong.
    """
    tree: dict[str, Any] = experiment.model_dump(mode="json")
    places: dict[Place, str] = {}
    for override in overrides:
        _apply(override, tree, places)
    return validate(tree, places)


def beside(experiment: Experiment, folder: Path) -> Experiment:
    """Take the files of the user's own features from a folder, as far as it has them."""
    there = {file: str(folder / file) for file in files_of(experiment) if (folder / file).is_file()}
    return with_files(experiment, there)


def parse(text: str, name: str) -> tuple[dict[str, Any], dict[Place, str]]:
    """Read YAML text.

    Returns:
        the settings, and for each key the words that lead a person to it: file and line.

    Raises:
        UsageError: if it is no YAML of the kind that a config needs.
    """
    return read_sections(text, name)


def validate(tree: dict[str, Any], places: Mapping[Place, str]) -> Experiment:
    """Check settings.

    Args:
        tree: sections of settings.
        places: for each key, the words that lead a person to it.

    Raises:
        UsageError: for the first mistake, with the others.
    """
    try:
        return Experiment.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise explain_all(error.errors(include_url=False), places) from None


def dump(experiment: Experiment) -> str:
    """Write the experiment as YAML that ``load`` reads back."""
    return yaml.safe_dump(experiment.model_dump(mode="json"), sort_keys=False)


def _find(config: str) -> Path:
    """Find the file that a path or a preset's name means."""
    try:
        if Path(config).is_file():
            return Path(config)
    except OSError as error:
        raise UsageError(
            f"--config {shortened(config)}: {error.strerror}", "name a YAML file or a preset"
        ) from None
    known = presets()
    name = config.removesuffix(".yaml").removesuffix(".yml")
    if name in known:
        return known[name]
    near = get_close_matches(name[:80].lower(), known, 1, 0.7)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"no file and no preset is called {quoted(config)}",
        f"{hint}presets are: {', '.join(known)}",
    )


class Override(str):
    """A setting as ``key.key=value``, which a user has written as an option of its own.

    Args:
        setting: ``key.key=value``.
        typed: what was written, as messages repeat it.
    """

    typed: str

    def __new__(cls, setting: str, typed: str) -> Override:
        """Make the text of the setting, and remember what was written."""
        override = super().__new__(cls, setting)
        override.typed = typed
        return override


def _apply(override: str, tree: dict[str, Any], places: dict[Place, str]) -> None:
    """Set one ``key.key=value`` in the tree."""
    key, equals, text = override.partition("=")
    where = (
        shortened(override.typed)
        if isinstance(override, Override)
        else f"--set {shortened(override)}"
    )
    *sections, last = key.strip().split(".")
    if not equals or not key.strip(".") or len(sections) > DEEPEST:
        raise UsageError(f"{where} has no key and value", "write --set model.units=64")
    branch: Any = tree
    for depth, section in enumerate(sections, 1):
        branch = branch.setdefault(section, {})
        places.setdefault(tuple(sections[:depth]), where)
        if not isinstance(branch, dict):
            raise UsageError(f"{where}: {section} has no settings inside", SEE)
    try:
        branch[last] = read_value(text, where)
    except UsageError as error:
        if "not YAML" not in error.problem:
            raise
        raise UsageError(
            f"{where}: {quoted(text)} is not a YAML value",
            f"quote it: --set '{shortened(key)}=\"...\"'",
        ) from None
    places[(*sections, last)] = where
