"""One place where work spreads over the cores of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import joblib

from rnnforecast import process

Result = TypeVar("Result")


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def spread(
    work: Callable[..., Result], jobs: Sequence[tuple[Any, ...]], workers: int | None = None
) -> Iterator[Result]:
    """Do jobs side by side, each in a process that works on one core.

    Args:
        work: a function of a module.
        jobs: its arguments, one tuple for each call.
        workers: processes; by default one for each core. One works here, without another process.

    Yields:
        results in the order in which they are done.
    """
    workers = min(workers or cores(), len(jobs))
    if workers <= 1:
        yield from (work(*job) for job in jobs)
        return
    one_core = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    with joblib.parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        pool = joblib.Parallel(return_as="generator_unordered")
        yield from pool(joblib.delayed(_with_environment)(one_core, work, job) for job in jobs)


def _with_environment(
    environment: dict[str, str], work: Callable[..., Result], job: tuple[Any, ...]
) -> Result:
    """Run a job in a worker whose libraries read their settings from the environment when
    they are loaded."""
    process.take_over()
    for name, value in environment.items():
        os.environ.setdefault(name, value)
    return work(*job)
