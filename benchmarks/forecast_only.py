"""What an environment takes that only forecasts: megabytes installed, start, memory.

    python benchmarks/forecast_only.py [--rounds 5]

An empty environment is filled by pip from ``deploy/forecast-only.txt``, without TensorFlow and what
else trains, and forecasts with a run that was trained here. Where pip cannot install, the result
says why.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from common import save_speed
from home import home
from usage import Usage, megabytes, show_usages, used

REPOSITORY = Path(__file__).parents[1]
INSTALLS = (("-r", REPOSITORY / "deploy" / "forecast-only.txt"), ("--no-deps", REPOSITORY))
"""What is given to pip, one after another."""


def install(folder: Path) -> Path:
    """Make the environment, and return its Python.

    Raises:
        subprocess.CalledProcessError: if pip fails.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    for words in INSTALLS:
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *words]
        subprocess.run(command, check=True, capture_output=True, text=True)
    return python


def main() -> None:
    """Install, run both commands in turn, print a table, write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    usages: dict[str, list[Usage]] = {"--help": [], "predict": []}
    with TemporaryDirectory() as folder, home() as (path, _):
        try:
            python = install(Path(folder))
        except subprocess.CalledProcessError as error:
            reason = (error.stderr or "?").strip().splitlines()[-1]
            print(f"not measured: {reason}")
            save_speed("forecast_only", {"failed": reason})
            return
        size = megabytes(Path(folder))
        for _ in range(rounds):
            for word, taken in usages.items():
                # -I: what is installed is imported, not this tree
                taken.append(used([python, "-I", "-m", "rnnforecast", "--home", path, word]))
    show_usages(f"without what trains: {size:,.0f} MB installed, {rounds} rounds", usages)
    save_speed("forecast_only", {"installed_mb": size, "usages": usages})


if __name__ == "__main__":
    main()
