"""A contest is fair: one setting for all, each config's own network."""

from __future__ import annotations

import pytest

from rnnforecast.errors import UsageError
from rnnforecast.pipeline.contest import SEEDS, fair_experiments


def test_contestants_differ_in_their_network_alone() -> None:
    experiments = fair_experiments(["rnn", "lstm"], ["window.horizon=3"])
    rnn, lstm = experiments["rnn"], experiments["lstm"]
    assert (rnn.model.architecture, lstm.model.architecture) == ("simple_rnn", "lstm")
    assert rnn.model_copy(update={"model": lstm.model}) == lstm
    assert rnn.window.horizon == 3 and rnn.training.ensemble == SEEDS
    assert rnn.pool == ("network",) and rnn.model.location == "learned"
    assert fair_experiments(["rnn", "lstm"], seeds=1)["rnn"].training.ensemble == 1


@pytest.mark.parametrize("configs", [["rnn"], ["rnn", "rnn"], []])
def test_fewer_than_two_different_configs_are_no_contest(configs: list[str]) -> None:
    with pytest.raises(UsageError, match="name 2 to 20"):
        fair_experiments(configs)
