"""A page and its figures are made from a run's files alone: no dataset, no code of a user's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnforecast.config import load
from rnnforecast.data.store import Store
from rnnforecast.errors import UsageError
from rnnforecast.pipeline.evaluate import evaluate
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.report import PAGES, draw_figure, material_of, page_text, write_page
from rnnforecast.pipeline.score import Request
from rnnforecast.pipeline.train import train_run
from rnnforecast.runs import Run
from rnnforecast.runs.trust import TRUST_ALL

from ..conftest import SMALL, random_walk

FEATURE = """
def mine(bars):
    return bars["close"].diff()
"""
TRAP = """
from pathlib import Path
Path(__file__).with_name("was_run").touch()
raise SystemExit("run by a page")
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An evaluated run whose feature file has since become a trap."""
    home = tmp_path_factory.mktemp("hostile")
    (home / "mine.py").write_text(FEATURE)
    store = Store(home / "data")
    store.save(random_walk())
    features = json.dumps(["log_return", f"{home / 'mine.py'}:mine"])
    experiment = load("gru", [*SMALL, f"window.features={features}"])
    run = train_run(experiment, store, home / "runs", label="hostile")
    evaluate(run, Request(baselines=("naive",)))
    run.write("features/mine.py", TRAP)  # sealed, as a stranger would send it
    return run


def test_the_trap_works(hostile: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preparing the dataset runs it, once trusted: otherwise the other tests prove nothing."""
    monkeypatch.setenv(TRUST_ALL, "1")  # an altered feature file runs only for who agrees to it
    marker = hostile.path / "features" / "was_run"
    with pytest.raises(UsageError, match="run by a page"):
        dataset_of(hostile)
    assert marker.exists()
    marker.unlink()


@pytest.mark.parametrize("format", PAGES)
def test_a_page_runs_no_code_of_the_run(hostile: Run, format: str) -> None:
    assert write_page(hostile, format).exists()  # type: ignore[arg-type]
    assert "WALK" in page_text(hostile, format)  # type: ignore[arg-type]
    assert not (hostile.path / "features" / "was_run").exists()


def test_every_figure_is_drawn_without_running_code_of_the_run(
    hostile: Run, tmp_path: Path
) -> None:
    kinds = material_of(hostile).kinds
    assert {"forecast", "skill", "coverage", "training"} <= set(kinds)
    for kind in kinds:
        assert draw_figure(hostile, kind, tmp_path / f"{kind}.png").exists()
    assert not (hostile.path / "features" / "was_run").exists()


def test_a_page_needs_no_feature_file_at_all(hostile: Run) -> None:
    file = hostile.path / "features" / "mine.py"
    kept = file.read_text()
    file.unlink()
    try:
        assert "WALK" in page_text(hostile, "md")
    finally:
        file.write_text(kept)
