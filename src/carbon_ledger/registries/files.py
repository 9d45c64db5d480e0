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


def read_registry_csv(
    path: str | os.PathLike[str],
    *,
    serial_column: str | None = None,
    quantity_column: str,
    registry: Registry | Iterable[Registry] | None = None,
    columns: Sequence[str] = (),
    delimiter: str = ",",
    thousands: str = "",
    range_columns: Sequence[str] = (),
    quantity_unit: str = "units",
    quantity: str = OWN,
    parent_columns: Sequence[str] = (),
    revision_column: str | None = None,
    revisions: str = "refuse",
) -> RegistryRows:
    """Read an export of a registry: each row's serial, checked against its quantity and against every other row.

    Args:
        path: The file: UTF-8, with a header.
        serial_column: Header of the serials; or, with *range_columns*, of what stands before the range, or None.
        quantity_column: Header of the quantities.
        registry: Id of a built-in grammar, or a grammar; or several of them; None: all built-in grammars.
        columns: Headers of other columns to return.
        delimiter: Comma, semicolon, tab or ``|``.
        thousands: What separates groups of three digits in a quantity: nothing, or ``,``, ``.``, a space or ``'``.
        range_columns: Headers of the first and the last number; without *serial_column*, of the serials of both units.
        quantity_unit: ``units``; or ``kg`` or ``t`` of CO2e, of which each quantity is a whole number of units.
        quantity: ``own``; or ``parent-total``: each row repeats the total of its parent, to which its rows sum; or
            ``within-parent-total``: they sum to it at most.
        parent_columns: Headers of what names the parent of a row.
        revision_column: Header of marks such as ``R1`` of revised rows.
        revisions: ``refuse`` a later row that has a unit of an earlier one; or accept the ``newest`` revision of both.

    Raises:
        MissingDataError: The file cannot be read, is empty, or lacks a column.
        QuantityError: The file is not CSV in UTF-8, has a column twice, or an argument cannot be used.
        SerialError: *registry* is neither a grammar nor the id of a built-in one.

    Example:
        >>> from tempfile import NamedTemporaryFile
        >>> with NamedTemporaryFile("w+") as file:
        ...     _ = file.write("S,Q\\nACR-US-1-2010-7-1 to 9,9\\nACR-US-1-2010-7-9 to 12,4"), file.flush()
        ...     read_registry_csv(file.name, serial_column="S", quantity_column="Q", registry="acr").quantity
        9
    """
    named = _Named(serial_column, quantity_column, range_columns, parent_columns, revision_column, columns)
    choices = _Choices(thousands, quantity_unit, quantity, revisions)
    return _read_file(path, delimiter, named, choices, grammars_of(registry))


@frozen
class _Choices:
    """How quantities are written, and which of two rows is accepted; each has to be one of its choices."""

    thousands: str
    unit: str
    quantity: str
    revisions: str

    def __attrs_post_init__(self) -> None:
        for name, given, choices in (
            ("thousands", self.thousands, THOUSANDS),
            ("quantity_unit", self.unit, QUANTITY_UNITS),
            ("quantity", self.quantity, QUANTITIES),
            ("revisions", self.revisions, REVISIONS),
        ):
            if not isinstance(given, str) or given not in choices:
                raise QuantityError(f"{name} {quote(given, 20)}: expected one of {choices}")


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
        choices: How quantities are written, and which of two rows is accepted.
    """

    serial: CsvColumn | None
    span: tuple[CsvColumn, ...]
    quantity: CsvColumn
    revision: CsvColumn | None
    parent: tuple[CsvColumn, ...]
    others: tuple[CsvColumn, ...]
    grammars: tuple[SerialGrammar, ...]
    choices: _Choices


@frozen
class _Named:
    """The headers that the caller named."""

    serial: str | None
    quantity: str
    span: Sequence[str]
    parent: Sequence[str]
    revision: str | None
    others: Sequence[str]

    def layout(self, table: CsvTable, choices: _Choices, grammars: tuple[SerialGrammar, ...]) -> _Layout:
        """The columns with these headers.

        Raises:
            QuantityError: The headers do not say where the serial, the range, or the quantity of a row is.
        """
        span = headers(self.span, "range_columns")
        if len(span) not in (0, 2):
            raise QuantityError(f"range_columns {quote(span)}: expected the headers of the first and the last number")
        if self.serial is None and not span:
            raise QuantityError("serial_column is missing: pass it, or range_columns, or both")
        parent = headers(self.parent, "parent_columns")
        if (choices.quantity == OWN) == bool(parent):
            raise QuantityError(
                f"quantity {quote(choices.quantity)} with parent_columns {quote(parent)}: expected both quantity="
                "'parent-total' and the parent's columns, or neither"
            )
        others = headers(self.others, "columns")
        return _Layout(
            serial=None if self.serial is None else table.column(self.serial),
            span=tuple(map(table.column, span)),
            quantity=table.column(self.quantity),
            revision=None if self.revision is None else table.column(self.revision),
            parent=tuple(map(table.column, parent)),
            others=tuple(map(table.column, others)),
            grammars=grammars,
            choices=choices,
        )


def headers(columns: object, what: str) -> tuple[str, ...]:
    """Headers that a caller named.

    Raises:
        QuantityError: *columns* is not a list.
    """
    names = None if isinstance(columns, str) else listed(columns)
    if names is None:
        raise QuantityError(f"{what} {quote(columns)}: expected a list of headers")
    return names


def unreadable(row: UnreadableRow) -> RefusedRow:
    """A row that is not CSV, or that has more or fewer cells than the header, refused."""
    return RefusedRow(line=row.line, last_line=row.last_line, rule=row.rule, reason=row.reason, cells=row.cells)


def _read_file(
    path: str | os.PathLike[str],
    delimiter: str,
    named: _Named,
    choices: _Choices,
    grammars: tuple[SerialGrammar, ...],
) -> RegistryRows:
    file = read_csv_file(path, delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)
    table = file.table()
    layout = named.layout(table, choices, grammars)
    read: list[ReadRow] = []
    refused: list[RefusedRow] = []
    for line, cells in table.rows(keep_empty=True, set_aside=lambda row: refused.append(unreadable(row))):
        row = _row(layout, line, cells)
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            read.append(row)
    out = overlapping(read, newest=choices.revisions == "newest")
    if choices.quantity != OWN:
        rest = [item for item in read if item.row.line not in out]
        out |= beside_parents(rest, whole=choices.quantity != WITHIN_PARENT_TOTAL)
    refused = sorted([*refused, *out.values()], key=lambda row: row.line)
    rows = tuple(item.row for item in read if item.row.line not in out)
    return RegistryRows(path=file.path, sha256=file.sha256, rows=rows, refused=tuple(refused))


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
    quantity = units_of(printed, layout.choices.thousands, layout.choices.unit, serial.grammar.unit_kg)
    if isinstance(quantity, str):
        return refused_row(line, cells, "quantity", f"{where}{quote(printed, 60)}, expected {quantity}")
    if layout.choices.quantity == OWN and quantity != serial.count:
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
