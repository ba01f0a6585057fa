"""Loads ONNX Runtime without its telemetry: its official builds report to Microsoft unless asked not to.

ONNX Runtime reads the variable when it is loaded, so this module is the only one that imports it
(https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md).
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

onnxruntime.disable_telemetry_events()  # where a program that uses us had loaded it before

__all__ = ["onnxruntime"]
