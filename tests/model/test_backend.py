"""Loading TensorFlow: quietly, without what is not used, and without a search for garbage."""

from __future__ import annotations

import ast
import gc
import json
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

import rnnforecast
from rnnforecast.model.backend import absent, here_to_stay

TOLD = """
import gc, json, sys
{before}
from rnnforecast import process
process.take_over()
import rnnforecast.model.backend
loaded = [name for name in {names!r} if sys.modules.get(name)]
import matplotlib, sklearn  # can be loaded later
print(json.dumps([loaded, gc.isenabled(), gc.get_freeze_count()]))
"""


def told(before: str = "") -> tuple[list[str], bool, int]:
    """What is loaded with TensorFlow in a process of its own, whether garbage is collected,
    and what is never looked at."""
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


def test_a_failed_optional_import_does_not_keep_what_its_callers_held() -> None:
    class Data:
        pass

    failures = list[ImportError]()

    def load() -> weakref.ref[Data]:
        data = Data()
        with here_to_stay():
            try:
                __import__("a_package_that_is_not_there")
            except ImportError as error:
                failures.append(error)
        return weakref.ref(data)

    assert load()() is None
    assert str(failures[0]) == "No module named 'a_package_that_is_not_there'"
    gc.unfreeze()


def run_script(script: str) -> list[object]:
    """What a script prints as JSON in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=180, check=True
    )
    assert not result.stderr  # TensorFlow greets on it, whatever its log level
    value = json.loads(result.stdout.splitlines()[-1])
    assert isinstance(value, list)
    return value


def test_a_process_that_is_not_ours_is_left_as_it_is() -> None:
    script = """
import gc, json, os, sys
before = dict(os.environ)
import rnnforecast.model.backend as backend
threads = backend.tf.config.threading.get_intra_op_parallelism_threads()
changed = {name for name in {*before, *os.environ} if before.get(name) != os.environ.get(name)}
ours = {"KERAS_BACKEND", "TF_CPP_MIN_LOG_LEVEL", "XLA_FLAGS"} & changed
print(json.dumps([sorted(ours), gc.get_freeze_count(), threads, gc.isenabled()]))
"""
    assert run_script(script) == [[], 0, 0, True]


def test_training_works_where_tensorflow_has_computed_already() -> None:
    script = """
import json
from rnnforecast.model.backend import quiet
with quiet():
    import tensorflow as tf
    tf.constant([1.0]) + 1  # threads cannot be set any more
import numpy as np, pandas as pd
import rnnforecast as rf
dates = pd.date_range("2020-01-01", periods=200, name="date")
closes = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 200)))
history = rf.PriceHistory("X", pd.DataFrame({"close": closes}, index=dates), sessions="24/7")
model = rf.train("gru", history, {"window.lookback": 5, "window.horizon": 2, "model.units": 2,
                                  "training.epochs": 1, "training.ensemble": 1})
print(json.dumps([len(model.predict().dates)]))
"""
    assert run_script(script) == [2]


def test_keras_on_another_backend_is_refused_in_one_line() -> None:
    script = """
import json, sys, types
sys.modules["keras"] = types.SimpleNamespace(backend=types.SimpleNamespace(backend=lambda: "jax"))
from rnnforecast.errors import UsageError
try:
    import rnnforecast.model.backend
except UsageError as error:
    print(json.dumps([str(error)]))
"""
    (message,) = run_script(script)
    assert "Keras runs on jax" in str(message) and "KERAS_BACKEND=tensorflow" in str(message)


def loads_before_the_backend(source: str) -> list[str]:
    """Parts of TensorFlow that a module imports at its top before the module that quiets it."""
    early = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module == "rnnforecast.model.backend":
            break
        names = [alias.name for alias in getattr(node, "names", ())]
        modules = (
            [getattr(node, "module", None) or ""] if isinstance(node, ast.ImportFrom) else names
        )
        if isinstance(node, ast.Import | ast.ImportFrom):
            early += [name for name in modules if name.partition(".")[0] in ("tensorflow", "keras")]
    return early


def test_no_module_loads_tensorflow_with_its_chatter() -> None:
    assert loads_before_the_backend("import numpy, tensorflow.io as io") == ["tensorflow.io"]
    assert loads_before_the_backend("from keras.ops import stack") == ["keras.ops"]
    package = Path(rnnforecast.__file__).parent
    early = {
        path.name: loads_before_the_backend(path.read_text("utf-8"))
        for path in package.rglob("*.py")
    }
    assert {name: parts for name, parts in early.items() if parts} == {}
