"""docs/notebook.ipynb: its code runs as it stands, and what it shows was shown by that code."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib.figure
import nbformat
import pytest

import rnnforecast as rf
from rnnforecast.library import model

from .shell import DOCS
from .test_python_page import QUICK

notebook = SimpleNamespace(**runpy.run_path(str(DOCS / "notebook.py")))


def cells(kind: str) -> list[dict[str, Any]]:
    content = json.loads(notebook.NOTEBOOK.read_text("utf-8"))
    return [cell for cell in content["cells"] if cell["cell_type"] == kind]


def test_the_notebook_is_one_and_holds_the_cells_that_stand_in_the_script() -> None:
    nbformat.validate(nbformat.read(notebook.NOTEBOOK, as_version=4))
    for kind in ("code", "markdown"):
        texts = [text for name, text in notebook.CELLS if name == kind]
        assert ["".join(cell["source"]) for cell in cells(kind)] == texts


def test_every_cell_was_executed_in_order_and_shows_something_but_no_warning() -> None:
    code = cells("code")
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    for cell in code:
        assert cell["outputs"]
        assert {output.get("name", "result") for output in cell["outputs"]} <= {"stdout", "result"}
    kinds = {kind for cell in code for output in cell["outputs"] for kind in output.get("data", ())}
    assert {"text/html", "image/png"} <= kinds
    assert notebook.NOTEBOOK.stat().st_size < 200_000


def test_the_code_of_the_notebook_runs_and_every_figure_would_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = model.train

    def quickly(config: Any, history: Any, settings: dict[str, Any]) -> Any:
        return train(config, history.between("2016-01-01", None), {**settings, **QUICK})

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rf, "train", quickly)
    names: dict[str, Any] = {}
    for number, code in enumerate(notebook.code_cells(), 1):
        assert list(tmp_path.iterdir()) == []  # until the last cell saves
        exec(compile(code, f"cell {number} of the notebook", "exec"), names)
    assert (tmp_path / "runs" / "gspc" / "run.json").exists()
    figure = names["forecast"].plot()
    assert isinstance(figure, matplotlib.figure.Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
