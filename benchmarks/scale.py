"""What a panel costs by the number of its tickers: import, one epoch of training, predict.

    python benchmarks/scale.py [--tickers 100 500 2000] [--days 2500] [--home FOLDER]

Made-up candles go through the real commands, each a process of its own, in a home of their own for
each size: files of 500 tickers through ``data import``, then ``train`` of one small network for one
epoch, which includes its report, then ``predict``. Measured are seconds, seconds of processor time
and peak memory of each process. The machine should do nothing else; where it does, processor time
is what to read.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from common import save, show
from tickers import candles
from usage import command, total

EACH = 500
"""Tickers of a file."""
SETTINGS = (
    "pool=[network]", "window.features=[log_return, abs_log_return]", "window.lookback=20",
    "window.horizon=5", "model.units=8", "training.epochs=1", "training.ensemble=1",
    "training.batch_size=512",
)  # fmt: skip
STAGES = ("import", "train", "predict")


def main() -> None:
    """Measure every size, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickers", type=int, nargs="+", default=[100, 500, 2_000])
    parser.add_argument("--days", type=int, default=2_500)
    parser.add_argument("--home", type=Path, help="Where homes are made, and kept.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = chosen.home or Path(temporary)
        sizes = [measure(root / str(tickers), tickers, chosen.days) for tickers in chosen.tickers]
    line = fitted(sizes)
    show(
        f"a panel of {chosen.days:,} days: {line['us_per_ticker_day']:.1f} us of processor time "
        f"and {line['bytes_per_ticker_day']:.0f} bytes a ticker-day in training, "
        f"R2 {line['r_squared']:.4f}",
        ["tickers", *(f"{stage}, {unit}" for stage in STAGES for unit in ("s", "CPU s", "MB"))],
        [
            [
                f"{size['tickers']:,}",
                *(
                    f"{size[stage][name]:,.{digits}f}"
                    for stage in STAGES
                    for name, digits in (("wall_s", 1), ("cpu_s", 1), ("peak_mb", 0))
                ),
            ]
            for size in sizes
        ],
    )
    save("scale", {"days": chosen.days, "sizes": sizes, "line": line})


def measure(home: Path, tickers: int, days: int) -> dict[str, Any]:
    """Take so many tickers through every stage, in a home of their own."""
    home.mkdir(parents=True, exist_ok=True)
    names = [f"T{number:05d}" for number in range(tickers)]
    files = []
    for first in range(0, tickers, EACH):
        files.append(home / f"{first:05d}.parquet")
        tables = [
            candles(days, first + at).reset_index().assign(symbol=name)
            for at, name in enumerate(names[first : first + EACH])
        ]
        pd.concat(tables).to_parquet(files[-1], index=False)
    listed = home / "symbols.txt"
    listed.write_text("\n".join(names))
    trained = [word for setting in SETTINGS for word in ("--set", setting)]
    imports = [command(home, "data", "import", file, "--sessions", "24/7") for file in files]
    stages = {
        "import": total(imports),
        "train": command(home, "train", "--symbols-file", listed, *trained),
        "predict": command(home, "predict"),
    }
    return {"tickers": tickers, "days": days, **stages}


def fitted(sizes: list[dict[str, Any]]) -> dict[str, float]:
    """Fit lines to what training takes by ticker-days; NaN where there is one size."""
    amounts = np.array([size["tickers"] * size["days"] for size in sizes], float)
    seconds = np.array([size["train"]["cpu_s"] for size in sizes])
    peaks = np.array([size["train"]["peak_mb"] for size in sizes])
    if len(sizes) < 2:
        return dict.fromkeys(("us_per_ticker_day", "bytes_per_ticker_day", "r_squared"), np.nan)
    slope, start = np.polyfit(amounts, seconds, 1)
    residuals = seconds - (start + slope * amounts)
    return {
        "us_per_ticker_day": float(1e6 * slope),
        "start_s": float(start),
        "bytes_per_ticker_day": float(2**20 * np.polyfit(amounts, peaks, 1)[0]),
        "r_squared": float(1 - residuals.var() / seconds.var()),
    }


if __name__ == "__main__":
    main()
