"""--device: the processor though there is a graphics card, or a card that must be there."""

from __future__ import annotations

import os

import pytest

from rnnforecast.cli.options import use_device
from rnnforecast.errors import UsageError
from rnnforecast.model import backend


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")  # what a test sets is undone after it


def test_the_processor_is_used_though_there_is_a_card() -> None:
    use_device("cpu", None)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "-1"


def test_without_the_option_nothing_is_hidden() -> None:
    use_device(None, "local")
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"


def test_a_card_that_is_not_there_is_named_before_anything_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backend, "device", lambda: "CPU")
    with pytest.raises(UsageError, match="TensorFlow sees no GPU here; pip install"):
        use_device("gpu", None)
    monkeypatch.setattr(backend, "device", lambda: "GPU")
    use_device("gpu", None)


def test_a_cluster_has_cores_only() -> None:
    with pytest.raises(UsageError, match="choose one"):
        use_device("gpu", "auto")


def test_a_process_of_ours_takes_of_a_card_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    monkeypatch.setenv("XLA_FLAGS", "")
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    backend.tune_environment()
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")
