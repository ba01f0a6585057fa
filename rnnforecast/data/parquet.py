"""Tables in Parquet and Feather: read by one thread, and within bounds."""

from __future__ import annotations

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

MOST_CELLS = 500_000_000
"""Of a table that is read, 4 GB of numbers: a small file may claim to hold any number of them."""


def read_parquet(content: bytes, most: int = MOST_CELLS) -> pd.DataFrame:
    """Read a table.

    Args:
        content: of the file.
        most: cells that it may have.

    Raises:
        ValueError: if it is damaged, or has more cells.
    """
    table: pd.DataFrame = read_arrow(content, most).to_pandas(use_threads=False)
    pa.default_memory_pool().release_unused()  # decoding takes more than a large table itself
    return table


def read_arrow(content: bytes, most: int = MOST_CELLS) -> pa.Table:
    """Read a table with the metadata of its schema.

    pyarrow's pool of threads is not started: it may still run while the interpreter ends.

    Raises:
        ValueError: if it is damaged, or has more cells.
    """
    try:
        with pq.ParquetFile(io.BytesIO(content), pre_buffer=False) as file:
            cells = file.metadata.num_rows * file.metadata.num_columns
            if cells > most:
                raise ValueError(f"it has {cells:,} cells, more than {most:,}")
            return file.read(use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error


def parquet_of(table: pd.DataFrame, *, checksums: bool = False) -> bytes:
    """Return a table as the content of a file.

    Args:
        table: with its index.
        checksums: whether pages carry them.
    """
    buffer = io.BytesIO()
    table.to_parquet(buffer, compression="snappy", write_page_checksum=checksums)
    pa.default_memory_pool().release_unused()
    return buffer.getvalue()


def read_feather(content: bytes, most: int = MOST_CELLS) -> pd.DataFrame:
    """Read a table in Feather, piece by piece.

    Args:
        content: of the file.
        most: cells that it may have.

    Raises:
        ValueError: if it is damaged, or has more cells.
    """
    try:
        if not content.startswith(b"ARROW1"):  # the first version of the format never compresses
            return pd.read_feather(io.BytesIO(content))
        pieces, cells = [], 0
        with pa.ipc.open_file(content) as file:
            for number in range(file.num_record_batches):
                pieces.append(file.get_batch(number))
                cells += pieces[-1].num_rows * pieces[-1].num_columns
                if cells > most:
                    raise ValueError(f"it has more than {most:,} cells")
            whole = pa.Table.from_batches(pieces, file.schema)
        table: pd.DataFrame = whole.to_pandas(use_threads=False)
        return table
    except (pa.ArrowException, OSError) as error:
        raise ValueError(str(error)) from error
