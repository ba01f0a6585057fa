"""What a panel takes from its file to its forecasts, beside NeuralForecast.

    PEERS_PYTHON=/path/to/torch/env/bin/python python benchmarks/end_to_end.py
    [--tickers 20] [--cells gru lstm] [--rounds 3] [--prices panel.parquet]

Both read one file of prices in long format, train one network of the size of the preset ``panel``
(32 units, lookback 10, five steps ahead, a Student-t, batches of 256) on returns and their sizes
until its validation loss has not improved for 5 epochs, 30 at most, roll through the test part, and
forecast.
Ours are four commands, which also check the prices, calibrate, compare with naive and write pages;
other baselines, which the contender lacks, are left out. The candles are made up unless --prices
names a Parquet file (symbol, date, open, high, low, close, volume). Contenders take turns.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from common import contender, save_speed, show, spread
from tickers import DAYS, candles
from usage import command, total

JOB = {"LOOKBACK": 10, "HORIZON": 5, "UNITS": 32, "BATCH": 256, "PATIENCE": 5, "EPOCHS": 30}
SETTINGS = (
    "pool=[network]", "training.ensemble=1", "data.market=[]",
    "window.features=[log_return, abs_log_return]", f"window.lookback={JOB['LOOKBACK']}",
    f"window.horizon={JOB['HORIZON']}", f"model.units={JOB['UNITS']}",
    f"training.batch_size={JOB['BATCH']}", f"training.patience={JOB['PATIENCE']}",
    f"training.epochs={JOB['EPOCHS']}",
)  # fmt: skip


def write(file: Path, tickers: int) -> None:
    """Write made-up candles of so many tickers, in long format."""
    tables = [
        candles(DAYS, number).reset_index().assign(symbol=f"T{number:03d}")
        for number in range(tickers)
    ]
    pd.concat(tables).to_parquet(file, index=False)


def ours(file: Path, cell: str) -> dict[str, Any]:
    """Take the file through the four commands, in a home of their own."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        listed = home / "symbols.txt"
        symbols = pd.read_parquet(file, columns=["symbol"])["symbol"].unique()
        listed.write_text("\n".join(symbols))
        settings = (f"model.architecture={cell}", *SETTINGS)
        changes = [word for setting in settings for word in ("--set", setting)]
        training = ("train", "--config", "panel", "--symbols-file", listed, *changes)
        stages = {
            "import": command(home, "data", "import", file, "--sessions", "24/7"),
            "train": command(home, *training),
            "evaluate": command(home, "evaluate", "--baselines", "naive"),
            "predict": command(home, "predict"),
        }
        epochs = sum(len(pd.read_csv(path)) for path in home.glob("runs/*/fit.csv"))
    used = total(list(stages.values()))
    return {
        "whole": used["wall_s"], "peak_mb": used["peak_mb"], "epochs": epochs, "stages": stages,
    }  # fmt: skip


def main() -> None:
    """Run both in turn, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickers", type=int, default=20)
    parser.add_argument("--cells", nargs="+", default=["gru", "lstm"], choices=["gru", "lstm"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--prices", type=Path)
    chosen = parser.parse_args()
    numbers = {name: str(value) for name, value in JOB.items()}
    cells: dict[str, list[dict[str, Any]]] = {cell: [] for cell in chosen.cells}
    with TemporaryDirectory() as folder:
        file = chosen.prices or Path(folder) / "panel.parquet"
        if chosen.prices is None:
            write(file, chosen.tickers)
        tickers = int(pd.read_parquet(file, columns=["symbol"])["symbol"].nunique())
        for _ in range(chosen.rounds):
            for cell, rounds in cells.items():
                peer = contender(
                    "neuralforecast_panel", torch=True, FILE=str(file), CELL=cell, **numbers
                )
                rounds.append({"ours": ours(file, cell), "neuralforecast_panel": peer})
    rows = []
    for cell, rounds in cells.items():
        for name in rounds[0]:
            reports = [reports[name] for reports in rounds if "failed" not in reports[name]]
            rows.append([
                f"{cell}, {name}",
                *(
                    spread([report[part] for report in reports]) if reports else "not measured"
                    for part in ("whole", "peak_mb", "epochs")
                ),
            ])  # fmt: skip
    show(
        f"{tickers} tickers from file to forecast, {chosen.rounds} rounds",
        ["", "seconds", "peak MB", "epochs"], rows,
    )  # fmt: skip
    save_speed("end_to_end", {"tickers": tickers, "cells": cells})


if __name__ == "__main__":
    main()
