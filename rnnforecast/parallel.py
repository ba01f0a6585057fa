"""One place where work spreads: over the cores of this machine, or over a Ray cluster.

A job is a function of a module, values in and a value out, so a worker needs no disk of ours.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from rnnforecast import __version__, process
from rnnforecast.errors import NetworkError, RunError, UsageError

Result = TypeVar("Result")
Job = tuple[Any, ...]

LOCAL, AUTO = "local", "auto"
"""Addresses: a cluster of this machine alone, and the one that this machine belongs to."""
RETRIES = 5
"""How often Ray does a job again whose worker or node was lost."""
AT_ONCE = 4
"""Jobs for each process of this machine that are in memory at once."""
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


_cluster: ContextVar[bool] = ContextVar("_cluster", default=False)
"""Whether ``spread`` sends its jobs to a cluster."""
_at_work = threading.Event()
"""Set in a worker, which spreads nothing further."""


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def on_cluster() -> bool:
    """Return whether jobs are sent to a cluster."""
    return _cluster.get()


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
        done = _by_joblib(work, jobs, shared, count)
    with contextlib.closing(done):
        for result in done:
            yield result
            if should_stop():
                return


def _here(
    work: Callable[..., Result], jobs: Iterable[Job], shared: Job
) -> Generator[Result, None, None]:
    """Do jobs in this process, their linear algebra in one thread as in a worker.

    Several threads add in another order, and a GARCH fit then ends at other parameters.
    """
    for job in jobs:
        with threadpool_limits(1):
            result = work(*shared, *job)
        yield result


def _by_joblib(
    work: Callable[..., Result], jobs: Iterable[Job], shared: Job, workers: int
) -> Generator[Result, None, None]:
    """Do jobs in processes of this machine.

    They are made here, some at a time: joblib would make them in the thread that serves its
    workers, and what goes wrong there leaves this one waiting for ever.
    """
    import joblib
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    errand = Errand.of(work)
    with joblib.parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        # one job at a time: each takes long, and what is handed out early waits in memory
        pool = joblib.Parallel(return_as="generator_unordered", batch_size=1)
        try:
            coming = iter(jobs)
            while some := list(islice(coming, AT_ONCE * workers)):
                yield from pool([joblib.delayed(_in_worker)(errand, *shared, *job) for job in some])
        except TerminatedWorkerError:
            raise RunError(
                f"one of {workers} worker processes was killed, perhaps for want of memory",
                "run it again: what was finished is kept; --cluster local does lost work again",
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
    ray, errand = _ray(), Errand.of(work)
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
    finally:
        for reference in waiting:
            ray.cancel(reference, force=True)


def _result(reference: Any) -> Any:
    """Return what a job on a cluster came to.

    Raises:
        RunError: if the cluster could not do it.
        Exception: whatever the job has raised.
    """
    ray = _ray()
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        cause = error.cause
        if isinstance(cause, ModuleNotFoundError) and cause.name == "rnnforecast":
            raise UsageError(
                "a worker of the cluster has no rnnforecast",
                f"install rnnforecast {__version__} on every node",
            ) from None
        raise cause from None
    except ray.exceptions.RayError as error:
        raise RunError(
            f"the cluster lost a job {1 + RETRIES} times ({type(error).__name__})",
            "run it again: what was finished is kept",
        ) from None


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


@contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Send the jobs of the block to a Ray cluster.

    Args:
        address: ``ray://HOST:10001``, ``auto`` for the cluster that this machine belongs to,
            ``local`` for one of this machine alone; None changes nothing.

    Raises:
        UsageError: if Ray is not installed, or the address is none.
        NetworkError: if no cluster answers there.
    """
    if address is None:
        yield
        return
    if address not in (LOCAL, AUTO) and not address.startswith("ray://"):
        raise UsageError(
            f"{address!r} is no address of a Ray cluster", "use auto, local or ray://HOST:10001"
        )
    if importlib.util.find_spec("ray") is None:
        raise UsageError(
            "a cluster needs a package that is not installed", "pip install 'rnnforecast[ray]'"
        )
    joined = _join(address)
    token = _cluster.set(True)
    try:
        yield
    finally:
        _cluster.reset(token)
        if joined:
            _ray().shutdown()


def _ray() -> Any:
    """Return Ray, which reports nothing to anybody."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    return ray


def _join(address: str) -> bool:
    """Connect this process to a cluster; return whether it was not connected before.

    Raises:
        NetworkError: if no cluster answers.
    """
    ray = _ray()
    if ray.is_initialized():
        return False
    settings: dict[str, Any] = {"address": address}
    if address == LOCAL:
        settings |= {"num_cpus": cores(), "include_dashboard": False}
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(**settings, logging_level=logging.ERROR)
    except (OSError, RuntimeError, TimeoutError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NetworkError(
            f"no Ray cluster answers at {address} ({reason})",
            "start one with: ray start --head, or use --cluster local",
        ) from None
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)  # Ray puts its own in the place of ours
    return True
