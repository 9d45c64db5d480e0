"""The rows of an export of a registry: those that are accepted, and those that are refused with a reason."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from carbon_ledger.errors import QuantityError
from carbon_ledger.records import Record
from carbon_ledger.registries.grammar import RegistrySerial
from carbon_ledger.registries.quantities import different_units

REFUSALS: Final = (
    "no-csv", "fields", "serial", "revision", "quantity", "count", "overlap", "superseded", "parent-total",
)  # fmt: skip
BALANCE_REFUSALS: Final = ("no-csv", "fields", "quantity", "repeated")
BALANCE_FINDINGS: Final = ("difference", "exceeds-issued")


@frozen(kw_only=True, repr=False)
class RegistryRow(Record):
    """One row of an export that is accepted.

    Args:
        line: The line of the file on which it begins, from 1.
        serial: Its serial.
        quantity: Its quantity, which is the number of units in the serial. [units]
        cells: The columns that the caller named, as printed.
        revision: The number of its revision, such as 1 for ``R1``; 0 if nothing marks it as revised.
    """

    line: int
    serial: RegistrySerial
    quantity: int
    cells: Mapping[str, str]
    revision: int = 0

    @property
    def quantity_kg(self) -> int | None:
        """Its CO2e, or `None` if the grammar does not state the mass of a unit. [kg]"""
        return self.serial.mass_kg


@frozen(kw_only=True, repr=False)
class RefusedRow(Record):
    """One row of an export that is refused.

    Args:
        line: The line of the file on which it begins, from 1.
        last_line: The line on which it ends.
        rule: ``no-csv``, ``fields``, ``serial``, ``revision``, ``quantity``, ``count``, ``overlap``, ``superseded`` or
            ``parent-total``; of balances ``no-csv``, ``fields``, ``quantity`` or ``repeated``.
        reason: What was given, what was expected, and where.
        cells: All of its cells, as they are in the file; empty if the row is not CSV.
    """

    line: int
    last_line: int
    rule: str
    reason: str
    cells: tuple[str, ...]


@frozen(kw_only=True, repr=False)
class RegistryRows(Record):
    """The rows of an export of a registry.

    Args:
        path: The file, as the caller named it.
        sha256: Digest of its bytes, to be recorded as evidence: ``sha256:<64 hex digits>``.
        rows: The rows that are accepted, in the order of the file.
        refused: All the other rows, in the order of the file.
    """

    _in_repr = ("path", "quantity", "row_count")
    _derived = ("quantity", "row_count")

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
        """Units of the accepted rows. [units]

        Raises:
            QuantityError: The rows have units of different masses, or of several registries without a stated mass;
                such units are not added.
        """
        if units := different_units(row.serial for row in self.rows):
            raise QuantityError(
                f"{self.path}: its rows have units of {' and '.join(units)}, which are not added; use quantity_kg if "
                "each has a mass, or read each registry by itself with registry="
            )
        return sum(row.quantity for row in self.rows)

    @property
    def quantity_kg(self) -> int:
        """CO2e of the accepted rows. [kg]

        Raises:
            QuantityError: A row has units whose mass is not stated.
        """
        total_kg = 0
        for row in self.rows:
            if row.quantity_kg is None:
                raise QuantityError(
                    f"{self.path}, line {row.line}: the grammar of {row.serial.registry} does not state the mass of a "
                    "number; use quantity"
                )
            total_kg += row.quantity_kg
        return total_kg


@frozen(kw_only=True, repr=False)
class RegistryBalance(Record):
    """One row of an export without serials that is accepted.

    Args:
        line: The line of the file on which it begins, from 1.
        ids: The cells that name the row, by header, as printed.
        issued: Units issued. [units]
        retired: Units retired, by header. [units]
        cancelled: Units cancelled, converted, invalidated or exported, by header. [units]
        held: Units that are neither, by header; empty if the file does not state them. [units]
    """

    _derived = ("difference",)

    line: int
    ids: Mapping[str, str]
    issued: int
    retired: Mapping[str, int]
    cancelled: Mapping[str, int]
    held: Mapping[str, int]

    @property
    def difference(self) -> int:
        """Issued units that the other columns do not account for; below 0 if they have more. [units]"""
        parts = (self.retired, self.cancelled, self.held)
        return self.issued - sum(sum(part.values()) for part in parts)


@frozen(kw_only=True, repr=False)
class BalanceFinding(Record):
    """A row of an export without serials whose figures do not agree.

    Args:
        line: The line of the file on which it begins, from 1.
        rule: ``difference``: issued is not retired + cancelled + held; ``exceeds-issued``: the file does not state what
            is held, and more was retired and cancelled than issued.
        difference: Issued less all that is accounted for. [units]
        ids: The cells that name the row, by header, as printed.
        detail: The figures.
    """

    line: int
    rule: str
    difference: int
    ids: Mapping[str, str]
    detail: str


@frozen(kw_only=True, repr=False)
class RegistryBalances(Record):
    """The rows of an export without serials. No figure is added up across rows.

    Args:
        path: The file, as the caller named it.
        sha256: Digest of its bytes, to be recorded as evidence: ``sha256:<64 hex digits>``.
        rows: The rows that are accepted, in the order of the file, with findings or without.
        refused: All the other rows, in the order of the file.
        findings: The accepted rows whose figures do not agree, in the order of the file.
    """

    _in_repr = ("path", "row_count")
    _derived = ("row_count",)

    path: str
    sha256: str
    rows: tuple[RegistryBalance, ...]
    refused: tuple[RefusedRow, ...]
    findings: tuple[BalanceFinding, ...]

    @property
    def row_count(self) -> int:
        """How many rows the file has below its header, accepted or refused; blank lines are not counted."""
        return len(self.rows) + len(self.refused)
