"""``tune``: a search for settings, and a run by the best of them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from rnnforecast.cli.app import app
from rnnforecast.cli.console import apart, document, note, notes, progress, records, say, table
from rnnforecast.cli.context import Settings, settings_of
from rnnforecast.cli.evaluate import score_run, show_evaluation
from rnnforecast.cli.evaluation_document import plain_evaluation
from rnnforecast.cli.options import (
    AllowBad,
    Cluster,
    Config,
    OtherSymbols,
    Overrides,
    SymbolsFile,
    SymbolWords,
    check_words,
    instead,
    listed,
)
from rnnforecast.cli.show import say_file
from rnnforecast.cli.signals import INTERRUPTED, stoppable
from rnnforecast.cli.train import train_run
from rnnforecast.cluster import cluster as on_cluster_at
from rnnforecast.errors import UsageError

if TYPE_CHECKING:
    from rnnforecast.runs import Run
    from rnnforecast.tuning.search import Options, SearchResult, Study
    from rnnforecast.tuning.study import Trial

SEARCH, STUDY = "The search", "The study"


@app.command()
def tune(
    context: typer.Context,
    words: SymbolWords = None,
    config: Config = "gru",
    symbols: OtherSymbols = None,
    symbols_file: SymbolsFile = None,
    overrides: Overrides = None,
    allow_bad: AllowBad = False,
    trials: Annotated[
        int,
        typer.Option(
            help="Total number of configurations to try, including those of earlier calls.",
            rich_help_panel=SEARCH,
        ),
    ] = 50,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="Start no new trial after this time.", rich_help_panel=SEARCH
        ),
    ] = None,
    metric: Annotated[
        Literal["crps", "pinball", "mae", "rmse"],
        typer.Option(
            help="What to minimise: CRPS, pinball loss of the 5 and 95 % quantiles, or the "
            "median's error.",
            rich_help_panel=SEARCH,
        ),
    ] = "crps",
    folds: Annotated[
        int,
        typer.Option(
            help="Blocks of the training part on which each trial is scored.",
            rich_help_panel=SEARCH,
        ),
    ] = 3,
    networks: Annotated[
        int,
        typer.Option(help="Networks to train for each trial and fold.", rich_help_panel=SEARCH),
    ] = 1,
    workers: Annotated[
        int,
        typer.Option(help="Trials to run in parallel, one process each.", rich_help_panel=SEARCH),
    ] = 1,
    cluster: Cluster = None,
    sampler: Annotated[
        Literal["tpe", "random"],
        typer.Option(help="How settings are proposed (Optuna's sampler).", rich_help_panel=SEARCH),
    ] = "tpe",
    pruner: Annotated[
        Literal["median", "percentile", "successive-halving", "hyperband", "wilcoxon", "none"],
        typer.Option(
            help="How trials that lag behind are stopped early (Optuna's pruner).",
            rich_help_panel=SEARCH,
        ),
    ] = "median",
    seed: Annotated[
        int | None,
        typer.Option(
            help="Seed of the proposals; by default training.seed.", rich_help_panel=SEARCH
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="Name of the study; by default symbol and config.", rich_help_panel=STUDY
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue a study that was started earlier, here or on another machine.",
            rich_help_panel=STUDY,
        ),
    ] = False,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where to keep trials: any Optuna storage URL, or a journal file; by default "
            "studies/NAME/journal.log.",
            rich_help_panel=STUDY,
        ),
    ] = None,
    search_only: Annotated[
        bool,
        typer.Option(
            "--search-only",
            help="Only search: do not train the best settings, nor look at the test part.",
            rich_help_panel=SEARCH,
        ),
    ] = False,
) -> None:
    """Search for better settings on folds of the training part, and train the best.

    \b
    For example:
      rnnforecast tune BTC-USD --config gru --trials 50
      rnnforecast tune BTC-USD --config gru --trials 100 --resume

    The tune section of a config says what to search. No trial sees the validation or the test
    part; the best settings are trained as train does, and scored once, as evaluate does.

    Ctrl-C stops the search and keeps the finished trials; --resume continues it.
    """
    settings = settings_of(context)
    if find_spec("optuna") is None:
        raise UsageError(
            "tune needs optuna, which is not installed", "pip install 'rnnforecast[tune]'"
        )
    from rnnforecast.config.loading import load_with_space
    from rnnforecast.pipeline.plan import stored
    from rnnforecast.pipeline.price_checks import check_series
    from rnnforecast.tuning.files import JOURNAL, STUDIES, save_search, studying
    from rnnforecast.tuning.search import Options, Study, search

    chosen = [*(overrides or []), *(["data.allow_bad=true"] if allow_bad else [])]
    check_words(words, settings)
    chosen += instead(listed([*(words or []), *(symbols or [])], symbols_file), settings)
    experiment, space = load_with_space(config, chosen)
    options = Options(
        trials, timeout, metric, folds, networks, workers, sampler, pruner, seed
    )  # fmt: skip
    study_name = _checked_name(name or _name_of(experiment.data.title, config))
    folder = settings.home / STUDIES / study_name
    series = stored(experiment, settings.store, teachers=True)
    notes(check_series(experiment, series), settings)
    with studying(folder), on_cluster_at(cluster):
        study = Study(
            study_name,
            storage or str(folder / JOURNAL),
            resume,
            f"{socket.gethostname()}:{folder.absolute()}",
        )
        result = _searched(settings, options, study, lambda listener: search(
            experiment, space, series, options, study, listener
        ))  # fmt: skip
        files = save_search(folder, result, f"{Path(config).stem}_tuned.yaml")
    if not settings.json:
        _show(result)
        for kind, path in files.items():
            say_file(kind, path)
    run = None
    if not (result.stopped or search_only):
        note("training the best settings on the whole training part", settings)
        run = train_run(settings, str(files["config"]), None, [])
    _finish(settings, result, files, run)
    if result.stopped:
        note("interrupted; continue with the same command and --resume", settings)
        raise typer.Exit(INTERRUPTED)


def _finish(
    settings: Settings, result: SearchResult, files: dict[str, Path], run: Run | None
) -> None:
    """Score the run by the best settings, and print what there is to print."""
    evaluation, page = (None, None) if run is None else score_run(settings, run)
    if settings.json:
        scored = (
            None if run is None or evaluation is None else plain_evaluation(run, evaluation, page)
        )
        document(
            {
                **plain_search(result),
                "files": {kind: str(path) for kind, path in files.items()},
                "run": None if run is None else run.name,
                "evaluation": scored,
            }
        )
    elif run is not None and evaluation is not None:
        apart()
        say(f"run {run.name}, on the test part, which no trial has seen:")
        show_evaluation(evaluation, page, settings)


def plain_search(result: SearchResult) -> dict[str, Any]:
    """Return a search as JSON values."""
    from rnnforecast.tuning.files import conclusion_of, counts_of

    best, start = result.best_trial, result.start_trial
    changes = {
        key: {"start": before, "best": after}
        for key, (before, after) in result.changes(best).items()
    }
    return {
        "schema": 1,
        "study": result.study,
        "metric": result.terms.metric,
        "folds": result.terms.folds,
        "until": result.terms.until,
        "pruner": result.terms.pruner,
        "stopped": result.stopped,
        "counts": counts_of(result),
        "conclusion": conclusion_of(result),
        "best": {
            "trial": best.number,
            "value": best.value,
            "start_value": None if start is None else start.value,
            "changes": changes,
            "config": result.best.model_dump(mode="json"),
        },
        "importances": dict(result.importances),
        "trials": records(result.table),
    }


def _show(result: SearchResult) -> None:
    """Print the best trials, which settings matter, and what was found."""
    from rnnforecast.report.search import SHOWN, count_words
    from rnnforecast.tuning.files import conclusion_of, counts_of, sheets_of

    prose = ["what it changes", "why it failed"]
    for caption, sheet in sheets_of(result, SHOWN).items():
        table(*sheet, title=caption, prose=[name for name in prose if name in sheet.headings])
        apart()
    say(f"{len(result.trials)} trials: {count_words(counts_of(result))}")
    say(conclusion_of(result))


def _searched(
    settings: Settings,
    options: Options,
    study: Study,
    search: Callable[[Any], SearchResult],
) -> SearchResult:
    """Search with progress on stderr; the first Ctrl-C asks to stop."""
    from rnnforecast.tuning.search import Listener

    def say_so() -> None:
        note("stopping; trials that have ended are kept; Ctrl-C again ends at once", settings)

    with _trials(settings, options) as on_trial, stoppable(say_so) as stop:
        return search(Listener(on_trial, stop, lambda text: note(text, settings)))


@contextmanager
def _trials(
    settings: Settings, options: Options
) -> Iterator[Callable[[Trial, Trial | None], None]]:
    """Show each trial as it ends."""
    with progress(settings) as display:
        task = display.add_task("searching", total=options.trials, detail="starting TensorFlow")

        def show(trial: Trial, best: Trial | None) -> None:
            value = "" if trial.value is None else f" {trial.value:.4f}"
            better = f"best {best.value:.4f} (trial {best.number})" if best else ""
            display.update(task, completed=trial.number + 1, detail=better)
            if not settings.quiet:
                why = f": {trial.failure}" if trial.failure else ""
                display.console.print(
                    f"trial {trial.number} {trial.state}{value}{why}", highlight=False, markup=False
                )

        yield show


def _name_of(title: str, config: str) -> str:
    """Return the name of a study: symbol and config."""
    return f"{title.lstrip('^').replace(' ', '-').replace('/', '-')}_{Path(config).stem}"


def _checked_name(name: str) -> str:
    """Refuse a name that cannot be that of a folder.

    Raises:
        UsageError: if it is none.
    """
    if not name or name.startswith(".") or any(letter in name for letter in "/\\:\0\n"):
        raise UsageError(f"--name {name!r} cannot name a folder", "use letters, digits, - and _")
    return name
