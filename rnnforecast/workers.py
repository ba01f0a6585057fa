"""The processes of this machine that jobs run in: copies of one that has loaded what they need.

A process that starts by itself loads the libraries of its jobs in two to four seconds. So a server
(``multiprocessing.forkserver``) loads them once, while this process reads prices, and every worker
is a copy of it that is made in milliseconds and shares its memory. The server runs none of our code
and computes nothing; it is never a copy of this process, whose libraries have threads.

In a program or a notebook that uses this package, and where a system has no such server, joblib
starts each process by itself: results are the same.
"""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, resource_tracker
from multiprocessing.util import Finalize
from typing import Any

from rnnforecast import process
from rnnforecast.cluster import cores, on_cluster

log = logging.getLogger(__name__)

IDLE_S = 15
"""Seconds after which a worker that has nothing to do ends."""
ORPHANED_S = 1
"""Seconds after which a worker notices that its caller has gone, where it is the caller's child."""
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
     "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1",
)  # fmt: skip
"""Variables that leave each worker one core."""
PRICES = (
    "rnnforecast.cli.main", "pandas", "pyarrow.parquet", "scipy.special", "pydantic",
    "rnnforecast.dataset.panel", "rnnforecast.forecast.pool", "rnnforecast.runs.manifest",
)  # fmt: skip
"""What every job on prices needs. ONNX Runtime is left out: it runs a thread of its own, which a
copy would not have."""
FITS = ("arch.univariate",)
"""What fits filters and GARCH baselines."""
EVALUATIONS = (
    *FITS, "statsforecast.models", "scipy.stats", "rnnforecast.evaluation.panel",
    "rnnforecast.report.drawing",
)  # fmt: skip
"""What scores forecasts beside baselines, and draws pages."""
WORTH_STARTING = 100
"""Symbols from which workers prepare or forecast them sooner than one process alone."""


_started = threading.Event()
"""Set once the server has been started."""


def expect(*modules: str) -> None:
    """Load modules for workers that are wanted soon, beside what this process does meanwhile.

    Args:
        modules: by name; what cannot be loaded is left to the jobs. Where the server is running
            already, nothing more is loaded.
    """
    if not copied() or cores() == 1 or on_cluster():
        return
    multiprocessing.set_forkserver_preload([*PRICES, *modules])
    _start()


def _start() -> None:
    """Start the server where none is running.

    Where it has died, multiprocessing would start another one, whose workers use every core.
    """
    try:
        resource_tracker.ensure_running()  # or it would let interrupts through when it starts
        with _without_interrupts(), process.environment(**ONE_THREAD):
            forkserver.ensure_running()
    except OSError as error:  # a system without sockets, say: workers start by themselves
        log.info("no server for workers: %s", error)
        _started.clear()
        return
    if not ready():
        atexit.register(end_server)  # it may still be loading, and would do so to the end
    _started.set()


def ready() -> bool:
    """Return whether workers can be had in milliseconds."""
    return _started.is_set()


def end_server() -> None:
    """End the server at once, where one was started.

    One that is still loading would make the workers that it was asked for when nobody wants them
    any more.
    """
    if not ready():
        return
    server: Any = forkserver._forkserver
    with suppress(ProcessLookupError, TypeError):  # there is none
        os.kill(server._forkserver_pid, signal.SIGKILL)
    with suppress(ChildProcessError):
        server._stop()  # waits for it, or the next one would be taken for running already
    _started.clear()


def copied() -> bool:
    """Return whether workers are copies of a server."""
    return process.is_ours() and "forkserver" in multiprocessing.get_all_start_methods()


def pool(count: int) -> Any:
    """Return joblib's executor with so many workers; those of an earlier call, if still there."""
    from joblib.externals.loky import get_reusable_executor

    if ready():
        _start()
    else:
        expect()
    ready_made = ready()
    options: dict[str, Any] = {"context": "forkserver"} if ready_made else {"env": ONE_THREAD}
    return get_reusable_executor(
        max_workers=count, timeout=IDLE_S, initializer=_begin, initargs=(os.getpid(), ready_made),
        **options,
    )  # fmt: skip


def _begin(caller: int, is_copy: bool) -> None:
    """Let this worker end as soon as the process that it works for does, however that ends.

    A worker that has a large result for a process that was killed would wait for ever: it holds
    the other end of the pipe itself.

    Args:
        caller: number of that process.
        is_copy: whether this is a copy of the server, rather than a child of the caller. Copies
            end without exit functions, by which TensorFlow removes its temporary files.
    """
    if is_copy:
        Finalize(None, atexit._run_exitfuncs, exitpriority=0)
    threading.Thread(target=_end_after, args=(caller, is_copy), daemon=True).start()


def _end_after(caller: int, is_copy: bool) -> None:
    """End this process once its caller has ended."""
    parent = multiprocessing.parent_process()
    if is_copy and parent is not None:
        parent.join()
    while not is_copy and os.getppid() == caller:
        time.sleep(ORPHANED_S)
    os._exit(1)


def kill(executor: Any) -> None:
    """End the workers of ``pool`` at once, whatever they do.

    joblib drops the jobs that it has not handed out yet, and then looks them up to hand them out,
    which ends its thread in a traceback. So none is left for it.
    """
    with suppress(queue.Empty):
        while True:
            executor._work_ids.get_nowait()
    executor.shutdown(kill_workers=True)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let what is started in the block never see Ctrl-C: whoever started it ends it.

    A Ctrl-C that comes meanwhile interrupts this process after the block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
