"""A contest of networks as files: its table, its pictures and its page."""

from __future__ import annotations

from pathlib import Path

from rnnforecast import runs
from rnnforecast.atomic import write_atomic
from rnnforecast.errors import UsageError
from rnnforecast.formatting import csv_text
from rnnforecast.pipeline.compare import Compared
from rnnforecast.pipeline.contest import Contest
from rnnforecast.report.charts.files import to_png
from rnnforecast.report.charts.render_matplotlib import draw
from rnnforecast.report.charts.several import predictions_of_runs
from rnnforecast.report.charts.skill import skill_of_runs
from rnnforecast.report.charts.spec import Chart
from rnnforecast.report.comparison import comparison_page, conclude, mean_sheet, pair_sheet
from rnnforecast.report.contest import score_sheet, seed_sheet, skill_sheet
from rnnforecast.report.tables.cells import Sheet
from rnnforecast.runs.artifacts import load_table

TABLE, PICTURE, PAGE = "table.csv", "predictions.png", "comparison.html"


def contest_charts(contest: Contest, compared: Compared) -> dict[str, Chart]:
    """Return the figures: all predictions, and the skill of each network."""
    charts: dict[str, Chart] = {}
    if compared.quantity.has_distribution:
        backtests = {
            name: backtest
            for name, run in contest.runs.items()
            if (backtest := load_table(run, runs.BACKTEST)) is not None
        }
        title = f"{compared.symbol}: what each network foresaw, and what happened"
        charts["predictions"] = predictions_of_runs(backtests, compared.quantity, title)
    metric = compared.pairing.metric.upper()
    charts["skill"] = skill_of_runs(compared.means, f"{compared.symbol}: skill in {metric}")
    return charts


def contest_sheets(contest: Contest, compared: Compared) -> dict[str, Sheet]:
    """Return the tables of a contest by caption."""
    quantity, pairing = compared.quantity, compared.pairing
    return {
        "Each network on the test part": score_sheet(contest.table),
        "How much lower than naive's": skill_sheet(contest.table),
        "How much depends on the seed": seed_sheet(contest.table),
        "Skill with its interval": mean_sheet(pairing, compared.means, quantity),
        "Each pair of networks": pair_sheet(
            compared.pairs, pairing.metric, quantity, compared.correction == "holm"
        ),
    }


def save_contest(
    folder: Path, contest: Contest, compared: Compared, method: str
) -> dict[str, Path]:
    """Write a contest's table, picture and page into a folder.

    Args:
        folder: which is made where it is missing.
        contest: of ``hold_contest``.
        compared: its runs, paired on their common origins.
        method: how it was tested, for the page.

    Returns:
        the files by what they are.

    Raises:
        UsageError: if the folder cannot be written.
    """
    charts = contest_charts(contest, compared)
    page = comparison_page(
        f"Networks on {compared.symbol}, {compared.interval} bars",
        conclude(compared.pairing, compared.pairs),
        contest_sheets(contest, compared),
        charts,
        method,
    )
    files = {"table": (TABLE, csv_text(contest.table).encode()), "page": (PAGE, page.encode())}
    if "predictions" in charts:
        files["picture"] = (PICTURE, to_png(draw(charts["predictions"])))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.values():
            write_atomic(folder / name, content)
    except OSError as error:
        raise UsageError(
            f"cannot write {folder} ({error.strerror})", "name another folder with --out"
        ) from None
    return {kind: folder / name for kind, (name, _) in files.items()}
