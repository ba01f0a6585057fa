"""Runs are listed, shown, noted, removed, compared, ranked and packed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rnnforecast import runs
from rnnforecast.runs import Run, summaries
from rnnforecast.runs.artifacts import load_forecaster, load_table
from rnnforecast.runs.packed_backtest import pack, save_backtest

from ..conftest import Command
from ..test_layers import loaded_by

Json = Callable[..., dict[str, object]]


@pytest.fixture(scope="session")
def scored(trained: tuple[Path, Run], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three runs: one trained and evaluated, one that is worse,
    one that is not evaluated."""
    from rnnforecast.pipeline.evaluate import evaluate
    from rnnforecast.pipeline.score import Request

    home = Path(shutil.copytree(trained[0], tmp_path_factory.mktemp("scored") / "home"))
    own = runs.find(home / "runs")
    one = Run(own.path.rename(home / "runs" / "2025-01-01T00-00-00_WALK_gru"))
    shutil.copytree(one.path, home / "runs" / "2025-01-03T00-00-00_WALK_new")
    evaluate(one, Request(baselines=("naive",)))
    two = Run(Path(shutil.copytree(one.path, home / "runs" / "2025-01-02T00-00-00_WALK_lstm")))
    two.write(runs.CONFIG, one.read(runs.CONFIG).replace("architecture: gru", "architecture: lstm"))
    worse(two)
    return home


def worse(run: Run) -> None:
    """Let a run have forecast 3 % too much, and its tables say so."""
    table = load_table(run, runs.BACKTEST)
    assert table is not None
    quantiles = [name for name in table if str(name).startswith("q")]
    table.loc[table["model"] == "network", quantiles] *= 1.03
    save_backtest(run.parts[0], pack(table))
    comparisons = load_table(run, runs.COMPARISONS)
    assert comparisons is not None
    run.write(
        runs.COMPARISONS,
        comparisons.assign(skill=comparisons["skill"] - 0.5, p=0.9).to_csv(index=False),
    )


@pytest.fixture
def home(scored: Path, tmp_path: Path) -> Path:
    """A copy of the three runs, to write to."""
    return Path(shutil.copytree(scored, tmp_path / "copy"))


@pytest.fixture
def told(here: Command, home: Path) -> Json:
    """The document that a command prints."""

    def ask(*arguments: str) -> dict[str, object]:
        result = here(*arguments, "--json", home=home)
        assert result.returncode == 0, result.stderr
        return dict(json.loads(result.stdout))

    return ask


def ends(listed: list[dict[str, str]]) -> list[str]:
    return [one["name"].rpartition("_")[2] for one in listed]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), ["gru", "lstm", "new"]),
        (("--sort", "skill"), ["lstm", "gru", "new"]),
        (("--sort", "skill", "--reverse"), ["gru", "lstm", "new"]),
        (("--sort", "architecture"), ["gru", "new", "lstm"]),
        (("--last", "2"), ["lstm", "new"]),
        (("--symbol", "walk"), ["gru", "lstm", "new"]),
        (("--symbol", "OTHER"), []),
    ],
)
def test_runs_are_sorted_and_filtered(
    arguments: tuple[str, ...], expected: list[str], told: Json
) -> None:
    assert ends(told("runs", "list", *arguments)["runs"]) == expected  # type: ignore[arg-type]


def test_the_list_tells_scores_and_who_has_none(here: Command, home: Path) -> None:
    table = here("runs", "list", home=home).stdout.splitlines()
    scores = pd.read_csv(home / "runs" / "2025-01-01T00-00-00_WALK_gru" / runs.COMPARISONS)
    row = scores[
        (scores["step"] == 0) & (scores["metric"] == "crps") & (scores["baseline"] == "naive")
    ]
    assert f"{row['skill'].item():+.1%}".replace("%", " %") in table[2]
    assert table[4].endswith("not evaluated")
    refused = here("runs", "list", "--sort", "size", home=home)
    assert refused.returncode == 2 and "use: name, symbol" in refused.stderr


def test_the_list_loads_no_pandas_even_where_runs_are_scored(scored: Path) -> None:
    assert not {"pandas", "numpy", "tensorflow", "yaml"} & loaded_by("runs", "list", home=scored)


def test_show_tells_what_is_needed_to_judge_a_run(here: Command, home: Path, told: Json) -> None:
    shown = here("runs", "show", "WALK_gru", home=home).stdout
    for word in (
        "seeds 1, 2",
        "looked at 1 time",
        "2020-10-26",
        "tensorflow ",
        "members/02.onnx",
        "  horizon: 3",
    ):
        assert word in shown
    assert told("runs", "show", "WALK_gru")["config"]["window"]["horizon"] == 3  # type: ignore[index]


def test_a_note_is_kept_shown_and_taken_away(here: Command, home: Path, told: Json) -> None:
    assert told("runs", "note", "WALK_gru", "try  a wider\nwindow")["note"] == "try a wider window"
    assert "try a wider window" in here("runs", "list", home=home).stdout
    assert "try a wider window" in here("runs", "show", "WALK_gru", home=home).stdout
    assert told("runs", "note", "WALK_gru", "")["note"] == ""


def test_nothing_is_removed_without_being_asked(here: Command, home: Path, told: Json) -> None:
    partly = here("runs", "rm", "WALK_gru", "--yes", home=home)
    assert partly.returncode == 6 and "did you mean 2025-01-01T00-00-00_WALK_gru?" in partly.stderr
    gru, new = "2025-01-01T00-00-00_WALK_gru", "2025-01-03T00-00-00_WALK_new"
    refused = here("runs", "rm", gru, home=home)
    assert (
        refused.returncode == 2
        and "--yes" in refused.stderr
        and len(runs.all_runs(home / "runs")) == 3
    )
    unknown = here("runs", "rm", gru, "nosuch", "--yes", home=home)
    assert unknown.returncode == 6 and len(runs.all_runs(home / "runs")) == 3
    assert told("runs", "rm", gru, new, "--yes")["removed"] == [gru, new]
    assert [run.name for run in runs.all_runs(home / "runs")] == ["2025-01-02T00-00-00_WALK_lstm"]
    assert len(list((home / "runs").iterdir())) == 1


def test_old_runs_are_removed_by_a_rule_that_is_shown_first(
    here: Command, home: Path, told: Json
) -> None:
    gru, lstm, new = (
        f"2025-01-0{day}T00-00-00_WALK_{name}"
        for day, name in ((1, "gru"), (2, "lstm"), (3, "new"))
    )
    for day in (4, 5):
        newer = home / "runs" / f"2025-01-0{day}T00-00-00_WALK_gru"
        shutil.copytree(home / "runs" / gru, newer)
    spared = here("runs", "rm", "--keep", "2", "--dry-run", home=home)
    assert spared.stdout == f"would remove {gru}\n" and spared.returncode == 0
    asked = here("runs", "rm", "--keep", "2", home=home)
    assert asked.returncode == 2 and gru in asked.stderr and "--yes" in asked.stderr
    assert here("runs", "rm", "--older-than", "1d", home=home).stdout == "nothing to remove\n"
    for name in (gru, lstm, new):
        old = Run(home / "runs" / name)
        record = {**old.manifest.to_dict(), "created": "2025-01-01T00:00:00+00:00"}
        old.write(runs.MANIFEST, json.dumps(record))
    document = told("runs", "rm", "--keep", "1", "--older-than", "30d", "--dry-run")
    assert document["would_remove"] == [gru] and len(runs.all_runs(home / "runs")) == 5
    document = told("runs", "rm", "--older-than", "30d", "--yes")
    assert document["removed"] == [gru, lstm, new]
    assert len(runs.all_runs(home / "runs")) == 2


def test_tables_are_exported_as_files_for_other_programs(
    here: Command, home: Path, told: Json, tmp_path: Path
) -> None:
    gru = "2025-01-01T00-00-00_WALK_gru"
    printed = here("export", "WALK_gru", "--table", "backtest", "--out", "b.csv", home=home)
    assert printed.returncode == 0 and printed.stdout.endswith("rows: b.csv\n")
    backtest = pd.read_csv(tmp_path / "b.csv")
    scores = load_table(Run(home / "runs" / gru), runs.SCORES)
    assert scores is not None
    own = backtest[backtest["model"] == "network"]
    wanted = scores[(scores["model"] == "network") & (scores["step"] == 0)].set_index("metric")
    mse = float(((own["q0.5"] - own["actual"]) ** 2).mean())
    assert mse == pytest.approx(wanted.loc["mse", "value"])

    here("export", gru, "--table", "backtest", "--format", "nixtla", "--out", "n.csv", home=home)
    long = pd.read_csv(tmp_path / "n.csv")
    assert list(long.columns[:4]) == ["unique_id", "ds", "cutoff", "y"]
    assert {"network", "network-lo-80", "naive-hi-95"} <= set(long.columns)

    document = told("export", "WALK_gru", "--table", "forecast", "--format", "parquet")
    table = pd.read_parquet(tmp_path / str(document["file"]))
    assert str(document["file"]) == f"{gru}_forecast.parquet" and len(table) == 3
    nixtla = told("export", "WALK_gru", "--table", "forecast", "--format", "nixtla")
    assert nixtla["columns"][:4] == ["unique_id", "ds", "cutoff", "rnnforecast"]  # type: ignore[index]

    for arguments, code, words in (
        (("WALK_gru", "--table", "scores", "--format", "nixtla"), 2, "no Nixtla format"),
        (("WALK_new", "--table", "scores"), 6, "run: rnnforecast evaluate"),
        (("WALK_gru", "--table", "scores", "--out", "s.xlsx"), 2, "end it in .csv"),
        (("WALK_gru", "--table", "scores", "--out", "b.csv"), 2, "--force"),
    ):
        refused = here("export", *arguments, home=home)
        assert refused.returncode == code and words in refused.stderr, arguments


def test_runs_are_compared_on_what_they_share(here: Command, home: Path, told: Json) -> None:
    found = told("compare", "WALK_lstm", "WALK_gru")
    (pair,) = found["pairs"]  # type: ignore[misc]
    assert (pair["run"], pair["other"], pair["corrected_p"]) == ("WALK_gru", "WALK_lstm", None)
    assert (found["origins"], found["steps"]) == (43, [1, 2, 3])
    printed = " ".join(here("compare", "WALK_lstm", "WALK_gru", home=home).stdout.split())
    assert "WALK_gru has the lowest CRPS; it is not tested against WALK_lstm" in printed
    assert "no p from so few origins" in printed and "naive" in printed


def test_a_test_that_was_removed_is_refused_with_the_reason(here: Command, home: Path) -> None:
    refused = here("compare", "WALK_lstm", "WALK_gru", "--test", "bootstrap", home=home)
    assert refused.returncode == 2 and "--test bootstrap is no longer offered" in refused.stderr


def test_a_comparison_can_be_a_page_and_a_picture(here: Command, home: Path) -> None:
    note = '<script>alert("x")</script>'
    summaries.write_note(runs.find(home / "runs", "WALK_gru"), note)
    done = here(
        "compare", "WALK_lstm", "WALK_gru", "--html", "c.html", "--plot", "c.png", home=home
    )
    assert done.returncode == 0, done.stderr
    page = (home.parent / "c.html").read_text("utf-8")
    assert (
        "WALK_gru has the lowest CRPS" in page
        and "<svg" in page
        and "http://" not in page.split("<svg")[0]
    )
    assert (home.parent / "c.png").read_bytes().startswith(b"\x89PNG")
    refused = here("compare", "WALK_lstm", "WALK_gru", "--html", "none/c.html", home=home)
    assert refused.returncode == 2 and "cannot write none/c.html" in refused.stderr


def test_open_shows_the_page_of_a_comparison(
    here: Command, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not shown.append(address))
    for html in ((), ("--html", "c.html")):
        done = here("compare", "WALK_lstm", "WALK_gru", *html, "--open", home=home)
        assert done.returncode == 0 and not done.stderr
    pages = [home.parent / "comparison.html", home.parent / "c.html"]
    assert shown == [page.as_uri() for page in pages] and all(page.exists() for page in pages)


def test_what_cannot_be_compared_is_refused_with_the_remedy(here: Command, home: Path) -> None:
    other = Run(
        Path(
            shutil.copytree(
                home / "runs" / "2025-01-01T00-00-00_WALK_gru", home / "runs" / "2025-01-04_x"
            )
        )
    )
    record = other.manifest.to_dict()
    record["data"]["symbol"] = "OTHER"
    other.write(runs.MANIFEST, json.dumps(record))
    for arguments, code, remedy in (
        (("WALK_gru",), 2, "a comparison takes two"),
        (("WALK_gru", "WALK_gru"), 2, "a comparison takes two"),
        (("WALK_gru", "1999"), 6, "see: rnnforecast runs list"),
        (("WALK_gru", "WALK_new"), 6, "run: rnnforecast evaluate 2025-01-03T00-00-00_WALK_new"),
        (("WALK_gru", "2025-01-04_x"), 2, "rnnforecast runs list --symbol WALK"),
    ):
        refused = here("compare", *arguments, home=home)
        assert (refused.returncode, refused.stderr.count("\n")) == (code, 1), arguments
        assert remedy in refused.stderr
    # "2025" fits all four: the newest is meant, which is on another symbol, and a note names it
    refused = here("compare", "WALK_gru", "2025", home=home)
    named, reason = refused.stderr.splitlines()
    assert named.endswith("run 2025-01-04_x, newest of 4")
    assert refused.returncode == 2 and "rnnforecast runs list --symbol WALK" in reason


def test_the_leaderboard_counts_what_was_tried(here: Command, home: Path, told: Json) -> None:
    found = told("leaderboard", "WALK")
    assert ends(found["ranking"]) == ["gru", "lstm"]  # type: ignore[arg-type]
    assert (found["configs_tried"], found["runs"], found["looks_at_test"]) == (2, 3, 2)
    printed = here("leaderboard", "WALK", home=home)
    by_mse = told("leaderboard", "WALK", "--metric", "mse")
    first = by_mse["ranking"][0]  # type: ignore[index]
    scores = load_table(Run(home / "runs" / first["name"]), runs.SCORES)
    assert scores is not None
    own = scores[(scores["model"] == "network") & (scores["step"] == 0)].set_index("metric")
    assert first["value"] == pytest.approx(own.loc["mse", "value"]) and first["steps"] == 3
    assert "2 configurations tried in 3 runs" in printed.stdout and "optimistic" in printed.stdout
    assert (
        "rnnforecast compare 2025-01-01T00-00-00_WALK_gru 2025-01-02T00-00-00_WALK_lstm"
        in printed.stderr
    )


def test_short_names_stay_apart() -> None:
    names = ["2025-01-01T00-00-00_a", "2025-01-02T00-00-00_a", "2025-01-02T00-00-00_b"]
    assert list(summaries.short_names(names).values()) == [names[0], names[1], "b"]


def test_a_packed_run_is_opened_by_plain_keras_as_its_readme_says(
    here: Command, home: Path, tmp_path: Path
) -> None:
    assert here("export", "WALK_gru", "--out", "run.zip", home=home).returncode == 0
    refused = here("export", "WALK_gru", "--out", "run.zip", home=home)
    assert refused.returncode == 2 and "--force" in refused.stderr
    shutil.unpack_archive(tmp_path / "run.zip", tmp_path / "unpacked")
    folder = tmp_path / "unpacked" / "2025-01-01T00-00-00_WALK_gru"
    code = (folder / "README.md").read_text("utf-8").split("```python\n")[1].split("```")[0]
    alone = "import sys; sys.modules['rnnforecast'] = None\n" + code
    printed = subprocess.run(
        [sys.executable, "-c", alone], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert printed.returncode == 0, printed.stderr
    answer = np.array(printed.stdout.strip().strip("[]").split(), float)
    run = runs.find(home / "runs", "WALK_gru")
    from rnnforecast.pipeline.plan import dataset_of

    dataset, forecaster = dataset_of(run), load_forecaster(run)
    middle = forecaster.own_quantiles(dataset, np.array([dataset.newest_origin]))[0, :, 51]
    assert answer == pytest.approx(forecaster.scalers.targets.invert(middle), rel=1e-4)
