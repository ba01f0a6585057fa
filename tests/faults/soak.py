"""Every command again and again, with faults between them: memory, descriptors and files stay flat.

python -m tests.faults.soak [MINUTES]      (``make soak``)
"""

from __future__ import annotations

import errno
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from rnnforecast.data.store import Store
from rnnforecast.runs import all_runs
from rnnforecast.runs.summaries import check
from tests.conftest import random_walk
from tests.faults.campaign import damaged
from tests.faults.homes import READERS, WRITERS, ask, files_of, make_home
from tests.faults.watch import watched

FAULTS = ("kill", "killed", str(errno.ENOSPC), str(errno.EIO))


def soak(minutes: float) -> list[str]:
    """Work for some minutes; returns what went wrong."""
    chance, problems, marks = random.Random(1), [], []
    end = time.monotonic() + 60 * minutes
    with tempfile.TemporaryDirectory() as folder:
        home, loops = make_home(Path(folder)), 0
        name = all_runs(home / "runs")[0].name
        while time.monotonic() < end:
            loops += 1
            for reader in READERS:
                answer = ask(home, *reader)
                if answer.traceback or answer.code:
                    problems.append(f"{reader}: {answer.traceback or answer.err[-200:]}")
            writer = chance.choice([w for w in WRITERS if "rm" not in w and "train" not in w])
            how, at = chance.choice(FAULTS), chance.randint(1, 60)
            done = watched(home, [word.format(run=name) for word in writer], at=at, how=how)
            if "Traceback" in done.err:
                problems.append(f"{writer} {how} at {at}: {done.err[-300:]}")
            path = chance.choice(files_of(home))
            with damaged(path, b"other"):
                ask(home, "runs", "check")
            if Store(home / "data").load("WALK").digest() != random_walk().digest():
                problems.append("prices lost")
            problems += [problem for run in all_runs(home / "runs") for problem in check(run)]
            descriptors = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            marks.append((memory, descriptors, sum(1 for _ in home.rglob("*"))))
        print(f"{loops} loops; memory MB, descriptors, files: {marks[0]} first, {marks[-1]} last")
        if loops > 10 and marks[-1][0] > 1.2 * marks[4][0]:
            problems.append("memory grows")
        if marks[-1][1] > marks[0][1] + 5:
            problems.append("descriptors grow")
    return problems


if __name__ == "__main__":
    wrong = soak(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
    print(*wrong[:20], f"{len(wrong)} wrong", sep="\n")
    sys.exit(1 if wrong else 0)
