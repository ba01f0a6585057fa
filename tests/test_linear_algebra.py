"""Linear algebra keeps to one thread within a block, whatever was loaded before it."""

from __future__ import annotations

import subprocess
import sys

import threadpoolctl

from rnnforecast.linear_algebra import one_thread

LATER = """
import numpy, threadpoolctl
from rnnforecast.linear_algebra import one_thread
with one_thread():
    pass
import scipy.linalg  # brings a library of its own
with threadpoolctl.threadpool_limits(2), one_thread():
    print(*sorted({pool["num_threads"] for pool in threadpoolctl.threadpool_info()}))
"""


def threads() -> set[int]:
    return {library["num_threads"] for library in threadpoolctl.threadpool_info()}


def test_within_the_block_there_is_one_thread_and_after_it_as_many_as_before() -> None:
    with threadpoolctl.threadpool_limits(2):
        before = threads()
        with one_thread():
            assert threads() == {1}
        assert threads() == before != {1}


def test_a_library_that_is_loaded_later_is_kept_to_one_thread_too() -> None:
    script = [sys.executable, "-c", LATER]
    assert subprocess.run(script, capture_output=True, text=True, check=True).stdout == "1\n"
