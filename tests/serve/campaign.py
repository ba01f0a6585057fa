"""Every request that the description allows, and those that it does not, by schemathesis.

    python -m tests.serve.campaign [EXAMPLES]

A server of its own is started on the embedded S&P 500. Each answer has to be one that is described:
no status 500, no schema that is broken, nothing accepted that is forbidden.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnforecast.config import load
from rnnforecast.data.sample import sample
from rnnforecast.data.store import Store
from rnnforecast.pipeline.train import train_run

from .test_server import serving

HERE = Path(__file__).parent
SETTINGS = ("data.symbol=^GSPC", "training.epochs=1", "training.ensemble=1", "pool=[network]")


def main() -> None:
    """Train in a minute, serve, fuzz; the exit code is that of schemathesis."""
    examples = sys.argv[1] if len(sys.argv) > 1 else "1000"
    with TemporaryDirectory() as folder:
        home = Path(folder)
        store = Store(home / "data")
        store.save(sample("^GSPC"))
        train_run(load("gru", SETTINGS), store, home / "runs", label="GSPC_gru")
        with serving(home) as (address, _):
            program = Path(sys.executable).with_name("schemathesis")
            fuzzed = subprocess.run(
                [
                    program, "--config-file", HERE / "schemathesis.toml", "run",
                    f"{address}/openapi.json", "--max-examples", examples,
                    "--suppress-health-check", "all",
                ],
                env={**os.environ, "NO_PROXY": "127.0.0.1"},
            )  # fmt: skip
    raise SystemExit(fuzzed.returncode)


if __name__ == "__main__":
    main()
