"""Forecasts of anybody, scored as ours are and called by their own name."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import rnnforecast as rf
from rnnforecast.errors import DataError
from rnnforecast.library.scoring import score

from ..conftest import random_walk


def test_a_model_without_intervals_is_a_point_whose_crps_is_its_error() -> None:
    walk, rows = random_walk(), np.arange(250, 290)
    closes = walk.bars["close"].to_numpy()
    frame = pd.DataFrame(
        {"unique_id": "WALK", "ds": walk.dates[rows + 1], "cutoff": walk.dates[rows],
         "mine": closes[rows] * 1.001}
    )  # fmt: skip
    scores = rf.score(frame, walk, baselines=["naive"]).scores
    overall = scores.query("model == 'mine' and step == 0").set_index("metric")["value"]
    assert overall["mae"] == pytest.approx(np.abs(closes[rows] * 1.001 - closes[rows + 1]).mean())
    assert overall["crps"] == pytest.approx(overall["mae"], rel=0.02)


def test_perfect_forecasts_are_better_and_their_rival_stands_beside_them() -> None:
    walk, rows = random_walk(), np.arange(200, 290)
    closes, rng = walk.bars["close"].to_numpy(), np.random.default_rng(1)
    center = closes[rows + 1] * (1 + rng.normal(0, 1e-4, len(rows)))
    frame = pd.DataFrame(
        {"unique_id": "WALK", "ds": walk.dates[rows + 1], "cutoff": walk.dates[rows],
         "oracle": center, "oracle-lo-80": center * 0.9999, "oracle-hi-80": center * 1.0001,
         "late": closes[rows]}
    )  # fmt: skip
    evaluation = rf.score(frame, walk, baselines=["naive"])
    assert (evaluation.verdict.point, evaluation.network) == ("better", "oracle")
    assert "late" in set(evaluation.comparisons["baseline"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(columns="ds"), "no column ds"),
        (lambda frame: frame.drop(columns="mine"), "no forecasts among the columns"),
        (lambda frame: frame.iloc[1:], "each of the 2 bars after each origin"),
        (lambda frame: frame.assign(ds=frame["ds"] + pd.Timedelta("1h")), "has no bar on"),
        (lambda frame: frame.assign(mine=np.nan), "missing values"),
        (lambda frame: frame.assign(**{"mine-lo-80": frame["mine"] + 1}), "cross"),
    ],
)
def test_forecasts_that_cannot_be_scored_are_refused(change: object, words: str) -> None:
    walk = random_walk()
    origins = np.repeat(np.arange(250, 280), 2)
    steps = np.tile([1, 2], 30)
    frame = pd.DataFrame(
        {"unique_id": "WALK", "ds": walk.dates[origins + steps], "cutoff": walk.dates[origins],
         "mine": 100.0}
    )  # fmt: skip
    with pytest.raises(DataError, match=words):
        rf.score(change(frame), walk, baselines=["naive"])  # type: ignore[operator]


def late(name: str = "late", **others: float) -> pd.DataFrame:
    """Forecasts that repeat the last close, one step ahead, and others off by a factor."""
    walk, rows = random_walk(), np.arange(200, 290)
    closes = walk.bars["close"].to_numpy()[rows]
    models = {name: closes, **{other: closes * factor for other, factor in others.items()}}
    keys = {"unique_id": "WALK", "ds": walk.dates[rows + 1], "cutoff": walk.dates[rows]}
    return pd.DataFrame({**keys, **models})


def words_of(evaluation: rf.Evaluation) -> list[str]:
    """Everything that a reader of an evaluation sees."""
    tables = (evaluation.scores, evaluation.comparisons, evaluation.backtest, evaluation.losses)
    texts = [str(table["model"].unique()) for table in tables]
    for kind in ("skill", "coverage", "pit", "actual", "error", "residuals"):
        figure = evaluation.plot(kind)
        texts += [text.get_text() for text in figure.findobj(match=Text)]
    verdict = evaluation.verdict
    texts += [*verdict.flags, verdict.headline, verdict.sentence, verdict.summary]
    return [*texts, evaluation._repr_html_(), *evaluation.to_nixtla()]


def test_no_word_of_an_evaluation_is_about_our_network() -> None:
    evaluation = score(late("Theta", mine=1.001), random_walk(), baselines=["naive"])
    words = words_of(evaluation)
    assert not [text for text in words if re.search(r"network|(?<!-)\brun\b|audit", text)]
    assert any("skill of Theta vs each baseline" in text for text in words)
    assert "Theta" in evaluation.to_nixtla() and evaluation.network == "Theta"


def test_names_of_ours_are_told_apart_from_those_of_another_library() -> None:
    frame = late("mine", naive=1.01, network=1.02)
    scores = score(frame, random_walk(), baselines=["naive"]).scores
    mae = scores.query("metric == 'mae' and step == 0").set_index("model")["value"]
    assert list(mae.index[:4]) == ["mine", "naive (given)", "network (given)", "naive"]
    assert mae["mine"] == pytest.approx(mae["naive"]) and mae["naive (given)"] > 1.5 * mae["naive"]
    judged = score(frame, random_walk(), model="naive", baselines=["naive"])
    assert set(judged.scores["model"]) > {"naive (given)", "mine", "network (given)", "naive"}
    assert judged.scores["model"].iloc[0] == "naive (given)"


def test_a_series_without_a_name_is_called_forecasts() -> None:
    walk = random_walk()
    series = pd.Series(100.0, index=walk.dates[-20:])
    for name, called in ((None, "forecasts"), ("mine", "mine")):
        evaluation = score(series.rename(name), walk, baselines=["naive"])
        assert evaluation.network == called and evaluation.verdict.origins == 1
        assert evaluation.scores["model"].iloc[0] == called
