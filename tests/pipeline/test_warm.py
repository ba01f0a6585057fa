"""A warm start is short, and refuses networks that do not fit or know too much."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.config import with_settings
from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import UsageError
from rnnforecast.pipeline.plan import make_plan
from rnnforecast.pipeline.warm import check_continues, networks_of, shortened, warm_overrides
from rnnforecast.runs import Run

from ..conftest import random_walk


def test_a_warm_start_is_never_longer_than_the_training_it_follows(small: Experiment) -> None:
    assert warm_overrides(small) == ["training.epochs=2", "training.patience=3"]
    assert shortened(small).training.epochs == 2
    long = with_settings(small, ["training.epochs=500", "training.patience=1"])
    assert (shortened(long).training.epochs, shortened(long).training.patience) == (20, 1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["window.lookback=9"], "window differs from that of"),
        (["model.units=5"], "model differs from that of"),
        (["training.ensemble=9"], "has 2 networks to continue|has 1 networks to continue"),
        (["data.end=2020-08-01"], "knows prices up to"),
    ],
)
def test_networks_that_do_not_fit_or_know_the_test_part_are_refused(
    settings: list[str], words: str, small: Experiment, trained: tuple[Path, Run]
) -> None:
    plan = make_plan(with_settings(small, settings), [Series(random_walk(), {})])
    with pytest.raises(UsageError, match=words):
        check_continues(trained[1], plan)


def test_networks_are_read_as_keras_wrote_them(trained: tuple[Path, Run]) -> None:
    (first,) = networks_of(trained[1], 1)
    assert first == (trained[1].path / "members" / "01.keras").read_bytes()
