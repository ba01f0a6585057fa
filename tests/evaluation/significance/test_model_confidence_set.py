"""Many models at once: the best one is kept, chance winners are not believed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rnnforecast.evaluation.significance.model_confidence_set import (
    model_confidence_set,
    origin_losses,
    superior_p,
)

ORIGINS = 400


def losses(**means: float) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    common = rng.exponential(1, ORIGINS)
    return pd.DataFrame(
        {name: common + mean + rng.normal(0, 0.3, ORIGINS) for name, mean in means.items()}
    )


def test_a_clearly_best_model_is_the_whole_set_and_stands_first() -> None:
    found = model_confidence_set(losses(good=0.0, bad=0.5, worse=1.0), 1)
    assert found[found["included"]]["model"].tolist() == ["good"]
    assert found["model"].tolist()[0] == "good" and found["p"].iloc[0] == pytest.approx(1)


def test_models_that_cannot_be_told_apart_are_all_kept() -> None:
    assert model_confidence_set(losses(a=0.0, b=0.0, c=0.0), 5)["included"].all()


def test_too_few_origins_tell_nothing() -> None:
    assert model_confidence_set(losses(a=0.0, b=1.0).head(20), 1).empty
    assert np.isnan(superior_p(losses(a=0.0).head(20), losses(b=1.0)["b"].head(20), 1))


def test_the_best_of_twenty_chance_models_is_not_superior_and_a_better_one_is() -> None:
    rng = np.random.default_rng(2)
    benchmark = pd.Series(rng.exponential(1, ORIGINS))
    chance = pd.DataFrame(
        {f"m{number}": benchmark + rng.normal(0, 0.5, ORIGINS) for number in range(20)}
    )
    assert superior_p(chance, benchmark, 1) > 0.1
    assert superior_p(chance.assign(good=benchmark - 0.2), benchmark, 1) < 0.05


def test_losses_are_means_over_the_steps_of_each_origin() -> None:
    table = pd.DataFrame(
        {
            "origin": [1, 1, 1, 1, 2, 2],
            "model": ["a", "a", "b", "b", "a", "a"],
            "step": [1, 2] * 3,
            "crps": [1.0, 3, 5, 7, 2, 2],
        }
    )
    found = origin_losses(table)
    assert found.to_dict("list") == {"a": [2.0], "b": [6.0]}  # origin 2 is not every model's
