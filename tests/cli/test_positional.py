"""What people type first is understood: symbols and kinds without options, settings as options."""

from __future__ import annotations

from pathlib import Path

from rnnforecast import runs
from rnnforecast.data.store import Store
from rnnforecast.runs.artifacts import read_experiment

from ..conftest import Command, random_walk
from .test_runs import home, scored  # noqa: F401


def test_settings_are_options_and_a_symbol_needs_none(here: Command, tmp_path: Path) -> None:
    Store(tmp_path / "data").save(random_walk(200))
    typed = (
        "train WALK --horizon 2 --lookback 8 --features log_return,abs_log_return --units 4 "
        "--architecture lstm --epochs 1 --batch-size 64 --learning-rate 0.01 --ensemble 1 "
        "--target return"
    )
    trained = here(*typed.split())
    assert trained.returncode == 0, trained.stderr
    experiment = read_experiment(runs.find(tmp_path / "runs"))
    window, training = experiment.window, experiment.training
    assert experiment.data.symbol == ("WALK",) and experiment.model.architecture == "lstm"
    assert (window.horizon, window.lookback, window.target) == (2, 8, "return")
    assert window.features == ("log_return", "abs_log_return")
    assert (experiment.model.units, training.epochs, training.batch_size) == ((4,), 1, 64)
    assert (training.learning_rate, training.ensemble) == (0.01, 1)


def test_a_symbol_a_kind_and_exactness_are_understood(
    here: Command,
    home: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    by_symbol = here("runs", "show", "walk", home=home)
    assert by_symbol.returncode == 0 and "newest of 3" in by_symbol.stderr
    exact = here("runs", "show", "walk", "--exact", home=home)
    assert exact.returncode == 2 and "--exact: 3 runs match 'walk'" in exact.stderr
    assert here("plot", "training", home=home).stdout == "picture: training.png\n"
    both = here("plot", "actual", "WALK_gru", "--out", "b.svg", home=home)
    assert both.stdout == "picture: b.svg\n"
    many = here("plot", "WALK_gru", "lossy", home=home)
    assert many.returncode == 2 and "kinds are: forecast, skill" in many.stderr
    meant = here("plot", "loss", home=home)
    assert meant.returncode == 6 and "did you mean rnnforecast plot training?" in meant.stderr
    named = here("plot", "WALK_gru", "--kind", "actual", "--out", "a.svg", home=home)
    assert named.returncode == 0 and "<svg" in (tmp_path / "a.svg").read_text()[:1000]


def test_a_setting_that_is_wrong_is_named_as_it_was_typed(here: Command) -> None:
    """``--horizon`` is ``--set window.horizon`` in disguise, which nobody has written."""
    answer = here("train", "WALK", "--horizon", "0")
    assert answer.returncode == 2
    assert answer.stderr.startswith("error: --horizon 0: window.horizon is 0; window.horizon must")
    answer = here("train", "WALK", "--set", "window.horizon=0")
    assert answer.stderr.startswith("error: --set window.horizon=0: window.horizon is 0;")
