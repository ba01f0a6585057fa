"""A file's content, not its name, says how it is read; what grows beyond reason is not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from rnnforecast.data.importing.readers import read_table, table_of_frame
from rnnforecast.errors import DataError

TEXT = b"Date,Close\n2024-01-02,1.5\n2024-01-03,2.5\n2024-01-04,3.5\n"
FRAME = pd.DataFrame({"Date": ["2024-01-02", "2024-01-03", "2024-01-04"], "Close": [1.5, 2.5, 3.5]})


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def saved(kind: str) -> bytes:
    buffer = io.BytesIO()
    getattr(FRAME, f"to_{kind}")(buffer)
    return buffer.getvalue()


CONTENTS = {
    "text": TEXT, "gzip": gzip.compress(TEXT), "bzip2": bz2.compress(TEXT),
    "xz": lzma.compress(TEXT), "zip": zipped(x=TEXT), "parquet": saved("parquet"),
    "feather": saved("feather"), "excel": saved("excel"),
    "utf-16": TEXT.decode().encode("utf-16"), "utf-8 with a mark": b"\xef\xbb\xbf" + TEXT,
    "lines of Windows": TEXT.replace(b"\n", b"\r\n"), "json": FRAME.to_json(orient="records").encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTENTS)
def test_every_kind_of_file_holds_the_same_closes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "prices"  # no ending gives it away
    path.write_bytes(CONTENTS[kind])
    frame = read_table(path).frame
    assert list(frame["Close"].astype(float)) == [1.5, 2.5, 3.5]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"), (b"\xd0\xcf\x11\xe0 old", "old Excel file"),
        (b"PAR1 broken", "not readable as parquet"), (gzip.compress(TEXT)[:-9], "decompressed"),
        (zipped(a=TEXT, b=TEXT), "holds 2 files"), (zipped(mimetype=b"x"), "OpenDocument"),
        (gzip.compress(b"0" * 120_000_000, 9), "unpacks to more than"),
    ],
    ids=["empty", "old excel", "parquet", "cut", "two files", "opendocument", "bomb"],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_it_is(
    content: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        read_table(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_table(tmp_path / "nothing")
    with pytest.raises(DataError, match="is no regular file"):
        read_table(tmp_path)


def test_levels_of_headings_become_a_column_of_symbols() -> None:
    columns = pd.MultiIndex.from_product([["Close"], ["A", "B"]], names=["Price", "Ticker"])
    dates = pd.date_range("2024-01-02", periods=2, name="Date")
    frame = table_of_frame(pd.DataFrame([[1, 3], [2, 4]], index=dates, columns=columns)).frame
    assert sorted(zip(frame["Ticker"], frame["Close"].astype(float), strict=True)) == [
        ("A", 1.0), ("A", 2.0), ("B", 3.0), ("B", 4.0)
    ]  # fmt: skip
