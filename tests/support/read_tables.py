"""Tables that were written, read back by other programs: every value as the table has it."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
from python_calamine import CalamineWorkbook

from carbon_ledger.tables import BOOLEAN, DATE, DECIMAL, INTEGER, TIME, Column, Table, Tabular
from carbon_ledger.tables.columns import is_long
from carbon_ledger.tables.csv import unguarded
from carbon_ledger.tables.excel import BESIDE

Rows = list[tuple[Any, ...]]


def of_kind(column: Column, value: Any) -> Any:
    """A value that a program read, as the column's kind has it. A float is never right, and is refused."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str) and column.kind == INTEGER:
        return int(value)
    if isinstance(value, str) and column.kind == DECIMAL:
        return Decimal(value)
    if column.kind == TIME:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return pd.Timestamp(time).to_pydatetime().astimezone(UTC)
    if column.kind == DATE:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else date(value.year, value.month, value.day)
    if column.kind == BOOLEAN and isinstance(value, str):
        return {"true": True, "false": False}[value]
    assert not isinstance(value, float), f"{column}: {value}"
    return value


def _typed(table: Table, rows: Iterable[Sequence[Any]]) -> Rows:
    return [tuple(of_kind(*pair) for pair in zip(table.columns, row, strict=True)) for row in rows]


def by_pyarrow(item: Tabular, table: Table, folder: Path) -> Rows:
    read = pa.table(item)
    assert read.column_names == [column.name for column in table.columns]
    return _typed(table, zip(*[column.to_pylist() for column in read.columns], strict=True))


def by_pandas(item: Tabular, table: Table, folder: Path) -> Rows:
    frame = pa.table(item).to_pandas(types_mapper=pd.ArrowDtype)
    assert list(frame.columns) == [column.name for column in table.columns]
    return _typed(table, zip(*[frame[column.name].tolist() for column in table.columns], strict=True))


def by_polars(item: Tabular, table: Table, folder: Path) -> Rows:
    frame = pl.DataFrame(item)
    assert frame.columns == [column.name for column in table.columns]
    return _typed(table, frame.rows())


def by_duckdb(item: Tabular, table: Table, folder: Path) -> Rows:
    read = duckdb.sql("from item")
    assert read.columns == [column.name for column in table.columns]
    return _typed(table, read.fetchall())


def by_csv(item: Tabular, table: Table, folder: Path) -> Rows:
    item.write_csv(folder / "t.csv")
    text = (folder / "t.csv").read_bytes().decode()
    head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert [unguarded(name) for name in head] == [column.name for column in table.columns]
    return _typed(table, [[unguarded(cell) or None for cell in row] for row in rows])


def by_jsonl(item: Tabular, table: Table, folder: Path) -> Rows:
    item.write_jsonl(folder / "t.jsonl")
    lines = (folder / "t.jsonl").read_bytes().decode().split("\n")
    assert lines.pop() == ""
    rows = [json.loads(line, parse_float=lambda text: text) for line in lines]
    for row in rows:
        assert list(row) == [column.name for column in table.columns]
        assert all(abs(value) < 2**53 for value in row.values() if isinstance(value, int))
    return _typed(table, [list(row.values()) for row in rows])


def by_duckdb_of_jsonl(item: Tabular, table: Table, folder: Path) -> Rows:
    """The types that DuckDB guesses from the whole file are exact."""
    item.write_jsonl(folder / "d.jsonl")
    if not table.rows:
        return []
    query = f"select * from read_json('{folder / 'd.jsonl'}', format='newline_delimited', sample_size=-1)"
    return _typed(table, duckdb.sql(query).fetchall())


def _sheet(item: Tabular, table: Table, folder: Path, read: Callable[[bytes], list[list[Any]]]) -> Rows:
    item.write_excel(folder / "t.xlsx")
    head, *rows = read((folder / "t.xlsx").read_bytes())
    at = {name: k for k, name in enumerate(head)}
    long = {column.name for column, values in table.values() if any(map(is_long, values))}
    expected = [name for column in table.columns for name in (column.name, column.name + BESIDE)]
    assert head == [name for name in expected if not name.endswith(BESIDE) or name.removesuffix(BESIDE) in long]
    found = []
    for row in rows:
        cells = []
        for column in table.columns:
            value = row[at[column.name + BESIDE] if column.name in long else at[column.name]]
            if isinstance(value, float | int) and column.kind in (INTEGER, DECIMAL):  # at most 15 digits: exact
                value = f"{value:.0f}" if column.kind == INTEGER else format(Decimal(repr(value)), "f")
            cells.append(None if value == "" else value)
        found.append(cells)
    return _typed(table, found)


def _filled(rows: list[list[Any]], table: Table) -> list[list[Any]]:
    """The rows of a sheet with those at its end that are empty, which readers leave out."""
    return rows + [[""] * len(rows[0])] * (1 + len(table.rows) - len(rows))


def by_openpyxl(item: Tabular, table: Table, folder: Path) -> Rows:
    def read(data: bytes) -> list[list[Any]]:
        (sheet,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
        assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
        return _filled([list(row) for row in sheet.iter_rows(values_only=True)], table)

    return _sheet(item, table, folder, read)


def by_calamine(item: Tabular, table: Table, folder: Path) -> Rows:
    def read(data: bytes) -> list[list[Any]]:
        found = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
        return _filled(found, table)

    return _sheet(item, table, folder, read)


READERS: Final = {
    name.removeprefix("by_"): reader
    for name, reader in list(globals().items())
    if name.startswith("by_") and callable(reader)
}
