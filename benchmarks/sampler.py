"""Run a command of the program, and say in which part of it the first process spent its time.

python benchmarks/sampler.py FILE WORDS...

A second thread looks at the main one every few milliseconds and adds the time since its last look
to the part that the main thread is in: the innermost function of ``PARTS`` on its stack. No time is
counted twice. A call into native code that keeps the interpreter's lock delays a look, which then
counts for all of it. Processes that the command starts are not looked at, only waited for.
"""

from __future__ import annotations

import atexit
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.004
PARTS = (
    ("<frozen importlib", "", "imports"),
    ("model/training/epoch.py", "validate", "validation"),
    ("model/training/epoch.py", "train", "epochs"),
    ("model/training/epoch.py", "", "building and compiling graphs"),
    ("tensorflow/python/eager/polymorphic_function", "_compile", "building and compiling graphs"),
    ("function_compilation", "", "building and compiling graphs"),
    ("model/network.py", "", "building and compiling graphs"),
    ("runs/checkpoint.py", "", "checkpoints"),
    ("model/export.py", "", "export of networks"),
    ("model/inference.py", "", "networks (ONNX Runtime)"),
    ("rnnforecast/report/", "", "report and figures"),
    ("pipeline/report.py", "", "report and figures"),
    ("rnnforecast/parallel.py", "", "workers: starting, waiting"),
    ("pipeline/baselines.py", "", "baselines"),
    ("pipeline/baseline_cache.py", "", "baselines"),
    ("evaluation/metrics/", "", "scores and tests"),
    ("rnnforecast/evaluation/", "", "scores and tests"),
    ("rnnforecast/data/", "", "reading and checking prices"),
    ("rnnforecast/dataset/", "", "prices to windows"),
    ("rnnforecast/forecast/", "", "calibration and forecasts"),
    ("rnnforecast/runs/", "", "files of the run"),
    ("rnnforecast/atomic.py", "", "files of the run"),
    ("rnnforecast/model/", "", "networks: all else"),
)
"""Piece of a file's path, function (empty for all), and the part that it belongs to."""
REST = "everything else"
LIBRARIES = (
    "tensorflow", "keras", "onnx", "pandas", "pyarrow.parquet", "scipy.special", "onnxruntime",
    "matplotlib.figure", "pydantic", "typer",
)  # fmt: skip
"""Whose import takes long."""
STARTED = time.perf_counter()


def part_of(frame: FrameType | None) -> str:
    """Return the part that a thread is in, from its innermost frame outwards."""
    while frame is not None:
        code = frame.f_code
        for piece, function, part in PARTS:
            # code at the top of a module runs while it is imported
            named = code.co_name == function if function else code.co_name != "<module>"
            if piece in code.co_filename and (named or piece.startswith("<")):
                return part
        frame = frame.f_back
    return REST


def sample(thread: int, seconds: Counter[str]) -> None:
    """Look at a thread for as long as the process lives."""
    last = time.perf_counter()
    while True:
        time.sleep(EVERY_S)
        part = part_of(sys._current_frames().get(thread))
        now = time.perf_counter()
        seconds[part] += now - last
        last = now


def main() -> None:
    """Run the command as ``python -m rnnforecast`` does, and write the seconds at its end."""
    file, *words = sys.argv[1:]
    seconds: Counter[str] = Counter()

    def write() -> None:
        everything = time.perf_counter() - STARTED
        loaded = [name for name in LIBRARIES if name in sys.modules]
        report = {"whole": everything, "parts": seconds, "libraries": loaded}
        Path(file).write_text(json.dumps(report), "utf-8")

    atexit.register(write)
    watcher = threading.Thread(target=sample, args=(threading.get_ident(), seconds), daemon=True)
    watcher.start()
    sys.argv = ["rnnforecast", *words]
    from rnnforecast.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
