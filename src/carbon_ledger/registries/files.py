"""Exports of registries: the rows of a CSV file that carry serials, none of them dropped in silence.

A row is accepted if its serial reads, its quantity is the serial's count, and no earlier row has a unit of it.
Every other row comes back too, with its line and the reason.
"""

import csv
import hashlib
import io
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from carbon_ledger.errors import MissingDataError, QuantityError, SerialError
from carbon_ledger.files import path_text, read_file
from carbon_ledger.mappings import FrozenMapping, listed
from carbon_ledger.printing import near, quote
from carbon_ledger.registries.builtin import Registry, grammars_of, parse_serial
from carbon_ledger.registries.grammar import SerialGrammar
from carbon_ledger.registries.overlaps import earlier_overlaps
from carbon_ledger.registries.rows import RefusedRow, RegistryRow, RegistryRows

DELIMITERS: Final = (",", ";", "\t", "|")
THOUSANDS: Final = ("", ",", ".", " ", "'")


@frozen
class _Layout:
    """How one file is written, and what is asked of it."""

    path: str
    serial_column: str
    quantity_column: str
    columns: tuple[str, ...]
    grammars: tuple[SerialGrammar, ...]
    delimiter: str
    thousands: str

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.delimiter, str) or self.delimiter not in DELIMITERS:
            raise QuantityError(f"delimiter {quote(self.delimiter, 20)}: expected one of {DELIMITERS}")
        if not isinstance(self.thousands, str) or self.thousands not in THOUSANDS:
            raise QuantityError(f"thousands {quote(self.thousands, 20)}: expected one of {THOUSANDS}")


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
    """Read an export of a registry: each row's serial, checked against its quantity and every earlier row.

    Of two rows that have a unit in common, the earlier one is accepted.

    Args:
        path: The file: UTF-8, with a header.
        serial_column: Header of the serials.
        quantity_column: Header of the quantities.
        registry: Id of a built-in grammar, or a grammar; or several of them; all built-in ones where none is given.
        columns: Headers of other columns to keep.
        delimiter: Comma, semicolon, tab or ``|``.
        thousands: What stands between groups of three digits of a quantity: nothing, or ``,``, ``.``, a space
            or ``'``.

    Raises:
        MissingDataError: No such file, or no such column.
        QuantityError: No UTF-8, a header that is no CSV or names a column twice that is asked for, or an
            unusable argument.
        SerialError: *registry* is none.

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
    layout = _Layout(
        path_text(path, MissingDataError),
        serial_column,
        quantity_column,
        _columns(columns),
        grammars_of(registry),
        delimiter,
        thousands,
    )
    return _read(layout)


def _read(layout: _Layout) -> RegistryRows:
    data = read_file(layout.path, MissingDataError)
    read: list[RegistryRow] = []
    refused: list[RefusedRow] = []
    whole: dict[int, _Record] = {}
    records = _records(layout, data)
    head = next(records, _Record(1, 1, []))
    if head.fault:
        raise QuantityError(f"{layout.path}, line {head.line}: the header is no CSV: {head.fault}")
    places = {name: _place(layout, head.cells, name) for name in _asked(layout)}
    for record in records:
        row = _row(layout, record, len(head.cells), places)
        if isinstance(row, RefusedRow):
            refused.append(row)
        else:
            read.append(row)
            whole[row.line] = record
    overlapping = _overlapping(read, whole)
    refused = sorted([*refused, *overlapping.values()], key=lambda row: row.line)
    rows = tuple(row for row in read if row.line not in overlapping)
    return RegistryRows(
        path=layout.path, sha256=f"sha256:{hashlib.sha256(data).hexdigest()}", rows=rows, refused=tuple(refused)
    )


def _columns(columns: object) -> tuple[str, ...]:
    kept = listed(columns)
    if kept is None:
        raise QuantityError(f"columns {quote(columns)}: expected several headers")
    return kept


@frozen
class _Record:
    """A row as the file has it, blank lines aside; *fault* where it is no CSV."""

    line: int
    last_line: int
    cells: list[str]
    fault: str = ""

    def refused(self, rule: str, reason: str) -> RefusedRow:
        """This row, with the reason."""
        return RefusedRow(line=self.line, last_line=self.last_line, rule=rule, reason=reason, cells=tuple(self.cells))


def _records(layout: _Layout, data: bytes) -> Iterator[_Record]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuantityError(f"{layout.path}: byte {error.start} is not UTF-8; save the file as CSV in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield _Record(line, reader.line_num, [], str(error))
            continue
        if cells:
            yield _Record(line, reader.line_num, cells)


def _asked(layout: _Layout) -> tuple[str, ...]:
    return (layout.serial_column, layout.quantity_column, *layout.columns)


def _place(layout: _Layout, header: Sequence[str], name: str) -> int:
    if header.count(name) == 1:
        return header.index(name)
    if name in header:
        raise QuantityError(f"{layout.path}, line 1: {header.count(name)} columns are called {quote(name)}; rename one")
    close = near(name, header)
    hint = f"did you mean {quote(close[0])}?" if close else f"the header is {quote(header, 300)}"
    raise MissingDataError(f"{layout.path}, line 1: no column {quote(name)}; {hint}")


def _row(layout: _Layout, record: _Record, width: int, places: Mapping[str, int]) -> RegistryRow | RefusedRow:
    if record.fault:
        ends = f", up to line {record.last_line}" if record.last_line > record.line else ""
        return record.refused("no-csv", f"no CSV{ends}: {record.fault}; double each quote inside a quoted cell")
    if len(record.cells) != width:
        return record.refused(
            "fields",
            f"{len(record.cells)} fields, the header has {width}; quote what holds the delimiter, and double each "
            "quote inside a quoted cell",
        )
    text, printed = (record.cells[places[name]].strip() for name in _asked(layout)[:2])
    try:
        serial = parse_serial(text, registry=layout.grammars)
    except SerialError as error:
        return record.refused("serial", f"column {quote(layout.serial_column)}: {error}")
    quantity = _quantity(printed, layout.thousands)
    if quantity is None:
        return record.refused(
            "quantity",
            f"column {quote(layout.quantity_column)}: {quote(printed, 60)}, expected a whole number with "
            f"{quote(layout.thousands)} "
            "between groups of three digits (pass thousands= what the file has there)",
        )
    if quantity != serial.count:
        return record.refused(
            "count",
            f"column {quote(layout.quantity_column)}: {quantity}, but {serial.first} to {serial.last} are "
            f"{serial.count} "
            f"(last - first + 1) in {quote(text)}",
        )
    cells = {name: record.cells[places[name]].strip() for name in layout.columns}
    return RegistryRow(line=record.line, serial=serial, quantity=quantity, cells=FrozenMapping(cells))


def _quantity(printed: str, thousands: str) -> int | None:
    groups = printed.split(thousands) if thousands else [printed]
    if not all(group.isascii() and group.isdigit() for group in groups) or len(printed) > 30:
        return None
    if len(groups) > 1 and not (len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return None
    return int("".join(groups))


def _overlapping(rows: Sequence[RegistryRow], whole: Mapping[int, _Record]) -> dict[int, RefusedRow]:
    """The rows that have a unit of an earlier one, by line."""
    spaces: defaultdict[tuple[str, str], list[RegistryRow]] = defaultdict(list)
    for row in rows:
        spaces[row.serial.registry, row.serial.space].append(row)
    refused = {}
    for same in spaces.values():
        found = earlier_overlaps([(row.serial.first, row.serial.last) for row in same])
        for row, position in zip(same, found, strict=True):
            if position is not None:
                earlier = same[position]
                refused[row.line] = whole[row.line].refused(
                    "overlap",
                    f"{quote(row.serial.text)} overlaps {quote(earlier.serial.text)} of line {earlier.line}",
                )
    return refused
