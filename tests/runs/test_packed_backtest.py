"""A packed backtest scores as the one that was packed, in a fraction of the size."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.special import ndtri

from rnnforecast import runs
from rnnforecast.errors import RunError
from rnnforecast.evaluation.backtest import QUANTILES
from rnnforecast.evaluation.metrics.distribution import losses, summarise
from rnnforecast.forecast.quantile_levels import LEVELS
from rnnforecast.runs import packed_backtest
from rnnforecast.runs.artifacts import load_table
from rnnforecast.runs.packed_backtest import pack, save_backtest, unpack

ORIGINS = 400


def backtest(level: float = 95_000.0) -> pd.DataFrame:
    """Two models whose spread moves from day to day, one step ahead."""
    rng = np.random.default_rng(3)
    last = level * np.exp(np.cumsum(rng.normal(0, 0.02, ORIGINS)))
    tables = []
    for model, drift in (("network", 0.001), ("naive", 0.0)):
        spread = 0.02 * np.exp(rng.normal(0, 0.2, ORIGINS))
        quantiles = last[:, None] * np.exp(drift + spread[:, None] * ndtri(LEVELS))
        table = pd.DataFrame(
            {
                "model": model,
                "symbol": "X",
                "origin": pd.date_range("2024-01-01", periods=ORIGINS),
                "step": 1,
                "date": pd.date_range("2024-01-02", periods=ORIGINS),
                "last": last,
                "actual": last * np.exp(rng.normal(0, 0.02, ORIGINS)),
            }
        )
        tables.append(pd.concat([table, pd.DataFrame(quantiles, columns=QUANTILES)], axis=1))
    return pd.concat(tables, ignore_index=True)


def test_every_score_is_that_of_the_backtest_that_was_packed() -> None:
    table = backtest()
    found = unpack(pack(table))
    assert list(found.columns) == list(table.columns)
    pd.testing.assert_frame_equal(found.drop(columns=QUANTILES), table.drop(columns=QUANTILES))
    assert (found["q0.5"] == table["q0.5"]).all()  # so that no direction changes
    width = (table["q0.995"] - table["q0.5"]).to_numpy()[:, None]
    assert (np.abs(found[QUANTILES] - table[QUANTILES]) <= 1.3e-4 * width).to_numpy().all()
    assert (np.diff(found[QUANTILES].to_numpy(), axis=1) > 0).all()
    before, after = (summarise(losses(one), 1.0, 1.0) for one in (table, found))
    shares = before["metric"].str.startswith("coverage").to_numpy()
    np.testing.assert_allclose(after["value"][~shares], before["value"][~shares], rtol=1e-4)
    # An outcome may lie on a bound that has moved by a ten-thousandth of the spread.
    np.testing.assert_allclose(after["value"][shares], before["value"][shares], atol=1 / ORIGINS)


def test_it_takes_a_fraction_of_the_plain_table() -> None:
    table = backtest()
    plain = io.BytesIO()
    table.astype(dict.fromkeys(QUANTILES, "float32")).to_parquet(plain, compression="zstd")
    assert len(pack(table)) < len(plain.getvalue()) / 4


@pytest.mark.parametrize("kind", ["certain", "missing", "probability", "far apart"])
def test_odd_backtests_are_given_back_as_they_are(kind: str) -> None:
    table = backtest(level=1e-7)
    if kind == "certain":
        table[QUANTILES] = np.repeat(table[["last"]].to_numpy(), len(LEVELS), axis=1)
    elif kind == "missing":
        table.loc[3, "q0.7"] = np.nan
    elif kind == "far apart":  # from the lowest to the highest at one step
        table.loc[0, QUANTILES] = np.where(LEVELS < 0.5, -1.0, np.where(LEVELS > 0.5, 1.0, 0.0))
    else:
        table = table.drop(columns=QUANTILES).assign(rising=0.5)
    pd.testing.assert_frame_equal(unpack(pack(table)), table, rtol=3e-4, atol=1e-12)


def test_a_newer_format_and_damage_are_told_apart(tmp_path: Path) -> None:
    run = runs.Run(tmp_path / "run")
    run.path.mkdir()
    table = pq.read_table(io.BytesIO(pack(backtest())))
    newer = table.replace_schema_metadata({**table.schema.metadata, packed_backtest.VERSION: b"2"})
    buffer = io.BytesIO()
    pq.write_table(newer, buffer)
    run.write(runs.BACKTEST, buffer.getvalue())
    with pytest.raises(RunError, match="has format 2, newer than 1"):
        load_table(run, runs.BACKTEST)
    run.write(runs.BACKTEST, b"PAR1 and no more")
    with pytest.raises(RunError, match="damaged"):
        load_table(run, runs.BACKTEST)


def test_a_plain_backtest_of_an_older_version_is_read_and_replaced(
    trained: tuple[Path, runs.Run], tmp_path: Path
) -> None:
    import shutil

    run = runs.Run(Path(shutil.copytree(trained[1].path, tmp_path / trained[1].name)))
    plain = io.BytesIO()
    backtest().to_parquet(plain)
    run.write("backtest.parquet", plain.getvalue())
    found = load_table(run, runs.BACKTEST)
    assert found is not None and len(found) == 2 * ORIGINS
    save_backtest(run.parts[0], pack(found))
    assert not run.has("backtest.parquet")
    listed = json.loads((run.path / "files.json").read_text())["files"]
    assert runs.BACKTEST in listed and "backtest.parquet" not in listed
    assert load_table(run, runs.BACKTEST) is not None
