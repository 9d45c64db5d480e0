"""The rows of a registry's export, imported one by one; what a row does not say, its serial or the caller does."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from carbon_ledger.command_line.arguments import misused, period_of
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.errors import QuantityError

if TYPE_CHECKING:
    from carbon_ledger.ledger.ledger import Ledger
    from carbon_ledger.periods import Period
    from carbon_ledger.registries.rows import RegistryRow, RegistryRows
    from carbon_ledger.serials import Batch

_MOST_SHOWN = 20


def rows_of(session: Session, path: str, given: dict[str, Any], *, skip_refused: bool) -> "RegistryRows":
    """Read an export, and show the rows that are refused.

    Args:
        session: The call, which shows them.
        path: The file.
        given: The options of the command.
        skip_refused: Whether the other rows are used although some are refused.

    Raises:
        QuantityError: Rows are refused, and *skip_refused* is False; or the file cannot be read.
    """
    from carbon_ledger.registries.files import read_registry_csv

    names = ("registry", "serial_column", "quantity_column", "delimiter", "thousands")
    rows = read_registry_csv(path, **{name: given[name] for name in names})
    for row in rows.refused[:_MOST_SHOWN]:
        session.remark(f"line {row.line}: {row.reason} [{row.rule}]")
    if rows.refused and not skip_refused:
        raise QuantityError(
            f"{path}: {len(rows.refused)} of its {rows.row_count} rows are refused; correct them, or import the others "
            "with --skip-refused"
        )
    return rows


def imported(ledger: "Ledger", rows: "RegistryRows", to: str, given: dict[str, Any], by: str | None) -> "list[Batch]":
    """Import every row.

    Args:
        ledger: The ledger.
        rows: The rows.
        to: The account that receives the units.
        given: The options of the command.
        by: The actor, or None.

    Returns:
        The batches, in the order of the rows.
    """
    return [_imported(ledger, row, rows.sha256, to, given, by) for row in rows.rows]


def _imported(
    ledger: "Ledger", row: "RegistryRow", evidence: str, to: str, given: dict[str, Any], by: str | None
) -> "Batch":
    serial = row.serial
    instrument, project = given["instrument"] or serial.instrument, given["project"] or serial.project
    for option, value in (("--instrument", instrument), ("--project", project)):
        if value is None:
            misused(f"line {row.line}: serials of {serial.registry} do not say it; give {option}")
    return ledger.import_block(
        serial,
        registry=serial.grammar,
        instrument=str(instrument),
        to=to,
        production=_production(row, given["production"], given["zone"]),
        project=str(project),
        evidence=evidence,
        vintage=serial.vintage,
        count=row.quantity,
        by=by,
    )


def _production(row: "RegistryRow", text: str | None, zone: str | None) -> "Period":
    """When the units were produced: as the caller says, else the days that the serial states."""
    from carbon_ledger.periods import Period

    if text is not None:
        return period_of(text, zone)
    days = row.serial.production
    if days.start is None or days.end is None:
        misused(
            f"line {row.line}: serials of {row.serial.registry} do not say when production began and ended; give "
            "--production"
        )
    return Period.of(days.start, days.end + timedelta(days=1), zone=zone or "UTC")
