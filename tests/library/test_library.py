"""Prices in, a model, forecasts, a verdict and figures out:
without files, without a word printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

import rnnforecast as rf
from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import DataError, RunError, UsageError
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.forecast.quantile_levels import LEVELS

from ..conftest import random_walk

SETTINGS = {
    "window.lookback": 8, "window.horizon": 3, "model.units": 4, "training.epochs": 2,
    "training.ensemble": 2, "training.batch_size": 32,
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> rf.Model:
    return rf.train("gru", random_walk(), SETTINGS)


@pytest.fixture(scope="module")
def evaluation(model: rf.Model) -> rf.Evaluation:
    return model.evaluate(baselines=["garch"])


QUIET = """
import rnnforecast as rf
from tests.conftest import random_walk
model = rf.train("gru", random_walk(), SETTINGS)
model.predict()
model.evaluate(baselines=["naive"])
"""


def test_nothing_is_written_and_nothing_is_printed(tmp_path: Path) -> None:
    """In a process of its own: what other tests have left running may print at any time."""
    code = QUIET.replace("SETTINGS", repr({**SETTINGS, "training.ensemble": 1}))
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_setting_is_refused_in_one_line() -> None:
    with pytest.raises(UsageError, match="units"):
        rf.train("gru", random_walk(), {"model.unitss": 4})


def test_a_filter_that_cannot_be_fitted_is_named_with_its_reason(model: rf.Model) -> None:
    assert list(model.left_out) == ["WALK"]  # closes alone
    assert "no open, high, low" in model.left_out["WALK"]["har"]


def test_a_forecast_is_a_table_of_increasing_quantiles(model: rf.Model) -> None:
    forecast = model.predict()
    table = forecast.to_frame()
    assert list(table) == ["date", "median", "low_80", "high_80", "low_95", "high_95"]
    np.testing.assert_array_equal(table["high_80"], forecast.quantile(0.9))
    np.testing.assert_array_equal(forecast.interval(0.95)[0], table["low_95"])
    assert (forecast.quantile(0.1) < forecast.median).all()
    assert "<table" in forecast._repr_html_() and "WALK" in repr(forecast)
    assert isinstance(forecast.plot(), Figure)
    with pytest.raises(UsageError, match=r"0\.999"):
        forecast.quantile(0.999)


def test_the_probability_of_a_rise_is_where_the_last_close_stands(model: rf.Model) -> None:
    forecast = model.predict()
    below = [(row <= forecast.value.last).mean() for row in forecast.value.quantiles]
    np.testing.assert_allclose(forecast.probability_up, 1 - np.array(below), atol=0.02)


def test_newer_bars_give_a_newer_forecast(model: rf.Model) -> None:
    longer = random_walk(310)
    assert model.predict(longer).origin == longer.last > model.predict().origin


def test_an_evaluation_has_verdict_tables_and_figures(evaluation: rf.Evaluation) -> None:
    assert str(evaluation) == f"{evaluation.verdict.headline}. {evaluation.verdict.sentence}"
    assert set(evaluation.backtest["model"]) >= {"network", "naive", "garch"}
    assert len(evaluation.losses) == len(evaluation.backtest)
    assert {"mae", "crps"} <= set(evaluation.scores["metric"]) and evaluation.failures == {}
    assert isinstance(evaluation.plot("skill"), Figure)
    assert isinstance(evaluation.plot("coverage"), Figure)
    assert evaluation.verdict.headline in evaluation._repr_html_()
    with pytest.raises(RunError):
        evaluation.plot("equity")


def test_refits_need_no_files(model: rf.Model) -> None:
    refitted = model.evaluate(baselines=["naive"], refit_every=25)
    assert refitted.value.protocol.fits == 2


def test_a_saved_model_forecasts_to_the_last_bit_and_the_command_line_knows_it(
    model: rf.Model, tmp_path: Path
) -> None:
    from rnnforecast.runs.summaries import summaries

    path = model.save(tmp_path / "runs" / "btc")
    loaded = rf.load(path)
    np.testing.assert_array_equal(loaded.predict().value.quantiles, model.predict().value.quantiles)
    assert [summary.name for summary in summaries(tmp_path / "runs")] == ["btc"]
    with pytest.raises(UsageError, match="exists already"):
        model.save(path)
    with pytest.raises(RunError, match="there is no folder"):
        rf.load(tmp_path / "nothing")


def test_several_symbols_share_their_networks() -> None:
    calm, wild = random_walk(symbol="CALM"), random_walk(seed=8, symbol="WILD")
    model = rf.train("gru", [calm, wild], SETTINGS)
    assert model.symbols == ("CALM", "WILD") and model.predict(symbol="wild").symbol == "WILD"
    with pytest.raises(UsageError, match="symbol="):
        model.predict()
    evaluation = model.evaluate(baselines=["naive"])
    assert evaluation.verdict.sentence.startswith("2 symbols")
    assert list(evaluation.parts) == ["CALM", "WILD"]
    assert set(evaluation.backtest["symbol"]) == {"CALM", "WILD"}


def test_forecasts_of_any_library_are_scored_as_ours(evaluation: rf.Evaluation) -> None:
    """Our own medians and 80 and 95 % intervals, taken round by Nixtla's long format."""
    long = evaluation.to_nixtla()
    own = [name for name in long if name in ("unique_id", "ds", "cutoff", "y")]
    scored = rf.score(
        long[[*own, *(name for name in long if name.startswith("network"))]],
        random_walk(), baselines=["garch"],
    )  # fmt: skip
    ours, theirs = (
        one.scores.query("model == 'network' and step == 0").set_index("metric")["value"]
        for one in (evaluation, scored)
    )
    metrics = ["mae", "rmse", "winkler_0.80", "coverage_0.95"]
    np.testing.assert_allclose(theirs[metrics], ours[metrics], rtol=1e-9)
    assert theirs["crps"] == pytest.approx(ours["crps"], rel=0.02)  # between the stated levels
    assert scored.network == "network" and scored.verdict.origins == evaluation.verdict.origins


@pytest.mark.parametrize("kind", ["pandas", "arrow", "nixtla"])
def test_frames_of_any_library_become_the_same_history(kind: str) -> None:
    walk = random_walk(60)
    frame = walk.bars.reset_index()
    if kind == "arrow":
        frame = pa.Table.from_pandas(frame, preserve_index=False)
    elif kind == "nixtla":
        frame = frame.rename(columns={"date": "ds", "close": "y"}).assign(unique_id="WALK")
    history = PriceHistory.from_frame(frame, symbol="WALK", currency="USD")
    pd.testing.assert_series_equal(
        history.bars["close"], walk.bars["close"], check_freq=False, check_index_type=False
    )
    assert (history.symbol, history.interval, history.sessions) == ("WALK", "1d", "24/7")


def test_polars_frames_are_accepted() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.from_pandas(random_walk(60).bars.reset_index())
    assert len(PriceHistory.from_frame(frame, symbol="WALK")) == 60
    assert len(PriceHistory.from_frame(frame.lazy(), symbol="WALK")) == 60


def test_what_is_no_frame_or_holds_several_series_is_refused() -> None:
    with pytest.raises(DataError, match="is no data frame"):
        PriceHistory.from_frame([1, 2, 3])
    both = pd.concat([random_walk(60, seed, name).bars.assign(unique_id=name).reset_index()
                      for seed, name in ((1, "A"), (2, "B"))])  # fmt: skip
    with pytest.raises(DataError, match="symbol="):
        PriceHistory.from_frame(both)
    assert len(PriceHistory.from_frame(both, symbol="A")) == 60


def test_a_file_is_read_as_the_command_line_imports_it(tmp_path: Path) -> None:
    random_walk(60).bars.to_csv(tmp_path / "WALK.csv")
    history = rf.read_prices(tmp_path / "WALK.csv")
    assert history.symbol == "WALK" and len(history) == 60


def test_stages_can_be_used_by_themselves() -> None:
    walk = random_walk()
    returns = rf.features(walk, ["log_return"])["log_return"]
    np.testing.assert_allclose(returns, np.log(walk.bars["close"]).diff())
    parts = rf.windows(walk, settings={"window.lookback": 8, "window.horizon": 3})
    assert parts["train"].inputs.shape[1] == 8 and parts["test"].targets.shape[1] == 3
    assert parts["train"].dates[-1] < parts["validation"].dates[0] < parts["test"].dates[0]
    forecast = rf.baseline("naive", walk, horizon=3)
    np.testing.assert_allclose(forecast.median, walk.bars["close"].iloc[-1])
    with pytest.raises(UsageError, match="no baseline is called"):
        rf.baseline("oracle", walk)


def test_levels_between_the_stated_ones_are_those_of_a_normal_distribution() -> None:
    from scipy.stats import norm

    from rnnforecast.library.long_format import models_in

    frame = pd.DataFrame(
        {"ds": [0.0], "mine": [0.0], "mine-lo-80": [norm.ppf(0.1)], "mine-hi-80": [norm.ppf(0.9)]}
    )
    quantiles = models_in(frame)["mine"].quantiles(frame)[0]
    np.testing.assert_allclose(quantiles, norm.ppf(LEVELS), atol=1e-9)
    assert len(quantiles) == len(QUANTILES)


def test_prices_come_from_any_source_without_being_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    history = rf.fetch("^gspc", source="sample", start="2018-12-01")
    assert history.symbol == "^GSPC" and len(history) == 19
    with pytest.raises(UsageError, match=r"no source is called 'nasdaq'; use one of: binance"):
        rf.fetch("^GSPC", source="nasdaq")
    with pytest.raises(UsageError, match="'2018' is not a date"):
        rf.fetch("^GSPC", source="sample", start="2018")
    with pytest.raises(DataError, match="is not a symbol"):
        rf.fetch("../x", source="sample")
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_a_figure_that_pyplot_never_saw(model: rf.Model) -> None:
    assert model.predict().plot()._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_a_symbol_that_the_model_is_not_on_is_refused(model: rf.Model) -> None:
    with pytest.raises(UsageError, match="the model is on WALK, not on OTHER"):
        model.predict(symbol="OTHER")
    with pytest.raises(UsageError, match="DataFrame is no PriceHistory"):
        model.predict(random_walk().bars)  # type: ignore[arg-type]


def test_an_interval_in_percent_and_an_unknown_figure_are_refused(
    model: rf.Model, evaluation: rf.Evaluation
) -> None:
    with pytest.raises(UsageError, match=r"use a share up to 0\.99"):
        model.predict().interval(80)
    with pytest.raises(UsageError, match="no figure is called 'skil'; use: forecast, skill"):
        evaluation.plot("skil")  # type: ignore[arg-type]
