"""The benchmark of a GPU reads the logs of cuDNN and of TensorFlow's placements."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("gpu")


def test_only_calls_of_recurrent_functions_count(gpu: ModuleType, tmp_path: Path) -> None:
    log = tmp_path / "cudnn.log"
    log.write_text(
        "I! CuDNN (v91900 17) function cudnnCreate() called:\n"
        "I! CuDNN (v91900 17) function cudnnRNNForward() called:\n"
        "i!     fwdMode: type=cudnnForwardMode_t; val=CUDNN_FWD_MODE_TRAINING (1);\n"
        "I! CuDNN (v91900 17) function cudnnRNNBackwardData_v8() called:\n"
        "I! CuDNN (v91900 17) function cudnnRNNForward() called:\n"
    )
    assert gpu.cudnn_calls(log) == {"cudnnRNNForward": 2, "cudnnRNNBackwardData_v8": 1}


def test_without_a_log_nothing_was_called(gpu: ModuleType, tmp_path: Path) -> None:
    assert gpu.cudnn_calls(tmp_path / "absent.log") == {}


def test_operations_are_counted_where_they_were_placed(gpu: ModuleType) -> None:
    place = "/job:localhost/replica:0/task:0/device"
    log = (
        f"I0000 placer.cc:162] lstm/CudnnRNNV3: (CudnnRNNV3): {place}:GPU:0\n"
        f"I0000 placer.cc:162] GatherV2: (GatherV2): {place}:GPU:0\n"
        f"I0000 placer.cc:162] range: (Range): {place}:CPU:0\n"
        "some other line\n"
    )
    assert gpu.operations(log) == {
        "by_device": {"GPU": 2, "CPU": 1},
        "cudnn": {"CudnnRNNV3": 1},
        "on_cpu": {"Range": 1},
    }
