"""What an export of a registry holds: rows that are accepted, and rows that are not, each with its reason."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from carbon_ledger.registries.grammar import RegistrySerial

REFUSALS: Final = ("no-csv", "fields", "serial", "quantity", "count", "overlap")


@frozen(kw_only=True)
class RegistryRow:
    """One row of an export whose serial reads.

    Args:
        line: The line of the file on which it begins, the header's being 1.
        serial: Its serial.
        quantity: Its quantity, which is the serial's count. [units]
        cells: The columns that the caller named, as printed.
    """

    line: int
    serial: RegistrySerial
    quantity: int
    cells: Mapping[str, str]


@frozen(kw_only=True)
class RefusedRow:
    """One row of an export that is not accepted.

    Args:
        line: The line of the file on which it begins, the header's being 1.
        last_line: The line on which it ends.
        rule: ``no-csv``, ``fields``, ``serial``, ``quantity``, ``count`` or ``overlap``.
        reason: What was given, what was expected, and where.
        cells: All of its cells as they were read; none where the row is no CSV.
    """

    line: int
    last_line: int
    rule: str
    reason: str
    cells: tuple[str, ...]


@frozen(kw_only=True)
class RegistryRows:
    """What an export of a registry holds.

    Args:
        path: The file, as it was named.
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
        """How many rows the file has below its header, blank lines aside: those accepted and those refused."""
        return len(self.rows) + len(self.refused)

    @property
    def quantity(self) -> int:
        """Units of the accepted rows. [units]"""
        return sum(row.quantity for row in self.rows)
