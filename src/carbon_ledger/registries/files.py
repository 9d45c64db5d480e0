"""Exports of registries: CSV files of serials and quantities, with every row either accepted or refused with a reason.

A row is accepted if its serial can be read, its quantity is the number of units in the serial, and no other accepted
row has any of those units. The other rows are returned too, each with its line and the reason.
"""

import os
from collections.abc import Iterable, Sequence

from attrs import frozen

from carbon_ledger.csv_rows import Cells, CsvColumn, CsvTable, UnreadableRow, read_csv_file
from carbon_ledger.errors import MissingDataError, QuantityError, SerialError
from carbon_ledger.mappings import FrozenMapping, listed
from carbon_ledger.printing import quote
from carbon_ledger.registries.builtin import Registry, grammars_of, parse_serial
from carbon_ledger.registries.checks import (
    OWN,
    QUANTITIES,
    WITHIN_PARENT_TOTAL,
    ReadRow,
    beside_parents,
    overlapping,
    refused_row,
)
from carbon_ledger.registries.grammar import RegistrySerial, SerialGrammar, revision_of
from carbon_ledger.registries.quantities import QUANTITY_UNITS, THOUSANDS, units_of
from carbon_ledger.registries.ranges import serial_of_range, serial_of_units
from carbon_ledger.registries.rows import RefusedRow, RegistryRow, RegistryRows

__all__ = ["REVISIONS", "THOUSANDS", "read_registry_csv"]

REVISIONS = ("refuse", "newest")


@frozen
class _Layout:
    """What is read from the rows of an export, and how serials and quantities are written.

    Args:
        serial: The column of serials, or of what stands before the range.
        span: The columns of the first and the last number, or none.
        quantity: The column of quantities.
        revision: The column of marks of revised rows, or None.
        parent: The columns that name the parent of a row.
        others: Further columns to return.
        grammars: The grammars of the serials.
        thousands: What separates groups of digits in a quantity.
        unit: What a quantity counts.
        own: Whether a quantity is the row's own.
    """

    serial: CsvColumn | None
    span: tuple[CsvColumn, ...]
    quantity: CsvColumn
    revision: CsvColumn | None
    parent: tuple[CsvColumn, ...]
    others: tuple[CsvColumn, ...]
    grammars: tuple[SerialGrammar, ...]
    thousands: str
    unit: str
    own: bool


def read_registry_csv(
    path: str | os.PathLike[str],
    *,
    serial_column: str | None = None,
    quantity_column: str,
    registry: Registry | Iterable[Registry] | None = None,
    columns: Sequence[str] = (),
    delimiter: str = ",",
    thousands: str = "",
    first_column: str | None = None,
    last_column: str | None = None,
    quantity_unit: str = "units",
    quantity: str = OWN,
    parent_column: str | Sequence[str] = (),
    revision_column: str | None = None,
    revisions: str = "refuse",
) -> RegistryRows:
    """Read an export of a registry: each row's serial, checked against its quantity and against every other row.

    If two rows have a unit in common, the earlier row is accepted and the later one is refused.

    Args:
        path: The file: UTF-8, with a header.
        serial_column: Header of the serials; of what stands before the range, if the range has columns of its own.
        quantity_column: Header of the quantities.
        registry: Id of a built-in grammar, or a grammar; or several of them; None: all built-in grammars.
        columns: Headers of other columns to return.
        delimiter: Comma, semicolon, tab or ``|``.
        thousands: What separates groups of three digits in a quantity: nothing, or ``,``, ``.``, a space or ``'``.
        first_column: Header of the first number of each range; without *serial_column*, of the first unit's serial.
        last_column: Header of the last number, included; without *serial_column*, of the last unit's serial.
        quantity_unit: What a quantity counts: ``units``, ``kg`` or ``t`` of CO2e; it has to be a whole number of units.
        quantity: ``own``; or ``parent-total``: each row repeats the total of its parent, whose rows sum to it; or
            ``within-parent-total``: a parent's rows sum to its total at most. A row's quantity is then its serial's.
        parent_column: Header, or headers, of what names the parent of a row.
        revision_column: Header of marks such as ``R1``, which are empty in rows that are not revised.
        revisions: ``refuse`` a later row with a unit of an earlier one; or accept the ``newest`` revision of it.

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
    others, grammars = headers(columns, "columns"), grammars_of(registry)
    parent = headers((parent_column,) if isinstance(parent_column, str) else parent_column, "parent_column")
    _require_choices(thousands, quantity_unit, quantity, revisions)
    span = _span(serial_column, first_column, last_column)
    if (quantity == OWN) == bool(parent):
        raise QuantityError(
            f"quantity {quote(quantity)} with parent_column {quote(parent_column)}: expected both quantity="
            "'parent-total' and the parent's column, or neither"
        )
    file = read_csv_file(path, delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)
    table = file.table()
    layout = _Layout(
        serial=None if serial_column is None else table.column(serial_column),
        span=tuple(map(table.column, span)),
        quantity=table.column(quantity_column),
        revision=None if revision_column is None else table.column(revision_column),
        parent=tuple(map(table.column, parent)),
        others=tuple(map(table.column, others)),
        grammars=grammars,
        thousands=thousands,
        unit=quantity_unit,
        own=quantity == OWN,
    )
    return _read(table, layout, newest=revisions == "newest", whole=quantity != WITHIN_PARENT_TOTAL)


def _require_choices(thousands: object, quantity_unit: object, quantity: object, revisions: object) -> None:
    """Refuse an argument that is none of its choices."""
    for name, given, choices in (
        ("thousands", thousands, THOUSANDS),
        ("quantity_unit", quantity_unit, QUANTITY_UNITS),
        ("quantity", quantity, QUANTITIES),
        ("revisions", revisions, REVISIONS),
    ):
        if not isinstance(given, str) or given not in choices:
            raise QuantityError(f"{name} {quote(given, 20)}: expected one of {choices}")


def _span(serial: object, first: str | None, last: str | None) -> tuple[str, ...]:
    """The headers of a range in two columns, or none."""
    if (first is None) != (last is None):
        raise QuantityError("first_column and last_column: expected both of them or neither")
    if serial is None and first is None:
        raise QuantityError("serial_column is missing: pass it, or first_column and last_column, or all three")
    return () if first is None or last is None else (first, last)


def headers(columns: object, what: str) -> tuple[str, ...]:
    """Headers that a caller named.

    Raises:
        QuantityError: *columns* is not a list.
    """
    names = listed(columns)
    if names is None:
        raise QuantityError(f"{what} {quote(columns)}: expected a list of headers")
    return names


def unreadable(row: UnreadableRow) -> RefusedRow:
    """A row that is not CSV, or that has more or fewer cells than the header, refused."""
    return RefusedRow(line=row.line, last_line=row.last_line, rule=row.rule, reason=row.reason, cells=row.cells)


def _read(table: CsvTable, layout: _Layout, *, newest: bool, whole: bool) -> RegistryRows:
    read: list[ReadRow] = []
    refused: list[RefusedRow] = []
    for line, cells in table.rows(keep_empty=True, set_aside=lambda row: refused.append(unreadable(row))):
        row = _row(layout, line, cells)
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            read.append(row)
    out = overlapping(read, newest=newest)
    if not layout.own:
        out |= beside_parents([item for item in read if item.row.line not in out], whole=whole)
    refused = sorted([*refused, *out.values()], key=lambda row: row.line)
    rows = tuple(item.row for item in read if item.row.line not in out)
    return RegistryRows(path=table.file.path, sha256=table.file.sha256, rows=rows, refused=tuple(refused))


def _row(layout: _Layout, line: int, cells: Cells) -> ReadRow | RefusedRow:
    try:
        serial = _serial(layout, cells)
    except SerialError as error:
        name = (layout.serial or layout.span[0]).name
        return refused_row(line, cells, "serial", f"column {quote(name)}: {error}")
    revision = _revision(layout, cells, serial)
    if isinstance(revision, str):
        return refused_row(line, cells, "revision", revision)
    printed = cells[layout.quantity.position].strip()
    where = f"column {quote(layout.quantity.name)}: "
    quantity = units_of(printed, layout.thousands, layout.unit, serial.grammar.unit_kg)
    if isinstance(quantity, str):
        return refused_row(line, cells, "quantity", f"{where}{quote(printed, 60)}, expected {quantity}")
    if layout.own and quantity != serial.count:
        return refused_row(
            line,
            cells,
            "count",
            f"{where}{quantity}, but {serial.first} to {serial.last} are "
            f"{serial.count} (last - first + 1) in {quote(serial.text)}",
        )
    others = {column.name: cells[column.position].strip() for column in layout.others}
    return ReadRow(
        row=RegistryRow(
            line=line, serial=serial, quantity=serial.count, cells=FrozenMapping(others), revision=revision
        ),
        cells=cells,
        printed=quantity,
        parent=tuple(cells[column.position].strip() for column in layout.parent),
    )


def _serial(layout: _Layout, cells: Cells) -> RegistrySerial:
    """The serial of a row, from one column or from the columns of its range."""
    span = [cells[column.position].strip() for column in layout.span]
    if layout.serial is None:
        return serial_of_units(span[0], span[1], layout.grammars)
    text = cells[layout.serial.position].strip()
    return (
        serial_of_range(text, span[0], span[1], layout.grammars)
        if span
        else parse_serial(text, registry=layout.grammars)
    )


def _revision(layout: _Layout, cells: Cells, serial: RegistrySerial) -> int | str:
    """The number of a row's revision, or what is wrong with its mark."""
    if layout.revision is None:
        return serial.revision
    mark = cells[layout.revision.position].strip()
    found = revision_of(mark)
    where = f"column {quote(layout.revision.name)}: {quote(mark, 40)}"
    if found is None:
        return f"{where}, expected a mark such as 'R1', or nothing"
    if serial.revision and found != serial.revision:
        return f"{where}, but the serial is of revision {serial.revision}"
    return found
