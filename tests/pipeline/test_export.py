"""Exported networks forecast without this package, and answer as they do within it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from rnnforecast.errors import ExportError
from rnnforecast.forecast.quantile_levels import MEDIAN
from rnnforecast.model import portable as portable_module
from rnnforecast.model.portable import portable
from rnnforecast.pipeline.export import pack
from rnnforecast.pipeline.export_examples import NEEDS, Format
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.runs import Run
from rnnforecast.runs.artifacts import load_forecaster

ALONE = """
import runpy, sys
sys.modules["rnnforecast"] = None  # importing it fails
runpy.run_path(sys.argv[1], run_name="__main__")
"""
MODULES = {"onnx": "onnxruntime", "savedmodel": "tensorflow", "litert": "ai_edge_litert"}


@pytest.mark.parametrize("kind", get_args(Format))
def test_the_example_forecasts_without_this_package(
    kind: Format, trained: tuple[Path, Run], tmp_path: Path
) -> None:
    pytest.importorskip(MODULES[kind], reason=f"{NEEDS[kind]} is not installed")
    run = trained[1]
    names = pack(run, tmp_path / "run.zip", kind)
    assert {"example.py", "example.json", "scaler.json", "inputs.csv"} <= set(names)
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        archive.extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run(
        [sys.executable, "-c", ALONE, str(tmp_path / run.name / "example.py")],
        capture_output=True, text=True, timeout=120, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    dataset = dataset_of(run)
    forecaster = replace(load_forecaster(run), calibration=None, parts={})
    expected = forecaster.quantiles(dataset, np.array([dataset.newest_origin]))[0, :, MEDIAN]
    forecast = forecaster.forecast(dataset)
    assert [line[0] for line in lines] == [day.isoformat() for day in forecast.dates]
    assert [float(line[1]) for line in lines] == pytest.approx(expected, rel=1e-5)


def test_litert_needs_built_in_operators_alone_whatever_the_network(
    trained: tuple[Path, Run], tmp_path: Path
) -> None:
    interpreter_module = pytest.importorskip("ai_edge_litert.interpreter")
    pack(trained[1], tmp_path / "run.zip", "litert")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        content = archive.read(f"{trained[1].name}/litert/01.tflite")
    interpreter = interpreter_module.Interpreter(model_content=content)
    operators = {item["op_name"] for item in interpreter._get_ops_details()}
    assert "WHILE" in operators
    assert not [name for name in operators if name.startswith("Flex")]
    (given,) = interpreter.get_input_details()
    assert (given["name"], given["shape"].tolist()) == ("window", [1, 8, 2])


def test_a_network_that_answers_otherwise_is_not_exported(
    trained: tuple[Path, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = trained[1].read_bytes("members/01.keras")
    windows = np.zeros((1, 8, 2), np.float32)
    answers = load_forecaster(trained[1]).networks.only(0)(windows)[0].astype(np.float32)
    monkeypatch.setitem(portable_module.ANSWERS, "litert", lambda files, given: answers + 0.1)
    with pytest.raises(ExportError, match=r"answers otherwise than as ONNX \(by up to 0.1\)"):
        portable(content, "litert", windows, answers)
    monkeypatch.setattr(portable_module, "_litert", lambda network: 1 / 0)
    with pytest.raises(ExportError, match=r"cannot be converted \(division by zero\)"):
        portable(content, "litert", windows, answers)
