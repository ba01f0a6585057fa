"""What a network can learn from: how far back its loss reaches, before training and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.data.store import Store
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.dataset.panel import prepare_panel, windows_of
from rnnforecast.pipeline.predict import stored
from rnnforecast.pipeline.refit import dataset_of
from rnnforecast.pipeline.train import Hooks
from rnnforecast.runs import Run

if TYPE_CHECKING:
    import pandas as pd

    from rnnforecast.model.backend import keras

EXPLAINED = 256
"""Training windows, the newest, over which gradients are averaged."""


def explain_gradients(experiment: Experiment, store: Store, hooks: Hooks) -> pd.DataFrame:
    """How far back the loss reaches into the window, before training and after.

    One network is trained for it and not kept. Of several symbols, the first one's windows are looked at.

    Returns:
        one row for each layer and step: layer, step, untrained and trained (norm of the gradient).

    Raises:
        UsageError: if the network has no plain recurrence.
        DataError: if it cannot be trained on the stored prices.
    """
    datasets = prepare_panel(experiment, stored(experiment, store))
    scalers = [dataset.fit_scalers() for dataset in datasets]

    from rnnforecast.model.gradients import check_explainable
    from rnnforecast.model.training.ensemble import Callbacks, fit_ensemble

    check_explainable(experiment)
    member = next(
        fit_ensemble(
            windows_of(datasets, scalers), Callbacks(hooks.on_epoch, should_stop=hooks.stop)
        )
    )
    return _before_and_after(datasets[0], scalers[0], member.network, experiment.training.seed)


def explain_run(run: Run) -> pd.DataFrame:
    """The same of a run's first network, which is trained already; kept in the run, for its report.

    Raises:
        UsageError: if the network has no plain recurrence.
        RunError: if the run is incomplete.
    """
    from rnnforecast.model.gradients import check_explainable

    check_explainable(run.experiment())

    from rnnforecast.model.export import load_network

    network = load_network(run.whole.path / runs.MEMBERS / "01.keras")
    part = run.parts[0]
    found = _before_and_after(dataset_of(part), part.scalers(), network, run.record()["seeds"][0])
    run.write(runs.GRADIENTS, found.to_csv(index=False))
    return found


def _before_and_after(
    dataset: Dataset, scalers: Scalers, trained: keras.Model, seed: int
) -> pd.DataFrame:
    from rnnforecast.model.backend import keras
    from rnnforecast.model.gradients import state_gradients
    from rnnforecast.model.network import build

    experiment = dataset.experiment
    inputs = dataset.inputs(scalers.inputs, dataset.splits.origins("train")[-EXPLAINED:])
    outcomes = dataset.scaled_targets(scalers.targets, "train")[-EXPLAINED:]
    keras.utils.set_random_seed(seed)
    before = state_gradients(build(experiment), experiment, inputs, outcomes)
    after = state_gradients(trained, experiment, inputs, outcomes)
    return before.rename(columns={"norm": "untrained"}).assign(trained=after["norm"])
