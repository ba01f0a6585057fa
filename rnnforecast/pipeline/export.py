"""A run as one file that needs nothing of ours to be used."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from rnnforecast import runs
from rnnforecast.atomic import write_atomic
from rnnforecast.config.experiment import Experiment, Window
from rnnforecast.data.history_calendar import coming_dates
from rnnforecast.dataset.dataset import Dataset
from rnnforecast.dataset.panel import windows_of
from rnnforecast.errors import UsageError
from rnnforecast.formatting import csv_text
from rnnforecast.model.heads import head_of
from rnnforecast.model.inference import KERAS
from rnnforecast.pipeline.export_examples import NEEDS, Format, example, example_values
from rnnforecast.pipeline.plan import dataset_of
from rnnforecast.pipeline.report import portable_page
from rnnforecast.pipeline.track_storage import track_record
from rnnforecast.runs import Part, Run
from rnnforecast.runs.artifacts import load_experiment, load_networks, load_scalers
from rnnforecast.runs.layout import FILES
from rnnforecast.runs.seal import seal_of
from rnnforecast.runs.track_record import TRACK

INPUTS, README, EXAMPLE, EXAMPLE_VALUES = "inputs.csv", "README.md", "example.py", "example.json"
COMPARED = 8
"""Windows of each kind, the most extreme and any, on which converted networks are compared."""
LITERT = ".tflite"
Files: TypeAlias = dict[str, bytes]
ALSO = {
    "onnx": "",
    "savedmodel": "| `savedmodel/01/`, ... | the same as TensorFlow SavedModels, signature "
    "`serving_default` |\n",
    "litert": "| `litert/*.tflite` | the same for LiteRT, one window at a time, built-in operators "
    "alone |\n",
}
"""Lines of the table of files."""
LEFT_OUT = (runs.CHECKPOINT, runs.LOCK)
LEFT_OUT_FOLDERS = (runs.FOLDS, runs.TENSORBOARD, runs.PARTS)

GUIDE = """# {name}

Networks that forecast {symbol} ({interval} bars), trained by rnnforecast {version}
on {first} to {last}.

| file | what it is |
| --- | --- |
| `members/*.keras` | the networks, in Keras' own format: stock layers, no custom code |
| `members/*.onnx` | the same for ONNX Runtime |
| `members/*.npz` | the same as plain NumPy arrays, where the layers are recurrences and a head |
| `scaler.json` | centre and scale of each input and step of the answer, from training rows |
{also}| `example.py`, `example.json` | a forecast without rnnforecast, from inputs to prices |
| `inputs.csv` | the newest window: {lookback} rows of {features} |
| `config.yaml`, `run.json` | every setting; versions, seeds, data and splits |
| `history.parquet` | the prices |
| `track.jsonl` | every forecast that was made; each line has the SHA-256 of the one before |
| `*.csv`, `verdict.json`, `report.html` | what training and evaluation left |

## Without rnnforecast

```sh
pip install {needs}
python example.py
```

It prints where the middle of the distribution lies on each coming date, before calibration and
before other models are averaged with the networks; its first lines name the tensors.

## In plain Keras

Run this in the unpacked folder:

```python
import json

import keras
import numpy as np

scaler = json.load(open("scaler.json"))
inputs = np.loadtxt("inputs.csv", delimiter=",", skiprows=1, ndmin=2)  # (lookback, feature)
scaled = (inputs - scaler["inputs"]["center"]) / scaler["inputs"]["scale"]

paths = [f"members/{{number:02d}}.keras" for number in range(1, {members} + 1)]
members = [keras.saving.load_model(path) for path in paths]
window = scaled[None].astype("float32")
raw = np.stack([member(window) for member in members])  # (member, 1, step, parameter)

location = {location}  # (step,)
answer = location * scaler["targets"]["scale"] + scaler["targets"]["center"]
print(answer)
```

`answer` is where the middle of the distribution lies at each of {answered} steps, before any
calibration, in the unit of the target `{target}`: {meaning}
The head is `{head}`; its other numbers say how wide the distribution is,
`rnnforecast/model/heads.py` how.

With ONNX Runtime instead, set `os.environ["ORT_DISABLE_TELEMETRY"] = "1"` before
`import onnxruntime`: its official builds report to Microsoft unless asked not to.

Nothing here is investment advice.
"""


def pack(run: Run | Part, path: Path, kind: Format = "onnx") -> list[str]:
    """Write a run, and how to use it, into a zip.

    Args:
        run: what to pack.
        path: of the zip; written whole or not at all.
        kind: what ``example.py`` opens the networks from; they are converted to it.

    Returns:
        the names in it.

    Raises:
        RunError: if the run is incomplete, or a network cannot be converted.
        UsageError: if it is on several symbols.
        OSError: if the file cannot be written.
    """
    if run.is_panel:
        raise UsageError(
            f"run {run.name} is on {len(run.symbols)} symbols",
            f"export one: rnnforecast export {run.name}/{run.symbols[0]}",
        )
    (part,) = run.parts
    dataset = dataset_of(part)
    window = newest_window(dataset)
    files = _files(part)
    files[INPUTS] = csv_text(window).encode()
    files[README] = guide(part, window, kind).encode()
    files |= _example(part, dataset, kind)
    if kind != "onnx":
        files |= _converted(part, dataset, kind)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(f"{file_name(run)}/{name}", content)
    write_atomic(path, buffer.getvalue())
    return sorted(files)


def file_name(run: Run | Part) -> str:
    """Turn the run's name into a file's; a part's has a / in it."""
    return run.name.replace("/", "_")


def _files(part: Part) -> dict[str, bytes]:
    """Return the contents of the run's own files, by name; of a part with the networks it shares.

    Links and what the run does not know are left out: they are not the run's.
    """
    files = {}
    for name in _names(part.run):
        if part.shares_folder or name.startswith(f"{runs.MEMBERS}/"):
            files[name] = part.run.read_bytes(name)
    for name in () if part.shares_folder else _names(part):
        files[name] = part.read_bytes(name)
    if not part.shares_folder and runs.REPORT in files:  # what its page shares stays behind
        files[runs.REPORT] = portable_page(part).encode()
    files.pop(TRACK, None)
    if part.is_sealed:  # who unpacks it into a home has a run
        files[FILES] = seal_of(files)
    if record := track_record(part).whole():
        files[TRACK] = record
    return files


def _names(folder: Run | Part) -> list[str]:
    """Return the names of a folder's files; of one from version 0.1.0, of what looks like them."""
    if folder.files is not None:
        return list(folder.files)
    paths = (path for path in sorted(folder.path.rglob("*")) if path.is_file())
    names = (path.relative_to(folder.path) for path in paths if not path.is_symlink())
    return [
        name.as_posix()
        for name in names
        if name.name not in LEFT_OUT
        and name.parts[0] not in LEFT_OUT_FOLDERS
        and not any(part.startswith(".") for part in name.parts)
    ]


def newest_window(dataset: Dataset) -> pd.DataFrame:
    """Return what the networks see last, unscaled: one row for each step back, the newest last."""
    return pd.DataFrame(
        dataset.features[-dataset.experiment.window.lookback :], columns=list(dataset.names)
    )


def _example(part: Part, dataset: Dataset, kind: Format) -> dict[str, bytes]:
    """Return a program that forecasts from the packed files, and what it reads beside them."""
    experiment, members = load_experiment(part), len(part.manifest.seeds)
    days = coming_dates(dataset.history, experiment.window.horizon)
    dates = [day.isoformat() for day in days]
    values = example_values(experiment, dataset, members, dates)
    program = example(experiment, dataset, members, kind)
    return {EXAMPLE: program.encode(), EXAMPLE_VALUES: values.encode()}


def _converted(part: Part, dataset: Dataset, kind: Literal["savedmodel", "litert"]) -> Files:
    """Return the networks in another format, each held to its ONNX graph on the run's windows."""
    from rnnforecast.model.portable import portable  # TensorFlow, for who asks for it

    windows = windows_of([dataset], [load_scalers(part)]).telling(COMPARED)
    expected = load_networks(part.run, len(part.manifest.seeds))(windows)
    files: Files = {}
    for number, answers in enumerate(expected, 1):
        content = part.run.read_bytes(f"{runs.MEMBERS}/{number:02d}{KERAS}")
        made = portable(content, kind, windows, answers.astype(np.float32))
        for name, written in made.items():
            place = f"{kind}/{number:02d}{f'/{name}' if name else LITERT}"
            files[place] = written
    return files


def _location(experiment: Experiment) -> str:
    """Write where the middle of a scaled answer lies, in Python."""
    at = head_of(experiment).location
    if at is None:  # not learned: the center of the scaler is the location
        return "np.zeros(raw.shape[2])"
    return f"raw[:, 0, :, {at}].mean(axis=0)"


def guide(part: Part, newest: pd.DataFrame, kind: Format = "onnx") -> str:
    """Return the README of a packed run.

    Args:
        part: what is packed.
        newest: of ``newest_window``.
        kind: what ``example.py`` opens.
    """
    manifest, experiment = part.manifest, load_experiment(part)
    data, window = manifest.data, experiment.window
    meaning = " ".join((Window.model_fields["target"].description or "").replace("``", "`").split())
    return GUIDE.format(
        name=part.name, symbol=data.symbol, interval=data.interval, version=manifest.rnnforecast,
        first=data.first, last=data.last, lookback=window.lookback,
        features=", ".join(f"`{name}`" for name in newest.columns), members=len(manifest.seeds),
        location=_location(experiment), answered=experiment.answered, target=window.target,
        head=experiment.model.head, meaning=meaning, needs=NEEDS[kind], also=ALSO[kind],
    )  # fmt: skip
