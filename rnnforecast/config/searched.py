"""Where settings come from that were found by a search: kept in the config, so that whatever is
trained by it can say so."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rnnforecast.config.types import Count, CountOrZero, Section


class Searched(Section):
    """The search that chose these settings: written by ``tune``, counted by ``evaluate``."""

    study: Annotated[str, Field(min_length=1, max_length=200)]
    """Name of the search."""
    trials: Count
    """Configurations that were tried, those that were pruned or failed included."""
    finished: CountOrZero
    """Those of them that were scored on every fold."""
    metric: Annotated[str, Field(max_length=40)]
    """What was compared."""
    value: float
    """Of the chosen one, as a share of naive's on the same folds."""
    start_value: float | None = None
    """Of the settings that the search started from."""
    folds: Count
    """Stretches of the training part on which each was scored."""
    until: Annotated[str, Field(max_length=40)]
    """The newest day that the search saw."""
