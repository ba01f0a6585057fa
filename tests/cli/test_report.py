"""``report`` and ``plot`` write a run's page, text, data and pictures."""

from __future__ import annotations

import json
import shutil
import webbrowser
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.runs import Run

from ..conftest import Command

PNG, PDF = b"\x89PNG", b"%PDF"


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    """A home with a run of one's own."""
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


@pytest.fixture
def run(home: Path) -> Path:
    return next((home / "runs").iterdir())


def test_report_writes_the_page_and_every_figure_as_png(
    here: Command, home: Path, run: Path
) -> None:
    (run / "figures").mkdir(exist_ok=True)
    (run / "figures" / "equity.png").write_bytes(b"of an earlier evaluation")
    (run / "figures" / "training.svg").write_bytes(b"of an earlier version")
    told = here("report", home=home)
    assert told.stdout == f"report: {run / 'report.html'}\n"
    assert (run / "report.html").read_text("utf-8").startswith("<!doctype html>")
    names = sorted(path.name for path in (run / "figures").iterdir())
    assert names == ["forecast.png", "training.png"]  # it is not evaluated yet


def test_report_writes_text_and_data_where_it_is_told(
    here: Command, home: Path, run: Path, tmp_path: Path
) -> None:
    text = tmp_path / "mine.md"
    assert here("report", "--format", "md", "--out", str(text), home=home).returncode == 0
    assert text.read_text("utf-8").startswith("# WALK: forecast for 27-29 October 2020")
    assert (
        here("report", "--format", "json", home=home).stdout == f"report: {run / 'report.json'}\n"
    )
    assert json.loads((run / "report.json").read_text("utf-8"))["run"] == run.name


def test_report_to_stdout_holds_nothing_but_the_report(here: Command, home: Path) -> None:
    assert (
        json.loads(here("report", "--format", "json", "--out", "-", home=home).stdout)["schema"]
        == 1
    )
    assert here("report", "--format", "md", "--out", "-", home=home).stdout.startswith("# WALK")


def test_open_shows_the_page_in_the_browser(
    here: Command, home: Path, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: bool(shown.append(address)))
    told = here("report", "--open", home=home)
    assert shown == [(run / "report.html").as_uri()]
    assert "no browser found" in told.stderr


@pytest.mark.parametrize(("ending", "start"), [("png", PNG), ("svg", b"<?xml"), ("pdf", PDF)])
def test_plot_draws_one_figure_in_the_form_its_name_asks_for(
    here: Command, home: Path, tmp_path: Path, ending: str, start: bytes
) -> None:
    file = tmp_path / f"mine.{ending}"
    assert (
        here("plot", "--kind", "training", "--out", str(file), home=home).stdout
        == f"picture: {file}\n"
    )
    assert file.read_bytes().startswith(start)


def test_plot_writes_beside_you_unless_told_otherwise(
    here: Command, home: Path, tmp_path: Path
) -> None:
    told = json.loads(here("plot", "--json", home=home).stdout)
    assert told["kind"] == "forecast" and told["picture"] == "forecast.png"
    assert (tmp_path / "forecast.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["plot", "--kind", "skill"],
            6,
            "has no comparisons to draw skill from; run: rnnforecast evaluate",
        ),
        (["plot", "--out", "x.gif"], 2, "x.gif ends in .gif; use .png, .svg or .pdf"),
        (["plot", "--kind", "pie"], 2, "pie"),
        (["plot", "nosuchrun"], 6, "no run matches 'nosuchrun'"),
        (
            ["report", "--format", "md", "--out", "no/such/folder/x.md"],
            2,
            "cannot write no/such/folder/x.md",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_a_remedy(
    here: Command, home: Path, arguments: list[str], code: int, words: str
) -> None:
    told = here(*arguments, home=home)
    assert told.returncode == code and words in told.stderr and told.stdout == ""


def test_the_gradients_of_a_run_are_explained_without_training_and_shown_in_its_report(
    here: Command, home: Path, run: Path, tmp_path: Path
) -> None:
    assert "has no gradients to draw" in here("plot", "--kind", "gradients", home=home).stderr
    told = here(
        "explain", "gradients", "--run", "WALK", "--out", str(tmp_path / "mine.png"), home=home
    )
    assert "layer 1, trained" in told.stdout and f"report: {run / 'report.html'}" in told.stderr
    table = pd.read_csv(run / "gradients.csv")
    assert table["step"].tolist() == list(range(-7, 1))
    assert (table["trained"] != table["untrained"]).all()
    assert '<h2 id="gradients">Gradient flow</h2>' in (run / "report.html").read_text("utf-8")
    assert here("plot", "--kind", "gradients", home=home).returncode == 0


def test_json_and_a_page_do_not_both_go_to_standard_output(here: Command, home: Path) -> None:
    refused = here("report", "--format", "md", "--out", "-", "--json", home=home)
    assert refused.returncode == 2 and "--json and --out - both print on stdout" in refused.stderr
    json.loads(here("report", "--format", "json", "--out", "-", "--json", home=home).stdout)
