"""What is known before training: of many symbols on all cores, of those that do not suit, and of
those that only teach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rnnforecast import parallel, runs
from rnnforecast.audit.panel import cut_alike
from rnnforecast.config import load
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.history import PriceHistory
from rnnforecast.data.store import Store
from rnnforecast.dataset import panel
from rnnforecast.dataset.dataset import prepare
from rnnforecast.errors import DataError
from rnnforecast.pipeline import plan
from rnnforecast.pipeline.audit import audit_config, audit_run
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.model_storage import load_plan
from rnnforecast.pipeline.plan import losses, make_plan
from rnnforecast.pipeline.predict import predict
from rnnforecast.pipeline.reproduce import reproduce
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import Hooks, train_run
from rnnforecast.runs import Run, summaries
from rnnforecast.runs.artifacts import load_experiment, load_forecaster

from ..conftest import SMALL, make_history, random_walk

ROWS = {"ONE": 300, "TWO": 300, "GONE": 150, "YOUNG": 30}
"""Two that trade until today, one that ended before the test part, and one that is too young."""


def history(symbol: str) -> PriceHistory:
    closes = random_walk(ROWS[symbol], seed=ROWS[symbol] + len(symbol)).bars["close"].to_numpy()
    return make_history(closes, symbol, start="2020-09-27" if symbol == "YOUNG" else "2020-01-01")


def settings(*more: str) -> Experiment:
    return load("gru", [*SMALL, "pool=[network, gjr]", "training.ensemble=1", *more])


ALL = "data.symbol=[ONE, GONE, TWO, YOUNG, NEVER]"
SKIPPING = (ALL, "data.skip_unfit=true")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run on two symbols, taught by a third. Read it; do not write to it."""
    home = tmp_path_factory.mktemp("teachers")
    for symbol in ROWS:
        Store(home / "data").save(history(symbol))
    train_run(settings(*SKIPPING), Store(home / "data"), home / "runs", label="taught")
    return home


def test_all_that_do_not_suit_are_named_in_one_refusal(home: Path) -> None:
    with pytest.raises(DataError) as refused:
        make_plan(settings(ALL), Store(home / "data"))
    assert refused.value.problem.startswith(
        "3 of 5 symbols do not suit: 1 not stored (NEVER); 1 without a validation window (GONE); "
        "1 without a train window (YOUNG). The first: no 1d prices of NEVER are stored"
    )
    assert refused.value.remedy == "to train without them, add --skip-unfit"


def test_errors_in_prices_do_not_hide_what_else_is_wrong(home: Path, tmp_path: Path) -> None:
    store = Store(tmp_path)
    for symbol in ROWS:
        bars = history(symbol).bars.copy()
        if symbol == "TWO":
            bars.iloc[100] *= 100
        store.save(replace(history(symbol), bars=bars))
    with pytest.raises(DataError, match=r"errors in their prices \(TWO\).*train window \(YOUNG\)"):
        make_plan(settings("data.symbol=[ONE, TWO, YOUNG]"), store)


def test_what_is_left_out_is_recorded_and_said(home: Path) -> None:
    run = runs.find(home / "runs")
    assert set(run.manifest.skipped) == {"NEVER", "YOUNG"}
    assert "no 1d prices of NEVER are stored" in run.manifest.skipped["NEVER"]
    said = list(losses(make_plan(settings(*SKIPPING), Store(home / "data"))))
    assert said[0].startswith("left out 2 of 5 symbols: no 1d prices of NEVER")
    assert said[1].startswith("1 of 5 symbols only teach") and "GONE" in said[1]


def test_one_that_ended_before_the_test_part_teaches_by_its_training_windows(home: Path) -> None:
    made = make_plan(settings(*SKIPPING), Store(home / "data"))
    (teacher,) = made.teachers
    assert made.symbols == ("ONE", "TWO") and made.experiment.data.teachers == ("GONE",)
    own = {
        part: sum(len(dataset.splits.origins(part)) for dataset in made.datasets)  # type: ignore[arg-type]
        for part in ("train", "validation")
    }
    taught = len(teacher.dataset.splits.origins("train"))
    assert taught > 100
    assert len(made.windows.origins["train"]) == own["train"] + taught
    assert len(made.windows.origins["validation"]) == own["validation"]


def test_days_follow_from_the_symbols_that_are_scored(home: Path) -> None:
    """The same days as without the one that ended long before."""
    store = Store(home / "data")
    taught = make_plan(settings(*SKIPPING), store).experiment.split
    alone = make_plan(settings("data.symbol=[ONE, TWO]"), store).experiment.split
    assert taught == alone


def test_what_a_teacher_did_after_the_training_days_moves_no_window(home: Path) -> None:
    def windows(closes: np.ndarray) -> Mapping[str, bytes]:
        bars = {**{name: history(name) for name in ("ONE", "TWO")}, "GONE": history("GONE")}
        bars["GONE"] = make_history(closes, "GONE")
        asked = settings("data.symbol=[ONE, TWO]", "data.teachers=[GONE]")
        made = make_plan(asked, [panel.Series(own, {}) for own in bars.values()])
        pooled = made.windows
        rows = pooled.origins["train"]
        steps = np.arange(1 - asked.window.lookback, 1)
        return {
            "inputs": pooled.inputs[rows[:, None] + steps].tobytes(),
            "targets": pooled.targets[rows].tobytes(),
        }

    closes = random_walk(250, seed=1).bars["close"].to_numpy()
    later = closes.copy()
    later[210:] *= 1.5  # validation begins on row 210, the test part on row 255
    assert windows(closes) == windows(later)
    later[209:] *= 1.5
    assert windows(closes) != windows(later)


def test_only_scored_symbols_are_forecast_and_evaluated(home: Path, tmp_path: Path) -> None:
    import shutil

    run = runs.find(Path(shutil.copytree(home, tmp_path / "home")) / "runs")
    assert run.symbols == ("ONE", "TWO") and [part.symbol for part in run.teachers] == ["GONE"]
    answers = predict(run, Store(home / "data"))
    assert [answer.forecast.symbol for answer in answers] == ["ONE", "TWO"]
    verdict = evaluate(run, Request(baselines=("naive",))).verdict
    assert any("1 without later bars to be scored on taught" in flag for flag in verdict.flags)
    assert summaries.check(run) == []
    (run.path / "symbols" / "GONE" / "history.parquet").write_bytes(b"x")
    assert any("GONE" in problem for problem in summaries.check(run))


def test_a_run_with_teachers_is_made_again_and_read_again(home: Path) -> None:
    run = runs.find(home / "runs", "taught")
    again = load_plan(run)
    fresh = make_plan(settings(*SKIPPING), Store(home / "data"))
    assert again.windows.inputs.tobytes() == fresh.windows.inputs.tobytes()
    assert again.manifest.data.teachers == ("GONE",) and again.skipped == fresh.skipped
    made = reproduce(run, [], Hooks())
    assert made.differing == []


def test_an_audit_looks_at_the_days_of_teachers_too(home: Path) -> None:
    findings = [
        *audit_run(runs.find(home / "runs")),
        *audit_config(
            settings("data.symbol=[ONE, TWO]", "data.teachers=[GONE]"), Store(home / "data")
        ),
    ]
    assert {finding.result for finding in findings} == {"passed"}
    experiment = settings("data.symbol=ONE", "split.validation_from=2020-07-29",
                          "split.test_from=2020-09-12")  # fmt: skip
    late = settings("data.symbol=TWO", "data.teachers=TWO", "split.validation_from=2020-08-29",
                    "split.test_from=2020-09-12")  # fmt: skip
    finding = cut_alike([prepare(experiment, history("ONE"))], [prepare(late, history("TWO"))])
    assert finding.result == "failed" and "train reaches to 2020-08-28" in finding.detail


def test_a_single_symbol_may_be_taught_by_others(home: Path, tmp_path: Path) -> None:
    asked = settings("data.symbol=ONE", "data.teachers=[GONE, TWO]", "training.epochs=1")
    run = train_run(asked, Store(home / "data"), tmp_path / "runs", label="one")
    run = Run(run.path)
    assert not run.is_panel and run.manifest.data.teachers == ("GONE", "TWO")
    assert [answer.forecast.symbol for answer in predict(run, Store(home / "data"))] == ["ONE"]
    assert summaries.check(run) == []


@pytest.mark.parametrize("features", ["[log_return]", "auto"])
@pytest.mark.parametrize(
    ("symbols", "teachers"), [("ONE, TWO", "ONE, TWO"), ("ONE", "ONE"), ("NEVER", "ONE")]
)
def test_symbols_of_which_all_would_only_teach_are_refused(
    symbols: str, teachers: str, features: str, home: Path
) -> None:
    asked = settings(
        f"data.symbol=[{symbols}]", f"data.teachers=[{teachers}]", "data.skip_unfit=true",
        f"window.features={features}",
    )  # fmt: skip
    with pytest.raises(DataError, match="nothing to forecast"):
        make_plan(asked, Store(home / "data"))


def test_several_processes_prepare_the_same_to_the_last_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = [f"S{number}" for number in range(5)]
    series = [
        panel.Series(make_history(random_walk(300, seed=at).bars["close"].to_numpy(), name), {})
        for at, name in enumerate(names)
    ]
    asked = load("gru", [*SMALL, "pool=auto", f"data.symbol=[{', '.join(names)}]"])
    here = make_plan(asked, series)
    for module in (panel, plan):
        monkeypatch.setattr(module, "WORTH_STARTING", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    spread = make_plan(asked, series)
    assert [pool["gjr"].to_dict() for pool in here.pools] == [
        pool["gjr"].to_dict() for pool in spread.pools
    ]
    assert here.scalers == spread.scalers
    assert here.windows.inputs.tobytes() == spread.windows.inputs.tobytes()
    assert here.experiment == spread.experiment


def test_one_that_remains_is_not_trained_alone_without_being_asked(home: Path) -> None:
    with pytest.raises(DataError, match="no 1d prices of NEVER are stored"):
        make_plan(settings("data.symbol=[ONE, NEVER]"), Store(home / "data"))
    skipping = settings("data.symbol=[ONE, NEVER]", "data.skip_unfit=true")
    assert make_plan(skipping, Store(home / "data")).symbols == ("ONE",)


def test_several_processes_forecast_the_same_to_the_last_bit(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, store = runs.find(home / "runs", "taught"), Store(home / "data")
    here = predict(run, store)
    for module in (panel, plan):
        monkeypatch.setattr(module, "WORTH_STARTING", 0)
    monkeypatch.setattr(parallel, "cores", lambda: 2)
    for own, other in zip(here, predict(run, store), strict=True):
        assert own.forecast.quantiles.tobytes() == other.forecast.quantiles.tobytes()  # type: ignore[union-attr]
        assert own.notes == other.notes


def test_a_forecast_brings_what_its_filters_say_for_the_track_record(home: Path) -> None:
    """To the last bit what they say when they are asked again."""
    run, store = runs.find(home / "runs", "taught"), Store(home / "data")
    for part, prediction in zip(run.parts, predict(run, store), strict=True):
        dataset = prepare(load_experiment(part), store.load(part.symbol))
        newest = np.array([dataset.newest_origin])
        again = load_forecaster(part).part_quantiles(dataset, newest)
        assert set(again) == {"gjr"}
        assert set(prediction.rivals) == {"naive", "drift", "ewma", "gjr"}
        assert prediction.rivals["gjr"].tobytes() == again["gjr"][0].tobytes()
