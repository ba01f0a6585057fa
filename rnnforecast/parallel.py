"""One place where work spreads: over the cores of this machine, or over a Ray cluster.

A job is a function of a module, values in and a value out, so a worker needs no disk of ours.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import math
import os
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from rnnforecast import __version__, process
from rnnforecast.cluster import cores, on_cluster, ray_library
from rnnforecast.errors import RunError, UsageError
from rnnforecast.linear_algebra import one_thread
from rnnforecast.workers import end_server, kill
from rnnforecast.workers import pool as pool_of

Value = TypeVar("Value")
Result = TypeVar("Result")
Job = tuple[Any, ...]

RETRIES = 5
"""How often Ray does a job again whose worker or node was lost."""
AT_ONCE = 2
"""Jobs for each process of this machine that are in memory at once: one that it does, and the next.
More would not fit into the pool's queue, and a pool that is killed stumbles over the rest."""
PIECES = 8
"""Jobs for each process that many short pieces of work are put into."""
LARGEST_PIECE = 50
"""Values of one job at most, so that results come back while others are computed."""
AHEAD = 64
"""Jobs that a small cluster is handed at a time: values wait in its memory, not all of them."""
ASKED_S = 0.5
"""Seconds between two questions whether to stop."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Errand:
    """A worker's task with its jobs, and whom it serves.

    The function travels by its name: a worker imports its module, and TensorFlow with it, once it
    has become a process of ours, else networks would train by other settings.

    Args:
        module: of the function.
        name: of the function.
        version: of this package where the errand comes from.
        level: of what is logged there.
    """

    module: str
    name: str
    version: str
    level: int

    @classmethod
    def of(cls, work: Callable[..., Any]) -> Errand:
        """Return that of a function of a module."""
        return cls(work.__module__, work.__qualname__, __version__, log.getEffectiveLevel())

    @property
    def work(self) -> Callable[..., Any]:
        """The function."""
        return getattr(importlib.import_module(self.module), self.name)  # type: ignore[no-any-return]


_at_work = threading.Event()
"""Set in a worker, which spreads nothing further."""


def at_work() -> bool:
    """Return whether this process is a worker, which has one core."""
    return _at_work.is_set()


def spread(
    work: Callable[..., Result],
    jobs: Iterable[Job],
    workers: int | None = None,
    *,
    shared: Job = (),
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Result]:
    """Do jobs side by side, each in a process that works on one core.

    Args:
        work: a function of a module; neither files nor globals of this process reach it.
        jobs: its arguments, one tuple for each call. What makes them as they are asked for holds
            few of them in memory at a time.
        workers: processes; by default one for each core, or all of a cluster. One works here,
            without another process.
        shared: arguments that come first in every call. A cluster is sent them once.
        should_stop: says whether to leave the other jobs undone; asked between results.

    Yields:
        results in the order in which they are done.

    Raises:
        RunError: if workers are lost, again and again.
    """
    count = workers or cores()
    if isinstance(jobs, Sized):
        count = min(count, len(jobs))
    if _at_work.is_set() or workers == 1 or (count <= 1 and not on_cluster()):
        done = _here(work, jobs, shared)
    elif on_cluster():
        done = _by_ray(work, jobs, shared, should_stop)
    else:
        done = _by_processes(work, jobs, shared, count)
    with contextlib.closing(done):
        for result in done:
            yield result
            if should_stop():
                return


def spread_values(
    work: Callable[..., Result],
    values: Iterable[Value],
    *,
    shared: Job = (),
    least: float = 0,
    count: int | None = None,
) -> list[Result]:
    """Do the same with each of many values, several of them in one job.

    Args:
        work: a function of a module; takes what is shared, then a value.
        values: each takes too little time to be a job of its own. What makes them as they are
            asked for holds few of them in memory at a time.
        shared: arguments that come first in every call.
        least: how many values take longer than processes take to start; fewer are done here.
        count: how many values there are; needed where ``values`` has no length.

    Returns:
        one result for each value, in the same order.
    """
    if count is None:
        assert isinstance(values, Sized)
        count = len(values)
    alone = count < least and (not on_cluster() or math.isinf(least))
    workers = 1 if alone else None
    size = -(-count // (PIECES * cores())) if workers is None else 1
    size = max(1, min(size, LARGEST_PIECE))
    results: dict[int, list[Result]] = {}
    pieces = enumerate(batched(values, size))
    for number, piece in spread(_do_piece, pieces, workers, shared=(Errand.of(work), shared)):
        results[number] = piece
    return [result for number in range(len(results)) for result in results[number]]


def batched(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Put values into lists of a size; the last one may be shorter."""
    coming = iter(values)
    while piece := list(islice(coming, size)):
        yield piece


def _do_piece(
    errand: Errand, shared: Job, first: int, values: Sequence[Any]
) -> tuple[int, list[Any]]:
    """Do several values, and return their results with the number of the first one."""
    work = errand.work
    return first, [work(*shared, value) for value in values]


def _here(
    work: Callable[..., Result], jobs: Iterable[Job], shared: Job
) -> Generator[Result, None, None]:
    """Do jobs in this process, their linear algebra in one thread as in a worker."""
    for job in jobs:
        with one_thread():
            result = work(*shared, *job)
        yield result


def _by_processes(
    work: Callable[..., Result], jobs: Iterable[Job], shared: Job, workers: int
) -> Generator[Result, None, None]:
    """Do jobs in processes of this machine.

    Jobs are made here, between results: a few wait for each process, so that none is idle while
    the caller writes what is done. The processes are joblib's, which outlive the call; those of a
    call that is left early are killed.
    """
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    if process.is_ours():  # with psutil, processes that have grown by 300 MB are replaced, and said
        warnings.filterwarnings("ignore", "A worker stopped while some jobs were given")
    errand, coming = Errand.of(work), iter(jobs)
    with _starting():
        pool = pool_of(workers)
    waiting, whole = set[Future[Result]](), False
    try:
        while True:
            for job in islice(coming, AT_ONCE * workers - len(waiting)):
                with _starting():  # a pool starts its processes at the first job
                    waiting.add(pool.submit(_in_worker, errand, *shared, *job))
            if not waiting:
                whole = True
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            while done:
                yield done.pop().result()
    except TerminatedWorkerError:
        raise RunError(
            f"one of {workers} worker processes was killed, perhaps because memory ran out",
            "run it again: what was finished is kept; --cluster local does lost work again",
        ) from None
    finally:
        if not whole:
            end_server()
            kill(pool)


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    """Report it in one line where the system starts no process within the block.

    Raises:
        RunError: with the reason; the server of workers, or what tracks their resources, may also
            have ended.
    """
    try:
        yield
    except (OSError, EOFError) as error:
        raise RunError(
            f"no worker process can be started ({getattr(error, 'strerror', None) or error})",
            "end other programs, or allow more processes: ulimit -u; then run it again",
        ) from None


def _by_ray(
    work: Callable[..., Result],
    jobs: Iterable[Job],
    shared: Job,
    should_stop: Callable[[], bool],
) -> Generator[Result, None, None]:
    """Do jobs on the cluster that this process has joined.

    Placement, retries and the memory that values wait in are Ray's. Jobs are handed over as they
    are asked for: a few for each core that the cluster has by then, so that it can grow.
    """
    ray, errand = ray_library(), Errand.of(work)
    remote = ray.remote(num_cpus=1, max_retries=RETRIES)(_in_worker)
    sent, coming, waiting = [ray.put(value) for value in shared], iter(jobs), list[Any]()
    try:
        while True:
            room = max(AHEAD, 4 * int(ray.cluster_resources().get("CPU", 0))) - len(waiting)
            waiting += [remote.remote(errand, *sent, *job) for job in islice(coming, room)]
            if not waiting:
                return
            done, waiting = ray.wait(waiting, timeout=ASKED_S)
            if should_stop():
                return
            for reference in done:
                yield _result(reference)
    except ImportError as error:  # a head node reads what its client sends
        raise _unreadable(error) from None
    finally:
        for reference in waiting:
            ray.cancel(reference, force=True)


def _result(reference: Any) -> Any:
    """Return what a job on a cluster came to.

    Raises:
        RunError: if the cluster could not do it.
        Exception: whatever the job has raised.
    """
    ray = ray_library()
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        unread = isinstance(error.cause, ray.exceptions.RaySystemError | ImportError)
        raise (_unreadable(error.cause) if unread else error.cause) from None
    except ray.exceptions.RayError as error:
        raise RunError(
            f"the cluster lost a job {1 + RETRIES} times ({type(error).__name__})",
            "run it again: what was finished is kept",
        ) from None


def _unreadable(error: Exception) -> UsageError:
    """Say in one line why a node cannot read a job: it lacks this package, or has another one."""
    reason = str(error).partition("\n")[0].removeprefix("System error: ")
    return UsageError(
        f"a node of the cluster cannot read a job ({reason})",
        f"install rnnforecast {__version__} and the same Python on every node",
    )


def _in_worker(errand: Errand, *job: Any) -> Any:
    """Run a job in a worker: on one core, in a process of ours, its log on stderr.

    Raises:
        UsageError: if it works for another version of this package.
    """
    if errand.version != __version__:
        raise UsageError(
            f"a worker has rnnforecast {__version__}, this is {errand.version}",
            "install the same version on every node",
        )
    _at_work.set()
    process.take_over()
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ.setdefault(name, "1")  # read when TensorFlow is loaded
    ours = logging.getLogger("rnnforecast")
    if errand.level < logging.WARNING and not ours.handlers:
        logging.basicConfig(stream=sys.stderr, format="worker %(process)d: %(message)s")
        ours.setLevel(errand.level)
    with contextlib.redirect_stdout(sys.stderr):  # the stdout of the caller is for its results
        return errand.work(*job)
