"""Searches: the start first, failures told, nothing lost, the winner says that it was searched."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

import optuna

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import load, load_with_space
from rnnforecast.config.space import Space
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import DataError, RunError, TrainingStoppedError, UsageError
from rnnforecast.model.training.ensemble import Epoch
from rnnforecast.tuning import fit, task
from rnnforecast.tuning import search as search_module
from rnnforecast.tuning.files import best_config, conclusion_of, save_search, studying
from rnnforecast.tuning.folds import SearchFold
from rnnforecast.tuning.pruning import STARTUP
from rnnforecast.tuning.search import Listener, Options, SearchResult, Study, search
from rnnforecast.tuning.study import (
    WORKER,
    distributions_of,
    open_storage,
    open_study,
    repair_journal,
    trials_of,
)
from rnnforecast.tuning.trial import run_trial

from ..conftest import SMALL, random_walk

SPACE = "tune={training.learning_rate: {low: 1.0e-4, high: 1.0, log: true}, model.units: [2, 4, 8]}"
Loss = Callable[..., float]


@pytest.fixture(scope="module")
def start() -> tuple[Experiment, Space, list[Series]]:
    experiment, space = load_with_space("gru", [*SMALL, "training.epochs=20", SPACE])
    return experiment, space, [Series(random_walk(), {})]


def loss_of(experiment: Experiment) -> float:
    """Return a loss with its minimum at a learning rate of 0.1 and 8 units."""
    rate = abs(experiment.training.learning_rate - 0.1)
    return 0.9 + rate + 0.01 * (8 - experiment.model.units[0])


@pytest.fixture
def arithmetic(monkeypatch: pytest.MonkeyPatch) -> list[Experiment]:
    """Trials without networks: losses by arithmetic, reported over ten epochs."""
    tried: list[Experiment] = []

    def fold_loss(
        experiment: Experiment,
        fold: SearchFold,
        metric: str,
        on_epoch: Callable[[Epoch], None],
        stop: Callable[[], bool],
    ) -> float:
        tried.append(experiment)
        for epoch in range(1, 11):
            on_epoch(Epoch(1, epoch, 1.0, loss_of(experiment) + 1 / epoch))
        return loss_of(experiment)

    monkeypatch.setattr(fit, "fold_loss", fold_loss)
    return tried


def run(start: tuple[Experiment, Space, list[Series]], **more: Any) -> SearchResult:
    options = Options(**{"trials": 12, "folds": 2, **more.pop("options", {})})
    return search(*start, options, **more)


@pytest.mark.usefixtures("arithmetic")
def test_the_start_is_the_first_trial_and_the_best_is_found(
    start: tuple[Experiment, Space, list[Series]],
) -> None:
    result = run(start, options={"trials": 30})
    first = result.trials[0]
    assert first.params == {"training.learning_rate": 0.001, "model.units": 4}
    assert first.value == pytest.approx(loss_of(start[0]))
    assert result.start_trial == first
    finished = result.table[result.table["state"] == "finished"]
    assert result.best_trial.value == finished["value"].min() < 0.95
    assert result.best.model.units == (8,)
    assert next(iter(result.importances)) == "training.learning_rate"
    assert sum(result.importances.values()) == pytest.approx(1)
    assert "on 2 of 2 folds" in conclusion_of(result)


@pytest.mark.usefixtures("arithmetic")
def test_trials_that_lag_behind_are_pruned_by_their_epochs(
    start: tuple[Experiment, Space, list[Series]],
) -> None:
    pruned = run(start, options={"trials": 30}).table
    states = pruned.groupby("state")
    assert set(states.groups) == {"finished", "pruned"}
    assert (pruned["trial"][pruned["state"] == "pruned"] >= STARTUP).all()
    whole = run(start, options={"trials": 30, "pruner": "none"}).table
    assert set(whole["state"]) == {"finished"}


class Failing(optuna.pruners.BasePruner):
    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        raise KeyError("losses")


@pytest.mark.usefixtures("arithmetic")
def test_a_pruner_of_ones_own_ends_trials_and_its_failure_is_that_of_a_trial(
    start: tuple[Experiment, Space, list[Series]],
) -> None:
    strict = optuna.pruners.ThresholdPruner(upper=1.45, n_warmup_steps=2)
    table = run(start, options={"pruner": strict, "folds": 1}).table
    worse = table["training.learning_rate"].sub(0.1).abs() + 0.01 * (8 - table["model.units"])
    assert 0 < (table["state"] == "pruned").sum() < len(table)
    assert ((table["state"] == "pruned") == (0.9 + worse + 1 / 2 > 1.45)).all()
    failing = search(*start, Options(2, folds=1, pruner=Failing()))
    assert [trial.failure for trial in failing.trials] == [
        "the pruner failed (KeyError: 'losses'); mend it, or use another"
    ] * 2


def test_wilcoxon_is_told_the_value_of_each_fold(
    start: tuple[Experiment, Space, list[Series]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fold_loss(
        experiment: Experiment, fold: SearchFold, metric: str, on_epoch: Callable[[Epoch], None],
        stop: Callable[[], bool],
    ) -> float:  # fmt: skip
        on_epoch(Epoch(1, 1, 1.0, 5.0))
        return loss_of(experiment) + fold.validation_from.day / 100

    monkeypatch.setattr(fit, "fold_loss", fold_loss)
    place = str(tmp_path / "journal.log")
    options = {"pruner": "wilcoxon", "folds": 6, "trials": 12}
    result = run(start, study=Study("X", place), options=options)
    for trial in open_study(open_storage(place), "X").trials:
        folds = result.trials[trial.number].folds
        assert trial.intermediate_values == dict(enumerate(folds, 1))
        assert len(folds) == (4 if trial.state == optuna.trial.TrialState.PRUNED else 6)
    assert {"pruned", "finished"} == set(result.table["state"])


@pytest.mark.usefixtures("arithmetic")
def test_the_same_seed_proposes_the_same_settings_and_another_one_others(
    start: tuple[Experiment, Space, list[Series]],
) -> None:
    one, two, other = (run(start, options={"seed": seed}).table for seed in (5, 5, 6))
    rates = "training.learning_rate"
    assert one[rates].tolist() == two[rates].tolist() != other[rates].tolist()


@pytest.mark.usefixtures("arithmetic")
def test_a_search_that_goes_on_proposes_what_an_unbroken_one_would_have(
    start: tuple[Experiment, Space, list[Series]], tmp_path: Path
) -> None:
    place = str(tmp_path / "journal.log")
    run(start, study=Study("X", place), options={"trials": 7})
    whole = run(start, study=Study("X", place, resume=True), options={"trials": 12})
    unbroken = run(start, study=Study("Y"), options={"trials": 12})
    rates = "training.learning_rate"
    assert whole.table[rates].tolist() == unbroken.table[rates].tolist()


def test_failures_are_told_and_stop_nothing(
    start: tuple[Experiment, Space, list[Series]],
    arithmetic: list[Experiment],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = fit.fold_loss

    def fold_loss(experiment: Experiment, *more: Any) -> float:
        if experiment.training.learning_rate > 0.3:
            raise DataError("training has diverged", "use a smaller learning rate")
        if experiment.model.units == (8,):
            raise MemoryError
        return good(experiment, *more)

    monkeypatch.setattr(fit, "fold_loss", fold_loss)
    table = run(start, options={"trials": 25}).table
    failed = set(table["failure"][table["state"] == "failed"])
    assert len(failed) == 2
    assert any("training has diverged; use a smaller" in why for why in failed)
    assert any("out of memory" in why for why in failed)
    assert len(table) == 25


def test_settings_that_do_not_go_together_are_a_failed_trial(
    arithmetic: list[Experiment],
) -> None:
    space = "tune={model.architecture: [gru, cnn], model.bidirectional: [false, true]}"
    experiment, own = load_with_space("gru", [*SMALL, space])
    result = search(experiment, own, [Series(random_walk(), {})], Options(trials=15, folds=1))
    failed = result.table[result.table["state"] == "failed"]
    assert set(failed["model.architecture"]) == {"cnn"}
    assert failed["failure"].str.contains("model.bidirectional belongs to").all()


def test_where_every_trial_fails_the_reason_is_told(
    start: tuple[Experiment, Space, list[Series]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fold_loss(*_: Any) -> float:
        raise DataError("it is always wrong", "")

    monkeypatch.setattr(fit, "fold_loss", fold_loss)
    result = run(start, options={"trials": 3})
    with pytest.raises(RunError, match=r"none of 3 trials.*it is always wrong"):
        _ = result.best


@pytest.mark.usefixtures("arithmetic")
def test_a_stop_keeps_what_has_ended_and_the_rest_is_tried_again(
    start: tuple[Experiment, Space, list[Series]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good, begun = fit.fold_loss, list[Experiment]()

    def fold_loss(experiment: Experiment, *more: Any) -> float:
        begun.append(experiment)
        if len(begun) == 7:  # the first fold of the fourth trial
            raise TrainingStoppedError("stopped", "")
        return good(experiment, *more)

    monkeypatch.setattr(fit, "fold_loss", fold_loss)
    place = str(tmp_path / "journal.log")
    listener = Listener(stop=lambda: len(begun) >= 7)
    stopped = run(start, study=Study("X", place), listener=listener)
    assert stopped.stopped
    assert stopped.table["state"].tolist() == ["finished"] * 3 + ["interrupted"]
    again = run(start, study=Study("X", place, resume=True))
    assert again.trials[4].params == stopped.trials[3].params
    assert len([one for one in again.trials if one.state != "interrupted"]) == 12


@pytest.mark.usefixtures("arithmetic")
def test_what_a_killed_process_has_left_running_is_tried_again(
    start: tuple[Experiment, Space, list[Series]], tmp_path: Path
) -> None:
    place = tmp_path / "journal.log"
    run(start, study=Study("X", str(place), worker="here"), options={"trials": 2})
    study = open_study(open_storage(str(place)), "X")
    for worker in ("here", "elsewhere"):  # each begins a trial and says nothing more
        ours = study.ask({"model.units": distributions_of(start[1])["model.units"]})
        ours.set_user_attr(WORKER, worker)
    with place.open("ab") as file:
        file.write(b'{"op_code": 4, "wor')  # and the newest line is torn
    told: list[str] = []
    study_again = Study("X", str(place), resume=True, worker="here")
    result = run(start, study=study_again, listener=Listener(note=told.append))
    states = result.table["state"].tolist()
    assert states[2:4] == ["interrupted", "running"]  # another machine may still work on its own
    assert told == ["1 trial had been interrupted; tried again"]
    assert result.trials[4].params["model.units"] == result.trials[2].params["model.units"]


@pytest.mark.usefixtures("arithmetic")
def test_only_searches_of_the_same_values_go_on(
    start: tuple[Experiment, Space, list[Series]], tmp_path: Path
) -> None:
    place = str(tmp_path / "journal.log")
    run(start, study=Study("X", place), options={"trials": 2})
    again = Study("X", place, resume=True)
    with pytest.raises(UsageError, match="there is a study X already; continue with --resume"):
        run(start, study=Study("X", place))
    with pytest.raises(RunError, match="no study is called Y; there is: X"):
        run(start, study=Study("Y", place, resume=True))
    with pytest.raises(UsageError, match="begun with another --metric"):
        run(start, study=again, options={"metric": "mae"})
    with pytest.raises(UsageError, match="begun with --pruner median, not hyperband"):
        run(start, study=again, options={"pruner": "hyperband"})
    with pytest.raises(UsageError, match=r"--pruner median, not MedianPruner\(interval_steps=1"):
        run(start, study=again, options={"pruner": optuna.pruners.MedianPruner()})
    with pytest.raises(UsageError, match="begun with other prices"):
        search(*start[:2], [Series(random_walk(seed=9), {})], Options(folds=2), again)
    newer = random_walk(300)  # the same bars and one more day: the training part ends elsewhere
    with pytest.raises(UsageError, match="begun with another section tune"):
        other = Space(start[1].dimensions[:1])
        search(start[0], other, [Series(newer, {})], Options(folds=2), again)


@pytest.mark.usefixtures("arithmetic")
def test_a_database_serves_as_well_as_a_journal(
    start: tuple[Experiment, Space, list[Series]], tmp_path: Path
) -> None:
    place = f"sqlite:///{tmp_path / 'trials.db'}"
    run(start, study=Study("X", place), options={"trials": 2})
    result = run(start, study=Study("X", place, resume=True), options={"trials": 3})
    assert len(result.trials) == 3
    with pytest.raises(UsageError, match="--storage nonsense://x cannot be opened"):
        open_storage("nonsense://x")


def test_a_torn_line_alone_is_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    path.write_bytes(b'{"op_code":0}\n{}\n{')
    repair_journal(path)
    assert path.read_bytes() == b'{"op_code":0}\n{}\n'


def test_a_journal_that_is_a_link_or_a_pipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "victim")
    (tmp_path / "nowhere").symlink_to(tmp_path / "new")
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("link", "symbolic link"), ("nowhere", "symbolic link"), ("pipe", "regular")):
        with pytest.raises(UsageError, match=f"cannot be opened .it is .* {why}|{why}"):
            open_storage(str(tmp_path / name))
    assert (tmp_path / "victim").read_text() == "mine" and not (tmp_path / "new").exists()


@pytest.mark.usefixtures("arithmetic")
def test_no_trial_begins_after_its_time(
    start: tuple[Experiment, Space, list[Series]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(task.time, "time", lambda: float(next(clock)))
    assert 1 <= len(run(start, options={"timeout": 25.0}).trials) <= 3


@pytest.mark.usefixtures("arithmetic")
def test_the_best_config_is_one_that_train_takes_and_says_where_it_comes_from(
    start: tuple[Experiment, Space, list[Series]], tmp_path: Path
) -> None:
    result = run(start)
    files = save_search(tmp_path / "X", result, "gru_tuned.yaml")
    text = files["config"].read_text()
    assert text.startswith("# Found on ") and "# Use it: rnnforecast train --config" in text
    assert text == best_config(result, "gru_tuned.yaml")
    found = load(str(files["config"]))
    assert found == result.best and found.searched is not None
    assert (found.searched.trials, found.searched.metric) == (12, "crps")
    assert found.training.ensemble == start[0].training.ensemble  # the winner is a whole ensemble
    assert "<svg" in files["page"].read_text() and "optimistic" in files["page"].read_text()
    assert len(files["trials"].read_text().splitlines()) == 13


@pytest.mark.usefixtures("arithmetic")
def test_trials_of_searches_that_follow_each_other_add_up(
    start: tuple[Experiment, Space, list[Series]],
) -> None:
    first = run(start, options={"trials": 3}).best
    second = search(first, start[1], start[2], Options(trials=4, folds=2)).best
    assert second.searched is not None and second.searched.trials == 7


def test_one_process_works_on_a_study(tmp_path: Path) -> None:
    with (
        studying(tmp_path / "X"),
        pytest.raises(RunError, match="another process works on study X"),
        studying(tmp_path / "X"),
    ):
        pass


@pytest.mark.usefixtures("arithmetic")
def test_a_worker_begins_nothing_where_there_is_enough(
    start: tuple[Experiment, Space, list[Series]], tmp_path: Path
) -> None:
    place = str(tmp_path / "journal.log")
    run(start, study=Study("X", place), options={"trials": 2})
    own = task.Task(start[0], start[1], ())
    assert run_trial(own, place, "X", "here", task.Limits(2)) is None
    assert len(trials_of(open_study(open_storage(place), "X"))) == 2


def test_a_cluster_needs_a_database_that_all_reach(
    start: tuple[Experiment, Space, list[Series]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_module, "on_cluster", lambda: True)
    with pytest.raises(UsageError, match="keep the trials in a database that all reach"):
        run(start, study=Study("X", str(tmp_path / "journal.log")))


@pytest.mark.usefixtures("arithmetic")
def test_what_workers_have_left_at_a_stop_is_tried_again(
    start: tuple[Experiment, Space, list[Series]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = list[bool]()

    def spread(work: Any, jobs: Any, workers: int, *, shared: Any, should_stop: Any) -> Any:
        assert len(jobs) == 12 and workers == 2
        yield work(*shared)
        study = open_study(open_storage(shared[1]), shared[2])
        study.ask().set_user_attr(WORKER, shared[3])  # another worker is within a trial
        asked.append(True)
        raise KeyboardInterrupt

    monkeypatch.setattr(search_module, "spread", spread)
    result = run(
        start,
        study=Study("X", str(tmp_path / "journal.log")),
        listener=Listener(stop=lambda: bool(asked)),
        options={"workers": 2},
    )
    assert result.stopped and result.table["state"].tolist() == ["finished", "interrupted"]


def test_without_a_space_there_is_nothing_to_search() -> None:
    with pytest.raises(UsageError, match="no section tune"):
        search(load("gru", SMALL), Space(), [Series(random_walk(), {})])


@pytest.mark.parametrize(
    ("name", "value"), [("trials", 0), ("folds", 11), ("workers", 0), ("timeout", -1.0)]
)
def test_numbers_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"--{name} is"):
        Options(**{name: value})


@pytest.mark.parametrize("content", ["date,close\n2026-01-02,1.5", '[{"close": 1}]', "text\n"])
def test_a_file_of_something_else_is_no_journal_and_stays_as_it_is(
    content: str, tmp_path: Path
) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"cannot be opened .it is no journal of trials"):
        open_storage(str(path))
    assert path.read_text() == content
