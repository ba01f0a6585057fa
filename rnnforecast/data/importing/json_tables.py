"""Tables in JSON: lines, records, columns or rows, also inside an envelope."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rnnforecast.data.importing.tables import Table, has_headings, kinds_in, table_of_rows
from rnnforecast.errors import DataError


def table_of_json(text: str, name: str, wanted: Sequence[str]) -> Table:
    """Read JSON lines, records, columns or rows, also inside an envelope.

    Args:
        text: of the whole file.
        name: of the file, for messages.
        wanted: columns that the user named.

    Raises:
        DataError: if it is not JSON, or holds no table.
    """
    if re.search(r'"(nbformat|cell_type)"\s*:', text):
        raise DataError(f"{name} holds a Jupyter notebook", "export the table from it as CSV")
    lines = text.strip().splitlines()
    try:
        if len(lines) > 1 and lines[0].strip().endswith(("}", "]")) and lines[1].strip():
            document: Any = [json.loads(line) for line in lines if line.strip()]
        else:
            document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name} is not readable as JSON ({str(error)[:80]})",
            "name a CSV, Excel, parquet, feather or JSON file",
        ) from None
    rows = _rows_of(document)
    if rows is None:
        raise DataError(
            f"{name} holds JSON without a table", "convert it to CSV, or to a list of records"
        )
    return table_of_rows(rows, name, wanted)


def _rows_of(node: Any, depth: int = 0) -> list[list[Any]] | None:
    """Find the first table in a document: its rows, with the headings first where there are any."""
    if depth > 6 or not node:
        return None
    if isinstance(node, list):
        if all(isinstance(row, dict) for row in node):
            flat = [_flattened(row) for row in node]
            headings = list(dict.fromkeys(key for row in flat for key in row))
            if len(headings) > 1:
                return [headings, *([row.get(key, "") for key in headings] for row in flat)]
        if all(isinstance(row, list) and len(row) > 1 for row in node) and len(node) > 1:
            return node
        return next((rows for part in node if (rows := _rows_of(part, depth + 1))), None)
    if not isinstance(node, dict):
        return None
    lists = {key: value for key, value in node.items() if isinstance(value, list)}
    if {"columns", "data"} <= set(lists):
        index = node.get("index", [""] * len(lists["data"]))
        return [
            ["index", *lists["columns"]],
            *([day, *row] for day, row in zip(index, lists["data"], strict=False)),
        ]
    lengths = {len(value) for value in lists.values() if not _nested(value)}
    flat_lists = {key: value for key, value in lists.items() if not _nested(value)}
    if len(flat_lists) > 1 and len(lengths) == 1 and has_headings(list(flat_lists)):
        return [list(flat_lists), *map(list, zip(*flat_lists.values(), strict=True))]
    if (merged := _merged_lists(node)) is not None:
        return merged
    children = list(node.values())
    if len(children) > 1 and all(isinstance(child, dict) for child in children):
        return _rows_of_mappings(node)
    return next((rows for child in children if (rows := _rows_of(child, depth + 1))), None)


def _rows_of_mappings(node: dict[str, dict[str, Any]]) -> list[list[Any]] | None:
    """Read rows from dates to records (Alpha Vantage), or columns to dates (pandas'
    ``to_json``)."""
    if has_headings(list(node)):  # a column of dates among them: what they are keyed by is no date
        keys = list(dict.fromkeys(key for column in node.values() for key in column))
        return [list(node), *([column.get(key, "") for column in node.values()] for key in keys)]
    if has_headings(list(node), dated=False):
        days = list(dict.fromkeys(day for column in node.values() for day in column))
        return [["date", *node], *([day, *(c.get(day, "") for c in node.values())] for day in days)]
    records = [{"date": day, **record} for day, record in node.items()]
    if any(isinstance(value, dict) for record in records for value in record.values()):
        return next((rows for child in node.values() if (rows := _rows_of(child, 1))), None)
    return _rows_of(records, 1)


def _merged_lists(node: dict[str, Any]) -> list[list[Any]] | None:
    """Join lists of one length into a table: Yahoo's chart with its stamps and quotes."""
    lists: dict[str, list[Any]] = {}
    _gather_lists(node, lists)
    lengths = Counter(len(values) for values in lists.values() if len(values) > 1)
    if not lengths:
        return None
    usual = lengths.most_common(1)[0][0]
    columns = {key: values for key, values in lists.items() if len(values) == usual}
    if len(columns) < 2 or not has_headings(list(columns)):
        return None
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def _gather_lists(node: Any, lists: dict[str, list[Any]], depth: int = 0) -> None:
    """Collect the lists of plain values in a document by their keys, the first of each key."""
    for key, value in node.items() if isinstance(node, dict) and depth < 6 else ():
        if isinstance(value, list) and value and not _nested(value):
            lists.setdefault(key, value)
        elif isinstance(value, list) and len(value) == 1:
            _gather_lists(value[0], lists, depth + 1)
        else:
            _gather_lists(value, lists, depth + 1)


def _nested(values: list[Any]) -> bool:
    return any(isinstance(value, list | dict) for value in values[:5])


def _flattened(record: dict[str, Any]) -> dict[str, Any]:
    """Drop inner records, but for the first that holds four prices: OANDA's ``mid``."""
    plain = {
        key: "" if value is None else value
        for key, value in record.items()
        if not isinstance(value, list | dict)
    }
    for value in record.values():
        if isinstance(value, dict) and kinds_in(list(value)) >= 4 and kinds_in(list(plain)) < 3:
            return plain | value
    return plain
