"""A small file for a backtest: each row's quantiles as whole multiples of the row's own unit.

Quantiles of one model keep their shape from day to day, so that measured from the median, in units
of the widest distance from it, the steps from one to the next hardly change and compress well. The
median is kept exactly, the others to ``1 / (2 FINENESS)`` of that distance.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rnnforecast.arrays import Array
from rnnforecast.data.parquet import read_arrow, read_parquet
from rnnforecast.runs.folder import Folder, newer_format
from rnnforecast.runs.layout import BACKTEST, PLAIN_BACKTEST
from rnnforecast.runs.run import Part

CENTER, UNIT = "median", "unit"
FINENESS = 4_000
"""Units from the median to the quantile that is farthest from it.

A quantile is then off by at most an eight-thousandth of that distance, about 0.0003 standard
deviations: far less than the scores of a thousand origins are uncertain by.
"""
MEDIAN = "q0.5"
VERSION = b"rnnforecast.format"
FORMAT = 1
"""Of packed backtests; it stands in the metadata of the file."""


class NewerFormatError(Exception):
    """A newer version wrote the file; its number is the argument."""


def save_backtest(part: Part, packed: bytes) -> None:
    """Write every forecast of an evaluation, as ``pack`` returns it."""
    part.write(BACKTEST, packed)
    part.discard(PLAIN_BACKTEST)


def load_backtest(folder: Folder) -> pd.DataFrame | None:
    """Read every forecast of an evaluation; None where there was none.

    Raises:
        RunError: if the file is damaged, or a newer version wrote it.
    """
    try:
        if folder.has(BACKTEST):
            return unpack(folder.read_bytes(BACKTEST))
        if folder.has(PLAIN_BACKTEST):  # as versions before 0.2 wrote it
            return read_parquet(folder.read_bytes(PLAIN_BACKTEST))
    except NewerFormatError as error:
        raise newer_format(folder, BACKTEST, error.args[0], FORMAT) from None
    except (OSError, ValueError, KeyError):
        name = BACKTEST if folder.has(BACKTEST) else PLAIN_BACKTEST
        raise folder.damaged(name) from None
    return None


def pack(backtest: pd.DataFrame) -> bytes:
    """Return a backtest as the content of a Parquet file.

    Args:
        backtest: of ``backtest_table``, or of ``probability_table``, which has no quantiles.
    """
    names = quantile_columns(backtest)
    table = backtest.drop(columns=names)
    if names and np.isfinite(backtest[names].to_numpy(float)).all():
        quantiles, median = backtest[names].to_numpy(float), backtest[MEDIAN].to_numpy(float)
        distances = quantiles - median[:, None]
        unit = _four_bytes(np.abs(distances).max(axis=1) / FINENESS)
        multiples = np.divide(
            distances,
            unit[:, None].astype(float),
            out=np.zeros_like(distances),
            where=unit[:, None] > 0,
        )
        steps = np.diff(multiples.round().astype(np.int16), axis=1, prepend=np.int16(0))
        packed = pd.DataFrame(steps, backtest.index, names)
        table = pd.concat([table.assign(**{CENTER: median, UNIT: unit}), packed], axis=1)
    else:
        table, names = backtest, []
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    arrow = arrow.replace_schema_metadata({**arrow.schema.metadata, VERSION: b"%d" % FORMAT})
    buffer = io.BytesIO()
    pq.write_table(
        arrow,
        buffer,
        compression="zstd",
        compression_level=15,
        write_page_checksum=True,
        use_dictionary=[name for name in arrow.column_names if name not in names],
        column_encoding=dict.fromkeys(map(str, names), "BYTE_STREAM_SPLIT"),
    )
    return buffer.getvalue()


def unpack(content: bytes) -> pd.DataFrame:
    """Return the backtest of a file.

    Raises:
        ValueError: if it is damaged.
        NewerFormatError: if a newer version wrote it.
    """
    arrow = read_arrow(content)
    version = int((arrow.schema.metadata or {}).get(VERSION, b"0"))
    if version > FORMAT:
        raise NewerFormatError(version)
    table: pd.DataFrame = arrow.to_pandas(use_threads=False)
    names = quantile_columns(table)
    if CENTER not in table:
        return table
    center, unit = (table[name].to_numpy(float)[:, None] for name in (CENTER, UNIT))
    multiples = np.cumsum(table[names].to_numpy(np.int16), axis=1, dtype=np.int16)
    quantiles = pd.DataFrame(center + unit * multiples, columns=names)
    return pd.concat([table.drop(columns=[CENTER, UNIT, *names]), quantiles], axis=1)


def _four_bytes(unit: Array) -> NDArray[Any]:
    """Return units as float32, but as they are where one lies beyond what float32 can hold."""
    limits = np.finfo(np.float32)
    inside = (unit == 0) | ((unit >= limits.tiny) & (unit <= limits.max))
    return unit.astype(np.float32) if inside.all() else unit


def quantile_columns(table: pd.DataFrame) -> list[Any]:
    """Return the columns that hold quantiles, in order."""
    return [name for name in table if str(name).startswith("q0.")]
