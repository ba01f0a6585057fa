"""The names of inputs: ``rsi`` has its usual window, ``rsi_21`` another one,
``mine.py:spread`` is the user's own."""

from __future__ import annotations

import re
from difflib import get_close_matches

from rnnforecast.errors import quoted

FEATURES: dict[str, int | None] = {
    "close": None, "log_close": None, "difference": None, "abs_difference": None,
    "log_return": None, "abs_log_return": None, "negative_return": None,
    "overnight_gap": None, "intraday_return": None, "volume_change": None,
    "parkinson": None, "garman_klass": None, "rogers_satchell": None, "yang_zhang": 21,
    "realised_volatility": 21, "ewma_volatility": 32,
    "log_volatility": 5, "log_ewma_volatility": 32, "log_range_volatility": 5,
    "sma_distance": 20, "ema_distance": 20, "rsi": 14, "macd": 26, "bollinger": 20, "atr": 14,
    "stochastic": 14, "rate_of_change": 10,
    "day_of_week_sin": None, "day_of_week_cos": None, "month_sin": None, "month_cos": None,
}  # fmt: skip
"""Every feature, and the bars in its usual window where it has one."""

MARKET_INPUTS = ("mean_return", "mean_abs_return", "dispersion")
"""What ``data.market`` adds: mean and mean absolute log return of its symbols, and the standard
deviation across them."""

OF_ONE_BAR = ("log_volatility", "log_range_volatility")
"""Features whose window may be a single bar."""

_WINDOWED = re.compile(r"(.+)_(\d+)")
_OWN = re.compile(r"(.+\.py):([A-Za-z_]\w*)")
_FOLDER = re.compile(r"[^:]*/(?=[^/:]+\.py:\w+$)")


def own_feature(name: str) -> tuple[str, str] | None:
    """Return the file and the function of a feature of the user's own, ``file.py:function``;
    None for any other name."""
    match = _OWN.fullmatch(name)
    return (match[1], match[2]) if match else None


def without_folder(name: str) -> str:
    """Shorten a feature's name for people: its file is named without the folder."""
    return _FOLDER.sub("", name)


def parse_feature(name: str) -> tuple[str, int]:
    """Split a feature's name into the feature and the bars in its window; 0 where it has none.

    Raises:
        ValueError: naming the nearest feature.
    """
    if name in FEATURES:
        return name, FEATURES[name] or 0
    match = _WINDOWED.fullmatch(name)
    if match and FEATURES.get(match[1]) is not None and _least(match[1]) <= int(match[2]) <= 1000:
        return match[1], int(match[2])
    near = get_close_matches(name[:80], FEATURES, 1, 0.5)
    hint = f"did you mean {near[0]}" if near else "see: rnnforecast features list"
    raise ValueError(f"no feature is called {quoted(name)}; {hint}")


def _least(name: str) -> int:
    """Return the fewest bars that a feature's window may have."""
    return 1 if name in OF_ONE_BAR else 2


def check_feature(name: str) -> str:
    """Return the name of a feature if there is one; whether a file of the user's own has it is seen
    when it is used.

    Raises:
        ValueError: naming the nearest feature.
    """
    if own_feature(name):
        return name
    if ".py" in name:
        raise ValueError(
            f"the feature {quoted(name)} names no function in a file; write file.py:function"
        )
    parse_feature(name)
    return name
