"""A damaged network is a damaged run, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnforecast.errors import RunError
from rnnforecast.model.inference import Ensemble


def test_a_missing_or_damaged_graph_is_named(tmp_path: Path) -> None:
    (tmp_path / "cut.onnx").write_bytes(b"\x08\x07not a graph")
    for name in ("cut.onnx", "gone.onnx"):
        with pytest.raises(RunError, match=rf"{name} cannot be opened"):
            Ensemble.load([tmp_path / name])
