"""How often does a fetch end as it should, and never by a signal?

Thousands of processes under load.

    python -m benchmarks.exits --fetches 2000 --workers 4 --minutes 60

Each fetch is a process of its own against a loopback Yahoo, with bars stored, and in turn with a
good answer, with prices that nothing explains (exit code 4) and with a broken server (5). A
process that is killed by a signal has a negative exit code; there must be none. What was counted
when the minutes are over is printed as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.yahoo import BROKEN, JSON, Instrument, Yahoo

CLOSES: list[float | None] = [100.0 + day % 7 for day in range(250)]
EXPECTED = {"AAA": 0, "BBB": 4, "CCC": 5}


def prepare(yahoo: Yahoo, home: Path) -> None:
    """Store good bars of each symbol, then let each of them answer in its own way."""
    for symbol in EXPECTED:
        yahoo.add(Instrument(symbol, [*CLOSES]))
        assert fetch(yahoo, home, symbol).returncode == 0
    halved: list[float | None] = [close / 2 for close in CLOSES if close]
    chart = Instrument("BBB", halved).chart()
    yahoo.script("BBB", (200, json.dumps(chart).encode(), JSON))
    yahoo.script("CCC", BROKEN)


def fetch(yahoo: Yahoo, home: Path, symbol: str) -> subprocess.CompletedProcess[str]:
    """One fetch in a process of its own."""
    words = ["fetch", symbol, "--retry-wait", "0.01", "--max-retries", "1"]
    return subprocess.run(
        [sys.executable, "-m", "rnnforecast", "--home", str(home), *words],
        capture_output=True, text=True, timeout=300, env={**os.environ, **yahoo.environment()},
    )  # fmt: skip


def main() -> None:
    """Fetch, and count the exit codes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fetches", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=24 * 60.0)
    options = parser.parse_args()
    codes: Counter[tuple[str, int]] = Counter()
    wrong: list[subprocess.CompletedProcess[str]] = []
    with tempfile.TemporaryDirectory() as folder, Yahoo(Path(folder)) as yahoo:
        home = Path(folder) / "home"
        prepare(yahoo, home)
        end = time.monotonic() + 60 * options.minutes

        def run(number: int) -> None:
            """Fetch once, and count how it ended."""
            if time.monotonic() > end:
                return
            symbol = [*EXPECTED][number % len(EXPECTED)]
            result = fetch(yahoo, home, symbol)
            codes[symbol, result.returncode] += 1
            wrong.extend([result] * (result.returncode != EXPECTED[symbol]))
            if not sum(codes.values()) % 100:
                print(f"{sum(codes.values())} fetches, {len(wrong)} wrong", flush=True)

        with ThreadPoolExecutor(options.workers) as workers:
            list(workers.map(run, range(options.fetches)))
    for (symbol, code), count in sorted(codes.items()):
        print(f"{symbol}: exit code {code:>3} {count:>5} times, expected {EXPECTED[symbol]}")
    print(f"{sum(codes.values())} fetches, load {os.getloadavg()[1]:.0f}")
    for result in wrong[:5]:
        print(result.returncode, result.stderr[-300:])
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
