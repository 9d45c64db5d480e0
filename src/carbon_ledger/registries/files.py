"""Exports of registries: CSV files of serials and quantities, with every row either accepted or refused with a reason.

A row is accepted if its serial can be read, its quantity is the number of units in the serial, and no earlier row has
any of those units. The other rows are returned too, each with its line and the reason.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from carbon_ledger.csv_rows import Cells, CsvColumn, CsvTable, UnreadableRow, last_line_of, read_csv_file
from carbon_ledger.errors import MissingDataError, QuantityError, SerialError
from carbon_ledger.mappings import FrozenMapping, listed
from carbon_ledger.printing import quote
from carbon_ledger.registries.builtin import Registry, grammars_of, parse_serial
from carbon_ledger.registries.grammar import SerialGrammar
from carbon_ledger.registries.overlaps import earlier_overlaps
from carbon_ledger.registries.rows import RefusedRow, RegistryRow, RegistryRows

THOUSANDS: Final = ("", ",", ".", " ", "'")


@frozen
class _Layout:
    """What is read from the rows of an export, and how serials and quantities are written."""

    serial: CsvColumn
    quantity: CsvColumn
    others: tuple[CsvColumn, ...]
    grammars: tuple[SerialGrammar, ...]
    thousands: str


def read_registry_csv(
    path: str | os.PathLike[str],
    *,
    serial_column: str,
    quantity_column: str,
    registry: Registry | Iterable[Registry] | None = None,
    columns: Sequence[str] = (),
    delimiter: str = ",",
    thousands: str = "",
) -> RegistryRows:
    """Read an export of a registry: each row's serial, checked against its quantity and against every earlier row.

    If two rows have a unit in common, the earlier row is accepted and the later one is refused.

    Args:
        path: The file: UTF-8, with a header.
        serial_column: Header of the serials.
        quantity_column: Header of the quantities.
        registry: Id of a built-in grammar, or a grammar; or several of them; None: all built-in grammars.
        columns: Headers of other columns to return.
        delimiter: Comma, semicolon, tab or ``|``.
        thousands: What separates groups of three digits in a quantity: nothing, or ``,``, ``.``, a space or ``'``.

    Raises:
        MissingDataError: The file cannot be read, is empty, or lacks a column.
        QuantityError: The file is not UTF-8, its header is not CSV, two columns have the name of one that is read, or
            an argument cannot be used.
        SerialError: *registry* is neither a grammar nor the id of a built-in one.

    Example:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "retired.csv")
        ...     _ = path.write_text("Serial,Quantity\\nACR-US-192-2010-203-1 to 9,9\\nACR-US-192-2010-203-9 to 12,4\\n")
        ...     export = read_registry_csv(path, serial_column="Serial", quantity_column="Quantity", registry="acr")
        >>> export.quantity, [(row.line, row.rule) for row in export.refused]
        (9, [(3, 'overlap')])
    """
    names, grammars = _columns(columns), grammars_of(registry)
    if not isinstance(thousands, str) or thousands not in THOUSANDS:
        raise QuantityError(f"thousands {quote(thousands, 20)}: expected one of {THOUSANDS}")
    file = read_csv_file(path, delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)
    table = file.table()
    serials, quantities = table.column(serial_column), table.column(quantity_column)
    layout = _Layout(serials, quantities, tuple(map(table.column, names)), grammars, thousands)
    return _read(table, layout)


def _read(table: CsvTable, layout: _Layout) -> RegistryRows:
    read: list[RegistryRow] = []
    refused: list[RefusedRow] = []
    cells_of: dict[int, Cells] = {}
    for line, cells in table.rows(keep_empty=True, set_aside=lambda row: refused.append(_unreadable(row))):
        row = _row(layout, line, cells)
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            read.append(row)
            cells_of[line] = cells
    overlapping = _overlapping(read, cells_of)
    refused = sorted([*refused, *overlapping.values()], key=lambda row: row.line)
    rows = tuple(row for row in read if row.line not in overlapping)
    return RegistryRows(path=table.file.path, sha256=table.file.sha256, rows=rows, refused=tuple(refused))


def _columns(columns: object) -> tuple[str, ...]:
    names = listed(columns)
    if names is None:
        raise QuantityError(f"columns {quote(columns)}: expected a list of headers")
    return names


def _unreadable(row: UnreadableRow) -> RefusedRow:
    return RefusedRow(line=row.line, last_line=row.last_line, rule=row.rule, reason=row.reason, cells=row.cells)


def _refused(line: int, cells: Cells, rule: str, reason: str) -> RefusedRow:
    last_line = last_line_of(line, cells)
    return RefusedRow(line=line, last_line=last_line, rule=rule, reason=reason, cells=tuple(cells))


def _row(layout: _Layout, line: int, cells: Cells) -> RegistryRow | RefusedRow:
    text, printed = cells[layout.serial.position].strip(), cells[layout.quantity.position].strip()
    try:
        serial = parse_serial(text, registry=layout.grammars)
    except SerialError as error:
        return _refused(line, cells, "serial", f"column {quote(layout.serial.name)}: {error}")
    quantity = _quantity(printed, layout.thousands)
    if quantity is None:
        return _refused(
            line,
            cells,
            "quantity",
            f"column {quote(layout.quantity.name)}: {quote(printed, 60)}, expected a whole number with "
            f"{quote(layout.thousands)} between groups of three digits (pass thousands= what the file has there)",
        )
    if quantity != serial.count:
        return _refused(
            line,
            cells,
            "count",
            f"column {quote(layout.quantity.name)}: {quantity}, but {serial.first} to {serial.last} are "
            f"{serial.count} (last - first + 1) in {quote(text)}",
        )
    others = {column.name: cells[column.position].strip() for column in layout.others}
    return RegistryRow(line=line, serial=serial, quantity=quantity, cells=FrozenMapping(others))


def _quantity(printed: str, thousands: str) -> int | None:
    groups = printed.split(thousands) if thousands else [printed]
    if not all(group.isascii() and group.isdigit() for group in groups) or len(printed) > 30:
        return None
    if len(groups) > 1 and not (len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    return int("".join(groups))


def _overlapping(rows: Sequence[RegistryRow], cells_of: Mapping[int, Cells]) -> dict[int, RefusedRow]:
    """The rows that have a unit of an earlier row, by line."""
    spaces: defaultdict[tuple[str, str], list[RegistryRow]] = defaultdict(list)
    for row in rows:
        spaces[row.serial.registry, row.serial.space].append(row)
    refused = {}
    for same in spaces.values():
        found = earlier_overlaps([(row.serial.first, row.serial.last) for row in same])
        for row, position in zip(same, found, strict=True):
            if position is not None:
                earlier = same[position]
                refused[row.line] = _refused(
                    row.line,
                    cells_of[row.line],
                    "overlap",
                    f"{quote(row.serial.text)} overlaps {quote(earlier.serial.text)} of line {earlier.line}",
                )
    return refused
