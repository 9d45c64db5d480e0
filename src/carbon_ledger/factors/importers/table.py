"""The factors of a public table: each row of the file makes factors, or is refused with its line and the reason."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.csv_rows import CsvFile, UnreadableRow, last_line_of
from carbon_ledger.errors import CarbonLedgerError, QuantityError, RefusedError
from carbon_ledger.exact import checked_decimal, text_of
from carbon_ledger.factors.importers._rows import Row
from carbon_ledger.factors.plausibility import flagged
from carbon_ledger.factors.record import EmissionFactor
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

_EXPONENT: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}")
FACTOR: Final = "factor"
TWICE: Final = "twice"

SetAside = Callable[[UnreadableRow], None]


@frozen(kw_only=True, repr=False)
class RefusedFactorRow(Record):
    """A row of a table that makes no factor.

    Attributes:
        line: The line of the file on which the row begins, from 1.
        last_line: The line on which it ends.
        rule: Why it makes no factor: ``no-csv`` or ``fields`` (it cannot be read), ``unit`` (not per energy), ``kind``
            (the table does not state what kind of factor it is), ``value`` (it has no value), ``number``, ``year``,
            ``twice`` (a factor of an earlier row has its id), or ``factor`` (another field cannot be used).
        reason: What was given, and what was expected.
        cells: Its cells, without the space around them; empty if the row is not CSV.
    """

    line: int
    last_line: int
    rule: str
    reason: str
    cells: tuple[str, ...]


@frozen(kw_only=True, repr=False)
class FactorTable(Record):
    """The factors of a public table, and the rows that make none.

    Attributes:
        path: The file, as the caller named it.
        sha256: Digest of its bytes: ``sha256:<64 hex digits>``.
        factors: The factors, in the order of the file. A row with values of several gases makes a factor of each.
        refused: The rows that make no factor, in the order of the file.
        row_count: How many rows the file has below its header; blank lines are not counted.
    """

    path: str
    sha256: str
    factors: tuple[EmissionFactor, ...]
    refused: tuple[RefusedFactorRow, ...]
    row_count: int


def refusal(row: Row, column: str, rule: str, reason: str) -> RefusedError:
    """The error that refuses a row because of a cell."""
    return RefusedError(f"line {row.line}", f"column {quote(column)}: {reason}", rule=rule)


def number_of(row: Row, column: str) -> tuple[str, tuple[str, ...]]:
    """A number as it is in the file; one with an exponent is written out, exactly.

    Returns:
        The number, and the flags that say how it was changed.

    Raises:
        RefusedError: The cell is no number.
    """
    text = row.cells[column]
    try:
        if _EXPONENT.fullmatch(text):
            written = text_of(checked_decimal(Decimal(text), column))
            return written, (f"exponent-written-out: {text} in the file",)
        checked_decimal(text, column)
    except QuantityError:
        raise refusal(row, column, "number", f"{quote(text, 40)}, expected a decimal number") from None
    return text, ()


def accounted(
    file: CsvFile, rows: Callable[[SetAside], Iterator[Row]], make: Callable[[Row], tuple[EmissionFactor, ...]]
) -> FactorTable:
    """Make the factors of a file row by row, and keep the reason for each row that makes none.

    Args:
        file: The file.
        rows: Reads the rows, and calls its argument with each that cannot be read.
        make: The factors of one row. Any error of this library refuses the row; the rule of a `RefusedError` stays.

    Raises:
        FactorFileError: The file has no header that can be read.
    """
    found: dict[str, EmissionFactor] = {}
    refused: list[RefusedFactorRow] = []
    accepted = 0

    def set_aside(row: UnreadableRow) -> None:
        refused.append(
            RefusedFactorRow(line=row.line, last_line=row.last_line, rule=row.rule, reason=row.reason, cells=row.cells)
        )

    for row in rows(set_aside):
        try:
            made = tuple(flagged(factor) for factor in make(row))
            _require_new(made, found)
        except CarbonLedgerError as error:
            refused.append(_refused(row, error))
        else:
            found |= {factor.factor_id: factor for factor in made}
            accepted += 1
    return FactorTable(
        path=file.path,
        sha256=file.sha256,
        factors=tuple(found.values()),
        refused=tuple(sorted(refused, key=lambda item: item.line)),
        row_count=accepted + len(refused),
    )


def _require_new(made: tuple[EmissionFactor, ...], found: dict[str, EmissionFactor]) -> None:
    for factor in made:
        if factor.factor_id in found:
            raise RefusedError(
                f"factor {factor.factor_id}",
                f"an earlier row has this id: {found[factor.factor_id].place}; this row is not read",
                rule=TWICE,
            )


def _refused(row: Row, error: CarbonLedgerError) -> RefusedFactorRow:
    rule, reason = (error.rule, error.detail) if isinstance(error, RefusedError) else (FACTOR, str(error))
    cells = tuple(row.cells.values())
    last_line = last_line_of(row.line, cells)
    return RefusedFactorRow(line=row.line, last_line=last_line, rule=rule, reason=reason, cells=cells)
