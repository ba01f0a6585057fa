"""Tables in Parquet, as this program writes them: read by one thread, and within bounds."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

MOST_CELLS = 500_000_000
"""Of a table that is read, 4 GB of numbers: a small file may claim to hold any number of them."""


def read_parquet(content: bytes) -> pd.DataFrame:
    """Read a table.

    Raises:
        ValueError: if it is damaged, or larger than any that this program writes.
    """
    table: pd.DataFrame = read_arrow(content).to_pandas(use_threads=False)
    return table


def read_arrow(content: bytes) -> pa.Table:
    """Read a table with the metadata of its schema.

    pyarrow's pool of threads is not started: it may still run while the interpreter ends.

    Raises:
        ValueError: if it is damaged, or larger than any that this program writes.
    """
    try:
        with pq.ParquetFile(io.BytesIO(content), pre_buffer=False) as file:
            cells = file.metadata.num_rows * file.metadata.num_columns
            if cells > MOST_CELLS:
                raise ValueError(f"it has {cells:,} cells, more than {MOST_CELLS:,}")
            return file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error
