"""Several networks in one table: what each costs, how far it errs, and naive below them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from rnnforecast.evaluation.backtest import NAIVE, NETWORK
from rnnforecast.evaluation.metrics.direction import ALWAYS_UP
from rnnforecast.evaluation.metrics.distribution import Score, lookup

METRICS = ("mse", "rmse", "mae", "crps", "direction", "brier", "accuracy")
"""What is put into the table, as far as the networks have been scored by it."""
LOSSES = ("mse", "rmse", "mae", "crps", "brier")
"""Those of them of which less is better, so that there is a skill vs naive."""


@dataclass(frozen=True, eq=False)
class Contestant:
    """One network, or an ensemble of the same kind, after its evaluation.

    Args:
        name: of the config.
        architecture: of the network.
        networks: how many were trained, from different seeds.
        parameters: weights of each.
        seconds: that training took; None where it is not known.
        scores: of ``summarise``, naive among the models.
        seeds: each network by itself: member, metric, value, skill; None where there is one.
        run: name of the run that holds it; empty where nothing was written.
    """

    name: str
    architecture: str
    networks: int
    parameters: int
    seconds: float | None
    scores: pd.DataFrame
    seeds: pd.DataFrame | None = None
    run: str = ""


def contest_table(contestants: Sequence[Contestant]) -> pd.DataFrame:
    """Return one row for each contestant, in their order, and below them what is to be beaten.

    Args:
        contestants: scored on the same test part.

    Returns:
        network (the config's name; then naive, and always up, whose direction is the share of
        rises), run, architecture, networks, parameters, seconds; for
        each metric its value over all steps, for a loss METRIC_skill (1 - loss / naive's), and
        METRIC_mean and METRIC_sd over the single networks (NaN where there is one alone).
    """
    rows = [_row(contestant) for contestant in contestants]
    beside = lookup(contestants[0].scores, 0)
    naive: dict[str, object] = {"network": NAIVE, "run": "", "architecture": ""}
    naive |= {name: beside[NAIVE, name].value for name in METRICS if (NAIVE, name) in beside}
    up = {"network": ALWAYS_UP, "direction": beside[NETWORK, "rose"].value}
    references = [naive, up] if (NETWORK, "direction") in beside else [naive]
    table = pd.DataFrame([*rows, *references])
    return table.astype(dict.fromkeys(("networks", "parameters"), "Int64"))


def _row(contestant: Contestant) -> dict[str, object]:
    scores = lookup(contestant.scores, 0)
    row: dict[str, object] = {
        "network": contestant.name,
        "run": contestant.run,
        "architecture": contestant.architecture,
        "networks": contestant.networks,
        "parameters": contestant.parameters,
        "seconds": math.nan if contestant.seconds is None else contestant.seconds,
    }
    for metric in (name for name in METRICS if (NETWORK, name) in scores):
        row[metric] = scores[NETWORK, metric].value
        if metric in LOSSES:
            row[f"{metric}_skill"] = _skill(scores, metric)
            row |= _over_seeds(contestant.seeds, metric)
    return row


def _skill(scores: Mapping[tuple[str, str], Score], metric: str) -> float:
    network, naive = scores[NETWORK, metric].value, scores[NAIVE, metric].value
    return 1 - network / naive if naive else math.nan


def _over_seeds(seeds: pd.DataFrame | None, metric: str) -> dict[str, float]:
    """Return mean and standard deviation of a metric over single networks."""
    values = (
        pd.Series(dtype=float) if seeds is None else seeds.loc[seeds["metric"] == metric, "value"]
    )
    return {f"{metric}_mean": float(values.mean()), f"{metric}_sd": float(values.std(ddof=1))}
