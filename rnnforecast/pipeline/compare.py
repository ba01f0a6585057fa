"""From several evaluated runs to which of them is better, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rnnforecast import runs
from rnnforecast.data.symbols import symbol_meant
from rnnforecast.errors import RunError, UsageError
from rnnforecast.evaluation.backtest import NAIVE
from rnnforecast.evaluation.significance.model_confidence_set import superior_p
from rnnforecast.evaluation.significance.paired_runs import (
    Correction,
    Metric,
    Pairing,
    compare_pairs,
    correct,
    mean_losses,
    pair,
)
from rnnforecast.quantities import Quantity
from rnnforecast.runs import Part, Run, summaries
from rnnforecast.runs.artifacts import load_table, read_experiment
from rnnforecast.runs.summaries import NetworkScore, Summary

Subject = tuple[str, str, Quantity]
"""What is forecast: symbol, interval and quantity."""


@dataclass(frozen=True, eq=False)
class Compared:
    """The result of a comparison of runs.

    Args:
        symbol: that all of them forecast.
        interval: length of a bar.
        quantity: what is forecast.
        runs: the name that a run has in the tables to its whole name.
        pairing: losses at the common origins.
        means: of ``mean_losses``.
        pairs: of ``compare_pairs``.
        correction: of the p.
        superior_p: of the best of them against naive, corrected for how many there are (SPA).
    """

    symbol: str
    interval: str
    quantity: Quantity
    runs: dict[str, str]
    pairing: Pairing
    means: pd.DataFrame
    pairs: pd.DataFrame
    correction: Correction
    superior_p: float


def compare_runs(
    chosen: Sequence[Run | Part],
    metric: Metric = "crps",
    correction: Correction = "holm",
    labels: Mapping[str, str] | None = None,
) -> Compared:
    """Compare evaluated runs of one symbol on their common origins.

    Args:
        chosen: at least two.
        metric: whose losses are compared.
        correction: of the p, for asking several questions.
        labels: what the tables call each run, by its name; by default the end of the name.

    Raises:
        UsageError: if there are fewer than two, or they do not forecast the same.
        RunError: if one is not evaluated.
        DataError: if they have no common origins, or were scored on different prices.
    """
    names = list(dict.fromkeys(run.name for run in chosen))
    if len(names) < 2:
        raise UsageError(
            f"{', '.join(names)} is one run, a comparison takes two",
            "name another: rnnforecast runs list",
        )
    labels = labels or summaries.short_names(names)
    return compare_backtests(
        {labels[run.name]: backtest_of(run) for run in chosen},
        {run.name: subject_of(run) for run in chosen},
        metric,
        correction,
        {short: name for name, short in labels.items()},
    )


def compare_backtests(
    backtests: Mapping[str, pd.DataFrame],
    subjects: Mapping[str, Subject],
    metric: Metric,
    correction: Correction,
    runs_of: dict[str, str],
) -> Compared:
    """Compare backtests of one symbol on their common origins.

    Args:
        backtests: by the name that the tables have for each.
        subjects: what each forecasts, by the name that messages have for it.
        metric: whose losses are compared.
        correction: of the p, for asking several questions.
        runs_of: the name of each in the tables to its whole name.

    Raises:
        UsageError: if there are fewer than two, or they do not forecast the same.
        DataError: if they have no common origins, or were scored on different prices.
    """
    if len(backtests) < 2:
        raise UsageError(f"{len(backtests)} given, a comparison takes two", "pass another one")
    (first, subject), *others = subjects.items()
    for name, other in others:
        if other != subject:
            raise UsageError(
                f"{first} forecasts {_described(subject)}, {name} {_described(other)}",
                f"compare runs of one: rnnforecast runs list --symbol {subject[0]}",
            )
    symbol, interval, quantity = subject
    pairing = pair(backtests, quantity, metric)
    superior = superior_p(pairing.losses[pairing.runs], pairing.losses[NAIVE], pairing.horizon)
    return Compared(
        symbol,
        interval,
        quantity,
        runs_of,
        pairing,
        mean_losses(pairing),
        compare_pairs(pairing, correction),
        correction,
        superior,
    )


def evaluated_on(root: Path, symbol: str) -> list[Run | Part]:
    """Return the evaluated runs on a symbol that forecast what the newest of them does.

    Of several trainings of one config, the newest.

    Raises:
        RunError: if there are fewer than two.
    """
    newest: dict[str, Run | Part] = {}
    for run in summaries.runs_on(root, symbol):
        if run.has(runs.SCORES):
            newest[run.run.name.partition("_")[2]] = run
    alike = [
        run for run in newest.values() if subject_of(run) == subject_of([*newest.values()][-1])
    ]
    if len(alike) < 2:
        raise RunError(
            f"{symbol} has {len(alike) or 'no'} evaluated run{'' if len(alike) == 1 else 's'}, a "
            "comparison takes two",
            f"train and compare some: rnnforecast compare --train rnn,lstm,gru --symbol {symbol}",
        )
    return alike


def subject_of(run: Run | Part) -> Subject:
    """Return what a run forecasts: symbol, interval and quantity."""
    data = run.manifest.data
    return data.symbol, data.interval, read_experiment(run).window.quantity


def _described(subject: Subject) -> str:
    return f"the {subject[2]} of {subject[0]} ({subject[1]})"


def backtest_of(run: Run | Part) -> pd.DataFrame:
    """Read the forecasts of an evaluation.

    Raises:
        RunError: if there was none.
    """
    backtest = load_table(run, runs.BACKTEST)
    if backtest is None:
        raise RunError(f"run {run.name} is not evaluated", f"run: rnnforecast evaluate {run.name}")
    return backtest


@dataclass(frozen=True)
class Standing:
    """A run's place among those on its symbol.

    Args:
        run: what a list shows of it.
        score: by the metric that ranks, with its skill vs naive.
        corrected_p: of that skill, by Holm for the number of runs that were scored.
    """

    run: Summary
    score: NetworkScore
    corrected_p: float | None

    @property
    def kind(self) -> tuple[str, str, int]:
        """The kind of forecast: only runs of one kind are ranked against each other."""
        return self.run.interval, self.run.target, self.run.steps or 0


def _symbols_of_runs(root: Path) -> set[str]:
    """Return the symbols of all runs that can be read."""
    symbols: set[str] = set()
    for run in runs.all_runs(root):
        with suppress(RunError):
            symbols |= set(run.symbols)
    return symbols


def standings(root: Path, symbol: str, metric: Metric = "crps") -> list[Standing]:
    """Return the evaluated runs of a symbol, those of one kind together, the most skilful first.

    Runs whose scores cannot be read are left out; ``summaries.overview`` names them.

    Args:
        root: folder of the runs.
        symbol: on which.
        metric: whose skill vs naive ranks.

    Raises:
        RunError: if no run on the symbol has been evaluated.
    """
    known = summaries.runs_on(root, symbol)
    if not known:
        on = _symbols_of_runs(root)
        meant = symbol_meant(symbol, on)
        raise RunError(
            f"no runs on {symbol} in {root}",
            f"did you mean {meant}?"
            if meant in on
            else f"run: rnnforecast train --symbol {meant or symbol}",
        )
    scored = []
    damaged: RunError | None = None
    for run in known:
        try:
            score = summaries.score_of(run, metric)
            if score.skill is not None:
                scored.append((summaries.summarise(run), score))
        except RunError as error:
            damaged = error
    if not scored:
        raise damaged or RunError(
            f"none of the {len(known)} runs on {symbol} is evaluated", "run: rnnforecast evaluate"
        )
    corrected = correct(pd.Series([score.p for _, score in scored], dtype=float), "holm")
    ranked = [
        Standing(run, score, None if p != p else float(p))
        for (run, score), p in zip(scored, corrected, strict=True)
    ]
    count = Counter(standing.kind for standing in ranked)
    return sorted(
        ranked,
        key=lambda standing: (
            -count[standing.kind],
            standing.kind,
            -(standing.score.skill or 0.0),
            standing.run.name,
        ),
    )
