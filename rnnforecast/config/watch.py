"""A watch list: which symbols are followed day by day, by which config, and how often they are
refitted.

config: gru
refit_every: 20
symbols:
  - BTC-USD
  - symbol: AAPL
    config: lstm
    set: [training.ensemble=3]
  - symbol: [AMD, INTC, NVDA]
    config: panel
    name: chips
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from rnnforecast.config.data import Name, label_of, title_of
from rnnforecast.config.loading import parse
from rnnforecast.config.types import Count, Section, as_tuple
from rnnforecast.errors import UsageError, quoted

NOTIFY = "RNNFORECAST_NOTIFY"
"""Addresses that hold secrets stand in this variable rather than in a file, separated by spaces."""
MOST = 5000
"""Symbols of a watch list."""
SEE = (
    "see docs/daily.md: a list of symbols, each a name or "
    "{symbol, name, config, refit_every, warm, set}"
)


class WatchedSymbol(Section):
    """A symbol of the list, or several that share their networks, with settings of their own."""

    symbol: Annotated[
        tuple[Name, ...],
        Field(min_length=1, max_length=MOST),
        BeforeValidator(as_tuple),
    ]
    """In Yahoo's spelling; the same networks learn from all of a list."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    """Begins the names of its runs, instead of the symbols: so their record goes on when the list
    changes."""
    config: str | None = None
    """A YAML file or the name of a preset, instead of the list's."""
    refit_every: Count | None = None
    """Sessions after which networks are trained again, instead of the list's."""
    warm: bool | None = None
    """Whether a refit goes on from the networks before it, instead of the list's."""
    set: tuple[str, ...] = ()
    """Settings that override the config's: ``training.ensemble=3``."""


def _named(value: object) -> object:
    """Read a name by itself as a symbol without settings of its own, and lists as tuples."""
    if isinstance(value, str):
        return {"symbol": value}
    if isinstance(value, dict) and isinstance(value.get("set"), list):
        return {**value, "set": tuple(value["set"])}
    return value


def _all_named(value: object) -> object:
    return tuple(map(_named, value)) if isinstance(value, list) else value


def _each_once(symbols: tuple[WatchedSymbol, ...]) -> tuple[WatchedSymbol, ...]:
    counts = Counter(symbol.upper() for watched in symbols for symbol in watched.symbol)
    [(name, count)] = counts.most_common(1)
    if count > 1:
        raise ValueError(f"{name} stands twice")
    return symbols


Occasion: TypeAlias = Literal["new", "broken", "down", "move"]
"""A new forecast, a broken promise, a source that is down or a symbol that failed, a large move."""


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Notify(Section):
    """Who hears of what."""

    to: Annotated[tuple[str, ...], BeforeValidator(_tuple)] = ()
    """Addresses as Apprise spells them; further ones stand in ``RNNFORECAST_NOTIFY``."""
    on: Annotated[tuple[Occasion, ...], BeforeValidator(_tuple)] = ("broken", "down", "move")
    """Occasions: new, broken, down, move."""


class WatchFile(Section):
    """What a watch list says."""

    symbols: Annotated[
        tuple[WatchedSymbol, ...],
        Field(min_length=1, max_length=MOST),
        BeforeValidator(_all_named),
        AfterValidator(_each_once),
    ]
    """Who is followed."""
    config: str = "gru"
    """A YAML file or the name of a preset."""
    refit_every: Count = 20
    """Sessions after which networks are trained again."""
    warm: bool = False
    """Whether a refit goes on from the networks before it, with fewer epochs."""
    notify: Notify | None = None
    """Who hears of what; by default nobody."""


@dataclass(frozen=True)
class Watched:
    """One symbol that is followed, or several that share their networks.

    Args:
        symbols: in the source's spelling.
        config: a path, or the name of a preset.
        refit_every: sessions after which networks are trained again.
        overrides: ``key.key=value`` each.
        warm: whether a refit goes on from the networks before it.
        name: what its runs are called instead of the symbols.
    """

    symbols: tuple[str, ...]
    config: str
    refit_every: int
    overrides: tuple[str, ...] = ()
    warm: bool = False
    name: str | None = None

    @property
    def title(self) -> str:
        """Who is followed, in a few words."""
        return self.name or title_of(self.symbols)

    @property
    def label(self) -> str:
        """The end of its runs' names, as ``train`` gives it."""
        return f"{self.name or label_of(self.symbols)}_{Path(self.config).stem}"


def load_watch_list(path: Path) -> list[Watched]:
    """Read the symbols of a watch list.

    Args:
        path: of a YAML file; configs that it names are looked for beside it first.

    Raises:
        UsageError: naming the file, the line and what is wrong.
    """
    content = _read(path)
    return [_watched(entry, content, path.parent) for entry in content.symbols]


def load_notify(path: Path) -> Notify:
    """Read who hears of what; the addresses of ``RNNFORECAST_NOTIFY`` are among them.

    Raises:
        UsageError: naming the file, the line and what is wrong.
    """
    notify = _read(path).notify or Notify()
    return notify.model_copy(update={"to": (*notify.to, *os.environ.get(NOTIFY, "").split())})


def _read(path: Path) -> WatchFile:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise UsageError(
            f"there is no file {path}",
            "write one that lists symbols, such as 'symbols: [BTC-USD]', or name it with --watch",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UsageError(f"cannot read {path} ({reason})", "name a YAML file") from None
    tree, places = parse(text, path.name)
    try:
        return WatchFile.model_validate(tree)
    except ValidationError as error:
        raise _explained(error, path.name, places) from None


def _watched(entry: WatchedSymbol, content: WatchFile, folder: Path) -> Watched:
    config = entry.config or content.config
    beside = folder / config
    return Watched(
        entry.symbol,
        str(beside) if beside.is_file() else config,
        entry.refit_every or content.refit_every,
        (*entry.set, f"data.symbol={json.dumps(entry.symbol)}"),  # YAML reads JSON's text
        content.warm if entry.warm is None else entry.warm,
        entry.name,
    )


def _explained(error: ValidationError, name: str, places: dict[tuple[str, ...], str]) -> UsageError:
    """Explain the first mistake, with its line where that is known."""
    first = error.errors(include_url=False)[0]
    location = tuple(map(str, first["loc"]))
    line = next((places[location[:end]] for end in (2, 1) if location[:end] in places), name)
    key = ".".join(location)
    if first["type"] == "extra_forbidden":
        return UsageError(f"{line}: unknown key {quoted(key)}", SEE)
    if first["type"] == "missing":
        return UsageError(f"{name}: {key} is missing", SEE)
    if first["type"] == "value_error":
        context: dict[str, Any] = first.get("ctx", {})
        return UsageError(f"{line}: {context.get('error')}", "keep one of them")
    return UsageError(f"{line}: {quoted(key)} is {quoted(first['input'])}", SEE)
