"""How long a fitted ensemble takes to forecast 1,000 origins, all in one pass, once it is loaded.

python benchmarks/evaluate.py [--rounds 7]
"""

from __future__ import annotations

import argparse

import numpy as np
from common import save_speed, seconds, show, spread
from home import home

from rnnforecast.dataset.dataset import prepare
from rnnforecast.evaluation.backtest import NETWORK, backtest_table
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.quantities import PRICE
from rnnforecast.runs.artifacts import load_exogenous, load_forecaster, load_history

ORIGINS = 1_000


def main() -> None:
    """Time the forecasts and their scores, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with home() as (_, run):
        forecaster = load_forecaster(run)
        dataset = prepare(forecaster.experiment, load_history(run), load_exogenous(run))
        origins = np.arange(dataset.newest_origin - 5 - ORIGINS, dataset.newest_origin - 5)
        inputs = dataset.inputs(forecaster.scalers.inputs, origins)
        backtest = backtest_table(
            dataset, {NETWORK: forecaster.quantiles(dataset, origins)}, origins
        )
        took = {
            "networks (the floor)": seconds(lambda: forecaster.networks(inputs), rounds),
            "quantiles of prices": seconds(lambda: forecaster.quantiles(dataset, origins), rounds),
            "scores of these": seconds(
                lambda: summarise(losses(backtest, PRICE), dataset.naive_scale()), rounds
            ),
        }  # fmt: skip
    show(
        f"{ORIGINS:,} origins, 5 networks, {rounds} rounds",
        ["", "seconds"],
        [[name, spread(rounds_of)] for name, rounds_of in took.items()],
    )
    save_speed("evaluate", {"rounds": rounds, "origins": ORIGINS, "seconds": took})


if __name__ == "__main__":
    main()
