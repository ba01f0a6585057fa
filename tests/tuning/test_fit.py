"""One trial on one fold, with a real network."""

from __future__ import annotations

import pytest

from rnnforecast.config import load
from rnnforecast.dataset.panel import Series
from rnnforecast.errors import TrainingStoppedError
from rnnforecast.model.training.ensemble import Epoch
from rnnforecast.pipeline.refit import fit_fold
from rnnforecast.tuning.fit import fold_loss
from rnnforecast.tuning.folds import search_folds
from rnnforecast.tuning.losses import forecast_loss

from ..conftest import SMALL, random_walk


def test_a_trial_is_scored_as_a_run_on_its_fold_would_be() -> None:
    experiment = load("gru", [*SMALL, "training.ensemble=1"])
    (fold,) = search_folds(experiment, [Series(random_walk(), {})], 1, "crps")
    epochs: list[Epoch] = []
    share = fold_loss(experiment, fold, "crps", epochs.append)
    (dataset,) = fold.datasets(experiment)
    forecaster, _ = fit_fold(dataset)  # through files, ONNX Runtime and the usual calibration
    origins = dataset.splits.origins("test")
    loss = forecast_loss(forecaster, dataset, origins, "crps")
    assert share == pytest.approx(loss / fold.naive[0], rel=1e-4)
    assert [epoch.epoch for epoch in epochs] == [1, 2]
    with pytest.raises(TrainingStoppedError):
        fold_loss(experiment, fold, "crps", stop=lambda: True)
