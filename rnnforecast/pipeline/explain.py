"""What a network can learn from: how far back its loss reaches, before training and after.

Importing this loads TensorFlow.
"""

from __future__ import annotations

import pandas as pd

from rnnforecast import runs
from rnnforecast.dataset.dataset import Dataset, Scalers
from rnnforecast.model.backend import keras
from rnnforecast.model.export import load_network
from rnnforecast.model.gradients import check_explainable, state_gradients
from rnnforecast.model.network import build
from rnnforecast.model.training.ensemble import Callbacks, fit_ensemble
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.train import Hooks
from rnnforecast.pipeline.trained_model import Plan
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_scalers

EXPLAINED = 256
"""Training windows, the newest, over which gradients are averaged."""


def explain_gradients(plan: Plan, hooks: Hooks) -> pd.DataFrame:
    """Measure how far back the loss reaches into the window, before training and after.

    One network is trained for it and not kept. Of several symbols, the first one's windows are
    looked at.

    Returns:
        one row for each layer and step: layer, step, untrained and trained (norm of the gradient).

    Raises:
        UsageError: if the network has no plain recurrence.
        DataError: if training diverges.
    """
    check_explainable(plan.experiment)
    member = next(fit_ensemble(plan.windows, Callbacks(hooks.on_epoch, should_stop=hooks.stop)))
    seed = plan.experiment.training.seed
    return _before_and_after(plan.datasets[0], plan.scalers[0], member.network, seed)


def explain_run(run: Run | Part) -> pd.DataFrame:
    """Measure the same of a run's first network, which is trained already.

    Raises:
        UsageError: if the network has no plain recurrence.
        RunError: if the run is incomplete.
    """
    check_explainable(load_experiment(run))
    name = f"{runs.MEMBERS}/01.keras"
    network = load_network(run.run.read_bytes(name), f"{name} of run {run.run.name}")
    part = run.parts[0]
    seed = run.run.manifest.seeds[0]
    return _before_and_after(dataset_of(part), load_scalers(part), network, seed)


def _before_and_after(
    dataset: Dataset, scalers: Scalers, trained: keras.Model, seed: int
) -> pd.DataFrame:
    experiment = dataset.experiment
    inputs = dataset.inputs(scalers.inputs, dataset.splits.origins("train")[-EXPLAINED:])
    outcomes = dataset.scaled_targets(scalers.targets, "train")[-EXPLAINED:]
    keras.utils.set_random_seed(seed)
    before = state_gradients(build(experiment), experiment, inputs, outcomes)
    after = state_gradients(trained, experiment, inputs, outcomes)
    return before.rename(columns={"norm": "untrained"}).assign(trained=after["norm"])
