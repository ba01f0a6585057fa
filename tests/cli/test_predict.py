"""``predict`` by the real program: the answer first, in numbers that are never cut,
and in files."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast.runs import Run

from ..conftest import Command

NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*\.?\d*")


@pytest.fixture
def home(trained: tuple[Path, Run], tmp_path: Path) -> Path:
    """A copy of a home with a run, to write to."""
    return Path(shutil.copytree(trained[0], tmp_path / "home"))


def test_the_answer_comes_first_and_what_nobody_tested_says_so(here: Command, home: Path) -> None:
    printed = here("predict", home=home).stdout
    answer, trust, *_ = printed.splitlines()
    assert re.fullmatch(
        r"WALK, Tue 27 Oct 2020: most likely near [\d.]+; "
        r"an 80 % chance of [\d.]+ to [\d.]+ \(-[\d.]+ % to \+[\d.]+ %\)\.",
        answer,
    )
    assert trust == "Not tested yet. To see how far to trust it: rnnforecast evaluate"
    told = json.loads(here("predict", "--json", home=home).stdout)
    assert told["summary"]["answer"] == answer


def test_chances_are_those_of_the_quantiles(here: Command, home: Path) -> None:
    told = json.loads(here("predict", "--json", home=home).stdout)
    out = home / "long.csv"
    here("predict", "--out", str(out), "--layout", "long", "--level", "50,80,90", home=home)
    long = pd.read_csv(out)
    assert sorted(long["level"].unique()) == [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95]
    for row in told["steps"]:
        values = long[long["step"] == row["step"]].set_index("level")["value"]
        below = np.interp(told["last"], values, values.index)
        assert row["probability_up"] == pytest.approx(1 - below, abs=0.05)
        assert row["move"] == pytest.approx(row["median"] / told["last"] - 1)
        assert (values[0.1], values[0.9]) == pytest.approx((row["low_80"], row["high_80"]))
        assert 0 < row["probability_large"] < 1


@pytest.mark.parametrize("width", [40, 50, 60, 80, 120])
def test_every_number_on_a_terminal_is_one_of_the_document(
    here: Command, home: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.loads(here("predict", "--json", home=home).stdout)
    with monkeypatch.context() as terminal:
        terminal.setattr("rnnforecast.cli.console.on_terminal", lambda stream: True)
        shown = here("predict", home=home, COLUMNS=str(width)).stdout
    assert max(map(len, shown.splitlines())) <= width
    values = [told["last"], *(row[name] for row in told["steps"] for name in row if name != "date")]
    known = {f"{abs(value):,.{digits}f}" for value in values for digits in range(6)}
    known |= {f"{abs(100 * value):.1f}" for value in values}
    table = re.sub(r"\d{4}-\d\d-\d\d|(80|95) % from|over 5 %", "", shown.split("WALK: close")[1])
    numbers = [number.lstrip("-") for number in NUMBER.findall(table)]
    assert len(numbers) >= 1 + 3 * 3 and set(numbers) <= known


def test_stale_prices_are_told_to_people_and_machines_alike(here: Command, home: Path) -> None:
    told = json.loads(here("predict", "--json", home=home).stdout)
    assert told["stale"] is True and told["age_days"] > 365
    sentence = f"the newest stored price of WALK is {told['age_days']} days old"
    assert told["warnings"][0].startswith(sentence)
    assert sentence in here("predict", home=home).stderr


def test_a_limit_of_age_refuses_old_prices_and_keeps_no_forecast(here: Command, home: Path) -> None:
    refused = here("predict", "--max-age", "3d", "--json", home=home)
    assert refused.returncode == 4
    assert "older than --max-age 3d" in json.loads(refused.stdout)["error"]["problem"]
    assert not list(home.glob("runs/*/track.jsonl"))
    assert here("predict", "--max-age", "9999w", home=home).returncode == 0
    wrong = here("predict", "--max-age", "soon", home=home)
    assert wrong.returncode == 2 and "such as 3d" in wrong.stderr


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_a_forecast_goes_into_a_file(here: Command, home: Path, ending: str) -> None:
    out = home / f"forecast.{ending}"
    done = here("predict", "--out", str(out), "--json", home=home)
    told = json.loads(done.stdout)
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[ending]
    table = read(out)
    assert told["file"] == str(out)
    assert table["low_95"].tolist() == pytest.approx([row["low_95"] for row in told["steps"]])
    assert list(table["symbol"].unique()) == ["WALK"]


def test_nixtla_reads_the_file(here: Command, home: Path) -> None:
    out = home / "forecast.csv"
    here("predict", "--out", str(out), "--layout", "nixtla", "--level", "90", home=home)
    assert list(pd.read_csv(out)) == [
        "unique_id", "ds", "cutoff", "rnnforecast", "rnnforecast-lo-90", "rnnforecast-hi-90",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "forecast.xlsx"), "cannot tell the format of forecast.xlsx; end it in .csv"),
        (("--out", "nowhere/f.csv"), "no folder nowhere; make it first: mkdir -p nowhere"),
        (("--out", "f.csv", "--level", "0.8,.9"), "did you mean --level 80,90?"),
        (("--level", "80"), "add --out forecast.csv"),
        (("--out", "f.csv", "--level", "150"), "is not a list of percentages up to 99"),
    ],
)
def test_files_that_cannot_be_written_are_refused_in_one_line(
    here: Command, home: Path, arguments: tuple[str, ...], words: str
) -> None:
    refused = here("predict", *arguments, home=home)
    assert refused.returncode == 2 and words in refused.stderr.splitlines()[-1]
