"""The folds of a search: stretches of the training part, each with the prices up to its end alone.

A search that looked at the validation part would choose settings by the rows that calibrate the
winner, and one that looked at the test part by the rows that judge it. So a fold holds no bar that
is newer than the last target of the training part, whatever code runs on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from rnnforecast.config.experiment import Experiment
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.panel import Series, prepare_panel
from rnnforecast.errors import DataError
from rnnforecast.forecast.pool import FIT, Part
from rnnforecast.quantities import PRICE
from rnnforecast.tuning.losses import Metric, naive_loss

MOST_SCORED = 0.8
"""Share of the training part that may be validated on or scored, all folds together."""


@dataclass(frozen=True, eq=False)
class SearchFold:
    """A stretch that trials are scored on, and what they may learn from before it.

    Args:
        series: the bars of each symbol up to the end of the stretch; there are no others.
        validation_from: first day of its own validation part.
        test_from: first day of the stretch.
        pools: the filters that are averaged with the networks, of each symbol.
        naive: naive's mean loss on the stretch, of each symbol.
    """

    series: tuple[Series, ...]
    validation_from: date
    test_from: date
    pools: tuple[Mapping[str, Part], ...] = ()
    naive: tuple[float, ...] = ()

    def datasets(self, experiment: Experiment) -> list[Dataset]:
        """Return what a trial learns from and is scored on, of each symbol.

        Raises:
            DataError: if the prices are too few for its settings.
        """
        days = {"validation_from": self.validation_from, "test_from": self.test_from}
        split = experiment.split.model_copy(update=days)
        panel = prepare_panel(experiment.model_copy(update={"split": split}), self.series)
        return list(panel.datasets)

    def pool(self, number: int, experiment: Experiment) -> dict[str, Part]:
        """Return the filters that an experiment averages with its networks, of one symbol."""
        wanted = experiment.pool_parts
        return {name: part for name, part in self.pools[number].items() if name in wanted}


def search_folds(
    experiment: Experiment, series: Sequence[Series], count: int, metric: Metric
) -> list[SearchFold]:
    """Cut the training part into folds that end where it ends, the earliest first.

    Each has a validation part of its own, for early stopping and calibration, and learns from all
    that is older (an expanding window).

    Args:
        experiment: whose split tells where the training part ends.
        series: the bars of each of its symbols.
        count: how many folds.
        metric: what trials are compared by.

    Raises:
        DataError: if the training part is too short.
    """
    days = _training_days(prepare_panel(experiment, series).datasets)
    split = experiment.split
    held_out = round(len(days) * min(split.validation, MOST_SCORED / 2))
    stretch = min(round(len(days) * split.test), int(len(days) * MOST_SCORED - held_out) // count)
    folds = []
    for later in reversed(range(count)):
        end = len(days) - later * stretch
        if stretch < 1 or held_out < 1 or end - stretch - held_out < 1:
            raise _too_short(experiment, len(days), count)
        first = days[end - stretch]
        fold = SearchFold(
            tuple(bars.until(str(days[end - 1])) for bars in series),
            days[end - stretch - held_out].item(),
            first.item(),
        )
        try:
            folds.append(_measured(fold, experiment, metric))
        except DataError as error:
            raise _too_short(experiment, len(days), count, error.problem) from None
    return folds


def _measured(fold: SearchFold, experiment: Experiment, metric: Metric) -> SearchFold:
    """Return a fold with what is the same for all trials: filters, and naive's loss."""
    datasets = fold.datasets(experiment)
    pools = tuple(map(_parts, datasets))
    naive = tuple(
        naive_loss(dataset, dataset.splits.origins("test"), metric) for dataset in datasets
    )
    return replace(fold, pools=pools, naive=naive)


def _parts(dataset: Dataset) -> dict[str, Part]:
    """Fit every filter that suits; trials may choose among them."""
    parts = dict[str, Part]()
    for name, fit in FIT.items() if dataset.experiment.window.quantity == PRICE else ():
        with suppress(DataError):
            parts[name] = fit(dataset)
    return parts


def _training_days(datasets: Sequence[Dataset]) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Return the days on which there is a training target of any symbol, in order (day,)."""
    stamps = []
    for dataset in datasets:
        rows = dataset.splits.targets("train")
        dates = dataset.history.dates[rows.start : rows.stop]
        stamps.append(dates.tz_localize(None).to_numpy().astype("datetime64[D]"))
    return np.unique(np.concatenate(stamps))


def _too_short(experiment: Experiment, days: int, count: int, why: str = "") -> DataError:
    reason = f" ({why})" if why else ""
    return DataError(
        f"the training part of {experiment.data.title} has {days} days, too few for {count} "
        f"fold{'' if count == 1 else 's'}{reason}",
        "use --folds 1" if count > 1 else "fetch more prices, or use a smaller window.lookback",
    )
