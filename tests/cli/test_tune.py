"""``tune``: a search, the best settings trained and scored, and the number of trials with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="optuna is not installed: pip install '.[tune]'")

from rnnforecast import runs
from rnnforecast.cli import tune as tune_module
from rnnforecast.data.store import Store
from rnnforecast.pipeline.score import Request
from rnnforecast.runs import Run

from ..conftest import Command, random_walk
from ..tuning.arithmetic import by_arithmetic

QUICK = tuple(
    word
    for setting in (
        "window.features=[log_return, abs_log_return]", "training.epochs=1",
        "training.ensemble=1", "model.units=4", "tune.model.units=[2, 4]",
    )
    for word in ("--set", setting)
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    by_arithmetic(monkeypatch)
    Store(tmp_path / "data").save(random_walk())
    return tmp_path


def test_the_best_settings_are_trained_and_scored_and_say_that_they_were_searched(
    here: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Request(baselines=("naive", "garch"))
    scored = tune_module.score_run
    monkeypatch.setattr(tune_module, "score_run", lambda settings, run: scored(settings, run, few))
    told = here("tune", "WALK", "--trials", "6", *QUICK)
    assert told.returncode == 0, told.stderr
    assert "Of 6 configurations, trial " in told.stdout
    assert "- the settings are the best of 6 that a search tried on 3 folds" in told.stdout
    assert {path.name for path in (home / "studies" / "WALK_gru").iterdir()} >= {
        "gru_tuned.yaml", "journal.log", "search.html", "trials.csv",
    }  # fmt: skip
    (run,) = runs.all_runs(home / "runs")
    assert run.name.endswith("_WALK_gru_tuned")
    searched = Run(run.path).manifest.searched
    assert searched is not None and (searched.trials, searched.study) == (6, "WALK_gru")
    board = json.loads(here("leaderboard", "WALK", "--json").stdout)
    assert (board["configs_tried"], board["runs"]) == (6, 1)
    economics = json.loads(
        here(
            "evaluate", "--baselines", "naive", "--economics", "--execution", "close", "--json"
        ).stdout
    )["economics"]
    assert economics["trials"] == 6
    assert economics["deflated"] < economics["probabilistic"]


def test_a_search_goes_on_where_it_was_left(here: Command, home: Path) -> None:
    line = ("tune", "WALK", "--search-only", *QUICK)
    assert here(*line, "--trials", "2").returncode == 0
    again = here(*line, "--trials", "2")
    assert (
        again.returncode == 2 and "continue with --resume, or choose another --name" in again.stderr
    )
    more = here(*line, "--trials", "4", "--resume", "--json")
    assert len(json.loads(more.stdout)["trials"]) == 4
    assert not (home / "runs").exists()


def test_ctrl_c_keeps_the_trials_that_have_ended(
    here: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = tune_module._trials

    class Interrupt:
        """Ask to stop after the second trial, as a signal would."""

        asked = False

        def __enter__(self) -> object:
            return lambda: Interrupt.asked

        def __exit__(self, *_: object) -> None: ...

    def told(*arguments: object) -> object:
        inner = trials(*arguments)  # type: ignore[arg-type]
        show = inner.__enter__()

        class Shown:
            def __enter__(self) -> object:
                def on_trial(trial: object, best: object) -> None:
                    show(trial, best)  # type: ignore[arg-type]
                    Interrupt.asked = trial.number == 1  # type: ignore[attr-defined]

                return on_trial

            def __exit__(self, *_: object) -> None:
                inner.__exit__(None, None, None)

        return Shown()

    monkeypatch.setattr(tune_module, "_trials", told)
    monkeypatch.setattr(tune_module, "stoppable", lambda say_so: Interrupt())
    stopped = here("tune", "WALK", "--trials", "5", *QUICK)
    assert stopped.returncode == 130
    assert "2 trials: 2 finished" in stopped.stdout and "--resume" in stopped.stderr
    assert not (home / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--trials", "0"), "--trials is 0; it must be between 1"),
        (("--name", "../x"), "--name '../x' cannot name a folder"),
        (("--resume",), "no study is called WALK_gru; begin one without --resume"),
        (("--set", "tune.model.unit=[1, 2]"), "did you mean model.units?"),
        (("--storage", "nonsense://x"), "--storage nonsense://x cannot be opened"),
        (("--set", "window.lookback=250"), "leaves out 250"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_meant_is_told_in_one_line(
    arguments: tuple[str, ...], words: str, here: Command
) -> None:
    told = here("tune", "WALK", *QUICK, *arguments)
    assert told.returncode in (2, 6) and words in told.stderr
    assert told.stderr.count("error:") == 1


@pytest.mark.usefixtures("home")
def test_without_optuna_the_extra_is_named(here: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune_module, "find_spec", lambda name: None)
    told = here("tune", "WALK")
    assert (told.returncode, told.stderr) == (
        2,
        "error: tune needs optuna, which is not installed; pip install 'rnnforecast[tune]'\n",
    )
