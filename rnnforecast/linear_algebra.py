"""The threads of NumPy's and SciPy's linear algebra."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """Keep linear algebra to one thread within the block.

    Several threads add in another order, and a fit then ends at other parameters.
    """
    limited: AbstractContextManager[Any] = _libraries(len(sys.modules)).limit(limits=1)
    return limited


@lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """Find the libraries that are loaded, which takes 3 ms; anew once other modules are loaded."""
    return ThreadpoolController()
