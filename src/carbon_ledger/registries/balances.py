"""Exports of registries that give quantities without serials: each row checked against its own parts, nothing added up.

A row says how many units were issued, and how many of them were retired, cancelled and are held. Rows whose figures do
not agree are returned with a finding, because the registry may be right and the file incomplete.
"""

import os
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain
from typing import Final

from attrs import frozen

from carbon_ledger.csv_rows import Cells, CsvColumn, CsvTable, read_csv_file
from carbon_ledger.errors import MissingDataError, QuantityError
from carbon_ledger.mappings import FrozenMapping
from carbon_ledger.printing import quote
from carbon_ledger.registries.checks import refused_row
from carbon_ledger.registries.files import headers, unreadable
from carbon_ledger.registries.quantities import THOUSANDS, grouped, number
from carbon_ledger.registries.rows import BalanceFinding, RefusedRow, RegistryBalance, RegistryBalances

EMPTY: Final = ("refuse", "zero")


@frozen
class _Layout:
    """What is read from the rows of an export, and how quantities are written."""

    ids: tuple[CsvColumn, ...]
    issued: CsvColumn
    retired: tuple[CsvColumn, ...]
    cancelled: tuple[CsvColumn, ...]
    held: tuple[CsvColumn, ...]
    thousands: str
    empty: str


def read_registry_balances(
    path: str | os.PathLike[str],
    *,
    id_columns: Sequence[str],
    issued_column: str,
    retired_columns: Sequence[str] = (),
    cancelled_columns: Sequence[str] = (),
    held_columns: Sequence[str] = (),
    delimiter: str = ",",
    thousands: str = "",
    empty: str = "refuse",
) -> RegistryBalances:
    """Read an export of quantities without serials, and check issued = retired + cancelled + held in each row.

    Args:
        path: The file: UTF-8, with a header.
        id_columns: Headers of what names a row: no two rows have the same cells there.
        issued_column: Header of the units issued.
        retired_columns: Headers of units retired.
        cancelled_columns: Headers of units cancelled, converted, invalidated or exported.
        held_columns: Headers of units that are neither; without them, only an excess over what was issued is found.
        delimiter: Comma, semicolon, tab or ``|``.
        thousands: What separates groups of three digits in a quantity: nothing, or ``,``, ``.``, a space or ``'``.
        empty: What an empty cell of a quantity is: ``refuse`` the row, or ``zero``.

    Raises:
        MissingDataError: The file cannot be read, is empty, or lacks a column.
        QuantityError: The file is not CSV in UTF-8, has a column twice, or an argument cannot be used.

    Example:
        >>> from tempfile import NamedTemporaryFile
        >>> columns = {"issued_column": "Issued", "retired_columns": ["Retired"], "held_columns": ["Held"]}
        >>> with NamedTemporaryFile("w+") as file:
        ...     _ = file.write("Id,Issued,Retired,Held\\nA,10,4,6\\nB,10,4,5"), file.flush()
        ...     found = read_registry_balances(file.name, id_columns=["Id"], **columns)
        >>> [(item.line, item.rule, item.difference) for item in found.findings]
        [(3, 'difference', 1)]
    """
    named = _named(id_columns, retired_columns, cancelled_columns, held_columns)
    _require_usable(issued_column, named, thousands, empty)
    file = read_csv_file(path, delimiter=delimiter, missing=MissingDataError, malformed=QuantityError)
    table = file.table()
    ids, retired, cancelled, held = (tuple(map(table.column, names)) for names in named)
    return _read(table, _Layout(ids, table.column(issued_column), retired, cancelled, held, thousands, empty))


def _named(*columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The headers that a caller named, as lists."""
    names = ("id_columns", "retired_columns", "cancelled_columns", "held_columns")
    return tuple(headers(given, name) for given, name in zip(columns, names, strict=True))


def _require_usable(issued: str, named: tuple[tuple[str, ...], ...], thousands: object, empty: object) -> None:
    """Refuse an argument that is not one of its choices, no id, and a quantity that is named twice."""
    for name, given, choices in (("thousands", thousands, THOUSANDS), ("empty", empty, EMPTY)):
        if not isinstance(given, str) or given not in choices:
            raise QuantityError(f"{name} {quote(given, 20)}: expected one of {choices}")
    ids, *quantities = named
    if not ids:
        raise QuantityError("id_columns: an empty list, expected the headers of what names a row, e.g. ['Project ID']")
    every = [issued, *chain.from_iterable(quantities)]
    for column in every:
        if every.count(column) > 1:  # its units would be counted twice
            raise QuantityError(f"column {quote(column)} is named twice as a quantity; name each column once")


def _read(table: CsvTable, layout: _Layout) -> RegistryBalances:
    rows: list[RegistryBalance] = []
    refused: list[RefusedRow] = []
    lines: dict[tuple[str, ...], int] = {}
    for line, cells in table.rows(keep_empty=True, set_aside=lambda row: refused.append(unreadable(row))):
        row = _row(layout, line, cells)
        if isinstance(row, RefusedRow):
            refused.append(row)
        elif (earlier := lines.setdefault(tuple(row.ids.values()), line)) != line:
            named = ", ".join(quote(column.name) for column in layout.ids)
            why = f"{named}: the same as in line {earlier}; name the columns in which they differ in id_columns"
            refused.append(refused_row(line, cells, "repeated", why))
        else:
            rows.append(row)
    return RegistryBalances(
        path=table.file.path,
        sha256=table.file.sha256,
        rows=tuple(rows),
        refused=tuple(sorted(refused, key=lambda row: row.line)),
        findings=tuple(filter(None, map(_finding, rows))),
    )


def _row(layout: _Layout, line: int, cells: Cells) -> RegistryBalance | RefusedRow:
    found: list[dict[str, int]] = []
    for columns in ((layout.issued,), layout.retired, layout.cancelled, layout.held):
        found.append({})
        for column in columns:
            printed = cells[column.position].strip()
            units = Fraction(0) if not printed and layout.empty == "zero" else number(printed, layout.thousands)
            if units is None or units.denominator != 1:
                expected = f"a whole number {grouped(layout.thousands)}"
                if not printed:
                    expected += "; pass empty='zero' if an empty cell is no unit"
                reason = f"column {quote(column.name)}: {quote(printed, 60)}, expected {expected}"
                return refused_row(line, cells, "quantity", reason)
            found[-1][column.name] = int(units)
    return RegistryBalance(
        line=line,
        ids=FrozenMapping({column.name: cells[column.position].strip() for column in layout.ids}),
        issued=found[0][layout.issued.name],
        retired=FrozenMapping(found[1]),
        cancelled=FrozenMapping(found[2]),
        held=FrozenMapping(found[3]),
    )


def _finding(row: RegistryBalance) -> BalanceFinding | None:
    """What is wrong with a row's figures, or None."""
    parts = [*row.retired.values(), *row.cancelled.values(), *row.held.values()]
    rule = "difference" if row.held else "exceeds-issued"
    if (row.difference == 0) if row.held else row.difference >= 0:
        return None
    named = {**row.retired, **row.cancelled, **row.held}
    shown = ", ".join(f"{quote(name)} {units}" for name, units in named.items())
    detail = f"{row.issued} issued, and {sum(parts)} are accounted for: {shown}"
    return BalanceFinding(line=row.line, rule=rule, difference=row.difference, ids=row.ids, detail=detail)
