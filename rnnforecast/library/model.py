"""Train, forecast, evaluate, save and load, without a command line and without a store."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from rnnforecast import runs
from rnnforecast.config.experiment import Experiment
from rnnforecast.config.loading import load as load_config
from rnnforecast.config.loading import with_settings
from rnnforecast.data.history import PriceHistory
from rnnforecast.dataset.dataset import Dataset, prepare
from rnnforecast.errors import RunError, UsageError, python_errors
from rnnforecast.evaluation.trading import Trading
from rnnforecast.evaluation.walkforward import Fold, Protocol, folds
from rnnforecast.forecast.forecaster import Forecaster
from rnnforecast.library.arguments import (
    checked_histories,
    checked_history,
    checked_names,
    checked_series,
    overrides_of,
)
from rnnforecast.library.evaluation import Evaluation
from rnnforecast.library.forecast import Forecast
from rnnforecast.pipeline.evaluate import judge_panel
from rnnforecast.pipeline.evaluation import Evaluation as SymbolEvaluation
from rnnforecast.pipeline.model_storage import load_model, save_forecasts, save_model, save_plan
from rnnforecast.pipeline.predict import forecast_of, predict_model
from rnnforecast.pipeline.refit import fit_fold
from rnnforecast.pipeline.rivals import Rivals
from rnnforecast.pipeline.score import Case, Request, score
from rnnforecast.pipeline.train import Hooks
from rnnforecast.pipeline.train import train as fit_model
from rnnforecast.pipeline.trained_model import TrainedModel
from rnnforecast.runs import Run

logging.getLogger("rnnforecast").addHandler(logging.NullHandler())
"""A library prints nothing: who wants its warnings configures ``logging``."""


@dataclass(frozen=True, eq=False, repr=False)
class Model:
    """Trained networks, ready to forecast.

    Args:
        value: networks, scalers, calibration and what they were trained on.
    """

    value: TrainedModel

    @property
    def experiment(self) -> Experiment:
        """Every setting."""
        return self.value.experiment

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every symbol that it was trained on."""
        return self.value.symbols

    @property
    def fit(self) -> pd.DataFrame:
        """Losses of the training: member, epoch, loss, val_loss."""
        return self.value.fit

    @property
    def left_out(self) -> dict[str, dict[str, str]]:
        """The reasons for filters left out of the pool, by symbol and filter; may be empty."""
        manifests = self.value.plan.manifests
        reasons = {manifest.data.symbol: dict(manifest.left_out) for manifest in manifests}
        return {symbol: why for symbol, why in reasons.items() if why}

    @python_errors()
    def predict(
        self, history: PriceHistory | None = None, *, symbol: str | None = None
    ) -> Forecast:
        """Forecast the sessions that follow the newest bar.

        Args:
            history: newer bars; by default those of the training.
            symbol: which one, of a model on several.

        Raises:
            DataError: if the bars do not suit.
            UsageError: if it is not said which of several symbols is meant.
        """
        if history is not None:
            checked_history(history)
        place = self._place(symbol, history)
        if history is None:
            return Forecast(predict_model(self.value)[place], self.value.plan.datasets[place])
        forecaster, series = self.value.forecasters[place], self.value.plan.series[place]
        dataset = prepare(forecaster.experiment, history, series.exogenous)
        return Forecast(forecast_of(forecaster, dataset), dataset)

    @python_errors()
    def evaluate(
        self,
        *,
        baselines: Sequence[str] | None = None,
        origins: int | None = None,
        step: int = 1,
        refit_every: int | None = None,
        economics: bool = False,
    ) -> Evaluation:
        """Score the test part, which training never saw, beside baselines.

        Args:
            baselines: names of those to compare with; by default every one that suits.
            origins: how many forecasts, the newest; by default all.
            step: bars from one origin to the next.
            refit_every: bars after which the networks are fitted again; by default never.
            economics: whether to trade on the forecasts as well.

        Raises:
            UsageError: if the test part, or the quantity, does not have what is asked for.
        """
        protocol = Protocol(origins, step, refit_every)
        names = checked_names(baselines, "baselines")
        request = Request(protocol, names, Trading() if economics else None)
        pairs = zip(self.value.plan.datasets, self.value.forecasters, strict=True)
        evaluated = [self._evaluate(dataset, forecaster, request) for dataset, forecaster in pairs]
        parts = {
            symbol: evaluation
            for symbol, (evaluation, _) in zip(self.symbols, evaluated, strict=True)
        }
        if len(parts) == 1:
            return next(iter(parts.values()))
        first, quantity = evaluated[0][0], self.experiment.window.quantity
        scored = [value.scored() for _, value in evaluated]
        others = Rivals(searched=self.experiment.searched)
        panel = judge_panel(scored, quantity, request, others, self.experiment.data.title)
        return Evaluation(panel, first.history, first.network, self.fit, parts)

    def _evaluate(
        self, dataset: Dataset, forecaster: Forecaster, request: Request
    ) -> tuple[Evaluation, SymbolEvaluation]:
        if len(self.symbols) > 1 and request.protocol.refit_every is not None:
            raise UsageError(
                "networks of several symbols are not fitted again in an evaluation",
                "leave refit_every out",
            )
        stretches = folds(dataset, request.protocol)
        forecasters = [self._fold_forecaster(dataset, forecaster, fold) for fold in stretches]
        value = score(Case(dataset, stretches, forecasters), request)
        network = self.experiment.model.architecture
        return Evaluation(value, dataset.history, network, self.fit), value

    @staticmethod
    def _fold_forecaster(dataset: Dataset, forecaster: Forecaster, fold: Fold) -> Forecaster:
        if fold.splits == dataset.splits:
            return forecaster
        return fit_fold(replace(dataset, given_splits=fold.splits))[0]

    def save(self, path: str | Path) -> Path:
        """Write the model as a run, which the command line knows as well.

        Args:
            path: of the run's folder, which must not exist yet: ``runs/btc``.

        Raises:
            UsageError: if it exists.
            RunError: if it cannot be written.
        """
        with runs.create_at(Path(path)) as run:
            save_plan(run, self.value.plan)
            save_model(run, self.value)
            save_forecasts(run, predict_model(self.value))
        return Path(path)

    def _place(self, symbol: str | None, history: PriceHistory | None) -> int:
        """Return which of its symbols is meant; other bars suit a model on a single one."""
        names = [name.casefold() for name in self.symbols]
        if symbol is None and len(names) == 1:
            return 0
        meant = symbol or (history.symbol if history is not None else None)
        if meant is None or meant.casefold() not in names:
            where = f"the model is on {', '.join(self.symbols[:6])}"
            raise UsageError(
                where if meant is None else f"{where}, not on {meant}",
                f'choose one: symbol="{self.symbols[0]}"',
            )
        return names.index(meant.casefold())

    def __repr__(self) -> str:
        networks, name = len(self.value.networks), self.experiment.model.architecture
        return f"Model({networks} {name} on {self.experiment.data.title})"


@python_errors()
def train(
    config: str | Path | Experiment,
    history: PriceHistory | Sequence[PriceHistory],
    settings: Mapping[str, Any] | None = None,
    *,
    exogenous: Mapping[str, PriceHistory] | None = None,
) -> Model:
    """Train an ensemble of networks; nothing is written, nothing is printed.

    Args:
        config: the name of a preset (``lstm``), a YAML file, or an experiment.
        history: the bars to learn from; of several symbols, the same networks learn from all.
        settings: that differ from the config: ``{"training.ensemble": 3}``.
        exogenous: other series that are read, by symbol: those of ``data.exogenous``, and the
            members of ``data.market`` that are not in ``history``.

    Raises:
        UsageError: if a setting is wrong, with the remedy.
        DataError: if the bars are too few or unfit.

    Example:
        >>> model = train("gru", history, {"training.ensemble": 3})  # doctest: +SKIP
    """
    if not isinstance(config, (str, Path, Experiment)):
        raise UsageError(
            f"the config is a {type(config).__name__}",
            'pass the name of a preset first: rf.train("gru", history)',
        )
    histories = checked_histories(history)
    symbols = [series.symbol for series in histories]
    given = {"data.symbol": symbols, "data.interval": histories[0].interval}
    experiment = _experiment(config, [*overrides_of(settings), *overrides_of(given)])
    series = checked_series(experiment, histories, exogenous or {})
    return Model(fit_model(experiment, series, Hooks()))


def _experiment(config: str | Path | Experiment, overrides: Sequence[str]) -> Experiment:
    """Return the config with settings changed, checked as a whole."""
    if isinstance(config, Experiment):
        return with_settings(config, overrides)
    return load_config(str(config), overrides)


def load(path: str | Path) -> Model:
    """Open a run that was saved here or trained by the command line.

    This runs the user's own feature files, if the run has any: open only what you trust.

    Args:
        path: of the run's folder.

    Raises:
        RunError: if it is incomplete or damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise RunError(f"there is no folder {folder}", "pass that of a run")
    if not (folder / runs.MANIFEST).exists():
        raise RunError(
            f"{folder} is no run: it has no {runs.MANIFEST}",
            "pass what Model.save wrote, or a folder in runs/",
        )
    return Model(load_model(Run(folder)))
