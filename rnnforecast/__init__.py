"""Calibrated forecasts of stock and crypto prices with recurrent networks.

The names in ``__all__`` are what is promised; they are loaded when they are first used. Everything
else may move from version to version.

Example:
    >>> import rnnforecast as rf
    >>> history = rf.fetch("BTC-USD")  # doctest: +SKIP
    >>> model = rf.train("lstm", history, {"training.ensemble": 3})  # doctest: +SKIP
    >>> print(model.evaluate().verdict.sentence)  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnforecast.config.experiment import Experiment
    from rnnforecast.config.loading import load as load_config
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.errors import RnnForecastError
    from rnnforecast.library.comparison import Comparison, compare
    from rnnforecast.library.evaluation import Evaluation
    from rnnforecast.library.forecast import Forecast
    from rnnforecast.library.model import Model, load, train
    from rnnforecast.library.prices import fetch, read_prices
    from rnnforecast.library.scoring import score
    from rnnforecast.library.stages import Windows, baseline, features, windows
    from rnnforecast.library.track import TrackRecord, track
    from rnnforecast.library.tuning import Search, tune

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "Evaluation",
    "Experiment",
    "Forecast",
    "Model",
    "PriceHistory",
    "RnnForecastError",
    "Search",
    "TrackRecord",
    "Windows",
    "baseline",
    "compare",
    "features",
    "fetch",
    "load",
    "load_config",
    "read_prices",
    "score",
    "track",
    "train",
    "tune",
    "windows",
]

_FOUND_IN = {
    "Comparison": "library.comparison",
    "Evaluation": "library.evaluation",
    "Experiment": "config.experiment",
    "Forecast": "library.forecast",
    "Model": "library.model",
    "PriceHistory": "data.history",
    "RnnForecastError": "errors",
    "Search": "library.tuning",
    "TrackRecord": "library.track",
    "Windows": "library.stages",
    "baseline": "library.stages",
    "compare": "library.comparison",
    "features": "library.stages",
    "fetch": "library.prices",
    "load": "library.model",
    "load_config": "config.loading",
    "read_prices": "library.prices",
    "score": "library.scoring",
    "track": "library.track",
    "train": "library.model",
    "tune": "library.tuning",
    "windows": "library.stages",
}
"""Where each name is defined; what it is called there only differs for ``load_config``."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_FOUND_IN[name]}")
    value = getattr(module, "load" if name == "load_config" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
