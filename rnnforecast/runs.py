"""Runs on disk: the only module that knows the names of a run's files."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnforecast.errors import RunError, UsageError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rnnforecast.config.experiment import Experiment
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.dataset.preparation import Scalers
    from rnnforecast.forecast.conformal import Calibration
    from rnnforecast.forecast.forecasting import Forecaster

CONFIG, RECORD, SCALERS, CALIBRATION, FIT = "config.yaml", "run.json", "scaler.json", "calibration.json", "fit.csv"
HISTORY, BACKTEST, VERDICT = "history.parquet", "backtest.parquet", "verdict.json"
SCORES, COMPARISONS = "scores.csv", "comparisons.csv"
FORECAST, REPORT, FIGURES, MEMBERS = "forecast.csv", "report.html", "figures", "members"
GRADIENTS, EQUITY, ECONOMICS = "gradients.csv", "equity.csv", "economics.json"
SEEDS, MODEL_SET = "seeds.csv", "model_set.csv"
REPORT_TEXT, REPORT_DATA = "report.md", "report.json"
EXOGENOUS, CHECKPOINT, TENSORBOARD = "exogenous", "checkpoint.npz", "tensorboard"

PARTIAL, LOCK = ".partial", ".lock"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-=&_]{0,80}")


@dataclass(frozen=True)
class Run:
    """A run's directory.

    Args:
        path: of the directory.
    """

    path: Path

    @property
    def name(self) -> str:
        """The directory's name; names sort by time."""
        return self.path.name

    def record(self) -> dict[str, Any]:
        """Versions, seed, data and splits of the run.

        Raises:
            RunError: if the run is incomplete.
        """
        return dict(json.loads(self.read(RECORD)))

    def read(self, name: str) -> str:
        """The text of one of the run's files.

        Raises:
            RunError: if it is not there.
        """
        try:
            return (self.path / name).read_text("utf-8")
        except OSError:
            raise RunError(f"run {self.name} has no {name}", "train again") from None

    def write(self, name: str, text: str) -> Path:
        """Replace one of the run's files, whole."""
        from rnnforecast.data.store import write_atomic

        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, text.encode())
        return path

    def experiment(self) -> Experiment:
        """The resolved config."""
        from rnnforecast.config.loading import parse, validate

        return validate(*parse(self.read(CONFIG), CONFIG))

    def history(self) -> PriceHistory:
        """The bars that the run was trained and is evaluated on, whatever the store holds today."""
        return self._bars(HISTORY, self.record()["data"])

    def exogenous(self) -> dict[str, PriceHistory]:
        """The bars of the other symbols that were inputs."""
        others = self.record()["data"]["exogenous"]
        return {about["symbol"]: self._bars(f"{EXOGENOUS}/{about['symbol']}.parquet", about) for about in others}

    def _bars(self, name: str, about: dict[str, Any]) -> PriceHistory:
        import pandas as pd

        from rnnforecast.data.history import PriceHistory

        try:
            bars = pd.read_parquet(self.path / name)
        except (OSError, ValueError):
            raise RunError(f"run {self.name} has no readable {name}", "train again") from None
        fields = (about["interval"], about["sessions"], about["currency"], about["provenance"])
        history = PriceHistory(about["symbol"], bars, *fields)
        if history.digest() != about["digest"]:
            raise RunError(f"{self.path / name} is not what the run was trained on: its digest differs", "train again")
        return history

    def forecaster(self) -> Forecaster:
        """The trained ensemble, without TensorFlow."""
        from rnnforecast.forecast.conformal import Calibration
        from rnnforecast.forecast.forecasting import Forecaster
        from rnnforecast.model.inference import Ensemble

        members = sorted((self.path / MEMBERS).glob("*.onnx"))
        wanted = len(self.record()["seeds"])
        if len(members) != wanted:
            raise RunError(f"run {self.name} has {len(members)} of its {wanted} networks", "train again")
        calibration = Calibration(**json.loads(self.read(CALIBRATION))) if (self.path / CALIBRATION).exists() else None
        return Forecaster(self.experiment(), self.scalers(), Ensemble.load(members), calibration)

    def scalers(self) -> Scalers:
        """What was learned from training rows about units."""
        from rnnforecast.dataset.preparation import Scalers
        from rnnforecast.dataset.scaling import Scaler

        return Scalers(**{name: Scaler(**values) for name, values in json.loads(self.read(SCALERS)).items()})

    def table(self, name: str) -> pd.DataFrame | None:
        """One of the run's tables (csv or parquet), or None if the run has none yet."""
        import pandas as pd

        path = self.path / name
        if not path.exists():
            return None
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def write_inputs(
    run: Run, experiment: Experiment, history: PriceHistory, exogenous: Mapping[str, PriceHistory], scalers: Scalers
) -> None:
    """Write what is known before training."""
    from rnnforecast.config.loading import dump

    (run.path / MEMBERS).mkdir(parents=True)
    run.write(CONFIG, dump(experiment))
    run.write(SCALERS, json.dumps(asdict(scalers), indent=1))
    history.bars.to_parquet(run.path / HISTORY)
    for symbol, other in exogenous.items():
        (run.path / EXOGENOUS).mkdir(exist_ok=True)
        other.bars.to_parquet(run.path / EXOGENOUS / f"{symbol}.parquet")


def write_checkpoint(run: Run, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the state that an interrupted training goes on from."""
    import io

    import numpy as np

    from rnnforecast.data.store import write_atomic

    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **dict(arrays))
    write_atomic(run.path / CHECKPOINT, buffer.getvalue())


def read_checkpoint(run: Run) -> dict[str, NDArray[Any]]:
    """The state that was written last; empty if none was."""
    import numpy as np

    path = run.path / CHECKPOINT
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def write_calibration(run: Run, calibration: Calibration) -> None:
    """Write what validation taught about the intervals."""
    run.write(CALIBRATION, json.dumps(asdict(calibration)))


@contextmanager
def create(root: Path, label: str) -> Iterator[Run]:
    """Make a run that appears whole or not at all.

    Args:
        root: folder of the runs.
        label: end of its name, after the time.

    Yields:
        the run while it is written, aside; on leaving it moves to its place.

    Raises:
        UsageError: if the label cannot be a part of a file name.
        RunError: if the folder cannot be written.
    """
    if not _LABEL.fullmatch(label):
        raise UsageError(f"{label!r} cannot end a run's name", "use letters, digits and . - = & _")
    final = _free(root, f"{datetime.now():%Y-%m-%dT%H-%M-%S}_{label}")
    aside = root / f".{final.name}{PARTIAL}"
    try:
        aside.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"cannot write {root} ({error.strerror})", "free some space, or use another --home") from None
    with _completed(aside, final) as run:
        yield run


@contextmanager
def reopen(root: Path, name: str) -> Iterator[Run]:
    """Go on with a run whose training was killed; like ``create``, but a failure leaves it as it is."""
    aside = find_unfinished(root, name).path
    with _completed(aside, root / run_name(aside), keep=True) as run:
        yield run


def find_unfinished(root: Path, name: str) -> Run:
    """A run whose training was killed, by a part of its name.

    Raises:
        RunError: if there is none, or the part fits several.
    """
    waiting = [path for path in unfinished(root) if name in path.name]
    if len(waiting) != 1:
        names = ", ".join(run_name(path) for path in waiting or unfinished(root)) or "there are none"
        raise RunError(f"{len(waiting)} unfinished runs fit {name!r} ({names})", "name one, or train anew")
    return Run(waiting[0])


@contextmanager
def _completed(aside: Path, final: Path, *, keep: bool = False) -> Iterator[Run]:
    """A run that moves to its place when it is whole; what fails goes, unless it is to be kept.

    Raises:
        RunError: if another process is training it.
    """
    import filelock

    lock = filelock.FileLock(aside / LOCK, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise RunError(f"run {final.name} is being trained by another process", "wait for it, or stop it") from None
    try:
        yield Run(aside)
        for name in (CHECKPOINT, LOCK):
            (aside / name).unlink(missing_ok=True)
        aside.rename(final)
    finally:
        lock.release()
        if not keep:
            shutil.rmtree(aside, ignore_errors=True)


def is_training(aside: Path) -> bool:
    """Whether a process is at work on an unfinished run."""
    import filelock

    lock = filelock.FileLock(aside / LOCK, timeout=0)
    try:
        with lock:
            return False
    except filelock.Timeout:
        return True


def unfinished(root: Path) -> list[Path]:
    """Folders of runs whose training was killed, oldest first."""
    return sorted(root.glob(f".*{PARTIAL}"))


def run_name(aside: Path) -> str:
    """The name that an unfinished run will have."""
    return aside.name.removeprefix(".").removesuffix(PARTIAL)


def _free(root: Path, name: str) -> Path:
    """A path for a run that no other run has."""
    taken = (root / name).exists()
    return _free(root, f"{name}+") if taken else root / name


def all_runs(root: Path) -> list[Run]:
    """Every complete run, oldest first."""
    return [Run(path.parent) for path in sorted(root.glob(f"*/{RECORD}")) if not path.parent.name.startswith(".")]


def find(root: Path, name: str | None = None) -> Run:
    """A run by name, by a part of its name, or the newest.

    Raises:
        RunError: if there is none, or the part fits several.
    """
    runs = all_runs(root)
    if not runs:
        raise RunError(f"no runs in {root}", "run: rnnforecast train --config lstm.yaml")
    if name is None:
        return runs[-1]
    fitting = [run for run in runs if run.name == name] or [run for run in runs if name in run.name]
    if len(fitting) != 1:
        found = ", ".join(run.name for run in fitting[-3:]) or "none"
        raise RunError(f"{len(fitting)} runs fit {name!r} ({found})", "name one: rnnforecast runs list")
    return fitting[0]
