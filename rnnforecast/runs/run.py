"""The files of a run: their names, and how each is read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnforecast.errors import RunError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from rnnforecast.config.experiment import Experiment
    from rnnforecast.data.history import PriceHistory
    from rnnforecast.dataset.dataset import Scalers
    from rnnforecast.forecast.conformal import Calibration
    from rnnforecast.forecast.forecaster import Forecaster
    from rnnforecast.model.inference import Ensemble

CONFIG, RECORD, SCALERS, CALIBRATION, FIT = (
    "config.yaml",
    "run.json",
    "scaler.json",
    "calibration.json",
    "fit.csv",
)
HISTORY, BACKTEST, VERDICT = "history.parquet", "backtest.parquet", "verdict.json"
SCORES, COMPARISONS = "scores.csv", "comparisons.csv"
FORECAST, REPORT, FIGURES, MEMBERS = "forecast.csv", "report.html", "figures", "members"
EXOGENOUS, CHECKPOINT, TENSORBOARD, NOTE = "exogenous", "checkpoint.npz", "tensorboard", "note.txt"
OWN_FEATURES, PARTS, PANEL = "features", "symbols", "panel.csv"
FOLDS, SEEDS, MODEL_SET, ECONOMICS, EQUITY = (
    "folds",
    "seeds.csv",
    "model_set.csv",
    "economics.json",
    "equity.csv",
)
REPORT_TEXT, REPORT_DATA, GRADIENTS = "report.md", "report.json", "gradients.csv"


@dataclass(frozen=True)
class Run:
    """A run's directory, or that of one symbol of a run on several: it has all that a run has but the networks.

    Args:
        path: of the directory.
    """

    path: Path

    @property
    def name(self) -> str:
        """The directory's name, names sort by time; of a part ``RUN/SYMBOL``."""
        return self.path.name if self.whole == self else f"{self.whole.name}/{self.path.name}"

    @property
    def whole(self) -> Run:
        """The run that this is a part of; otherwise itself."""
        return Run(self.path.parents[1]) if self.path.parent.name == PARTS else self

    @property
    def root(self) -> Path:
        """The folder of all runs."""
        return self.whole.path.parent

    @property
    def symbols(self) -> tuple[str, ...]:
        """Those of a run on several; empty for any other."""
        return tuple(self.record()["data"].get("symbols", ()))

    @property
    def parts(self) -> list[Run]:
        """The parts of a run on several symbols, one for each; a run on one is its own."""
        return [Run(self.path / PARTS / symbol) for symbol in self.symbols] or [self]

    def part(self, symbol: str) -> Run:
        """That of one symbol.

        Raises:
            RunError: if the run is not on it.
        """
        known = {one.casefold(): one for one in self.symbols}
        if symbol.casefold() not in known:
            listed = ", ".join(self.symbols[:6]) + (", ..." if len(self.symbols) > 6 else "")
            has = (
                f"it is on {listed}" if known else "it is on one symbol: leave the part after / out"
            )
            raise RunError(f"run {self.name} has no part {symbol!r}", has)
        return Run(self.path / PARTS / known[symbol.casefold()])

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
        from rnnforecast.atomic import write_atomic

        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        write_atomic(path, text.encode())
        return path

    def experiment(self) -> Experiment:
        """The resolved config, with the run's own copies of the files it names."""
        from rnnforecast.config.custom_features import files_of
        from rnnforecast.config.loading import beside, parse, validate

        tree, places = parse(self.read(CONFIG), CONFIG)
        if isinstance(tree.get("model"), dict):  # before version 0.2 locations were learned
            tree["model"].setdefault("location", "learned")
        experiment = validate(tree, places)
        for file in files_of(experiment):
            self.read(file)  # says what is missing
        return beside(experiment, self.path)

    def history(self) -> PriceHistory:
        """The bars that the run was trained and is evaluated on, whatever the store holds today."""
        return self._bars(HISTORY, self.record()["data"])

    def exogenous(self) -> dict[str, PriceHistory]:
        """The bars of the other symbols that were inputs."""
        others = self.record()["data"]["exogenous"]
        return {
            about["symbol"]: self._bars(f"{EXOGENOUS}/{about['symbol']}.parquet", about)
            for about in others
        }

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
            raise RunError(
                f"{self.path / name} is not what the run was trained on: its digest differs",
                "train again",
            )
        return history

    def forecaster(self, fold: str = "") -> Forecaster:
        """The trained ensemble, or that of a fold of its evaluation, without TensorFlow."""
        experiment = self.experiment()
        if fold:
            folder = Run(fold_path(self, fold))
            return folder.with_networks(experiment, folder.networks(experiment.training.ensemble))
        return self.with_networks(experiment, self.networks(len(self.record()["seeds"])))

    def networks(self, wanted: int) -> Ensemble:
        """The trained networks of a run, of the run that this is a part of, or of a fold.

        Raises:
            RunError: if there are not so many.
        """
        from rnnforecast.model.inference import Ensemble

        members = sorted((self.whole.path / MEMBERS).glob("*.onnx"))
        if len(members) != wanted:
            raise RunError(
                f"run {self.name} has {len(members)} of its {wanted} networks", "train again"
            )
        return Ensemble.load(members)

    def with_networks(self, experiment: Experiment, networks: Ensemble) -> Forecaster:
        """Networks with the scalers and the calibration of this folder."""
        from rnnforecast.forecast.conformal import Calibration
        from rnnforecast.forecast.forecaster import Forecaster

        calibration = (
            Calibration.from_json(json.loads(self.read(CALIBRATION)))
            if (self.path / CALIBRATION).exists()
            else None
        )
        return Forecaster(experiment, self.scalers(), networks, calibration)

    def scalers(self) -> Scalers:
        """What was learned from training rows about units."""
        from rnnforecast.dataset.dataset import Scalers
        from rnnforecast.dataset.scaling import Scaler

        return Scalers(
            **{name: Scaler(**values) for name, values in json.loads(self.read(SCALERS)).items()}
        )

    def economics(self) -> dict[str, Any] | None:
        """What trading on the run's calls would have earned, if that was asked."""
        return dict(json.loads(self.read(ECONOMICS))) if (self.path / ECONOMICS).exists() else None

    def tradings(self) -> list[dict[str, Any]]:
        """Every way in which the run's calls were traded so far: ``trading`` and its ``sharpe``."""
        earned, kept = self.economics(), list(self.record().get("tradings", ()))
        if earned and not kept:  # of a version that recorded none
            return [{"trading": earned["trading"], "sharpe": earned["sharpe"]}]
        return kept

    def table(self, name: str) -> pd.DataFrame | None:
        """One of the run's tables (csv or parquet), or None if the run has none yet."""
        import pandas as pd

        path = self.path / name
        if not path.exists():
            return None
        return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def write_config(run: Run, experiment: Experiment) -> None:
    """Write the resolved config, and the files that it names beside it."""
    from rnnforecast.config.loading import dump

    run.path.mkdir(parents=True, exist_ok=True)
    run.write(CONFIG, dump(_keep_own_features(run, experiment)))


def write_inputs(
    run: Run,
    experiment: Experiment,
    history: PriceHistory,
    exogenous: Mapping[str, PriceHistory],
    scalers: Scalers,
) -> None:
    """Write what is known of a symbol before training."""
    write_config(run, experiment)
    write_scalers(run, scalers)
    history.bars.to_parquet(run.path / HISTORY)
    for symbol, other in exogenous.items():
        (run.path / EXOGENOUS).mkdir(exist_ok=True)
        other.bars.to_parquet(run.path / EXOGENOUS / f"{symbol}.parquet")


def _keep_own_features(run: Run, experiment: Experiment) -> Experiment:
    """Copy the files of the user's own features into the run; the experiment that names the copies."""
    from rnnforecast.config.custom_features import files_of, with_files

    places: dict[str, str] = {}
    for number, file in enumerate(files_of(experiment), 1):
        name = f"{OWN_FEATURES}/{Path(file).name}"
        places[file] = (
            f"{OWN_FEATURES}/{number}-{Path(file).name}" if name in places.values() else name
        )
        run.write(places[file], Path(file).read_text("utf-8"))
    return with_files(experiment, places)


def write_scalers(run: Run, scalers: Scalers) -> None:
    """Write what was learned from training rows about units."""
    run.write(SCALERS, json.dumps(asdict(scalers), indent=1))


def write_checkpoint(run: Run, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Replace the state that an interrupted training goes on from."""
    import io

    import numpy as np

    from rnnforecast.atomic import write_atomic

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


def write_backtest(run: Run, backtest: pd.DataFrame) -> None:
    """Write every forecast of an evaluation; seven digits of a quantile are enough, and half the space."""
    quantiles = [name for name in backtest if str(name).startswith("q")]
    packed = backtest.astype(dict.fromkeys(quantiles, "float32"))
    packed.to_parquet(run.path / BACKTEST, compression="zstd")


def write_calibration(run: Run, calibration: Calibration) -> None:
    """Write what validation taught about the intervals."""
    run.write(CALIBRATION, json.dumps(asdict(calibration)))


def fold_path(run: Run, name: str) -> Path:
    """The folder of one fold of a run's evaluation."""
    return run.path / FOLDS / name
