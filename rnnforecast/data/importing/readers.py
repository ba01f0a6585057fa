"""A file of any usual kind to a table: compressed or not, text, spreadsheet, parquet, feather,
JSON."""

from __future__ import annotations

import ast
import bz2
import csv
import gzip
import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pandas as pd

from rnnforecast.data.importing.json_tables import table_of_json
from rnnforecast.data.importing.tables import (
    Table,
    has_headings,
    kinds_in,
    table_of_rows,
    table_of_text,
)
from rnnforecast.data.parquet import read_feather, read_parquet
from rnnforecast.errors import DataError

LARGEST = 1 << 30
"""Bytes of a file, and of what it unpacks to."""
DENSEST = 200
"""Larger than this share of its packed size, a file above ``SMALL`` is a bomb, not prices."""
SMALL = 32 << 20
ENCODINGS = ("gb18030", "cp932", "big5", "euc_kr", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
             "cp1255", "cp1256", "cp874")  # fmt: skip
"""Tried, in turn, where a file is not UTF-8: that one is right under which headings are words."""
KINDS = "name a CSV, Excel, parquet, feather or JSON file"


def read_table(path: Path, wanted: Sequence[str] = ()) -> Table:
    """Read the table of a file.

    Args:
        path: of a regular file; its content, not its name, says what kind it is.
        wanted: columns that the user named, which show where the headings stand.

    Raises:
        DataError: if the file holds no table, with what it is and what to do.
    """
    content = _unpacked(_content(path), path.name)
    if content.startswith(b"PAR1"):
        return _binary(content, path.name, "parquet")
    if content.startswith(b"ARROW1"):
        return _binary(content, path.name, "feather")
    if content.startswith(b"PK"):
        return _excel(content, path.name, wanted)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError(f"{path.name} is an old Excel file", "save it as .xlsx or CSV")
    text, note = _decoded(content, path.name, wanted)
    if not text.strip():
        raise DataError(f"{path.name} is empty", "name a CSV file with a header and rows")
    if text.lstrip()[:1] in ("{", "["):
        return table_of_json(text, path.name, wanted)
    return table_of_text(text, path.name, wanted).with_note(note)


def _content(path: Path) -> bytes:
    """Read the bytes of a regular file that is not too large."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{path.name} is no regular file", KINDS)
        if status.st_size > LARGEST:
            raise DataError(
                f"{path.name} has {status.st_size / 1e9:.1f} GB",
                "import a part of it, at most 1 GB",
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no file {path}", "check its path") from None
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror})", KINDS) from None


def _unpacked(content: bytes, name: str) -> bytes:
    """Decompress gzip, bzip2, xz and zip files with one member, in pieces and within limits."""
    try:
        if content.startswith(b"\x1f\x8b"):
            return _drain(gzip.open(io.BytesIO(content)), len(content), name)
        if content.startswith(b"BZh"):
            return _drain(bz2.open(io.BytesIO(content)), len(content), name)
        if content.startswith(b"\xfd7zXZ\0"):
            return _drain(lzma.open(io.BytesIO(content)), len(content), name)
        if content.startswith(b"PK") and not _is_excel(content):
            return _unzipped(content, name)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{name} cannot be decompressed ({error})", "download it again, or unpack it first"
        ) from None
    except (NotImplementedError, RuntimeError) as error:  # an encrypted archive, say
        raise DataError(f"{name} cannot be decompressed ({error})", "unpack it first") from None
    return content


def _drain(stream: IO[bytes] | gzip.GzipFile, packed: int, name: str) -> bytes:
    """Read a stream in pieces, and stop where it grows beyond reason."""
    pieces, size = [], 0
    with stream:
        while piece := stream.read(1 << 20):
            size += len(piece)
            if size > LARGEST or (size > SMALL and size > DENSEST * packed):
                raise DataError(
                    f"{name} unpacks to more than {size >> 20} MB from {packed >> 10} kB",
                    "this is no file of prices; unpack it first if you trust it",
                )
            pieces.append(piece)
    return b"".join(pieces)


def _unzipped(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [entry for entry in archive.infolist() if not entry.is_dir()]
        if "mimetype" in archive.namelist():
            raise DataError(f"{name} is an OpenDocument file", "save it as .xlsx or CSV")
        if len(members) != 1:
            raise DataError(f"{name} holds {len(members)} files", "unpack it and name those files")
        return _drain(archive.open(members[0]), len(content), name)


def _is_excel(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _binary(content: bytes, name: str, kind: str) -> Table:
    """Read parquet or feather; several levels of headings become a column of symbols."""
    reader = read_parquet if kind == "parquet" else read_feather
    try:
        frame = reader(content, LARGEST // 8)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{name} is not readable as {kind} ({str(error)[:100]})", "write it again, or as CSV"
        ) from None
    return Table(_flat(frame))


def table_of_frame(frame: pd.DataFrame) -> Table:
    """Take a data frame as a table; several levels of headings become a column of symbols."""
    return Table(_flat(frame.copy()))


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Stack the tickers of a frame of yf.download;
    give other frames their index as a column."""
    columns = list(frame.columns)
    if not isinstance(frame.columns, pd.MultiIndex) and columns:
        pairs = [_pair(column) for column in columns]
        if all(pairs):
            frame.columns = pd.MultiIndex.from_tuples([pair for pair in pairs if pair])
    if isinstance(frame.columns, pd.MultiIndex):
        kinds = [
            kinds_in([str(value) for value in frame.columns.get_level_values(level)])
            for level in (0, 1)
        ]
        frame.columns.names = [None] * frame.columns.nlevels
        stacked = frame.stack(level=1 if kinds[0] >= kinds[1] else 0, future_stack=True)
        stacked.index.names = ["Date", "Ticker"]
        return stacked.reset_index().dropna(how="all", subset=list(stacked.columns))
    named = frame.index.name is not None or isinstance(
        frame.index, pd.DatetimeIndex | pd.MultiIndex
    )
    frame = frame.reset_index() if named else frame
    frame.columns = pd.Index([str(column) for column in frame.columns])
    return frame


def _pair(column: object) -> tuple[str, str] | None:
    """Return the two levels of a heading, also if written as text: ``('Close', 'AAPL')``."""
    if isinstance(column, tuple):
        return (str(column[0]), str(column[1])) if len(column) == 2 else None
    text = str(column)
    if not (text.startswith("(") and text.endswith(")")):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return (str(value[0]), str(value[1])) if isinstance(value, tuple) and len(value) == 2 else None


def _excel(content: bytes, name: str, wanted: Sequence[str]) -> Table:
    """Read the first sheet of a workbook that holds a table."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > SMALL and size > DENSEST * len(content):
        raise DataError(f"{name} unpacks to {size >> 20} MB", "save it as CSV")
    try:
        sheets = pd.read_excel(
            io.BytesIO(content), sheet_name=None, header=None, dtype=object, engine="openpyxl"
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{name} is not readable as Excel ({str(error)[:100]})", "save it again, or as CSV"
        ) from None
    for sheet, frame in sheets.items():
        if len(frame) > 1 and frame.shape[1] > 1:
            rows = frame.astype(object).where(frame.notna(), "").to_numpy().tolist()
            note = f"sheet {sheet!r}" if len(sheets) > 1 else ""
            return table_of_rows(rows, name, wanted).with_note(note)
    raise DataError(f"{name} has no sheet with a table", "save the table as CSV")


def _decoded(content: bytes, name: str, wanted: Sequence[str]) -> tuple[str, str]:
    """Decode a file: UTF-8, UTF-16, or the encoding in which its headings are words."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace"), "encoding UTF-16"
    head = content[:4096]
    if b"\0" in head:
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) < len(head) / 4:
            raise DataError(f"{name} is binary", KINDS)
        return content.decode(
            "utf-16-le" if odd > even else "utf-16-be", "replace"
        ), "encoding UTF-16"
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        plain = content.decode("utf-8-sig", errors="replace")
    texts = {"": plain, **{name: content.decode(name, errors="replace") for name in ENCODINGS}}
    scores = {encoding: _headings_in(text, wanted) for encoding, text in texts.items()}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best]:
        return texts[best], f"encoding {best}" if best else ""
    import charset_normalizer  # heavy, and hardly any file needs it

    match = charset_normalizer.from_bytes(content[: 1 << 16]).best()
    encoding = match.encoding if match else "cp1252"
    return content.decode(encoding, errors="replace"), f"encoding {encoding}"


def _headings_in(text: str, wanted: Sequence[str]) -> int:
    """Score the best of the first lines that name columns: one more than its kinds;
    0 without one."""
    best = 0
    for line in text[: 1 << 14].splitlines()[:30]:
        for separator in (";", "\t", "|", ","):
            cells = next(csv.reader([line], delimiter=separator), [])
            if len(cells) > 1 and has_headings(cells, wanted):
                best = max(best, 1 + kinds_in(cells))
    return best
