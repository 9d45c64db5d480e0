"""Tables that a spreadsheet saved as CSV, with any of the usual separators."""

import os
from collections.abc import Collection
from typing import Final

from carbon_ledger.csv_rows import DELIMITERS, CsvFile, CsvTable
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.files import path_text, read_file

MOST_BYTES: Final = 1 << 26
MOST_COLUMNS: Final = 100


def saved_table(path: str | os.PathLike[str], columns: Collection[str]) -> CsvTable:
    """The table of a file.

    Args:
        path: The file: CSV in UTF-8, with or without a byte order mark.
        columns: The columns that are needed.

    Raises:
        MissingDataError: The file cannot be read, is too long or empty.
        QuantityError: The file is not CSV in UTF-8, or has too many columns.
    """
    name = path_text(path, MissingDataError)
    return table_in(name, read_file(name, MissingDataError, most=MOST_BYTES), columns)


def table_in(name: str, data: bytes, columns: Collection[str]) -> CsvTable:
    """The table in the bytes of a file; see `saved_table`.

    Args:
        name: The file, for messages.
        data: Its bytes.
        columns: The columns that are needed.

    Raises:
        MissingDataError: The file is empty.
        QuantityError: The file is not CSV in UTF-8, or has too many columns.
    """
    tables = list[CsvTable]()
    for delimiter in DELIMITERS:
        file = CsvFile(name, data, delimiter, MissingDataError, QuantityError)
        try:
            tables.append(file.table())
        except QuantityError:  # quoted cells of another separator are not CSV with this one
            continue
    if not tables:
        return CsvFile(name, data, DELIMITERS[0], MissingDataError, QuantityError).table()
    table = max(tables, key=lambda found: len({*found.header} & {*columns}))
    if len(table.header) > MOST_COLUMNS:
        raise QuantityError(f"{name}: {len(table.header)} columns, expected at most {MOST_COLUMNS}")
    return table
