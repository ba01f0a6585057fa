"""Work spreads over processes and comes back whole."""

from __future__ import annotations

import os

import pytest

from rnnforecast.parallel import cores, spread


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


def test_there_is_a_core() -> None:
    assert cores() >= 1
