"""Workers are copies of a server that has loaded what they need; they leave nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnforecast import process, workers
from rnnforecast.cluster import cores
from rnnforecast.forecast.baselines.garch import GarchParameters
from rnnforecast.parallel import spread

from .conftest import random_walk

several_cores = pytest.mark.skipif(cores() == 1, reason="workers need a second core")


def fit(seed: int) -> dict[str, Any]:
    """Fit a filter, and say who did it."""
    loaded = "arch" in sys.modules  # before the fit loads it
    closes = random_walk(300, seed=seed).bars["close"].to_numpy()
    fitted = GarchParameters.fit("gjr", closes, range(300))
    quantiles = fitted.quantiles(closes, np.array([299]), 3)
    return {
        "seed": seed,
        "loaded": loaded,
        "parent": os.getppid(),
        "threads": os.environ.get("OMP_NUM_THREADS"),
        "bits": quantiles.tobytes().hex(),
    }


def main() -> None:
    """Do the same here and in two workers, as the command line would."""
    from tests.test_workers import fit

    process.take_over()
    workers.expect(*workers.FITS)
    there = sorted(spread(fit, [(seed,) for seed in range(4)], 2), key=lambda job: job["seed"])
    here = list(spread(fit, [(seed,) for seed in range(4)], 1))
    print(json.dumps({"own": os.getpid(), "there": there, "here": here}))


@several_cores
def test_workers_of_a_program_of_ours_are_copies_of_a_server_and_compute_the_same() -> None:
    program = [sys.executable, "-m", "tests.test_workers"]
    answer = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True)
    report = json.loads(answer.stdout)
    (server,) = {job["parent"] for job in report["there"]}
    assert server != report["own"]
    assert all(job["loaded"] and job["threads"] == "1" for job in report["there"])
    assert [job["bits"] for job in report["there"]] == [job["bits"] for job in report["here"]]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(server, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the server outlived the program")


PROGRAM = """
import os, signal, sys
from multiprocessing import forkserver
from rnnforecast import process, workers
process.take_over()
"""
SERVER_KILLED = """
workers.expect()
server = forkserver._forkserver._forkserver_pid
os.kill(server, signal.SIGKILL)
os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
print(workers.pool(1).submit(os.getenv, "OMP_NUM_THREADS").result(60))
"""
ENDS_WHILE_SERVER_LOADS = """
workers.expect()
print(forkserver._forkserver._forkserver_pid)
"""
INTERRUPTED_WHILE_SERVER_STARTS = """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
start = forkserver.ensure_running
def interrupted():
    os.kill(os.getpid(), signal.SIGINT)
    start()
forkserver.ensure_running = interrupted
try:
    workers.expect()
except KeyboardInterrupt:
    print("interrupted")
"""


def printed(script: str, *arguments: str) -> str:
    """Return the standard output of a program of ours."""
    program = [sys.executable, "-c", PROGRAM + script, *arguments]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=True)
    assert not done.stderr
    return done.stdout.strip()


CALLER_KILLED = """
executor = workers.pool(1)
print(executor.submit(os.getpid).result(60), flush=True)
executor.submit(eval, "__import__('time').sleep(0.5) or bytes(10**6)")
__import__("time").sleep(0.2)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks for the worker's state")
@pytest.mark.parametrize("ours", [True, False])
def test_a_worker_whose_caller_is_killed_ends_though_nobody_takes_its_result(ours: bool) -> None:
    script = PROGRAM if ours else PROGRAM.replace("process.take_over()", "")
    program = [sys.executable, "-c", script + CALLER_KILLED]
    # Who is killed leaves its temporary files; a socket among them needs a path that is short.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        environment = {**os.environ, "TMPDIR": temporary}
        done = subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment)
        assert done.stdout is not None
        with done, done.stdout:
            worker = int(done.stdout.readline())
        deadline = time.monotonic() + 15
        while Path(f"/proc/{worker}").exists():
            if time.monotonic() > deadline:
                os.kill(worker, signal.SIGKILL)
                pytest.fail("the worker outlived its caller")
            time.sleep(0.1)


NOTHING_STARTS = """
import math, multiprocessing.spawn
from multiprocessing import resource_tracker
from rnnforecast.errors import RunError
from rnnforecast.parallel import spread
resource_tracker.ensure_running()  # which would complain of its own end
multiprocessing.spawn.set_executable("/bin/false")
try:
    list(spread(math.sqrt, [(4,), (9,)], 2))
except RunError as error:
    print(error.sentence)
"""


@several_cores
def test_where_no_process_can_be_started_it_is_said_in_one_line() -> None:
    assert printed(NOTHING_STARTS).startswith("no worker process can be started (")


EXIT_FUNCTION = """
remove = f"__import__('atexit').register(__import__('os').remove, {sys.argv[1]!r})"
workers.pool(1).submit(eval, remove).exception(60)
"""


@several_cores
def test_exit_functions_of_libraries_run_in_workers(tmp_path: Path) -> None:
    temporary = tmp_path / "generated.py"
    temporary.touch()
    printed(EXIT_FUNCTION, str(temporary))
    assert not temporary.exists()


@several_cores
def test_after_the_death_of_the_server_workers_have_one_core_each_again() -> None:
    assert printed(SERVER_KILLED) == "1"


@several_cores
def test_a_server_that_is_still_loading_ends_with_the_program() -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(int(printed(ENDS_WHILE_SERVER_LOADS)), 0)


@several_cores
def test_a_ctrl_c_while_the_server_starts_is_not_lost() -> None:
    assert printed(INTERRUPTED_WHILE_SERVER_STARTS) == "interrupted"


def test_in_a_program_of_somebody_else_no_server_is_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process, "is_ours", lambda: False)
    monkeypatch.setattr(workers, "_started", type(workers._started)())
    workers.expect("arch.univariate")
    assert not workers.ready() and not workers.copied()


def test_a_pool_with_a_job_that_was_not_handed_out_is_killed_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raised = list[object]()
    monkeypatch.setattr(threading, "excepthook", raised.append)
    executor = workers.pool(2)
    assert executor.submit(abs, -1).result(30) == 1  # from now on its thread waits
    with monkeypatch.context() as patch:  # as if the thread had not been told yet
        patch.setattr(executor._executor_manager_thread_wakeup, "wakeup", lambda: None)
        job = executor.submit(time.sleep, 60)
    workers.kill(executor)
    assert isinstance(job.exception(10), Exception)
    assert not raised


if __name__ == "__main__":
    main()
