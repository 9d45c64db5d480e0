"""Commands that write what a ledger has to files."""

import os
from typing import TYPE_CHECKING, Any, Final

import click

from carbon_ledger.command_line.arguments import misused
from carbon_ledger.command_line.options import HELP, as_of_option, reads, zone_option
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import progress_on, say_fields, talk

if TYPE_CHECKING:
    from carbon_ledger.ledger.reader import Reader
    from carbon_ledger.tables import Tabular

TABLES: Final = ("positions", "statement", "retirements")
DOCUMENTS: Final = ("energytag", "cad-trust")
ENDINGS: Final = (".csv", ".jsonl", ".xlsx")
_FLUSH: Final = 10_000  # entries between two reports of progress


@click.command(
    "export",
    context_settings=HELP,
    epilog="The name of a table ends with .csv, .jsonl or .xlsx; of energytag and cad-trust with .json or .csv. "
    "Entries are written as their canonical JSON, a line each. An existing file is never overwritten.",
)
@reads
@click.argument("what", type=click.Choice(["entries", *TABLES, *DOCUMENTS]))
@click.argument("out", metavar="OUT")
@click.option("--account", metavar="ID", help="Only this account; a statement and retirements need it.")
@click.option("--project", metavar="ID", help="Only this project; cad-trust needs it.")
@as_of_option
@zone_option
def export_command(
    session: Session,
    what: str,
    out: str,
    account: str | None,
    project: str | None,
    as_of: str | None,
    zone: str | None,
) -> None:
    """Write entries, a table or units for other systems to the new file OUT."""
    with session.reading(as_of, zone) as ledger:
        if what == "entries":
            count = _write_entries(ledger, out)
        elif what in DOCUMENTS:
            count = _write_document(ledger, what, out, account, project)
        else:
            count = _write_table(_table(ledger, what, account, project), out)
    fields = {"what": what, "path": out, "rows": count}
    session.answer({"export": fields}, lambda: say_fields(fields.items()))


def _write_entries(ledger: "Reader", out: str) -> int:
    """Write the canonical bytes of every entry, a line each."""
    from carbon_ledger.errors import StoreError
    from carbon_ledger.files import path_text

    size, progress = ledger.size, progress_on("export")
    try:
        with open(path_text(out, StoreError), "xb") as file:
            for n, entry in enumerate(ledger.entries()):
                file.write(entry.to_bytes() + b"\n")
                if progress is not None and n % _FLUSH == 0:
                    progress(n, size)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise StoreError(f"{out}: it exists already, and is not overwritten; name a new file") from None
    return size


def _needed(value: str | None, option: str, what: str) -> str:
    if value is None:
        misused(f"{what} needs {option}")
    return value


def _write_document(ledger: "Reader", what: str, out: str, account: str | None, project: str | None) -> int:
    """Write units for another system, and say what its format cannot say."""
    units: Any = (
        ledger.energytag_bundles(account, project=project)
        if what == "energytag"
        else ledger.cad_trust_units(_needed(project, "--project", what))
    )
    units.save(out)
    for item in units.unsaid:
        talk(f"{item.kind}: {item.what}: {item.reason} ({item.units:,} units)")
    return len(units.records)


def _table(ledger: "Reader", what: str, account: str | None, project: str | None) -> "Tabular":
    """A table of the ledger."""
    if what == "positions":
        return ledger.positions(account, project=project)
    name = _needed(account, "--account", what)
    return ledger.statement(name) if what == "statement" else ledger.retirements(name)


def _write_table(table: "Tabular", out: str) -> int:
    """Write a table by the ending of the file's name."""
    ending = os.path.splitext(out)[1].lower()
    if ending not in ENDINGS:
        misused(f"{out}: a table's name ends with {', '.join(ENDINGS)}; name such a file")
    writers = {".csv": table.write_csv, ".jsonl": table.write_jsonl, ".xlsx": table.write_excel}
    writers[ending](out)
    return len(table.rows())
