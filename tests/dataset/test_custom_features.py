"""Features of the user's own: functions in files, and all that can be wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.dataset.dataset import prepare
from rnnforecast.dataset.features import feature_table
from rnnforecast.errors import DataError, UsageError

from ..conftest import SMALL, random_walk

CODE = """
import numpy as np

FACTOR = 2.0

def twice(bars):
    return FACTOR * np.log(bars["close"]).diff()

def short(bars): return bars["close"].dropna().iloc[1:]
def array(bars): return bars["close"].to_numpy()
def words(bars): return bars["close"].map(lambda price: "dear")
def greedy(bars): return bars["volume"]
def spoils(bars):
    bars["close"] = 0.0
    return bars["close"]
def runs_on(bars): return runs_on(bars)
def stops(bars): return next(iter([]))
def raises(bars): raise RuntimeError("two\\nlines")
import sys
def exits(bars): sys.exit(7)
def worse(bars): raise GeneratorExit("z")
def imaginary(bars): return bars["close"] + 1j
def infinite(bars): return bars["close"] * float("inf")
def huge(bars): return bars["close"] * 0 + 1e300
def prints(bars):
    print("looking at", len(bars))
    return bars["close"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(CODE)
    return path


def test_a_function_in_a_file_is_a_feature_beside_others(file: Path) -> None:
    table = feature_table(random_walk(), ["log_return", f"{file}:twice"])
    np.testing.assert_allclose(table.iloc[1:, 1], 2 * table.iloc[1:, 0], rtol=1e-9)


def test_a_function_is_a_feature_of_other_series_too(file: Path) -> None:
    settings = ["data.exogenous=[OTHER]", f"window.exogenous_features=['{file}:twice']"]
    other = random_walk(seed=9, symbol="OTHER")
    dataset = prepare(load("gru", [*SMALL, *settings]), random_walk(), {"OTHER": other})
    assert dataset.names[-1] == "OTHER:mine.py:twice"
    np.testing.assert_array_equal(
        dataset.features[1:, -1], 2 * np.diff(np.log(other.bars["close"]))
    )


def test_a_function_cannot_spoil_the_bars_of_others(file: Path) -> None:
    history = random_walk()
    feature_table(history, [f"{file}:spoils"])
    assert (history.bars["close"] > 0).all()
    assert not list(file.parent.glob("__pycache__"))


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        ("short", DataError, "answers with 299 values, not one for the date of each of 300 bars"),
        ("array", DataError, "answers with a ndarray"),
        ("words", DataError, "not numbers"),
        ("greedy", DataError, "fails: KeyError 'volume', mine.py line 12"),
        ("runs_on", DataError, "fails: RecursionError"),
        ("stops", DataError, "fails: StopIteration, mine.py line 17"),
        ("raises", DataError, "fails: RuntimeError two lines, mine.py line 18"),
        ("exits", DataError, "fails: SystemExit 7, mine.py line 20"),
        ("worse", DataError, "fails: GeneratorExit z, mine.py line 21"),
        ("imaginary", DataError, "answers with complex numbers"),
        ("infinite", DataError, "is inf on 2020-01-01"),
        ("huge", DataError, "is 1e+300 on 2020-01-01"),
        ("thrice", UsageError, "mine.py has no function thrice; it has: twice, short"),
        ("FACTOR", UsageError, "mine.py has no function FACTOR"),
    ],
)
def test_what_is_wrong_with_a_function_is_one_line(
    file: Path, function: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as caught:
        feature_table(random_walk(), [f"{file}:{function}"])
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def f(bars) return", "SyntaxError .*line 1"),
        ("import nowhere_to_be_found", "ModuleNotFoundError .*line 1"),
        ("1 / 0", "ZeroDivision.*line 1"),
        ("import sys\nsys.exit(3)", "SystemExit 3, mine.py line 2"),
    ],
)
def test_a_file_that_does_not_run_is_one_line(file: Path, code: str, words: str) -> None:
    file.write_text(code)
    with pytest.raises(UsageError, match=f"mine.py does not run: {words}"):
        feature_table(random_walk(), [f"{file}:f"])


def test_what_a_function_prints_is_no_result(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feature_table(random_walk(), [f"{file}:prints"])
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err == "looking at 300\n"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*gone\.py"):
        feature_table(random_walk(), [f"{tmp_path}/gone.py:f"])


def test_a_config_names_files_of_its_own_folder_first(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    config = tmp_path / "mine.yaml"
    config.write_text("window:\n  features: [log_return, 'mine.py:twice']\n")
    assert load(str(config)).window.features[1] == f"{tmp_path / 'mine.py'}:twice"
    assert load("gru", ["window.features=['mine.py:twice']"]).window.features == ("mine.py:twice",)
    small = [setting for setting in SMALL if not setting.startswith("window.features")]
    dataset = prepare(load(str(config), small), random_walk())
    assert dataset.names == ("log_return", "mine.py:twice")


@pytest.mark.parametrize("name", ["mine.py", "mine.py:", "mine.py:1st", "mine.py:f(2)"])
def test_a_file_without_a_function_is_refused_when_the_config_is_read(name: str) -> None:
    with pytest.raises(UsageError, match=r"names no function in a file.*; write file\.py:function"):
        load("gru", [f"window.features=['{name}']"])


def test_a_recursive_forecast_cannot_simulate_a_function() -> None:
    with pytest.raises(UsageError, match=r"recursive cannot simulate mine\.py:twice"):
        load("gru", ["window.strategy=recursive", "window.features=['mine.py:twice']"])
