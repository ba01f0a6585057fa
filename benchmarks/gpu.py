"""What training costs on a GPU, whether cuDNN does the work, and whether GPU and CPU agree.

    python benchmarks/gpu.py [--jobs kernels one panel agreement] [--file FILE] [--save]

The candles of ``tickers.py``: one ticker, and a panel of 482; an LSTM of two layers of 50, lookback
100, 10 features. Networks train through the program's own loop. Each job is a process of its own
(``gpu_jobs.py``) that reports as it goes, so that one that fails or takes too long costs only
itself.

kernels     which kernels a step of training calls: cuDNN's own log, and where TensorFlow placed
            every operation.
one         an epoch of one ticker in batches of 64: with cuDNN and without, in mixed precision.
panel       an epoch of the panel by batch size; of an epoch that takes longer than --limit seconds,
            as many batches as fit are measured and scaled up.
agreement   the same networks on the GPU and on the CPU, from the same seeds, on the S&P 500: does
            the device matter more than the seed?
repeat      do two trainings from one seed give the same bits, and with ``training.deterministic``?
product     ``train`` as the command line runs it, with export and forecast, on both devices.
one-cpu, panel-cpu   the same epochs on the CPU of the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from common import save, show

Found = dict[str, Any]

TIMEOUT_S = {
    "kernels": 90, "one": 150, "panel": 240, "agreement": 180, "repeat": 60,
    "product": 150, "one-cpu": 60, "panel-cpu": 120,
}  # fmt: skip
"""Seconds that each job may take; in the order of importance."""
HEAD = (
    "job", "windows", "first step, s", "s an epoch (* scaled up)", "windows/s", "peak GPU MB",
    "loss",
)  # fmt: skip


def main() -> None:
    """Run each job in a process of its own, print tables, write what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", nargs="+", default=list(TIMEOUT_S), choices=list(TIMEOUT_S))
    parser.add_argument("--tickers", type=int, default=482)
    parser.add_argument("--limit", type=float, default=12.0, help="Seconds for each measurement.")
    parser.add_argument("--file", type=Path, help="Write each result here as it comes.")
    parser.add_argument("--save", action="store_true", help="Write results/gpu.json.")
    parser.add_argument("--device", choices=["gpu", "cpu"], help="Run all jobs on this device.")
    chosen = parser.parse_args()
    results: dict[str, list[Found]] = {}
    for job in chosen.jobs:
        results[job] = []
        for found in run(job, chosen):
            results[job].append(found)
            print(job, json.dumps(found), flush=True)
            if chosen.file:
                chosen.file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print_epochs(results)
    print_rest(results)
    if chosen.save:
        save("gpu", results)


def run(job: str, chosen: argparse.Namespace) -> Iterator[Found]:
    """Yield what a job's process reports, line by line, and why it ended if it failed."""
    device = chosen.device or ("cpu" if job.endswith("-cpu") else "gpu")
    options = ["--tickers", str(chosen.tickers), "--limit", str(chosen.limit), "--device", device]
    script, began = Path(__file__).with_name("gpu_jobs.py"), time.perf_counter()
    # A command of its own ends the job: it also ends the processes that the job has started.
    command = ["timeout", str(TIMEOUT_S[job]), sys.executable, script, job, *options]
    with TemporaryDirectory() as folder:
        log, said = Path(folder) / "cudnn.log", Path(folder) / "stderr"
        logging = {
            "CUDNN_LOGLEVEL_DBG": "3", "CUDNN_LOGINFO_DBG": "1", "CUDNN_LOGDEST_DBG": str(log),
            "TF_CPP_MIN_LOG_LEVEL": "0",
        }  # fmt: skip
        environment = os.environ | (logging if job == "kernels" else {})
        with said.open("w") as stderr:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
            )
            assert process.stdout
            yield from (json.loads(line) for line in process.stdout if line.startswith("{"))
        failed = process.wait()
        text = said.read_text("utf-8", errors="replace")
        if job == "kernels":
            yield {"what": "calls of cuDNN", "calls": cudnn_calls(log)}
            yield {"what": "operations", **operations(text)}
        if failed:
            why = "it took too long" if failed == 124 else text.strip()[-1_500:]
            yield {"what": "the process", "failed": f"exit code {failed}: {why}"}
    yield {"what": "the process", "seconds": round(time.perf_counter() - began, 1)}


def cudnn_calls(log: Path) -> dict[str, int]:
    """Count the calls of cuDNN's recurrent functions in its own log (CUDNN_LOGLEVEL_DBG)."""
    text = log.read_text("utf-8", errors="replace") if log.exists() else ""
    return dict(Counter(re.findall(r"function (cudnnRNN\w+)\(\) called", text)))


def operations(log: str) -> Found:
    """Count which operations TensorFlow placed where, from its own log of placements."""
    placed = re.findall(r"\((\w+)\): /job:\S*/device:(GPU|CPU):0", log)
    return {
        "by_device": dict(Counter(device for _, device in placed)),
        "cudnn": dict(Counter(kind for kind, _ in placed if kind.startswith("Cudnn"))),
        "on_cpu": dict(Counter(kind for kind, device in placed if device == "CPU").most_common(25)),
    }


def print_epochs(results: dict[str, list[Found]]) -> None:
    """Print the epochs of all jobs as a table."""
    rows = [
        [
            f"{job}: {found['what']}", f"{found['windows']:,}", f"{found['first_step_s']:.2f}",
            f"{found['epoch_s']:.3f}" + ("" if found["whole_epoch"] else " *"),
            f"{found['windows_per_s']:,.0f}",
            f"{found['peak_gpu_mb']:,.0f}" if "peak_gpu_mb" in found else "",
            f"{found['losses'][-1]:.4f}",
        ]
        for job, measured in results.items()
        for found in measured
        if "epoch_s" in found
    ]  # fmt: skip
    show("training on a GPU", HEAD, rows)


def print_rest(results: dict[str, list[Found]]) -> None:
    """Print what is no epoch, a line each, failures last."""
    rest = [
        (job, found)
        for job, measured in results.items()
        for found in measured
        if "epoch_s" not in found
    ]
    for job, found in sorted(rest, key=lambda pair: "failed" in pair[1]):
        numbers = {name: value for name, value in found.items() if not name.endswith("losses")}
        print(f"{job}: {numbers.pop('what')}: {json.dumps(numbers)[:400]}")


if __name__ == "__main__":
    main()
