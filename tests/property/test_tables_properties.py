"""Tables of any values come back from every file and every frame as they were, to the last digit."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.read_tables import READERS

from carbon_ledger.tables import Column, Kind, Table, Tabular
from carbon_ledger.tables.csv import csv_of, guarded, is_formula, unguarded

STARTS = st.sampled_from(["", "=", "+", "-", "@", "'", "''=", "\t", "\uff1d", '"', ",", "_x0041_"])
TEXTS = st.builds(str.__add__, STARTS, st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
# pandas and DuckDB have years from 1678 on, and 0001 to 9999 in Python.
TIMES = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VALUES: Mapping[Kind, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "integer": st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**25), max_value=10**25)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9, max_value=9),
    "time": TIMES,
    "date": st.dates(date(1, 1, 1), date(9999, 12, 31)) | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    "boolean": st.booleans(),
}


class Of(Tabular):
    """A table as a thing that is one."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def _table(self) -> Table:
        return self.table


@st.composite
def tables(draw: st.DrawFn) -> Table:
    kinds = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=6))
    columns = tuple(Column(f"{kind}{k}", kind) for k, kind in enumerate(kinds))
    cells = st.tuples(*(st.none() | VALUES[kind] for kind in kinds))
    rows = draw(st.lists(cells, max_size=8))
    return Table("t", columns, tuple(tuple(c.checked(v) for c, v in zip(columns, row, strict=True)) for row in rows))


def seen(rows: Any) -> list[tuple[Any, ...]]:
    """Rows in which an empty text is a missing value, as a spreadsheet has it."""
    return [tuple(None if value == "" else value for value in row) for row in rows]


@pytest.mark.parametrize("reader", [name for name in READERS if name != "duckdb_of_jsonl"])
@given(table=tables())
def test_the_rows_come_back(reader: str, table: Table) -> None:
    with TemporaryDirectory() as folder:
        assert seen(READERS[reader](Of(table), table, Path(folder))) == seen(table.rows)


@given(table=tables())
def test_an_arrow_stream_is_valid_and_has_no_float(table: Table) -> None:
    found = pa.table(Of(table))
    found.validate(full=True)
    assert not any(pa.types.is_floating(field.type) for field in found.schema)
    assert [tuple(row.values()) for row in found.to_pylist()] == list(table.rows) or any(
        column.kind == "decimal" and pa.types.is_string(found.schema.field(column.name).type)
        for column in table.columns
    )


@given(
    st.text(max_size=20) | st.builds(str.__add__, STARTS, st.text(max_size=5)) | st.text("=-1;\t\r\n'@x ", max_size=9)
)
def test_the_guard_is_undone_and_leaves_no_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not is_formula(guarded(text))
    assert not any(is_formula(part) for part in re.split("[;\t\r\n]", guarded(text)))
    assert guarded(text).replace("'", "") == text.replace("'", "")


@given(tables())
def test_no_cell_of_a_csv_is_a_formula(table: Table) -> None:
    import csv
    import io

    rows = list(csv.reader(io.StringIO(csv_of(table), newline=""), strict=True))
    assert len(rows) == 1 + len(table.rows)
    assert not any(is_formula(cell) for row in rows for cell in row)


@given(table=tables())
def test_decimals_are_compared_by_value(table: Table) -> None:
    """Rows as plain values: a Decimal is text without an exponent, so that it is read exactly."""
    for row, plain in zip(table.rows, Of(table).rows(), strict=True):
        for column, value in zip(table.columns, row, strict=True):
            found = plain[column.name]
            if column.kind == "decimal" and value is not None:
                assert isinstance(found, str)
                assert "E" not in found
                assert Decimal(found) == value
            else:
                assert type(found) in (str, int, bool, type(None))
