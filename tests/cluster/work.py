"""Jobs that workers of a cluster are given."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from pathlib import Path

from rnnforecast.errors import DataError


def square(number: int) -> tuple[int, int]:
    """A number's square, and the process that worked it out."""
    return number**2, os.getpid()


def square_slowly(number: int, node: bytes | None = None) -> tuple[int, str]:
    """A number's square after a second, and the node that worked it out."""
    import ray

    time.sleep(1)
    return number**2, ray.get_runtime_context().get_node_id()


def die_once(marks: Path, number: int) -> int:
    """A number, from the second worker that is asked; the first one is killed by the system."""
    mark = marks / str(number)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def refuse(number: int) -> int:
    """Fail as a stage of the pipeline does."""
    raise DataError(f"{number} is no price", "try another")


def speak(number: int) -> int:
    """Log a line, and print one where results belong."""
    logging.getLogger("rnnforecast.test").info("job %d speaks", number)
    print(f"job {number} prints", flush=True)
    sys.stderr.flush()
    return number


def nested(count: int) -> list[tuple[int, int]]:
    """Spread work from within a worker, which does it itself."""
    from rnnforecast.parallel import spread

    return list(spread(square, [(number,) for number in range(count)]))
