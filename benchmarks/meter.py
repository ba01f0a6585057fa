"""Run a command, and write what it and all its workers used, as JSON.

python -S benchmarks/meter.py FILE COMMAND...

Nothing but the standard library is imported, so that this process is smaller than what it measures.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import time
from contextlib import suppress

SUBREAPER = 36
"""Linux's PR_SET_CHILD_SUBREAPER: be the parent of workers whose command has ended."""


def main() -> int:
    """Run the command, and return its exit code."""
    file, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    wall, usages = time.perf_counter() - began, [usage]
    process.returncode = os.waitstatus_to_exitcode(status)
    with suppress(ChildProcessError):
        while True:
            usages.append(os.wait4(-1, 0)[2])
    report = {
        "wall_s": wall,
        "cpu_s": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "peak_mb": max(usage.ru_maxrss for usage in usages) / 1024,
    }
    with open(file, "w", encoding="utf-8") as output:  # noqa: PTH123  (pathlib is 2 MB more)
        json.dump(report, output)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
