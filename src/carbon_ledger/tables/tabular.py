"""Things that are tables: as plain values, as Arrow, as HTML, and as files."""

import os

from carbon_ledger.tables import arrow, csv, excel, jsonl
from carbon_ledger.tables.columns import Column, Table, plain_value
from carbon_ledger.tables.html import html_of
from carbon_ledger.tables.text import Cells


class Tabular:
    """A thing that is a table: it has columns, each of one kind of values, and rows.

    Numbers are integers and Decimals, never floats. pyarrow, pandas, polars, DuckDB and every other library that
    understands Arrow reads the table by itself, because it has the method ``__arrow_c_stream__``.
    """

    __slots__ = ()

    def _table(self) -> Table:
        """The table."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, also if there is no row."""
        return self._table().columns

    def rows(self) -> list[Cells]:
        """The rows as plain values by the name of their column: text, whole numbers, booleans and None.

        Decimals, times and dates are text.
        """
        table = self._table()
        names = [item.name for item in table.columns]
        return [dict(zip(names, map(plain_value, row), strict=True)) for row in table.rows]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table as an Arrow C stream, which pyarrow, pandas, polars and DuckDB read.

        Text is ``utf8``, integers are ``int64``, times ``timestamp[us, UTC]``, dates ``date32``. Decimals are
        ``decimal128(38, s)``, where *s* is the largest number of places of the column; a column of Decimals that needs
        more than 38 digits is text.

        Args:
            requested_schema: A capsule with another Arrow schema of the same columns, or None. Where the table can be
                given in it exactly, it is; otherwise the table has its own schema.

        Returns:
            A capsule named ``arrow_array_stream``.

        Raises:
            MissingExtraError: The library nanoarrow is not installed; it is the extra ``frames``.
            QuantityError: An integer is outside the range of 64 bits, a time or a date is outside what Arrow can
                have, or the requested schema has other columns.
        """
        return arrow.stream(self._table(), requested_schema)

    def write_csv(self, path: str | os.PathLike[str], *, guard: bool = True) -> None:
        """Write the table to a new CSV file: UTF-8, RFC 4180, with the names of the columns in the first line.

        An empty cell is a missing value, and ``""`` an empty text.

        Args:
            path: The file, which must not exist.
            guard: Whether text that a spreadsheet would run as a formula has an apostrophe before it.

        Raises:
            StoreError: The file exists, or cannot be written.
        """
        csv.write(self._table(), path, guard=guard)

    def write_jsonl(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a new file of JSON lines: UTF-8, an object for each row, with every column.

        Decimals, times and dates are text. A column of integers is text if one of them is beyond 2^53 - 1, because
        programs read a longer number with rounding (RFC 7493).

        Args:
            path: The file, which must not exist.

        Raises:
            StoreError: The file exists, or cannot be written.
        """
        jsonl.write(self._table(), path)

    def write_excel(self, path: str | os.PathLike[str]) -> None:
        """Write the table to a new Excel workbook (xlsx) with one sheet. The same table gives the same bytes.

        Numbers are the spreadsheet's own, which have 15 digits. A column in which a number has more has another column
        beside it, with the end ``_text`` in its name and every digit as text. Times are ISO 8601 text. Text is never a
        formula.

        Args:
            path: The file, which must not exist.

        Raises:
            MissingExtraError: The library XlsxWriter is not installed; it is the extra ``excel``.
            QuantityError: The table has more rows or columns than a sheet, or a text is longer than a cell.
            StoreError: The file exists, or cannot be written.
        """
        excel.write(self._table(), path)

    def _repr_html_(self) -> str:
        """The table as HTML for a notebook: its first rows, without columns that are empty."""
        return html_of(self._table())
