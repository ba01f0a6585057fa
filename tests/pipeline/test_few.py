"""Nothing is claimed, and no p is computed, from too few forecasts."""

from __future__ import annotations

import numpy as np
import pytest

from rnnforecast.config import load
from rnnforecast.data.synthetic import history_of, noise
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.evaluation.walkforward import Protocol, folds
from rnnforecast.forecast.baselines.naive import naive_quantiles
from rnnforecast.pipeline.evaluation import Evaluation
from rnnforecast.pipeline.score import Request, score_forecasts


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """White noise, twenty steps ahead."""
    settings = ["data.symbol=SYNTHETIC", "window.horizon=20", "split.test=0.2"]
    return prepare(load("gru", settings), history_of(noise(2200, 1)))


def evaluated(dataset: Dataset, origins: int) -> Evaluation:
    """Score a forecast that knows much of the end of each path, from the newest origins."""
    parts = folds(dataset, Protocol(origins=origins))
    (rows,) = (part.origins for part in parts)
    assert len(rows) == origins
    naive = naive_quantiles(dataset, rows)
    seen = (dataset.future_values[rows] / dataset.last_value[rows, None]) ** 0.8
    own = naive * seen[..., None]
    return score_forecasts(dataset, parts, own, {}, Request(baselines=("naive", "ewma")))


@pytest.mark.parametrize("origins", [1, 2, 60, 399])
def test_the_best_forecast_is_not_called_skilled_from_too_few(
    dataset: Dataset, origins: int
) -> None:
    evaluation = evaluated(dataset, origins)
    verdict = evaluation.verdict
    assert verdict.headline == "Too few forecasts to tell"
    assert verdict.point == verdict.distribution == verdict.against_rival == "too few"
    assert f"From {origins} origin{'' if origins == 1 else 's'}, 1 to 20 steps" in verdict.sentence
    assert "too few for any test (400 are needed)" in verdict.sentence
    assert f"There are {origins} test forecasts; at least 400 are needed" in verdict.summary
    words = " ".join([verdict.headline, verdict.sentence, verdict.summary, *verdict.flags])
    for never in ("nan", "equal", "p =", "p <", "p >", "best of"):
        assert never not in words, never
    overall = evaluation.comparisons[evaluation.comparisons["step"] == 0]
    assert overall[["p", "low", "high", "equivalence_p"]].isna().all(axis=None)
    scores = evaluation.scores
    independent = scores[(scores["metric"] == "pesaran_timmermann") & (scores["step"] == 0)]
    assert independent["value"].isna().all()
    assert evaluation.model_set is None or evaluation.model_set["p"].isna().all()


def test_from_twenty_horizons_on_there_are_tests(dataset: Dataset) -> None:
    evaluation = evaluated(dataset, 400)
    assert evaluation.verdict.headline != "Too few forecasts to tell"
    assert "too few" not in evaluation.verdict.sentence
    assert np.isfinite(evaluation.comparisons["p"]).all()


def test_steps_that_are_near_have_a_test_before_those_that_are_far(dataset: Dataset) -> None:
    comparisons = evaluated(dataset, 200).comparisons
    known = comparisons.groupby("step")["p"].apply(lambda p: bool(p.notna().all()))
    assert [bool(known[step]) for step in (0, 1, 10, 11, 20)] == [False, True, True, False, False]
