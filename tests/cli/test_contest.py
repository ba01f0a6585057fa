"""``compare --train``: one command from presets to a table, a picture and a page."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data.store import Store
from rnnforecast.pipeline.contest import fair_experiments

from ..conftest import Command, random_walk

QUICK = (
    "--symbol", "WALK", "--set", "window.horizon=2", "--set", "window.lookback=8",
    "--set", "model.units=4", "--set", "training.epochs=1",
    "--set", "window.features=[log_return]", "--seeds", "2",
)  # fmt: skip


def test_only_the_network_differs_between_the_contestants() -> None:
    experiments = fair_experiments(["rnn", "cnn", "tutorial"], ["data.symbol=X"], seeds=4)
    shared = {
        experiment.model_copy(update={"model": None}).model_dump_json(warnings=False)
        for experiment in experiments.values()
    }
    assert len(shared) == 1
    architectures = [experiment.model.architecture for experiment in experiments.values()]
    assert architectures == ["simple_rnn", "cnn", "simple_rnn"]
    first = experiments["rnn"]
    assert first.pool == ("network",) and first.location == "learned"
    assert first.training.ensemble == 4 and first.window.lookback == 100  # tutorial's, the longest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--train", "rnn"), "names 1 different config; name 2 to 20"),
        (("--train", "rnn,rnn"), "names 1 different config; name 2 to 20"),
        (("--train", "rnn,lsmt"), "did you mean lstm?"),
        (("--train", "rnn,gru", "--html", "c.html"), "--train takes no --html and no --plot"),
        (("--symbol", "X"), "go with --train"),
        ((), "no run is named; name runs or a symbol"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_trained(
    here: Command, arguments: tuple[str, ...], words: str
) -> None:
    refused = here("compare", *arguments)
    assert refused.returncode == 2 and words in refused.stderr


def test_a_contest_gives_a_table_a_picture_and_a_page_and_keeps_its_runs(
    here: Command, tmp_path: Path
) -> None:
    Store(tmp_path / "data").save(random_walk(200))
    first = here("compare", "--train", "gru,cnn", *QUICK, "--out", "made", "--metric", "mse")
    assert first.returncode == 0, first.stderr
    headings = first.stdout.splitlines()[0].split()
    wanted = ["network", "parameters", "seconds", "MSE", "RMSE", "MAE", "CRPS", "direction"]
    assert headings == wanted
    made = tmp_path / "made"
    assert (made / "predictions.png").read_bytes().startswith(b"\x89PNG")
    page = (made / "comparison.html").read_text()
    assert "How much depends on the seed" in page
    assert page.count("<svg") == 4  # two figures, each once more for a phone
    table = pd.read_csv(made / "table.csv").set_index("network")
    assert list(table.index) == ["gru", "cnn", "naive", "always up"]
    scores = pd.read_csv(tmp_path / "runs" / table.loc["gru", "run"] / "scores.csv")
    own = scores[(scores["model"] == "network") & (scores["step"] == 0)].set_index("metric")
    assert table.loc["gru", "mse"] == pytest.approx(own.loc["mse", "value"])
    assert table.loc["gru", "mse"] == pytest.approx(table.loc["gru", "rmse"] ** 2)

    again = here("compare", "--train", "gru,cnn", *QUICK, "--json")
    document = json.loads(again.stdout)
    assert [row["run"] for row in document["table"][:2]] == table["run"].tolist()[:2]
    assert again.stderr.count("trained before") == 2
    assert len(list((tmp_path / "runs").glob("2*"))) == 2
    assert Path(document["files"]["page"]).parent.parent == tmp_path / "comparisons"

    by_symbol = here("compare", "walk")
    assert "WALK_gru_fair" in by_symbol.stdout and "WALK_cnn_fair" in by_symbol.stdout
