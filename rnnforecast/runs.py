"""Runs on disk: the only module that knows the names of a run's files."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnforecast.errors import RunError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from rnnforecast.config.experiment import Experiment
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.dataset.preparation import Scalers
    from rnnforecast.forecast.conformal import Calibration
    from rnnforecast.forecast.forecasting import Forecaster

CONFIG, RECORD, SCALERS, CALIBRATION, FIT = "config.yaml", "run.json", "scaler.json", "calibration.json", "fit.csv"
HISTORY, BACKTEST, VERDICT = "history.parquet", "backtest.parquet", "verdict.json"
SCORES, COMPARISONS = "scores.csv", "comparisons.csv"
FORECAST, REPORT, FIGURES, MEMBERS = "forecast.csv", "report.html", "figures", "members"

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
        import pandas as pd

        from rnnforecast.data.history import PriceHistory

        data = self.record()["data"]
        try:
            bars = pd.read_parquet(self.path / HISTORY)
        except (OSError, ValueError):
            raise RunError(f"run {self.name} has no readable {HISTORY}", "train again") from None
        history = PriceHistory(
            data["symbol"], bars, data["interval"], data["sessions"], data["currency"], data["provenance"]
        )
        if history.digest() != data["digest"]:
            raise RunError(
                f"{self.path / HISTORY} is not what the run was trained on: its digest differs", "train again"
            )
        return history

    def forecaster(self) -> Forecaster:
        """The trained ensemble, without TensorFlow."""
        from rnnforecast.dataset.preparation import Scalers
        from rnnforecast.dataset.scaling import Scaler
        from rnnforecast.forecast.conformal import Calibration
        from rnnforecast.forecast.forecasting import Forecaster
        from rnnforecast.model.inference import Ensemble

        members = sorted((self.path / MEMBERS).glob("*.onnx"))
        wanted = len(self.record()["seeds"])
        if len(members) != wanted:
            raise RunError(f"run {self.name} has {len(members)} of its {wanted} networks", "train again")
        scalers = Scalers(**{name: Scaler(**values) for name, values in json.loads(self.read(SCALERS)).items()})
        calibration = Calibration(**json.loads(self.read(CALIBRATION))) if (self.path / CALIBRATION).exists() else None
        return Forecaster(self.experiment(), scalers, Ensemble.load(members), calibration)

    def table(self, name: str) -> pd.DataFrame | None:
        """One of the run's tables (csv or parquet), or None if the run has none yet."""
        import pandas as pd

        path = self.path / name
        if not path.exists():
            return None
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def write_inputs(run: Run, experiment: Experiment, history: PriceHistory, scalers: Scalers) -> None:
    """Write what is known before training."""
    from rnnforecast.config.loading import dump

    (run.path / MEMBERS).mkdir(parents=True)
    run.write(CONFIG, dump(experiment))
    run.write(SCALERS, json.dumps(asdict(scalers), indent=1))
    history.bars.to_parquet(run.path / HISTORY)


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
    aside = root / f".{final.name}.partial"
    try:
        aside.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"cannot write {root} ({error.strerror})", "free some space, or use another --home") from None
    try:
        yield Run(aside)
        aside.rename(final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


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
