"""Where prices come from: one module for each source, which is found by its file name.

To add a source, put a module here whose ``SOURCE`` fulfils :class:`Source`; ``fetch --source NAME``
finds it by the module's name. What comes over the wire becomes a history by
``raw_bars.history_of``, which leaves out what is unfinished or has no price.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rnnforecast.data.sources.patience import Patience
from rnnforecast.errors import UsageError

if TYPE_CHECKING:
    from rnnforecast.data.history import PriceHistory


@dataclass(frozen=True)
class Question:
    """A question to a source.

    Args:
        symbol: checked, in the source's spelling.
        interval: length of a bar, in Yahoo's words.
        start: ISO date of the first bar; by default the oldest there is.
        end: ISO date of the last bar, included; by default the newest.
        patience: tries, time-outs and waits; the source's own where there is none.
        include_live: keep a bar that is not finished; provenance names it.
    """

    symbol: str
    interval: str = "1d"
    start: str | None = None
    end: str | None = None
    patience: Patience | None = None
    include_live: bool = False


class Source(Protocol):
    """A place that prices come from.

    Attributes:
        title: what people call it.
        networked: whether asking needs a network.
        pace_s: seconds to leave between two symbols.
        windows: days back that it has bars for, by interval; those that are not named have no
            bound.
    """

    title: str
    networked: bool
    pace_s: float
    windows: Mapping[str, int]

    def history(self, question: Question) -> PriceHistory:
        """Return finished, checked bars.

        Raises:
            DataError: if it does not know the symbol, or has no bars in that range.
            NetworkError: if it could not be reached, refused, or answered unreadably.
        """
        ...


def names() -> list[str]:
    """Return the sources that there are, by the names of their modules."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name for name in modules if name not in _HELPERS)


_HELPERS = ("failures", "patience", "raw_bars")


def source(name: str) -> Source:
    """Return a source by its name.

    Raises:
        UsageError: if there is none.
    """
    if name not in names():
        raise UsageError(f"no source is called {name!r}", f"use one of: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    chosen: Source = module.SOURCE
    return chosen
