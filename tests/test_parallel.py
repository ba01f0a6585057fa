"""Work spreads over processes and comes back whole."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np
import pytest
import threadpoolctl

from rnnforecast.cluster import cluster, cores, on_cluster
from rnnforecast.errors import RunError, UsageError
from rnnforecast.parallel import spread, spread_values


def square_with_process(number: int) -> tuple[int, int, str | None]:
    return number, os.getpid(), os.environ.get("TF_NUM_INTRAOP_THREADS")


def test_one_worker_is_this_process() -> None:
    assert [process for _, process, _ in spread(square_with_process, [(1,), (2,)], 1)] == [
        os.getpid()
    ] * 2


def test_several_workers_are_other_processes_on_one_core_each() -> None:
    found = list(spread(square_with_process, [(number,) for number in range(6)], 2))
    assert sorted(number for number, _, _ in found) == list(range(6))
    assert os.getpid() not in {process for _, process, _ in found}
    assert {threads for _, _, threads in found} == {"1"}


def test_no_work_is_done_at_once() -> None:
    assert list(spread(square_with_process, [])) == []


def fail(number: int) -> int:
    raise ValueError(f"{number} is bad")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_in_a_worker_is_the_callers(workers: int) -> None:
    with pytest.raises(ValueError, match="is bad"):
        list(spread(fail, [(1,), (2,)], workers))


def test_shared_arguments_come_first_in_every_call() -> None:
    assert list(spread(pow, [(2,), (3,)], 1, shared=(5,))) == [25, 125]


def test_jobs_are_asked_for_as_they_are_done() -> None:
    made, held = list[int](), list[int]()

    def jobs() -> Iterator[tuple[int]]:
        for number in range(40):
            made.append(number)
            yield (0.01,)

    for done, _ in enumerate(spread(time.sleep, jobs(), 2), 1):
        held.append(len(made) - done)
    assert len(made) == 40 and max(held) < 10


def test_work_that_is_asked_to_stop_leaves_the_rest_undone() -> None:
    done = list[int]()
    for _ in spread(pow, [(2, 2)] * 9, 1, should_stop=lambda: len(done) == 2):
        done.append(1)
    assert len(done) == 2


def die(number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_worker_is_an_expected_failure() -> None:
    with pytest.raises(RunError, match="one of 2 worker processes was killed"):
        list(spread(die, [(1,), (2,)], 2))


def test_a_worker_spreads_nothing_further() -> None:
    (first, _) = spread(nested, [(3,), (3,)], 2)
    assert len({process for _, process, _ in first}) == 1


def nested(count: int) -> list[tuple[int, int, str | None]]:
    return list(spread(square_with_process, [(number,) for number in range(count)]))


@pytest.mark.parametrize("address", ["http://x", "10.0.0.1", ""])
def test_what_is_no_address_of_a_cluster_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="use auto, local or ray://HOST:10001"), cluster(address):
        pass


def test_a_cluster_without_ray_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'rnnforecast\[ray\]'"), cluster("local"):
        pass


def test_without_an_address_nothing_changes() -> None:
    with cluster(None):
        assert not on_cluster()


def threads(number: int) -> set[int]:
    return {pool["num_threads"] for pool in threadpoolctl.threadpool_info()}


@pytest.mark.parametrize("workers", [1, 2])
def test_linear_algebra_has_one_thread_here_as_in_a_worker(workers: int) -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    for found in spread(threads, [(1,), (2,)], workers):
        assert found <= {1}


def test_there_is_a_core() -> None:
    assert cores() >= 1


@pytest.mark.parametrize("least", [0, 100])
def test_many_short_pieces_of_work_come_back_in_order(least: int) -> None:
    found = spread_values(pow, [*range(70)], shared=(2,), least=least)
    assert found == [2**number for number in range(70)]


def test_few_pieces_of_work_are_done_here() -> None:
    here, elsewhere = (
        {process for _, process, _ in spread_values(square_with_process, [1, 2, 3], least=least)}
        for least in (4, 3)
    )
    assert here == {os.getpid()} and os.getpid() not in elsewhere


def test_a_caller_that_leaves_ends_the_work() -> None:
    """As Ctrl-C does: what runs is killed, and the next call has processes of its own."""
    began = time.monotonic()
    for _ in spread(time.sleep, [(0.01,), *[(30,)] * 6], 2):
        break
    assert list(spread_values(pow, [1, 2], shared=(2,))) == [2, 4]
    assert time.monotonic() - began < 20
