"""Several symbols on the command line: one training, a line for each,
and every command for one of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnforecast.data.store import Store

from ..conftest import Command, random_walk, run_in
from .test_completion import offered

QUICK = tuple(
    word
    for setting in (
        "window.lookback=8",
        "window.horizon=3",
        "model.units=4",
        "training.epochs=1",
        "training.ensemble=1",
    )
    for word in ("--set", setting)
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a run on three symbols, named on the line and in a file, and evaluated."""
    folder = tmp_path_factory.mktemp("panel")
    for seed, symbol in enumerate(("ONE", "TWO", "THREE")):
        Store(folder / "data").save(random_walk(seed=seed, symbol=symbol))
    (folder / "more.txt").write_text("TWO # the second\nTHREE\n")
    trained = run_in(folder)("train", "--symbol", "ONE", "--symbols-file", "more.txt", *QUICK)
    assert trained.returncode == 0, trained.stderr
    scored = run_in(folder)("evaluate", "--baselines", "naive")
    assert scored.returncode == 0, scored.stderr
    (folder / "evaluated.txt").write_text(scored.stdout)
    return folder


def test_every_symbol_has_a_line_in_the_report_card(home: Path) -> None:
    told = (home / "evaluated.txt").read_text()
    assert [
        line.split()[0] for line in told.splitlines() if line.startswith(("ONE", "TWO", "THREE"))
    ] != []
    assert "of 3 symbols the spread is better than naive's on" in told
    assert "3 symbols, losses in units of each symbol's mean move" in told


def test_a_forecast_has_a_line_for_each_and_every_step_of_one(home: Path) -> None:
    run = run_in(home)
    every = run("predict")
    assert (
        every.returncode == 0
        and "3 symbols; every step of one: rnnforecast predict" in every.stdout
    )
    assert (
        sum(line.startswith(("ONE ", "TWO ", "THREE ")) for line in every.stdout.splitlines()) == 3
    )
    one = run("predict", "/two", "--plot")
    assert (
        one.returncode == 0
        and one.stdout.startswith("TWO, ")
        and "\nTWO: close" in one.stdout
        and "symbols/TWO/figures/forecast.png" in one.stdout
    )


def test_machine_output_holds_every_symbol(home: Path) -> None:
    run = run_in(home)
    told = json.loads(run("predict", "--json").stdout)
    assert [one["symbol"] for one in told["symbols"]] == ["ONE", "TWO", "THREE"]
    assert len(told["symbols"][0]["steps"]) == 3
    scored = json.loads(run("evaluate", "--baselines", "naive", "--json").stdout)
    assert {row["symbol"] for row in scored["symbols"]} == {"ONE", "TWO", "THREE"}


def test_a_part_takes_the_place_of_a_run(home: Path, tmp_path: Path) -> None:
    run = run_in(home)
    for command in (
        ("runs", "show", "/ONE"), ("report", "/ONE"),
        ("report", "/ONE", "--format", "md", "--out", "-"),
        ("plot", "/ONE", "--kind", "pit", "--out", str(tmp_path / "pit.png")), ("audit", "/ONE"),
        ("export", "/ONE", "--out", str(tmp_path / "one.zip")),
        ("evaluate", "/ONE", "--baselines", "naive"),
        ("leaderboard", "ONE"), ("runs", "list", "--symbol", "TWO"), ("runs", "list"), ("audit",),
        ("report",),
    ):  # fmt: skip
        done = run(*command)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_the_shell_offers_the_symbols_of_a_run(home: Path) -> None:
    (name,) = (path.name for path in (home / "runs").glob("*more_gru"))
    assert offered(run_in(home), f"rnnforecast --home {home} predict {name}/T") == [
        f"{name}/TWO",
        f"{name}/THREE",
    ]


def test_two_runs_can_be_compared_on_one_of_their_symbols(home: Path) -> None:
    run = run_in(home)
    alone = run(
        "evaluate",
        "--config",
        "gru",
        "--symbol",
        "ONE",
        *QUICK,
        "--set",
        "training.seed=5",
        "--quiet",
    )
    assert alone.returncode == 0, alone.stderr
    compared = run("compare", "ONE_gru", "and-2-more_gru/ONE")
    assert compared.returncode == 0 and "common origins" in compared.stdout, compared.stderr


@pytest.mark.parametrize(
    ("command", "code", "problem", "remedy"),
    [
        (("predict", "more_gru/FOUR"), 6, "has no part 'FOUR'", "it is on ONE, TWO, THREE"),
        (("export", "more_gru"), 2, "is on 3 symbols", "export one: rnnforecast export"),
        (
            ("reproduce", "more_gru/ONE"),
            2,
            "shares its networks with others",
            "rnnforecast reproduce 2",
        ),
        (
            ("train", "--symbol", "ONE", "--symbol", "GONE"),
            4,
            "no 1d prices of GONE",
            "rnnforecast fetch GONE",
        ),
        (("train", "--symbols-file", "none.txt"), 2, "none.txt cannot be read", "name a text file"),
        (
            ("evaluate", "more_gru/ONE", "--refit-every", "9"),
            2,
            "learn from several symbols",
            "leave --refit-every out",
        ),
    ],
)
def test_what_cannot_be_done_with_several_symbols_says_what_can(
    command: tuple[str, ...], code: int, problem: str, remedy: str, home: Path
) -> None:
    refused = run_in(home)(*command)
    assert refused.returncode == code and len(refused.stderr.strip().splitlines()) == 1, (
        refused.stderr
    )
    assert problem in refused.stderr and remedy in refused.stderr


def test_a_long_list_of_symbols_is_shown_by_its_beginning(here: Command, tmp_path: Path) -> None:
    names = [f"S{number}" for number in range(40)]
    (tmp_path / "many.yaml").write_text(json.dumps({"data": {"symbol": names}}))
    told = here("config", "check", "many.yaml")
    assert (
        "on S0 and 39 more" in told.stdout
        and "S11 and 28 more" in told.stdout
        and "S12" not in told.stdout
    )
