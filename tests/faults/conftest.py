"""One sound home for all tests of faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.homes import make_home


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is whole. Read it; break copies of it."""
    return make_home(tmp_path_factory.mktemp("faults"))
