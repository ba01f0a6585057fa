"""Several symbols are cut at the same days, and their windows are one pool in which each
stays its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.dataset.panel import Series, Windows, prepare_panel, windows_of
from rnnforecast.dataset.windows import gather
from rnnforecast.errors import DataError

from ..conftest import SMALL, make_history, random_walk

NAMES = ("ONE", "TWO", "LATE")


def history(name: str, rows: int = 300, start: str = "2020-01-01") -> PriceHistory:
    closes = random_walk(rows, seed=len(name) + rows).bars["close"].to_numpy()
    return make_history(closes, name, start=start)


def panel(*settings: str, histories: Sequence[PriceHistory] | None = None) -> list[Dataset]:
    """Two walks of 300 days, and one that begins 100 days later and ends with them."""
    histories = histories or [history("ONE"), history("TWO"), history("LATE", 200, "2020-04-10")]
    names = ", ".join(one.symbol for one in histories)
    experiment = load("gru", [*SMALL, f"data.symbol=[{names}]", *settings])
    return list(prepare_panel(experiment, [Series(one, {}) for one in histories]).datasets)


def pooled(datasets: list[Dataset]) -> Windows:
    return windows_of(datasets, [dataset.fit_scalers() for dataset in datasets])


def test_all_symbols_are_cut_at_the_same_days() -> None:
    """Of 300 days, 45 each for validation and test."""
    for dataset in panel():
        dates, splits = dataset.history.dates, dataset.splits
        assert dates[splits.validation] == pd.Timestamp("2020-01-01") + pd.Timedelta(days=300 - 90)
        assert dates[splits.test] == pd.Timestamp("2020-01-01") + pd.Timedelta(days=300 - 45)


def test_no_symbol_teaches_on_a_day_that_another_is_tested_on() -> None:
    """With shares of its own rows, the late one would teach on 40 days of the others'
    validation."""
    datasets = panel()
    ends = {part: [days(one, part) for one in datasets] for part in ("train", "validation", "test")}
    assert max(end for _, end in ends["train"]) < min(begin for begin, _ in ends["validation"])
    assert max(end for _, end in ends["validation"]) < min(begin for begin, _ in ends["test"])
    own = [prepare(replace_split(one), one.history) for one in datasets]
    assert max(days(one, "train")[1] for one in own) >= min(
        days(one, "validation")[0] for one in own
    )


def days(dataset: Dataset, part: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Of the first and last target of the windows that a part owns."""
    origins = dataset.splits.origins(part)  # type: ignore[arg-type]
    return dataset.history.dates[origins[0] + 1], dataset.history.dates[
        origins[-1] + dataset.splits.horizon
    ]


def replace_split(dataset: Dataset):  # type: ignore[no-untyped-def]
    split = dataset.experiment.split.model_copy(update={"validation_from": None, "test_from": None})
    return dataset.experiment.model_copy(update={"split": split})


def test_one_symbol_is_cut_by_its_own_rows() -> None:
    walk = random_walk()
    (only,) = prepare_panel(load("gru", SMALL), [Series(walk, {})]).datasets
    assert (
        only.splits == prepare(load("gru", SMALL), walk).splits
        and only.experiment.split.test_from is None
    )


def test_days_of_the_config_are_kept() -> None:
    chosen = ("split.validation_from=2020-07-01", "split.test_from=2020-09-01")
    for dataset in panel(*chosen):
        firsts = dataset.history.dates[[dataset.splits.validation, dataset.splits.test]]
        assert [str(date)[:10] for date in firsts] == ["2020-07-01", "2020-09-01"]
    weekdays = make_history(random_walk().bars["close"].to_numpy(), "WALK", sessions="XNYS")
    single = prepare(
        load("gru", [*SMALL, "split.validation_from=2020-08-01", "split.test_from=2020-11-01"]),
        weekdays,
    )
    first = [
        f"{weekdays.dates[row]:%Y-%m-%d}" for row in (single.splits.validation, single.splits.test)
    ]
    assert first == [
        "2020-08-03",
        "2020-11-02",
    ]  # the first and the second were a Saturday and a Sunday


def test_days_are_those_of_the_bars_own_time_zone() -> None:
    """2020-01-20 begins in Tokyo nine hours before it does in UTC."""
    dates = pd.date_range(
        "2020-01-01", periods=800, freq="h", tz="Asia/Tokyo", unit="ns", name="date"
    )
    closes = random_walk(800).bars["close"].to_numpy()
    hourly = PriceHistory("WALK", pd.DataFrame({"close": closes}, index=dates), "1h", "24/7")
    chosen = ["data.interval=1h", "split.validation_from=2020-01-20", "split.test_from=2020-01-25"]
    splits = prepare(load("gru", [*SMALL, *chosen]), hourly).splits
    assert (splits.validation, splits.test) == (19 * 24, 24 * 24)


def test_pooled_windows_are_those_of_each_symbol_in_turn() -> None:
    datasets = panel()
    scalers = [dataset.fit_scalers() for dataset in datasets]
    windows = windows_of(datasets, scalers)
    for part in ("train", "validation"):
        inputs = gather(windows.inputs, windows.origins[part], 8)  # type: ignore[index]
        pairs = list(zip(datasets, scalers, strict=True))
        own = [one.inputs(scaler.inputs, one.splits.origins(part)) for one, scaler in pairs]  # type: ignore[arg-type]
        np.testing.assert_array_equal(inputs, np.concatenate(own))
        outcomes = [one.scaled_targets(scaler.targets, part) for one, scaler in pairs]  # type: ignore[arg-type]
        np.testing.assert_array_equal(
            windows.targets[windows.origins[part]], np.concatenate(outcomes)
        )  # type: ignore[index]


def test_what_becomes_of_one_symbol_moves_no_window_of_another() -> None:
    calm, wild = history("ONE"), history("TWO")
    other = replace(wild, bars=wild.bars * np.linspace(1, 50, len(wild))[:, None])
    before, after = (pooled(panel(histories=[calm, one])) for one in (wild, other))
    own = slice(0, len(calm))
    assert before.inputs[own].tobytes() == after.inputs[own].tobytes()
    assert before.targets[own].tobytes() == after.targets[own].tobytes()
    assert not (before.inputs[len(calm) :] == after.inputs[len(calm) :]).all()


def test_a_symbol_without_a_part_is_named() -> None:
    young = history("YOUNG", 60, "2020-08-28")
    with pytest.raises(
        DataError,
        match=r"YOUNG .2020-08-28 to 2020-10-26. has no train window: .* before 2020-07-29",
    ):
        panel(histories=[history("ONE"), young])
    with pytest.raises(
        DataError, match=r"2 of 3 symbols do not suit: .*\(YOUNG, NEWER\)"
    ) as refused:
        panel(histories=[history("ONE"), young, history("NEWER", 50, "2020-09-07")])
    assert "add --skip-unfit" in refused.value.remedy
    assert set(refused.value.details["unfit"]) == {"YOUNG", "NEWER"}


def test_days_that_are_not_in_order_are_refused() -> None:
    from rnnforecast.errors import UsageError

    with pytest.raises(UsageError, match="2021-01-01 is not before test_from 2020-01-01"):
        load("gru", ["split.validation_from=2021-01-01", "split.test_from=2020-01-01"])
    with pytest.raises(UsageError, match="go together"):
        load("gru", ["split.test_from=2020-01-01"])
    with pytest.raises(UsageError, match="names A twice"):
        load("gru", ["data.symbol=[A, B, A]"])


def test_the_telling_windows_hold_the_largest_inputs_of_the_parts_that_teach() -> None:
    """By a walk over every window; what the test part holds is not looked at."""
    windows = pooled(panel())
    lookback = windows.experiment.window.lookback
    origins = np.concatenate([windows.origins["train"], windows.origins["validation"]])
    every_window = np.stack([windows.inputs[at - lookback + 1 : at + 1] for at in origins])
    largest = np.sort(np.abs(every_window).max(axis=(1, 2)))[::-1]
    chosen = windows.telling(5)
    sizes = np.sort(np.abs(chosen).max(axis=(1, 2)))[::-1]
    np.testing.assert_array_equal(sizes[:5], largest[:5])
    assert 5 < len(chosen) <= 10 and chosen.shape[1:] == every_window.shape[1:]
