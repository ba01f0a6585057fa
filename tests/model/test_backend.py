"""Loading TensorFlow: quietly, without what is not used, and without a search for garbage."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest

from rnnforecast.model.backend import absent, here_to_stay

TOLD = """
import gc, json, sys
{before}
import rnnforecast.model.backend
loaded = [name for name in {names!r} if sys.modules.get(name)]
import matplotlib, sklearn  # can be loaded later
print(json.dumps([loaded, gc.isenabled(), gc.get_freeze_count()]))
"""


def told(before: str = "") -> tuple[list[str], bool, int]:
    """What is loaded with TensorFlow in a process of its own, whether garbage is collected, and what is never looked at."""
    script = TOLD.format(
        before=before, names=["tensorflow", "keras", "matplotlib", "sklearn", "scipy.stats"]
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    loaded, collects, frozen = json.loads(result.stdout)
    return loaded, collects, frozen


def test_tensorflow_comes_without_matplotlib_and_scikit_learn_and_is_not_searched_for_garbage() -> (
    None
):
    loaded, collects, frozen = told()
    assert loaded == ["tensorflow", "keras"]
    assert collects and frozen > 100_000


def test_what_was_loaded_before_tensorflow_stays() -> None:
    assert told("import sklearn")[0] == ["tensorflow", "keras", "sklearn", "scipy.stats"]


def test_a_package_is_absent_within_and_back_after() -> None:
    with absent("json", "tabnanny"):
        assert sys.modules["json"] is json  # was loaded
        with pytest.raises(ModuleNotFoundError):
            __import__("tabnanny")
    assert __import__("tabnanny")


def test_garbage_is_collected_again_even_after_a_failure() -> None:
    with pytest.raises(ValueError, match="at import"), here_to_stay():
        assert not gc.isenabled()
        raise ValueError("at import")
    assert gc.isenabled()
    gc.unfreeze()
