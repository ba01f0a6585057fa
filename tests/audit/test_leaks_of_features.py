"""Leaks as people write them, and honest features that look like leaks:
each is told for what it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.audit import Finding, Prices, checks, lookahead, own_features, pipeline_of
from rnnforecast.audit.answers import correlation, dependence, no_answer_among_inputs
from rnnforecast.audit.case import Subject
from rnnforecast.audit.own_features import suspicions
from rnnforecast.config import load
from rnnforecast.data.history import PriceHistory

from ..conftest import SMALL
from ..dataset.test_features import candles
from . import honest, leaking

ROWS, SHORT = 900, 260
HONEST = [
    name for name, each in inspect.getmembers(honest, inspect.isfunction)
    if each.__module__ == honest.__name__ and name != "returns"
]  # fmt: skip
NOTED = {
    "from_file": "leaking.py:from_file reads smoothed.csv",
    "from_file_forward": "leaking.py:from_file_forward reads smoothed.csv",
    "crisis": "knows the date 2020-03-23",
    "remembered": "keeps values in builtins",
    "nearest_in_a_file": "leaking.py:nearest_in_a_file reads smoothed.csv",
    "integer_date": "knows the date 20200323",
    "crash_row": "compares with 211",
}
"""Leaks that no altered future shows: the audit names the file, the date, the number,
or the way to remember."""
LEAKING = [
    name for name, each in inspect.getmembers(leaking, inspect.isfunction)
    if each.__module__ == leaking.__name__ and name != "returns"
]  # fmt: skip


@pytest.fixture(scope="module")
def history() -> PriceHistory:
    """Bars whose volume is missing four times."""
    bars = candles(ROWS).bars.copy()
    bars.loc[bars.index[[101, 352, 603, 854]], "volume"] = np.nan
    return replace(candles(ROWS), bars=bars)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, history: PriceHistory) -> Path:
    """The features, with a file that one of them reads."""
    folder = tmp_path_factory.mktemp("features")
    for module in (honest, leaking):
        for name in (*HONEST, *LEAKING):
            if feature := getattr(module, name, None):
                (folder / name).mkdir()
                _write_alone(folder / name / f"{module.__name__.split('.')[-1]}.py", feature)
    smoothed = np.log(history.bars["close"].rolling(5, center=True, min_periods=1).mean()).diff()
    for name in (name for name in LEAKING if "file" in name):
        smoothed.rename("value").to_csv(folder / name / "smoothed.csv")
    return folder


def _write_alone(path: Path, feature: Callable[[pd.DataFrame], pd.Series]) -> None:
    """Write a feature into a file of its own, which runs in a moment: it runs at every cut."""
    module = inspect.getmodule(feature)
    assert module is not None
    head, *_ = inspect.getsource(module).partition("\ndef ")
    path.write_text(f"{head}\n{inspect.getsource(module.returns)}\n{inspect.getsource(feature)}")


def subject_of(history: PriceHistory, *settings: str, **others: PriceHistory) -> Subject:
    experiment = load("gru", [*SMALL, *settings])
    return Subject(pipeline_of(experiment), Prices(history, others))


def told(history: PriceHistory, *settings: str, **others: PriceHistory) -> Finding:
    """What is found about the answer among the inputs."""
    return no_answer_among_inputs(subject_of(history, *settings, **others))


def looked_back(folder: Path, file: str, name: str, history: PriceHistory) -> list[Finding]:
    """What is found about a feature, of a shorter history."""
    short = replace(history, bars=history.bars.iloc[:SHORT])
    subject = subject_of(short, features(folder, file, name))
    checks = (lookahead.features, own_features.look_back, own_features.sources)
    return [check(subject) for check in checks]


def features(folder: Path, file: str, name: str) -> str:
    return f"window.features=[log_return, {folder / name / file}:{name}]"


@pytest.fixture(autouse=True)
def _every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time enough to cut off after every row, however busy the machine is."""
    monkeypatch.setattr(own_features, "SECONDS", 8.0)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_feature_is_not_called_a_leak(
    name: str, history: PriceHistory, folder: Path
) -> None:
    findings = looked_back(folder, "honest.py", name, history)
    assert [each.detail for each in findings if each.result == "failed"] == []
    unsteady = [each.detail for each in findings if "differs from call to call" in each.detail]
    assert len(unsteady) == (name == "monte_carlo")
    assert findings[-1].result == "passed"


ROUNDED = ("single_precision", "fft_filter", "matmul_lags", "refit_expanding", "monte_carlo")
"""Honest features whose values differ in the last digits with what follows,
or from call to call."""


@pytest.mark.parametrize("name", ROUNDED)
def test_rounding_in_a_feature_is_no_leak_in_any_check(
    name: str, history: PriceHistory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_features, "SECONDS", 0.0)
    subject = subject_of(history, features(folder, "honest.py", name))
    failed = [each.detail for each in checks.findings(subject) if each.result == "failed"]
    assert failed == []


@pytest.mark.parametrize("name", LEAKING)
def test_a_leaking_feature_is_caught_or_named_for_the_right_reason(
    name: str, history: PriceHistory, folder: Path
) -> None:
    bars = halved(history) if name == "split_adjusted" else history
    *looks, sources = looked_back(folder, "leaking.py", name, bars)
    if name in NOTED:
        assert NOTED[name] in sources.detail and "no audit alters these" in sources.detail
        return
    failed = " ".join(each.detail for each in looks if each.result == "failed")
    assert f"feature leaking.py:{name} saw the future, first on 202" in failed


def halved(history: PriceHistory) -> PriceHistory:
    """Bars whose prices fall to a half at once, as by a split."""
    prices = history.bars.columns.drop("volume")
    late = history.bars.index > history.bars.index[150]
    bars = history.bars.copy()
    bars.loc[late, prices] /= 2
    return replace(history, bars=bars)


def moved(history: PriceHistory, symbol: str, rows: int = -1) -> PriceHistory:
    """A series whose bars are stamped some rows early."""
    return replace(history, symbol=symbol, bars=history.bars.shift(rows).dropna())


def test_the_asset_itself_stamped_a_day_early_is_the_answer(history: PriceHistory) -> None:
    other = {"EARLY": moved(history, "EARLY")}
    finding = told(history, "data.exogenous=[EARLY]", **other)
    assert (
        finding.result == "failed"
        and "feature EARLY:log_return moves with the change 1 ahead (1.00)" in finding.detail
    )


def test_another_market_stamped_a_day_early_is_noted(history: PriceHistory) -> None:
    rng = np.random.default_rng(5)
    returns = np.log(history.bars["close"]).diff().fillna(0.0).to_numpy()
    alike = 0.75 * returns + np.sqrt(1 - 0.75**2) * rng.normal(0, returns.std(), ROWS)
    bars = pd.DataFrame({"close": 50 * np.exp(alike.cumsum())}, history.bars.index)
    honest_market = replace(history, symbol="MARKET", bars=bars)
    assert told(history, "data.exogenous=[MARKET]", MARKET=honest_market).result == "passed"
    early = {"MARKET": moved(honest_market, "MARKET")}
    finding = told(history, "data.exogenous=[MARKET]", **early)
    assert finding.result == "noted" and "MARKET:log_return moves with the change" in finding.detail


def test_closes_smoothed_before_import_are_noted(history: PriceHistory) -> None:
    closes = history.bars["close"].rolling(5, center=True, min_periods=1).mean()
    finding = told(replace(history, bars=pd.DataFrame({"close": closes})))
    assert "log_return moves with the change" in finding.detail


def test_highs_and_lows_of_the_next_day_have_the_size_of_its_change() -> None:
    rng = np.random.default_rng(2)
    ticks = np.log(100) + (rng.normal(0, 0.01, (ROWS, 40)) / np.sqrt(40)).cumsum().reshape(ROWS, 40)
    bars = pd.DataFrame(
        {
            "open": np.exp(ticks[:, 0]), "high": np.exp(ticks.max(axis=1)),
            "low": np.exp(ticks.min(axis=1)), "close": np.exp(ticks[:, -1]),
        }, candles(ROWS).bars.index,
    )  # fmt: skip
    honest_bars = replace(candles(ROWS), bars=bars)
    assert told(honest_bars, "window.features=[parkinson]").result == "passed"
    early = bars.assign(high=bars["high"].shift(-1), low=bars["low"].shift(-1)).dropna()
    finding = told(replace(honest_bars, bars=early), "window.features=[parkinson]")
    assert "parkinson" in finding.detail


def test_the_exact_next_change_from_a_file_is_the_answer(
    history: PriceHistory, folder: Path
) -> None:
    after = np.log(history.bars["close"]).diff().shift(-1).fillna(0.0)
    (folder / "exact").mkdir()
    after.rename("value").to_csv(folder / "after.csv")
    (folder / "exact" / "exact.py").write_text(
        "import pandas as pd\nfrom pathlib import Path\n\n\ndef exact(bars):\n"
        f"    table = pd.read_csv({str(folder / 'after.csv')!r}, index_col=0, parse_dates=True)\n"
        "    return table['value'].reindex(bars.index)\n"
    )
    setting = features(folder, "exact.py", "exact")
    finding, sources = told(history, setting), own_features.sources(subject_of(history, setting))
    assert finding.result == "failed" and "reads after.csv" in sources.detail


def test_dates_caches_and_readers_are_found_in_code_with_their_lines() -> None:
    code = (
        "import pickle\nfrom functools import lru_cache\n@lru_cache\ndef f(bars):\n    global "
        "seen\n"
        "    end = '2020-03-23'\n    return pd.read_parquet('x') if bars.index.year > 2008 else "
        "pd.Timestamp(end)\n"
    )
    assert suspicions(code) == [
        "uses pickle (line 1)", "keeps a cache (line 3)", "keeps seen between calls (line 5)",
        "knows the date 2020-03-23 (line 6)", "calls read_parquet (line 7)",
        "calls Timestamp (line 7)", "may know the year 2008 (line 7)",
    ] or set(suspicions(code)) == {
        "uses pickle (line 1)", "keeps a cache (line 3)", "keeps seen between calls (line 5)",
        "knows the date 2020-03-23 (line 6)", "calls read_parquet (line 7)",
        "calls Timestamp (line 7)", "may know the year 2008 (line 7)",
    }  # fmt: skip
    assert suspicions(Path(honest.__file__).read_text("utf-8")) == []


def test_numbers_that_are_dates_and_levels_and_modules_of_ones_own_are_found_in_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_dates.py").write_text("TOP = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    code = (
        "import numpy as np\nimport my_dates\n\n\ndef f(bars):\n    rows = np.arange(252)\n"
        "    late = bars.index.year * 100 + bars.index.month >= 200803\n"
        "    return late & (bars['close'] < 1565.15) & (rows > 70)\n"
    )
    assert set(suspicions(code, "f")) == {
        "imports my_dates (line 2)", "knows the date 200803 (line 7)",
        "compares with 1565.15 (line 8)",
    }  # fmt: skip


def test_dependence_is_the_correlation_of_gaussians_and_nothing_of_independent_ones() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 5000))
    assert dependence(one, other) == 0.0
    for rho in (0.5, 0.9):
        alike = rho * one + np.sqrt(1 - rho**2) * other
        assert correlation(one, alike) == pytest.approx(rho, abs=0.03)
        assert dependence(one, alike) == pytest.approx(rho, abs=0.06)
    assert dependence(one, one**2) > 0.8 and abs(correlation(one, one**2)) < 0.1
