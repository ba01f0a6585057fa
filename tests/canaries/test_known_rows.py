"""C19: "repeat the last value" gives the published numbers, by this package's own windows, splits
and scaler.

Published (Zeng et al., AAAI 2023, table 2) is the loader that drops the last, unfilled batch of 32
windows. The figures of all windows, and those of the horizons of Zhou et al. (AAAI 2021), were
computed from the same files elsewhere.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from rnnforecast.dataset.scaling import Scaler
from rnnforecast.dataset.targets import future_values
from rnnforecast.dataset.windows import Splits, gather
from rnnforecast.quantities import PRICE

from ..conftest import real_file

LOOKBACK, BATCH = 96, 32
FILES = {"exchange": "exchange_rate.csv", "ETTh1": "ETTh1.csv", "ETTh2": "ETTh2.csv.gz"}

PUBLISHED = [
    ("exchange", 96, ".081/.196"), ("exchange", 192, ".167/.289"), ("exchange", 336, ".305/.396"), ("exchange", 720, ".823/.681"),
    ("ETTh1", 96, "1.295/.713"), ("ETTh1", 192, "1.325/.733"), ("ETTh1", 336, "1.323/.744"), ("ETTh1", 720, "1.339/.756"),
    ("ETTh2", 96, ".432/.422"), ("ETTh2", 192, ".534/.473"), ("ETTh2", 336, ".591/.508"), ("ETTh2", 720, ".588/.517"),
]  # fmt: skip
ALL_WINDOWS = [
    ("exchange", 96, ".0811/.1964"), ("exchange", 192, ".1671/.2887"), ("exchange", 336, ".3057/.3978"), ("exchange", 720, ".8101/.6764"),
    ("exchange", 1, ".0036/.0262"), ("exchange", 5, ".0074/.0482"), ("exchange", 20, ".0207/.0926"),
    ("ETTh1", 24, "1.222/.671"), ("ETTh1", 48, "1.267/.695"), ("ETTh1", 168, "1.325/.730"), ("ETTh1", 336, "1.330/.746"), ("ETTh1", 720, "1.335/.755"),
    ("ETTh2", 24, ".271/.332"), ("ETTh2", 48, ".344/.374"), ("ETTh2", 168, ".510/.461"), ("ETTh2", 336, ".597/.511"), ("ETTh2", 720, ".594/.519"),
]  # fmt: skip
ONE_SERIES = [
    ("exchange", 96, ".0669/.1952"), ("exchange", 720, ".6757/.6451"),
    ("ETTh1", 24, ".034/.139"), ("ETTh1", 48, ".050/.171"), ("ETTh1", 168, ".087/.229"), ("ETTh1", 336, ".113/.265"), ("ETTh1", 720, ".129/.283"),
    ("ETTh2", 24, ".229/.357"), ("ETTh2", 48, ".259/.390"), ("ETTh2", 168, ".329/.454"), ("ETTh2", 336, ".390/.502"), ("ETTh2", 720, ".437/.531"),
]  # fmt: skip


@cache
def series(name: str) -> np.ndarray:
    """Every column but the date (row, column); ETT's first 20 months of 30 days are all that is
    used.

    This edition of Exchange-Rate has the last two columns of the original file (Lai et al. 2018) in
    the other order.
    """
    values = pd.read_csv(real_file(f"ltsf/{FILES[name]}")).drop(columns="date").to_numpy(float)
    return values[:, [*range(6), 7, 6]] if name == "exchange" else values[: 20 * 30 * 24]


def splits_of(name: str, rows: int, horizon: int) -> Splits:
    """70, 10 and 20 % of the rows; ETT: 12, 4 and 4 months."""
    if name == "exchange":
        validation, test = int(rows * 0.7), rows - int(rows * 0.2)
    else:
        validation, test = 12 * 30 * 24, 16 * 30 * 24
    return Splits(rows, LOOKBACK - 1, validation, test, horizon)


def repeat(
    name: str, horizon: int, *, drop_last: bool, columns: slice = slice(None)
) -> tuple[float, float]:
    """Squared and absolute error on the scale of the training rows, averaged over windows,
    steps and columns."""
    values = series(name)[:, columns]
    splits = splits_of(name, len(values), horizon)
    scaler = Scaler.fit(
        values[: splits.validation], "standard", tuple(map(str, range(values.shape[1])))
    )
    scaled, origins = scaler.apply(values), splits.origins("test")
    assert len(origins) == len(splits.targets("test")) - horizon + 1
    if drop_last:
        origins = origins[: len(origins) // BATCH * BATCH]
    last = gather(scaled, origins, LOOKBACK)[:, -1]  # (window, column)
    squared, absolute = [], []
    for column in range(values.shape[1]):
        errors = future_values(scaled[:, column], horizon, PRICE)[origins] - last[:, [column]]
        squared.append(np.mean(errors**2))
        absolute.append(np.mean(np.abs(errors)))
    return float(np.mean(squared)), float(np.mean(absolute))


def as_printed(found: tuple[float, float], told: str) -> str:
    """Both figures with as many decimals as they were printed with."""
    decimals = len(told.partition("/")[2]) - 1
    return "/".join(f"{value:.{decimals}f}".removeprefix("0") for value in found)


@pytest.mark.parametrize(("name", "horizon", "told"), PUBLISHED)
def test_repeating_the_last_value_gives_the_published_numbers(
    name: str, horizon: int, told: str
) -> None:
    assert as_printed(repeat(name, horizon, drop_last=True), told) == told


@pytest.mark.parametrize(("name", "horizon", "told"), ALL_WINDOWS)
def test_with_every_window_it_gives_the_honest_numbers(name: str, horizon: int, told: str) -> None:
    assert as_printed(repeat(name, horizon, drop_last=False), told) == told


@pytest.mark.parametrize(("name", "horizon", "told"), ONE_SERIES)
def test_of_the_last_column_alone_as_well(name: str, horizon: int, told: str) -> None:
    assert as_printed(repeat(name, horizon, drop_last=False, columns=slice(-1, None)), told) == told


def test_dropping_the_last_batch_hides_windows() -> None:
    """1,422 windows of Exchange-Rate at 96 steps: 14 of them are never scored.

    At 720 steps it changes the score.
    """
    splits = splits_of("exchange", 7588, 96)
    assert len(splits.origins("test")) == 1422 and 1422 % BATCH == 14
    assert (
        repeat("exchange", 720, drop_last=True)[0]
        > 1.015 * repeat("exchange", 720, drop_last=False)[0]
    )


def test_the_arithmetic_is_that_of_a_loop_on_a_small_table() -> None:
    """The same without the files: seven rows, two test targets a window."""
    values, horizon = np.array([1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0]), 2
    splits = Splits(7, 0, 3, 4, horizon)
    errors = (
        future_values(values, horizon, PRICE)[splits.origins("test")]
        - values[splits.origins("test"), None]
    )
    by_hand = [[values[at + step] - values[at] for step in (1, 2)] for at in (3, 4)]
    assert errors.tolist() == by_hand == [[4.0, 9.0], [5.0, 11.0]]
