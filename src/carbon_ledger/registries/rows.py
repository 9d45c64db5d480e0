"""The rows of an export of a registry: those that are accepted, and those that are refused with a reason."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from carbon_ledger.registries.grammar import RegistrySerial

REFUSALS: Final = ("no-csv", "fields", "serial", "quantity", "count", "overlap")


@frozen(kw_only=True)
class RegistryRow:
    """One row of an export that is accepted.

    Args:
        line: The line of the file on which it begins, from 1.
        serial: Its serial.
        quantity: Its quantity, which is the number of units in the serial. [units]
        cells: The columns that the caller named, as printed.
    """

    line: int
    serial: RegistrySerial
    quantity: int
    cells: Mapping[str, str]


@frozen(kw_only=True)
class RefusedRow:
    """One row of an export that is refused.

    Args:
        line: The line of the file on which it begins, from 1.
        last_line: The line on which it ends.
        rule: ``no-csv``, ``fields``, ``serial``, ``quantity``, ``count`` or ``overlap``.
        reason: What was given, what was expected, and where.
        cells: All of its cells, as they are in the file; empty if the row is not CSV.
    """

    line: int
    last_line: int
    rule: str
    reason: str
    cells: tuple[str, ...]


@frozen(kw_only=True)
class RegistryRows:
    """The rows of an export of a registry.

    Args:
        path: The file, as the caller named it.
        sha256: Digest of its bytes, to be recorded as evidence: ``sha256:<64 hex digits>``.
        rows: The rows that are accepted, in the order of the file.
        refused: All the other rows, in the order of the file.
    """

    path: str
    sha256: str
    rows: tuple[RegistryRow, ...]
    refused: tuple[RefusedRow, ...]

    @property
    def row_count(self) -> int:
        """How many rows the file has below its header, accepted or refused; blank lines are not counted."""
        return len(self.rows) + len(self.refused)

    @property
    def quantity(self) -> int:
        """Units of the accepted rows. [units]"""
        return sum(row.quantity for row in self.rows)
