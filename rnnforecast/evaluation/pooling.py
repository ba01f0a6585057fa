"""The losses of several symbols as one table: each in units of its own moves, then their mean at
every session.

Symbols come one after another and only sums are kept, so ten thousand take the memory of one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

KEYS = ["model", "origin", "step"]
GROUPS = ["model", "step"]
SQUARED, LOGARITHMIC = ("squared",), ("log_score",)
UNITLESS = ("relative", "crps_relative", "direction", "rose", "called", "miss", "brier", "log_loss")
"""Losses that are the same in every unit; shares of hits are too."""


def in_units(table: pd.DataFrame, scale: float, root_scale: float) -> pd.DataFrame:
    """Return the losses of one symbol in units of its own moves.

    Args:
        table: of ``scores.losses`` or ``directions.direction_losses``.
        scale: mean absolute one-step change in training, as of the MASE.
        root_scale: root mean square of these changes, as of the RMSSE.
    """
    scaled = table.copy()
    for name in scaled.columns.difference([*KEYS, "symbol", "date", *UNITLESS]):
        if name in SQUARED:
            scaled[name] /= root_scale**2
        elif name in LOGARITHMIC:
            scaled[name] -= np.log(scale)  # of a density in these units
        elif not name.startswith("coverage"):
            scaled[name] /= scale
    return scaled


class Pooling:
    """The means over symbols at every session and step, each symbol with equal weight.

    The mean of the pool is that of the symbols' means. A symbol that lacks sessions counts for more
    in those it has: what is weighted is its distance from its own mean, so that sessions that some
    lack do not look like a change of level, which would pass for persistence and widen every
    interval. With n sessions, of which symbol i of k has n(i) with losses x(i, t), session t is the
    mean of the symbols' means plus the sum over i of n / (k n(i)) (x(i, t) - mean of x(i)).

    Args:
        sessions: of ``sessions_of`` all symbols.
    """

    def __init__(self, sessions: pd.DatetimeIndex) -> None:
        self.sessions = sessions
        self.models: dict[str, int] = {}
        self.count = 0
        self._total = self._known = self._symbols = self._means = pd.DataFrame()

    def add(self, table: pd.DataFrame) -> None:
        """Add the losses of a symbol, of ``in_units``."""
        values = in_sessions(table, self.sessions).set_index(KEYS).drop(columns=["symbol", "date"])
        known = values.notna().astype(float)
        groups = values.groupby(level=GROUPS)
        distance = (values - groups.transform("mean")).fillna(0.0)
        share = distance / groups.transform("count").clip(lower=1)
        self._means = _plus(self._means, groups.mean().fillna(0.0))
        self._total = _plus(self._total, share)
        self._known = _plus(self._known, known)
        self._symbols = _plus(self._symbols, known.groupby(level=GROUPS).max())
        for model in table["model"].unique():
            self.models[model] = self.models.get(model, 0) + 1
        self.count += 1

    def table(self) -> pd.DataFrame:
        """Return the pool.

        Returns:
            one row for each model, session (called origin) and step of the models that every
            symbol has.
        """
        # In the formula of the class, this is n of each model and step, and ``symbols`` is k.
        sessions = (self._known > 0).groupby(level=GROUPS).transform("sum")
        index = self._total.index
        place = pd.MultiIndex.from_arrays([index.get_level_values(name) for name in GROUPS])
        symbols, means = (
            table.reindex(place).set_axis(index) for table in (self._symbols, self._means)
        )
        pooled = ((means + self._total * sessions) / symbols).where(self._known > 0)
        common = [model for model, symbols in self.models.items() if symbols == self.count]
        return pd.concat(
            [pooled.xs(model, level="model", drop_level=False) for model in common]
        ).reset_index()


def _plus(total: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Add tables, what one lacks counting as nothing; the empty one is the beginning."""
    if total.empty:
        return more
    if total.index.equals(more.index) and total.columns.equals(more.columns):
        return total + more
    return total.add(more, fill_value=0.0)


def pool(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the means of several symbols at every session and step.

    Args:
        tables: of ``in_units``, one of each symbol.
    """
    pooling = Pooling(sessions_of([origins_of(table) for table in tables]))
    for table in tables:
        pooling.add(table)
    return pooling.table()


def origins_of(table: pd.DataFrame) -> pd.DatetimeIndex:
    """Return the origins of a table of losses, each once."""
    return pd.DatetimeIndex(table["origin"].unique())


def in_sessions(table: pd.DataFrame, sessions: pd.DatetimeIndex) -> pd.DataFrame:
    """Move every origin to the next session; origins that fall into the same one are averaged.

    Args:
        table: of ``in_units``.
        sessions: of ``sessions_of`` all symbols.
    """
    places = sessions.searchsorted(pd.DatetimeIndex(table["origin"]))
    inside = table.assign(origin=sessions[np.minimum(places, len(sessions) - 1)])
    if inside.duplicated(KEYS).any():
        means = inside.drop(columns=["symbol", "date"]).groupby(KEYS, sort=False)
        ends = inside.groupby(KEYS, sort=False)[["symbol", "date"]].last()
        inside = means.mean().join(ends).reset_index()
    return inside


def sessions_of(calendars: Sequence[pd.DatetimeIndex]) -> pd.DatetimeIndex:
    """Return the sessions at which symbols are averaged.

    They are the origins of the symbol that trades least often: what another one did in between
    belongs to the next session. Before and after them they are those of denser calendars.

    Args:
        calendars: the origins of each symbol.
    """
    distinct = list({tuple(days.asi8): days for days in calendars}.values())
    gaps = [(days.max() - days.min()) / max(len(days) - 1, 1) for days in distinct]
    order = sorted(range(len(distinct)), key=lambda number: gaps[number], reverse=True)
    sessions = distinct[order[0]].sort_values()
    for number in order[1:]:
        days = distinct[number]
        outside = days[(days < sessions[0]) | (days > sessions[-1])]
        sessions = pd.DatetimeIndex(sessions.append(outside)).sort_values()
    return sessions
