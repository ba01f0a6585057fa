"""Draw the pictures of these pages: python docs/pictures.py [HOME].

The run is that of the tutorial, on the S&P 500 of 1999-2018 that comes with the package: trained,
forecast and evaluated in HOME (by default a folder of its own), unless it is there already.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).parent
FIGURES = {
    "forecast": "tutorial-forecast",
    "actual": "report-actual",
    "skill": "report-skill",
    "pit": "report-pit",
    "coverage": "report-coverage",
}
"""The kind of each figure, and the name of its picture here."""
STEPS = (
    ("fetch", "^GSPC", "--source", "sample"),
    ("train", "^GSPC", "--config", "gru"),
    ("predict", "--plot"),  # before the verdict, as on the page
    ("evaluate",),
)


def main(home: Path) -> None:
    """Make the run where it is missing, and draw its figures."""
    forecast = home / "forecast.png"
    if not forecast.exists():
        for step in STEPS:
            _call(home, *step)
            if step[0] == "predict":
                (drawn,) = home.glob("runs/*/figures/forecast.png")
                shutil.copy(drawn, forecast)
    for kind, name in FIGURES.items():
        if kind == "forecast":
            shutil.copy(forecast, DOCS / f"{name}.png")
        else:
            _call(home, "plot", kind, "--out", str(DOCS / f"{name}.png"))


def _call(home: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "rnnforecast", "--home", str(home), *arguments],
        check=True,
        cwd=DOCS.parent,
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder))
