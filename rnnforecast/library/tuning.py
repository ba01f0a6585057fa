"""A search for settings, and what it has found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from matplotlib.figure import Figure

from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import load, load_with_space, with_settings
from rnnforecast.config.space import Space
from rnnforecast.config.tune_section import read_space
from rnnforecast.data.history import PriceHistory
from rnnforecast.errors import UsageError, python_errors
from rnnforecast.library.arguments import checked_histories, checked_series, overrides_of
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.search import search_history, setting_importances

if TYPE_CHECKING:
    from rnnforecast.tuning import pruning, search


@dataclass(frozen=True, eq=False, repr=False)
class Search:
    """The result of a search.

    Args:
        value: every trial, and what their values mean.
    """

    value: search.SearchResult

    @property
    def best(self) -> Experiment:
        """The settings of the best trial: ``rf.train(found.best, history)``."""
        return self.value.best

    @property
    def trials(self) -> pd.DataFrame:
        """One row for each trial: number, state, value (as a share of naive's), settings, the
        value on each fold, seconds, and why it failed."""
        return self.value.table

    @property
    def importances(self) -> pd.Series:
        """Each setting's share in the variance of the value, the largest first."""
        return pd.Series(dict(self.value.importances), name="importance", dtype=float)

    def plot(self, kind: Literal["history", "importances"] = "history") -> Figure:
        """Draw the value of each trial, or which settings matter.

        Raises:
            UsageError: if there is no such figure, or too few trials have finished for it.
        """
        title = f"Study {self.value.study}"
        if kind == "history":
            _ = self.value.best_trial  # none: that is what is wrong
            return draw(search_history(self.trials, self.value.terms.metric, title))
        if kind != "importances":
            raise UsageError(f"no figure is called {kind!r}", "use: history, importances")
        if not self.value.importances:
            raise UsageError("too few trials have finished to tell what matters", "try more")
        return draw(setting_importances(self.value.importances, title))

    def __repr__(self) -> str:
        best = self.value.best_trial
        return f"Search({len(self.trials)} trials, the best {best.value:.4f} of naive's)"


@python_errors()
def tune(
    config: str | Path | Experiment,
    history: PriceHistory | Sequence[PriceHistory],
    settings: Mapping[str, Any] | None = None,
    *,
    space: Mapping[str, Any] | None = None,
    trials: int = 50,
    timeout: float | None = None,
    metric: Literal["crps", "pinball", "mae", "rmse"] = "crps",
    folds: int = 3,
    networks: int = 1,
    workers: int = 1,
    sampler: Literal["tpe", "random"] = "tpe",
    pruner: pruning.Pruner = "median",
    seed: int | None = None,
    storage: str | None = None,
    name: str = "search",
    resume: bool = False,
    exogenous: Mapping[str, PriceHistory] | None = None,
) -> Search:
    """Search for better settings on folds of the training part; nothing is printed.

    No trial sees the validation part, which calibrates what is trained by the best settings, or
    the test part, which judges it.

    Args:
        config: the name of a preset, a YAML file, or an experiment: the first trial.
        history: the bars to learn from, of one symbol or of several.
        settings: that differ from the config.
        space: setting to a list of values or ``{"low": 8, "high": 64}``; by default the section
            ``tune`` of the config.
        trials: how many configurations in all.
        timeout: seconds after which no further one begins.
        metric: what is minimised, as a share of naive's.
        folds: stretches of the training part on which each is scored.
        networks: of each trial on each fold.
        workers: trials at a time, a process each.
        sampler: how settings are proposed. ``random`` proposes the same for any number of workers.
        pruner: how trials that lag behind are stopped early: one of Optuna's by its name, or an
            object. It sees one value after each epoch, the mean of the best validation losses of
            the folds so far, at the step ``fold * epochs + epoch`` (folds from 0, epochs from 1);
            ``wilcoxon`` sees the value of each fold, and needs five folds. An object is copied for
            each trial, so it must take what it learns from the study.
        seed: of the proposals; by default ``training.seed``.
        storage: an Optuna storage URL or the path of a journal file; by default in memory, so
            that nothing is written.
        name: of the study in the storage.
        resume: whether to go on with that study.
        exogenous: other series as inputs, by symbol, where ``data.exogenous`` names them.

    Raises:
        UsageError: if a setting or the space is wrong, or Optuna is not installed.
        DataError: if the bars are too few or unfit.

    Example:
        >>> found = tune("gru", history, trials=20)  # doctest: +SKIP
        >>> model = train(found.best, history)  # doctest: +SKIP
    """
    if find_spec("optuna") is None:
        raise UsageError("tune needs optuna", "pip install 'rnnforecast[tune]'")
    from rnnforecast.tuning.search import Options, Study, search  # the extra

    histories = checked_histories(history)
    own = {
        "data.symbol": [bars.symbol for bars in histories],
        "data.interval": histories[0].interval,
    }
    overrides = [*overrides_of(settings), *overrides_of(own)]
    experiment, searched = _start(config, overrides, space)
    if workers > 1 and storage is None:
        raise UsageError("several workers share a storage", 'pass storage="trials.log"')
    options = Options(
        trials=trials, timeout=timeout, metric=metric, folds=folds, networks=networks,
        workers=workers, sampler=sampler, pruner=pruner, seed=seed,
    )  # fmt: skip
    study = Study(name, storage, resume) if storage else Study(name)
    series = checked_series(experiment, histories, exogenous or {})
    return Search(search(experiment, searched, series, options, study))


def _start(
    config: str | Path | Experiment, overrides: Sequence[str], space: Mapping[str, Any] | None
) -> tuple[Experiment, Space]:
    """Return the settings to start from, and what is searched."""
    if isinstance(config, Experiment):
        experiment = with_settings(config, overrides)
        return experiment, Space() if space is None else read_space(dict(space), {}, experiment)
    if space is None:
        return load_with_space(str(config), overrides)
    experiment = load(str(config), overrides)  # whose own section does not matter
    return experiment, read_space(dict(space), {}, experiment)
