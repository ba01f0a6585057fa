"""What callers of the library pass, checked at its door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.panel import Series, series_of
from rnnforecast.errors import UsageError


def checked_history(history: object) -> PriceHistory:
    """Return a price history, or say how to make one.

    Raises:
        UsageError: if it is something else.
    """
    if isinstance(history, PriceHistory):
        return history
    raise UsageError(
        f"{type(history).__name__} is no PriceHistory",
        "make one with rf.PriceHistory.from_frame, rf.read_prices or rf.fetch",
    )


def checked_histories(history: object) -> list[PriceHistory]:
    """Return one price history or several as a list.

    Raises:
        UsageError: if there is none, or one is something else.
    """
    several = list(history) if isinstance(history, (list, tuple)) else [history]
    if not several:
        raise UsageError("there is no history to learn from", "pass at least one")
    return [checked_history(item) for item in several]


def checked_series(
    experiment: Experiment, histories: Sequence[PriceHistory], exogenous: Mapping[str, PriceHistory]
) -> list[Series]:
    """Put beside each history those that its experiment reads.

    Args:
        experiment: of these histories.
        histories: one of each of its symbols, in their order.
        exogenous: what was passed beside them, by symbol.

    Raises:
        UsageError: if one that the experiment names was not passed.
        DataError: if the members of ``data.market`` do not suit.
    """
    bars = {**exogenous, **dict(zip(experiment.data.symbol, histories, strict=True))}
    if missing := [name for name in experiment.others if name not in bars]:
        raise UsageError(
            f"data.exogenous or data.market names {', '.join(missing)}",
            "pass their histories with exogenous=",
        )
    return series_of(experiment, bars)


def checked_names(names: Sequence[str] | None, argument: str) -> Sequence[str] | None:
    """Return a list of names; one name alone is a string, whose letters are no names.

    Raises:
        UsageError: if it is a string.
    """
    if isinstance(names, str):
        raise UsageError(f"{argument} is {names!r}", f"pass a list: {argument}=[{names!r}]")
    return names


def overrides_of(settings: object) -> list[str]:
    """Return settings as overrides: ``key=value``, the value in YAML.

    Args:
        settings: by key, or None.

    Raises:
        UsageError: if they are no mapping, or a value is none that YAML knows.
    """
    if settings is None:
        return []
    if not isinstance(settings, Mapping):
        raise UsageError(
            f"settings are a {type(settings).__name__}", 'pass a dict: {"training.epochs": 2}'
        )
    return [f"{key}={_as_yaml(str(key), value)}" for key, value in settings.items()]


def _as_yaml(key: str, value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value  # a NumPy number
    try:
        text = yaml.safe_dump(list(plain) if isinstance(plain, tuple) else plain,
                              default_flow_style=True, width=1_000_000)  # fmt: skip
    except yaml.YAMLError:
        raise UsageError(
            f"{key} is a {type(value).__name__}", "use numbers, text, and lists of them"
        ) from None
    return text.strip().removesuffix("...").strip()
