"""``evaluate`` by the real program: what it prints, and what it refuses."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path

import pytest

from rnnforecast.data.store import Store

from ..conftest import Command, random_walk

TINY = (
    "--symbol",
    "WALK",
    "--set",
    "training.epochs=1",
    "--set",
    "training.ensemble=2",
    "--set",
    "model.units=4",
)


@pytest.fixture
def home(here: Command, tmp_path: Path) -> Path:
    Store(tmp_path / "data").save(random_walk())
    assert here("train", *TINY).returncode == 0
    return tmp_path


def test_every_table_the_seeds_and_the_verdict_are_printed(here: Command, home: Path) -> None:
    result = here("evaluate", "--full", "--mape")
    assert result.returncode == 0, result.stderr
    for words in (
        "skill vs GARCH-t",
        "log score",
        "Pesaran-T.",
        "all models",
        "AutoARIMA",
        "Single networks (2 seeds)",
    ):
        assert words in result.stdout
    assert "From 41 origins" in result.stdout and "few forecasts: with 41 origins" in result.stdout

    (mape,) = [line for line in result.stdout.splitlines() if line.startswith("MAPE")]
    assert mape.count(" %") >= 3  # the network's, naive's, GARCH's


def test_the_verdict_comes_first_and_then_the_lines_that_matter(
    here: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not shown.append(address))
    result = here("evaluate", "--baselines", "naive,garch", "--open")
    (page,) = (home / "runs").glob("*/report.html")
    assert shown == [page.as_uri()]
    headline, _, rest = result.stdout.partition(". ")
    assert (
        headline
        in json.loads(here("evaluate", "--baselines", "naive,garch", "--json").stdout)["summary"][
            "answer"
        ]
    )
    names = [line.split("  ")[0] for line in rest.splitlines()]
    table = names[names.index("all steps") : names.index("all steps") + 5]
    assert table[2:] == ["MAE", "CRPS", "80 % interval"] and "RMSE" not in names
    assert "--full" in result.stderr


def test_a_walk_forward_fits_anew_and_says_so_in_the_record(here: Command, home: Path) -> None:
    told = json.loads(
        here(
            "evaluate",
            "--refit-every",
            "25",
            "--window",
            "sliding",
            "--baselines",
            "ewma",
            "--json",
        ).stdout
    )
    assert told["protocol"] == {
        "origins": None, "step": 1, "refit_every": 25, "window": "sliding", "purge": None,
        "embargo": None, "warm": False, "fits": 2,
    }  # fmt: skip
    references = {"naive", "constant", "drift", "recent"}  # always scored
    stages = {"network", "uncalibrated", "networks_alone", "filters"}  # of the run's own pool
    assert {row["model"] for row in told["scores"]} == {*stages, *references, "ewma"}


def test_a_config_is_trained_and_scored_in_one_command(here: Command, home: Path) -> None:
    told = json.loads(
        here("evaluate", "--config", "rnn", *TINY, "--baselines", "garch", "--json").stdout
    )
    assert told["run"].endswith("WALK_rnn") and told["verdict"]["headline"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--origins", "99"], 2, "the test part has 41 origins, not 99; ask for fewer"),
        (["--embargo", "3"], 2, "are options of refits; add --refit-every 250"),
        (["--baselines", "arma"], 2, "no baseline of a price is called 'arma'; use: naive"),
        (["--economics"], 4, "the bars have no open to trade at; use --execution close"),
        (["--economics", "--execution", "close", "--step", "3"], 2, "need a forecast at every bar"),
        (
            ["--economics", "--cost", "-1"],
            2,
            "cost -1 and slippage 2 are basis points; use 0 or more",
        ),
        (["--symbol", "WALK"], 2, "but none is named; add --config gru"),
        (["WALK", "--config", "gru"], 2, "is trained already"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    here: Command, home: Path, arguments: list[str], code: int, words: str
) -> None:
    result = here("evaluate", *arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert words in result.stderr.splitlines()[-1] and "Traceback" not in result.stderr
    assert not (next((home / "runs").iterdir()) / "verdict.json").exists()
