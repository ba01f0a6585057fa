"""Where a table begins in a file, what separates its cells, and what its columns are called."""

from __future__ import annotations

import pandas as pd
import pytest

from rnnforecast.data.importing.columns import BY_EVIDENCE
from rnnforecast.data.importing.rows import read_rows
from rnnforecast.data.importing.tables import (
    has_headings,
    kinds_in,
    pair_of,
    separator_of,
    stacked,
    table_of_rows,
    table_of_text,
)
from rnnforecast.errors import DataError

LINES = ["Date|Close", "2024-01-02|1.5", "2024-01-03|2.5", "2024-01-04|3.5"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_most_lines_share(separator: str) -> None:
    text = "\n".join(LINES).replace("|", separator)
    assert separator_of(text) == separator
    frame = table_of_text(text, "x.csv").frame
    assert list(frame) == ["Date", "Close"] and list(frame["Close"].astype(float)) == [
        1.5,
        2.5,
        3.5,
    ]


def test_a_line_may_name_the_separator_and_a_comma_in_quotes_is_none() -> None:
    assert separator_of("sep=;\nDate;Close\n2024-01-02;1,5\n") == ";"
    assert separator_of('Date;Close\n"2024,01,02";1\n"2024,01,03";2\n') == ";"
    assert separator_of("nothing\nhere\n") is None


def test_lines_above_the_headings_are_skipped_and_counted() -> None:
    text = "\n".join(["Exported by X", "", *LINES]).replace("|", ",")
    table = table_of_text(text, "x.csv")
    assert len(table.frame) == 3 and table.notes == ("skipped 2 lines above the headings",)


def test_headings_need_a_date_and_a_price_or_what_was_named() -> None:
    assert has_headings(["Date", "Close"]) and has_headings(["", "Adj Close"])
    assert not has_headings(["Name", "Close"]) and has_headings(["Name", "Close"], dated=False)
    assert has_headings(["a", "b"], ["b"]) and not has_headings(["a", "b"])
    assert kinds_in(["Open", "High", "Low", "Last", "Volume", "x"]) == 5


def test_a_table_without_headings_is_told_by_its_values() -> None:
    text = "2024-01-02,1,3,0.5,2,100\n2024-01-03,2,4,1.5,3,100\n2024-01-04,3,5,2.5,4,100\n"
    table = table_of_text(text, "x.csv")
    assert not table.headed and table.notes
    rows = read_rows(table, "x.csv", BY_EVIDENCE)
    assert list(rows.bars["close"]) == [2.0, 3.0, 4.0]
    assert list(rows.bars["high"]) == [3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("heading", "pair"),
    [
        ("('Close', 'AAPL')", ("Close", "AAPL")), ("('AAPL', 'Close')", ("Close", "AAPL")),
        ("Close_BTC-USD", ("Close", "BTC-USD")), ("my_column", None), ("Close", None),
    ],
)  # fmt: skip
def test_a_heading_may_name_a_price_and_a_ticker(
    heading: str, pair: tuple[str, str] | None
) -> None:
    assert pair_of(heading) == pair


def test_tickers_side_by_side_are_stacked() -> None:
    wide = pd.DataFrame({"Date": ["d1", "d2"], "Close_A": [1, 2], "Close_B": [3, 4]})
    long = stacked(wide)
    assert list(long["Close"]) == [1, 2, 3, 4] and list(long["Ticker"]) == ["A", "A", "B", "B"]
    plain = wide.rename(columns={"Close_B": "note"})
    assert stacked(plain) is plain


def test_rows_of_a_workbook_are_padded_and_their_empty_columns_left_out() -> None:
    rows = [
        ["report", ""],
        ["Date", "Close", "", "x"],
        ["2024-01-02", 1.5, "", 1],
        ["2024-01-03", 2],
    ]
    table = table_of_rows(rows, "x.xlsx")
    assert list(table.frame) == ["Date", "Close", "x"] and table.frame["x"].iloc[1] == ""
    assert table.notes == ("skipped 1 rows above the headings",)


@pytest.mark.parametrize(
    ("text", "words"),
    [("words\n", "is not a table"), ("<html><body>x</body></html>", "holds")],
)
def test_what_is_no_table_is_refused(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        table_of_text(text, "x.csv")
