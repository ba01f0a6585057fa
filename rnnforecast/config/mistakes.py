"""What pydantic finds wrong with a config, in our words:
where, the value found, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.strict_yaml import Place
from rnnforecast.config.template import settings_called
from rnnforecast.errors import UsageError, quoted

MOST = 20
"""Mistakes that are listed."""
EXPECTED = {
    "int_type": "a whole number", "int_parsing": "a whole number",
    "int_from_float": "a whole number", "int_parsing_size": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "finite_number": "a finite number",
    "bool_type": "true or false", "bool_parsing": "true or false", "string_type": "text",
    "tuple_type": "a list", "list_type": "a list", "model_type": "a section of settings",
    "model_attributes_type": "a section of settings", "dict_type": "a section of settings",
    "date_type": "a date such as 2024-12-31", "date_parsing": "a date such as 2024-12-31",
    "date_from_datetime_parsing": "a date such as 2024-12-31",
    "date_from_datetime_inexact": "a date without a time, such as 2024-12-31",
    "greater_than_equal": "{ge:,g} or more", "greater_than": "more than {gt:,g}",
    "less_than_equal": "{le:,.9g} or less", "less_than": "less than {lt:,.9g}",
    "too_long": "a list of {max_length:,} or fewer",
    "too_short": "a list of {min_length:,} or more",
    "string_too_long": "text of {max_length:,} or fewer characters",
    "string_too_short": "text of {min_length:,} or more characters",
}  # fmt: skip
"""What must stand there, by pydantic's type of error and with its numbers."""
SYNONYMS = {
    "lr": "training.learning_rate", "batch": "training.batch_size",
    "optimiser": "training.optimizer",
    "early_stopping": "training.patience", "members": "training.ensemble",
    "n_models": "training.ensemble", "seeds": "training.ensemble",
    "iterations": "training.epochs", "n_epochs": "training.epochs",
    "num_epochs": "training.epochs", "max_epochs": "training.epochs",
    "time_step": "window.lookback", "time_steps": "window.lookback",
    "timesteps": "window.lookback", "window": "window.lookback", "window_size": "window.lookback",
    "sequence_length": "window.lookback", "seq_len": "window.lookback",
    "history": "window.lookback", "steps": "window.horizon", "forecast_horizon": "window.horizon",
    "look_back": "window.lookback", "lags": "window.lookback", "past": "window.lookback",
    "days": "window.horizon", "future_days": "window.horizon", "forecast_days": "window.horizon",
    "n_days": "window.horizon", "future": "window.horizon", "output_size": "window.horizon",
    "n_steps": "window.horizon", "feature_columns": "window.features",
    "indicators": "window.features", "inputs": "window.features",
    "label": "window.target", "normalization": "window.scaler", "scaling": "window.scaler",
    "type": "model.architecture", "cell": "model.architecture", "network": "model.architecture",
    "layers": "model.units", "hidden": "model.units", "hidden_size": "model.units",
    "neurons": "model.units", "num_layers": "model.units", "n_layers": "model.units",
    "hidden_dim": "model.units", "hidden_units": "model.units", "lstm_units": "model.units",
    "loss": "model.point_loss", "loss_function": "model.point_loss", "ticker": "data.symbol",
    "stock": "data.symbol", "coin": "data.symbol", "asset": "data.symbol",
    "start_date": "data.start", "end_date": "data.end", "frequency": "data.interval",
    "tickers": "data.symbol", "symbols": "data.symbol", "timeframe": "data.interval",
    "val": "split.validation", "valid": "split.validation", "gap": "split.purge",
    "val_size": "split.validation", "validation_split": "split.validation",
    "test_size": "split.test", "train_split": "split.test", "train_size": "split.test",
    "train_test_split": "split.test", "test_ratio": "split.test", "split": "split.test",
    "validation_size": "split.validation", "test_split": "split.test",
}  # fmt: skip
"""What other programs call our settings."""
_SETTING = re.compile(r"\b(?:data|window|split|model|training)\.[a-z_0-9]+")


def explain_all(errors: Sequence[Mapping[str, Any]], places: Mapping[Place, str]) -> UsageError:
    """Return every mistake of a config as one failure: the first, and the others with it.

    Args:
        errors: of a pydantic ``ValidationError``.
        places: for each key, the words that lead a person to it.
    """
    causes = [error for error in errors if not _follows(error, errors)]
    failures = [_explain(error, places) for error in causes[:MOST]]
    if len(causes) > MOST:
        failures.append(UsageError(f"{len(causes) - MOST:,} more mistakes", "correct these first"))
    first, *others = failures
    return UsageError(first.problem, first.remedy, others=others)


def _follows(error: Mapping[str, Any], errors: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a list is too short only because its entries are themselves mistakes."""
    place = error["loc"]
    return error["type"] == "too_short" and any(
        other["loc"][: len(place)] == place and other is not error for other in errors
    )


def _explain(error: Mapping[str, Any], places: Mapping[Place, str]) -> UsageError:
    problem, remedy = _words(error)
    location = tuple(str(part) for part in error["loc"])
    named = _SETTING.search(problem)
    if error["type"] == "value_error" and named:
        location = tuple(named[0].split("."))
    where = nearest_place(location, places)
    return UsageError(f"{where}: {problem}" if where else problem, remedy)


def _words(error: Mapping[str, Any]) -> tuple[str, str]:
    """Return the problem with the value found, and the remedy."""
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    location = [str(part) for part in error["loc"] if not isinstance(part, int)]
    key = ".".join(location)
    if kind == "extra_forbidden":
        return f"unknown key {quoted(key)[1:-1]}", suggestion(location)
    if kind == "value_error":
        problem, _, remedy = str(context["error"]).rpartition("; ")
        return (problem, remedy) if problem else (remedy, "change one of them")
    if kind == "json_invalid":
        return "a value holds what is not Unicode text", "write it without escapes"
    problem = f"{key} is {quoted(value)}" if key else f"found {quoted(value)}"
    if location == ["model"] and kind in ("model_type", "model_attributes_type"):
        return problem, "write a section: model: {architecture: lstm, units: 50}"
    if isinstance(value, bool) and kind in ("string_type", "date_type"):
        return problem, "YAML reads ON, OFF, YES and NO as true or false: put quotes around it"
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        near = get_close_matches(str(value)[:80], words, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        return problem, f"{hint}{key} must be {_either(words)}"
    if kind in ("too_long", "too_short"):
        problem = f"{key} has {context['actual_length']:,} entries"
    expected = EXPECTED.get(kind)
    return problem, f"{key} must be {expected.format(**context)}" if expected else f"change {key}"


def suggestion(location: Sequence[str]) -> str:
    """Return the setting that an unknown key is likely to mean, as a question,
    or the known keys."""
    *sections, last = location
    known = keys_at(sections)
    prefix = "".join(f"{section}." for section in sections)
    elsewhere = [SYNONYMS[last]] if last in SYNONYMS else settings_called(last)
    near = get_close_matches(last[:80], known, 1, 0.6)
    if last in SYNONYMS:
        return f"did you mean {SYNONYMS[last]}?"
    if near or elsewhere:
        return f"did you mean {f'{prefix}{near[0]}' if near else elsewhere[0]}?"
    everywhere = [name for section in keys_at([]) for name in keys_at([section])]
    near = get_close_matches(last[:80], everywhere, 1, 0.75)
    if near:
        return f"did you mean {settings_called(near[0])[0]}?"
    return f"known here: {', '.join(known)}"


def setting_meant(word: str) -> str:
    """Return the setting that a word names: exactly, or as other programs call it; else nothing."""
    word = word.lower()
    return next(iter(settings_called(word)), "") or SYNONYMS.get(word, "")


def nearest_place(location: Place, places: Mapping[Place, str]) -> str:
    """Return the words for a location, or for the nearest enclosing key."""
    while location and location not in places:
        location = location[:-1]
    return places.get(location, "")


def keys_at(location: Sequence[str]) -> list[str]:
    """Return the keys that a section knows; none where it is no section."""
    model: Any = Experiment
    for part in location:
        field = getattr(model, "model_fields", {}).get(part)
        kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
        model = next((kind for kind in kinds if _is_section(kind)), None)
    return list(model.model_fields) if model is not None else []


def _is_section(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)
