"""Warm start: networks that continue to learn on newer prices instead of starting afresh."""

from __future__ import annotations

from rnnforecast.config.experiment import Experiment
from rnnforecast.errors import UsageError
from rnnforecast.model.inference import KERAS
from rnnforecast.pipeline.trained_model import Plan
from rnnforecast.runs import MEMBERS, Run
from rnnforecast.runs.artifacts import read_experiment
from rnnforecast.runs.folder import Folder

EPOCHS, PATIENCE = 20, 3
"""Of networks that know most of what they are shown: what is new is learned in a few passes."""


def warm_overrides(experiment: Experiment) -> list[str]:
    """Return the settings that make a training short, for one that continues another.

    Example:
        >>> warm_overrides(load("gru"))
        ['training.epochs=20', 'training.patience=3']
    """
    training = experiment.training
    patience = min(PATIENCE, training.patience or PATIENCE)
    return [f"training.epochs={min(EPOCHS, training.epochs)}", f"training.patience={patience}"]


def shortened(experiment: Experiment) -> Experiment:
    """Return the same experiment with a training that is as short as ``warm_overrides`` says."""
    values = dict(
        setting.removeprefix("training.").split("=") for setting in warm_overrides(experiment)
    )
    changes = {name: int(value) for name, value in values.items()}
    training = experiment.training.model_copy(update=changes)
    return experiment.model_copy(update={"training": training})


def check_continues(run: Run, plan: Plan) -> None:
    """Refuse to continue networks that do not fit, or that know what they are to be judged on.

    Args:
        run: whose networks are continued.
        plan: of the new training.

    Raises:
        UsageError: naming what differs.
    """
    old, new = read_experiment(run), plan.datasets[0].experiment
    for setting, before, after in (
        ("data.exogenous", old.data.exogenous, new.data.exogenous),
        ("data.market", old.data.market, new.data.market),
        ("data.interval", old.data.interval, new.data.interval),
        ("window", old.window, new.window),
        ("model", old.model, new.model),
    ):
        if before != after:
            raise UsageError(
                f"{setting} differs from that of {run.name}, whose networks are to be continued",
                "leave the setting as it was, or train without a warm start",
            )
    if new.training.ensemble > len(run.manifest.seeds):
        raise UsageError(
            f"training.ensemble is {new.training.ensemble}, {run.name} has "
            f"{len(run.manifest.seeds)} networks to continue",
            f"ask for {len(run.manifest.seeds)} at most, or train without a warm start",
        )
    _refuse_hindsight(run, plan)


def _refuse_hindsight(run: Run, plan: Plan) -> None:
    """Refuse a split that tests on days that the old networks learned from or were chosen by."""
    known = {part.symbol: part.manifest.splits for part in run.parts}
    learned = max(splits["train"].last_target for splits in known.values())
    chosen = max(splits["validation"].last_target for splits in known.values())
    for manifest in plan.manifests:
        for part, newest in (("validation", learned), ("test", chosen)):
            first = manifest.splits[part].first_target  # type: ignore[index]
            if first <= newest:
                raise UsageError(
                    f"{run.name} knows prices up to {newest}, and the {part} part of "
                    f"{manifest.data.symbol} begins on {first}",
                    "let it begin later, or train without a warm start",
                )


def networks_of(folder: Folder, count: int) -> tuple[bytes, ...]:
    """Read trained networks in Keras' own format, to be continued.

    Args:
        folder: a run, or a fold of its evaluation.
        count: how many.

    Raises:
        RunError: if one is missing or damaged.
    """
    return tuple(
        folder.read_bytes(f"{MEMBERS}/{number:02d}{KERAS}") for number in range(1, count + 1)
    )
