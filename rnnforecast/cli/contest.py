"""``compare --train``: several configs trained, evaluated and compared in one command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast.cli.comparison_view import describe_method, plain_comparison, superiority
from rnnforecast.cli.console import apart, document, note, progress, records, say, table
from rnnforecast.cli.context import Settings
from rnnforecast.cli.options import instead
from rnnforecast.cli.show import say_file
from rnnforecast.cli.train import progress_hooks

if TYPE_CHECKING:
    from rnnforecast.config.experiment import Experiment
    from rnnforecast.evaluation.significance.paired_runs import Correction, Metric
    from rnnforecast.pipeline.compare import Compared
    from rnnforecast.pipeline.contest import Contest, Watcher
    from rnnforecast.pipeline.train import Hooks
    from rnnforecast.runs import Run

COMPARISONS = "comparisons"
"""The folder of a home that holds what contests have written."""


def show_contest(
    settings: Settings,
    configs: Sequence[str],
    symbols: list[str] | None,
    overrides: Sequence[str],
    seeds: int | None,
    out: Path | None,
    tested: tuple[Metric, Correction],
) -> Path:
    """Train, evaluate and compare configs; print the table, and write it with picture and page.

    Args:
        settings: the global options.
        configs: presets or YAML files.
        symbols: on which, instead of the config's.
        overrides: settings for all of them.
        seeds: networks of each.
        out: folder for table, picture and page.
        tested: the metric and the correction.

    Returns:
        the page.
    """
    from rnnforecast.pipeline.compare import compare_runs
    from rnnforecast.pipeline.contest import fair_experiments, hold_contest
    from rnnforecast.pipeline.contest_storage import save_contest

    experiments = fair_experiments(configs, [*overrides, *instead(symbols, settings)], seeds)
    note(_setting(next(iter(experiments.values()))), settings)
    contest = hold_contest(experiments, settings.store, settings.runs, _watcher(settings), sys.argv)
    labels = {run.name: name for name, run in contest.runs.items()}
    compared = compare_runs([*contest.runs.values()], *tested, labels=labels)
    folder = out or settings.home / COMPARISONS / _folder_name(compared)
    files = save_contest(folder, contest, compared, describe_method(compared))
    if settings.json:
        document(
            {
                "schema": 1,
                "table": records(contest.table),
                "comparison": plain_comparison(compared),
                "files": {kind: str(path) for kind, path in files.items()},
            }
        )
        return files["page"]
    _show(contest, compared)
    for kind, path in files.items():
        say_file(kind, path)
    return files["page"]


def _setting(experiment: Experiment) -> str:
    """Say what all networks have in common."""
    window, training = experiment.window, experiment.training
    networks = f"{training.ensemble} network{'' if training.ensemble == 1 else 's'}"
    counted = "1 epoch" if training.epochs == 1 else f"{training.epochs} epochs"
    return (
        f"{experiment.data.title}, the same for all: lookback {window.lookback}, horizon "
        f"{window.horizon}, target {window.target}, {networks} each, up to {counted}; no pool, and "
        "the median is learned"
    )


def _folder_name(compared: Compared) -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}_{compared.symbol.lstrip('^')}"


def _show(contest: Contest, compared: Compared) -> None:
    from rnnforecast.report.comparison import conclude
    from rnnforecast.report.contest import score_sheet, seed_sheet, skill_sheet

    for sheet in (
        score_sheet(contest.table),
        skill_sheet(contest.table),
        seed_sheet(contest.table),
    ):
        if sheet.rows:
            table(*sheet)
            apart()
    say(conclude(compared.pairing, compared.pairs))
    say(superiority(compared))


def _watcher(settings: Settings) -> Watcher:
    """Show each training and each evaluation as it goes on."""
    from rnnforecast.pipeline.contest import Watcher

    @contextmanager
    def training(name: str, experiment: Experiment) -> Iterator[Hooks]:
        note(f"training {name}", settings)
        with progress_hooks(settings, experiment) as hooks:
            yield hooks

    @contextmanager
    def evaluating(name: str) -> Iterator[Callable[[str, int, int], None]]:
        with progress(settings) as display:
            task = display.add_task(f"evaluating {name}", total=None, detail="")

            def tell(stage: str, done: int, total: int) -> None:
                words = f"evaluating {name}: {stage}"
                display.update(task, description=words, completed=done, total=total or None)

            yield tell

    def done(name: str, run: Run, known: bool) -> None:
        note(f"{name}: run {run.name}{', trained before' if known else ''}", settings)

    return Watcher(training, evaluating, done)
