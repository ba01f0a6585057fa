"""A run on several symbols: the same networks, and of each symbol its own forecast,
scores and page."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast import runs
from rnnforecast.audit.market import CHECK
from rnnforecast.config import load, with_settings
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.errors import DataError, RunError, UsageError
from rnnforecast.evaluation.cross_section import score_sessions
from rnnforecast.evaluation.walkforward import Protocol
from rnnforecast.forecast.forecaster import Forecast
from rnnforecast.pipeline.audit import audit_config, audit_run
from rnnforecast.pipeline.compare import standings
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.export import pack
from rnnforecast.pipeline.new_symbol import predict_new
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.report import page_text, panel_of, write_page, write_report
from rnnforecast.pipeline.reproduce import reproduce
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import Hooks, resume, train_run
from rnnforecast.report.html import plotly_href_of
from rnnforecast.report.panel import to_json, to_markdown, to_page
from rnnforecast.runs import Run, summaries
from rnnforecast.runs.artifacts import (
    load_experiment,
    load_forecaster,
    load_history,
    load_scalers,
    load_table,
)

from ..conftest import SMALL, make_history, random_walk

SYMBOLS = ("CALM", "WILD", "^LATE")
SETTINGS = (*SMALL, "data.symbol=[CALM, WILD, ^LATE]", "data.market=[CALM, WILD]")
QUICK = Request(baselines=("naive", "drift"))


def history(symbol: str) -> PriceHistory:
    """A calm walk, one of the same days that moves five times as much,
    and one that begins later."""
    rows = 240 if symbol == "^LATE" else 300
    logs = np.log(random_walk(rows, seed=len(symbol) + rows).bars["close"].to_numpy())
    scale = 5.0 if symbol == "WILD" else 1.0
    return make_history(
        np.exp(scale * logs), symbol, start="2020-03-01" if rows == 240 else "2020-01-01"
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three symbols and a run on them. Read it; do not write to it."""
    home = tmp_path_factory.mktemp("panel")
    store = Store(home / "data")
    for symbol in SYMBOLS:
        store.save(history(symbol))
    train_run(load("gru", SETTINGS), store, home / "runs", label="CALM-and-2-more_gru")
    return home


@pytest.fixture(scope="module")
def evaluated(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, evaluated. Read it; do not write to it."""
    home = Path(shutil.copytree(made, tmp_path_factory.mktemp("evaluated") / "home"))
    evaluate(runs.find(home / "runs"), QUICK)
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


def test_networks_are_kept_once_and_all_else_by_symbol(made: Path) -> None:
    run = runs.find(made / "runs")
    assert run.symbols == SYMBOLS and [part.path.name for part in run.parts] == list(SYMBOLS)
    assert len(list(run.path.rglob("*.onnx"))) == 2
    for part in run.parts:
        assert load_experiment(part).data.symbol == (part.path.name,)
        assert load_history(part).digest() == history(part.path.name).digest()
        assert part.manifest.seeds == (1, 2) == run.manifest.seeds
        assert load_forecaster(part).calibration is not None
    assert run.manifest.data.rows == 840 and run.manifest.data.symbol == "CALM and 2 more"
    assert run.manifest.splits["test"].first_target == "2020-09-12"


def test_each_symbol_is_scaled_and_calibrated_by_its_own_rows(made: Path) -> None:
    run = runs.find(made / "runs")
    calm, wild, _ = (load_scalers(part).inputs for part in run.parts)
    assert wild.scale[0] == pytest.approx(5 * calm.scale[0], rel=0.2)
    for part in run.parts:
        dataset = dataset_of(part)
        np.testing.assert_array_equal(
            dataset.fit_scalers().inputs.center, load_scalers(part).inputs.center
        )
        np.testing.assert_array_equal(
            dataset.fit_scalers().targets.scale, load_scalers(part).targets.scale
        )
        again = load_forecaster(part).calibrate(dataset).calibration
        kept = load_forecaster(part).calibration
        assert again is not None and kept is not None
        np.testing.assert_array_equal(again.radius, kept.radius)


def test_the_same_networks_learn_from_all_symbols(made: Path, tmp_path: Path) -> None:
    """Alone, a symbol makes other weights."""
    alone = train_run(
        load("gru", [*SMALL, "data.symbol=CALM"]), Store(made / "data"), tmp_path, label="x"
    )
    together = runs.find(made / "runs")
    assert together.manifest.splits["train"].windows > 2 * alone.manifest.splits["train"].windows
    one, other = ((run.path / "members" / "01.onnx").read_bytes() for run in (alone, together))
    assert one != other


def test_a_forecast_of_every_symbol_is_that_of_its_own_part(made: Path) -> None:
    answers = predict(runs.find(made / "runs"), Store(made / "data"))
    assert [answer.forecast.symbol for answer in answers] == list(SYMBOLS)
    for part, answer in zip(runs.find(made / "runs").parts, answers, strict=True):
        forecast, dataset = answer.forecast, dataset_of(part)
        origin = np.array([dataset.newest_origin])
        own = load_forecaster(part).quantiles(dataset, origin)[0]
        np.testing.assert_array_equal(forecast.quantiles, own)  # type: ignore[union-attr]
    table = pd.read_csv(runs.find(made / "runs").path / runs.FORECAST)
    assert table["symbol"].tolist() == [symbol for symbol in SYMBOLS for _ in range(3)]


def test_a_part_is_found_by_its_symbol(made: Path) -> None:
    whole = runs.find(made / "runs")
    part = runs.find(made / "runs", "/wild")
    assert (part.name, part.run, part.root) == (f"{whole.name}/WILD", whole, made / "runs")
    assert runs.find(made / "runs", "2-more_gru/^LATE").path.name == "^LATE"
    with pytest.raises(RunError, match="has no part 'AAPL'") as refused:
        runs.find(made / "runs", "/AAPL")
    assert refused.value.remedy == "it is on CALM, WILD, ^LATE"


def test_each_symbol_has_its_verdict_and_all_have_one(evaluated: Path) -> None:
    run = runs.find(evaluated / "runs")
    verdict, table = json.loads(run.read(runs.VERDICT)), load_table(run, runs.PANEL)
    assert table is not None and sorted(table["symbol"]) == sorted(SYMBOLS)
    assert verdict["sentence"].startswith("3 symbols, losses in units of each symbol's mean move")
    for part in run.parts:
        scores, own = load_table(part, runs.COMPARISONS), json.loads(part.read(runs.VERDICT))
        assert scores is not None
        told = scores.query("step == 0 and metric == 'crps' and baseline == 'naive'")["skill"].iloc[
            0
        ]
        row = table.set_index("symbol").loc[part.path.name]
        assert row["skill"] == pytest.approx(told) and row["headline"] == own["headline"]
        assert row["origins"] == own["origins"]


def test_the_verdict_on_all_is_of_the_mean_over_symbols(evaluated: Path) -> None:
    """By hand: the MASE of each symbol at each origin, then their mean."""
    run, by_origin = runs.find(evaluated / "runs"), []
    for part in run.parts:
        backtest, dataset = load_table(part, runs.BACKTEST), dataset_of(part)
        assert backtest is not None
        own = backtest[backtest["model"] == "network"]
        error = (own["q0.5"] - own["actual"]).abs() / dataset.naive_scale()
        by_origin.append(error.groupby(own["origin"]).mean())
    scores = load_table(run, runs.SCORES)
    assert scores is not None
    told = scores.query("model == 'network' and step == 0 and metric == 'mae'").iloc[0]
    means = pd.concat(by_origin, axis=1).mean(axis=1)
    assert told["value"] == pytest.approx(means.mean(), rel=1e-5) and told["n"] == len(means)


def test_medians_follow_the_verdict_on_all_symbols(home: Path) -> None:
    """One of many is better by luck: its own verdict does not bring its median back."""
    run = runs.find(home / "runs")
    evaluate(run, QUICK)
    lucky = {**json.loads(run.parts[0].read(runs.VERDICT)), "point": "better"}
    run.parts[0].write(runs.VERDICT, json.dumps(lucky))
    verdict = json.loads(run.read(runs.VERDICT))
    for point, median_of in (("indistinguishable", "naive"), ("better", "network")):
        run.write(runs.VERDICT, json.dumps({**verdict, "point": point}))
        answers = predict(run, Store(home / "data"))
        assert {answer.forecast.median_of for answer in answers} == {median_of}  # type: ignore[union-attr]


def test_what_evaluation_settles_stands_in_every_forecast(evaluated: Path) -> None:
    run = runs.find(evaluated / "runs")
    assert (
        json.loads(run.read(runs.VERDICT))["point"] != "better"
    )  # in walks there is nothing to find
    table = pd.read_csv(run.path / runs.FORECAST)
    for part in run.parts:
        own = table[table["symbol"] == part.path.name]
        stored = pd.read_csv(part.path / runs.FORECAST)
        np.testing.assert_allclose(own["median"], own["last"], rtol=1e-12)
        np.testing.assert_array_equal(own["median"], stored["median"])


def test_networks_of_several_symbols_are_not_refitted(home: Path) -> None:
    with pytest.raises(UsageError, match="learn from several symbols"):
        evaluate(runs.find(home / "runs", "/WILD"), Request(Protocol(refit_every=20), ("naive",)))


def test_a_run_on_several_symbols_is_made_again_to_the_last_bit(home: Path) -> None:
    shutil.rmtree(home / "data")
    made = reproduce(runs.find(home / "runs"), [], Hooks())
    assert made.differing == [] and {check.what for check in made.checks} > {
        "network 1",
        "3 forecasts",
        "fit.csv",
    }
    with pytest.raises(UsageError, match="shares its networks"):
        reproduce(made.again.parts[0], [], Hooks())


def test_a_killed_training_goes_on_to_the_same_networks(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    experiment, store = load("gru", SETTINGS), Store(home / "data")
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["rnnforecast.pipeline.train"], "calibrated", stop)
        patch.setattr(
            runs.lifecycle.shutil, "rmtree", lambda *_, **__: None
        )  # as kill -9 would leave it
        with pytest.raises(KeyboardInterrupt):
            train_run(experiment, store, home / "runs", label="killed")
    resumed = resume(home / "runs", "killed")
    whole = runs.find(home / "runs", "gru")
    for part, other in zip(resumed.parts, whole.parts, strict=True):
        assert part.read(runs.CALIBRATION) == other.read(runs.CALIBRATION)
        assert part.read(runs.FORECAST) == other.read(runs.FORECAST)


def test_an_audit_is_of_every_symbol_and_of_their_days(made: Path) -> None:
    findings = {one.check: one for one in audit_run(runs.find(made / "runs"))}
    assert {one.result for one in findings.values()} == {"passed"}
    assert "no symbol teaches on a day on which another is tested" in findings
    of_config = audit_config(load("gru", SETTINGS), Store(made / "data"))
    assert all(one.result == "passed" for one in of_config) and len(of_config) == len(findings) - 2


def test_an_audit_names_the_symbols_days_that_overlap(made: Path) -> None:
    from rnnforecast.audit.panel import cut_alike
    from rnnforecast.dataset.dataset import prepare

    own = [
        prepare(load("gru", [*SMALL, f"data.symbol={one}"]), history(one))
        for one in ("CALM", "^LATE")
    ]
    late = prepare(load("gru", [*SMALL, "split.test=0.05"]), history("CALM"))
    assert cut_alike([own[0], late]).result == "failed"
    assert (
        "train reaches to 2020-08-27, validation begins on 2020-07-29"
        in cut_alike([own[0], late]).detail
    )


def test_lists_and_ranks_know_the_symbols_of_a_run(evaluated: Path) -> None:
    (listed,) = summaries.summaries(evaluated / "runs")
    assert listed.symbol == "CALM and 2 more" and listed.verdict is not None
    (own,) = summaries.summaries(evaluated / "runs", "wild")
    assert own.name.endswith("/WILD") and own.symbol == "WILD"
    assert summaries.tried(evaluated / "runs", "WILD") == 1
    assert standings(evaluated / "runs", "^LATE")[0].run.symbol == "^LATE"
    assert summaries.summaries(evaluated / "runs", "AAPL") == []


def test_a_part_is_packed_with_the_networks_it_shares(made: Path, tmp_path: Path) -> None:
    whole = runs.find(made / "runs")
    with pytest.raises(UsageError, match="is on 3 symbols"):
        pack(whole, tmp_path / "whole.zip")
    names = pack(whole.part("WILD"), tmp_path / "wild.zip")
    assert {"members/01.keras", "members/02.onnx", "scaler.json", "inputs.csv", "README.md"} <= set(
        names
    )
    with zipfile.ZipFile(tmp_path / "wild.zip") as archive:
        assert f"{whole.name}_WILD/config.yaml" in archive.namelist()


def test_the_page_of_all_tells_of_each_and_leads_to_its_own(evaluated: Path) -> None:
    run = runs.find(evaluated / "runs")
    page = write_report(run).read_text("utf-8")
    for symbol in SYMBOLS:
        assert f'<a href="symbols/{symbol}/report.html">{symbol}</a>' in page
        assert (run.path / "symbols" / symbol / "report.html").exists()
    assert "Symbol by symbol" in page and "Holm" in page
    text, data = page_text(run, "md"), json.loads(page_text(run, "json"))
    assert "## Symbol by symbol" in text and "WILD" in text
    assert [row["symbol"] for row in data["symbols"]] == list(load_table(run, runs.PANEL)["symbol"])


def test_its_pages_hold_plotly_once_and_each_is_whole_where_it_leaves_the_folder(
    home: Path, tmp_path: Path
) -> None:
    run = runs.find(home / "runs")
    write_report(run)
    (sheet,) = (name for name in run.files or () if name.startswith("assets/"))
    part = run.part("^LATE")
    pages = {
        place: folder.read(runs.REPORT)
        for place, folder in ((f"../../{sheet}", part), (sheet, run))
    }
    for href, page in pages.items():
        assert plotly_href_of(page) == href
    packed = run.read(sheet).split('"')[1]
    assert packed in page_text(part, "html") and packed not in pages[sheet]
    pack(part, tmp_path / "late.zip")
    write_page(run, "html", tmp_path / "all.html")
    with zipfile.ZipFile(tmp_path / "late.zip") as archive:
        assert packed in archive.read(f"{run.name}_^LATE/report.html").decode()
    assert packed in (tmp_path / "all.html").read_text("utf-8")
    run.discard(sheet)
    with pytest.raises(RunError, match=f"has no {sheet}.*run: rnnforecast report"):
        pack(part, tmp_path / "late.zip")


def test_a_page_before_evaluation_makes_no_claim(home: Path) -> None:
    page = write_report(runs.find(home / "runs")).read_text("utf-8")
    assert "Not evaluated yet" in page and "Symbol by symbol" not in page and "Forecasts" in page
    assert "Symbol by symbol" not in page_text(runs.find(home / "runs"), "md")


@pytest.mark.parametrize("preset", ["direction", "volatility"])
def test_what_is_no_price_goes_the_whole_way_too(preset: str, made: Path, tmp_path: Path) -> None:
    run = train_run(load(preset, SETTINGS), Store(made / "data"), tmp_path / "runs", label=preset)
    verdict = evaluate(run, Request(baselines=("naive",))).verdict
    page = write_report(run).read_text("utf-8")
    assert verdict.sentence.startswith("3 symbols") and "Symbol by symbol" in page
    assert len(predict(run, Store(made / "data"))) == 3


def test_a_run_on_one_symbol_has_one_part_in_its_own_folder(trained: tuple[Path, Run]) -> None:
    run = trained[1]
    (part,) = run.parts
    assert (run.symbols, run.is_panel, part.symbol) == (("WALK",), False, "WALK")
    assert (part.path, part.name, part.run) == (run.path, run.name, run)
    assert part.manifest is run.manifest
    with pytest.raises(RunError, match="leave the part after / out"):
        runs.find(trained[0] / "runs", f"{run.name}/WALK")


def test_the_market_of_a_run_is_kept_once_and_audited(made: Path) -> None:
    run = runs.find(made / "runs")
    assert [path.parent for path in run.path.rglob("market.parquet")] == [run.path / "exogenous"]
    for part in run.parts:
        assert load_experiment(part).data.market == ("CALM", "WILD")
        assert dataset_of(part).names[-1] == "market:dispersion"
    checks = {finding.check: finding.result for finding in audit_run(run)}
    assert checks[CHECK] == "passed" and "failed" not in checks.values()


def test_a_forecast_reads_the_newest_market(home: Path) -> None:
    """What WILD did on the last day is known to the forecast of ^LATE, what came after is not."""
    run, store = runs.find(home / "runs"), Store(home / "data")

    def late() -> np.ndarray:
        return predict(run.part("^LATE"), store)[0].forecast.quantiles

    before, wild = late(), store.load("WILD", "1d")
    bars = wild.bars.copy()
    bars.iloc[-1] *= 1.1
    store.save(replace(wild, bars=bars))
    assert not np.array_equal(late(), before)
    closes = wild.bars["close"].to_numpy()
    store.save(make_history(np.r_[closes, closes[-1] * 1.1], "WILD", start="2020-01-01"))
    np.testing.assert_array_equal(late(), before)


def test_a_symbol_that_the_run_has_never_seen_reads_its_market(home: Path) -> None:
    run, store = runs.find(home / "runs"), Store(home / "data")
    store.save(make_history(random_walk(300, seed=99).bars["close"].to_numpy(), "NEW"))
    prediction = predict_new(run, "NEW", store)
    assert isinstance(prediction.forecast, Forecast) and prediction.forecast.symbol == "NEW"
    shutil.rmtree(store.folder("CALM"))
    with pytest.raises(DataError, match="CALM"):
        predict_new(run, "NEW", store)


def test_a_bad_tick_of_a_market_member_is_refused_whoever_is_forecast(home: Path) -> None:
    run, store = runs.find(home / "runs"), Store(home / "data")
    calm = store.load("CALM", "1d")
    bars = calm.bars.copy()
    bars.iloc[-3] *= 100
    store.save(replace(calm, bars=bars))
    store.save(make_history(random_walk(300, seed=99).bars["close"].to_numpy(), "NEW"))
    for forecast in (
        lambda: predict(run.part("^LATE"), store),
        lambda: predict_new(run, "NEW", store),
    ):
        with pytest.raises(DataError, match=r"CALM: bad ticks on 2020-10-24"):
            forecast()
    assert predict(run.part("^LATE"), store, allow_bad=True)
    assert predict_new(run, "NEW", store, allow_bad=True)


def test_networks_of_many_symbols_go_on_with_one_that_they_have_not_seen(home: Path) -> None:
    run, store = runs.find(home / "runs"), Store(home / "data")
    store.save(make_history(random_walk(300, seed=99).bars["close"].to_numpy(), "NEW"))
    tuned = with_settings(load_experiment(run), ["data.symbol=NEW", "training.epochs=1"])
    new = train_run(tuned, store, home / "runs", label="NEW_gru", continues=run)
    assert new.manifest.continues == run.name and new.symbols == ("NEW",)
    assert [record.symbol for record in new.manifest.data.exogenous] == ["market"]
    assert dataset_of(new).splits.validation == dataset_of(run.parts[0]).splits.validation
    assert predict(new, store)[0].forecast.symbol == "NEW"


def test_a_ranking_of_the_symbols_has_a_section_and_rows_in_every_format(evaluated: Path) -> None:
    run = runs.find(evaluated / "runs")
    panel = panel_of(run)
    assert panel.cross_section is None and panel.ranking == ""  # three symbols have no ranking
    days = pd.date_range("2020-01-01", periods=80)
    rng = np.random.default_rng(2)
    tables = [
        pd.DataFrame({"origin": days, "step": 1, "forecast": values, "outcome": values + noise})
        for values, noise in zip(rng.normal(size=(6, 80)), rng.normal(size=(6, 80)), strict=True)
    ]
    ranked = replace(panel, sessions=score_sessions(tables))
    page, text = to_page(ranked, {}, None), to_markdown(ranked)
    for written in (page, text):
        assert "Ranking the symbols" in written and "better than chance" in written
    rows = json.loads(to_json(ranked))["cross_section"]
    assert [row["metric"] for row in rows] == ["ic", "rank_ic", "spread"]
    assert all(row["sessions"] == 80 and row["symbols"] == 6 for row in rows)
