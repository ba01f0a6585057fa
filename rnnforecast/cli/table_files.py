"""Tables written to files that the command line names: CSV, Parquet or JSON by their ending."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rnnforecast.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".csv", ".parquet", ".json")


def check_ending(path: Path) -> None:
    """Refuse a file whose ending names no format that is written.

    Raises:
        UsageError: naming those that are.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"cannot tell the format of {path}",
            f"end it in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}",
        )


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table, whole or not at all.

    Raises:
        UsageError: if it cannot be written, or its ending says no format.
    """
    from rnnforecast.atomic import write_output
    from rnnforecast.formatting import csv_text

    check_ending(path)
    match path.suffix.lower():
        case ".csv":
            content = csv_text(frame).encode()
        case ".parquet":
            content = frame.to_parquet(index=False)
        case _:
            text = frame.to_json(orient="records", date_format="iso", double_precision=15, indent=1)
            content = (text or "[]").encode() + b"\n"
    write_output(path, content)
