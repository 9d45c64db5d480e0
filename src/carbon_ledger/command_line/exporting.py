"""Commands that write what a ledger has to files."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from carbon_ledger.command_line.arguments import checkpoint_of, entry_of, misused
from carbon_ledger.command_line.exits import DONE, NOT_TRUE
from carbon_ledger.command_line.options import HELP, Command, as_of_option, reads, zone_option
from carbon_ledger.command_line.papers import USUAL, papers, papers_of
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import progress_on, say_fields
from carbon_ledger.errors import StoreError
from carbon_ledger.files import write_pieces

if TYPE_CHECKING:
    from carbon_ledger.ledger.reader import Reader
    from carbon_ledger.tables import Tabular

DOCUMENTS: Final = ("energytag", "cad-trust")
# The options that each takes; one that ends with an exclamation mark is needed.
_TAKEN: Final = {
    "entries": (),
    "columns": (),
    "positions": ("--account", "--project"),
    "statement": ("--account!",),
    "retirements": ("--account",),
    "energytag": ("--account", "--project"),
    "cad-trust": ("--project!",),
}
ENDINGS: Final = (".csv", ".jsonl", ".xlsx")
_PIECES: Final = 10_000  # entries between two reports of progress


def page(function: Command) -> Command:
    """Give a command the options of a page: its title, who prepared it, and a published checkpoint.

    Args:
        function: Called with these besides its own arguments; a missing one is None.
    """
    for name, metavar, text in (
        ("--checkpoint", "FILE|DIR", "A published checkpoint that the page proves its entries by."),
        ("--prepared-by", "TEXT", "Who prepared the page."),
        ("--title", "TEXT", "The title of the page."),
    ):
        function = click.option(name, metavar=metavar, help=text)(function)
    return function


@click.command(
    "export",
    context_settings=HELP,
    epilog="The name of a table ends with .csv, .jsonl or .xlsx; of energytag and cad-trust with .json or .csv. "
    "Entries are written as their canonical JSON, a line each; columns as Parquet files in a new folder. An existing "
    "file is never overwritten.",
)
@reads
@click.argument("what", type=click.Choice(list(_TAKEN)))
@click.argument("out", metavar="OUT")
@click.option("--account", metavar="ID", help="Only this account; a statement needs it.")
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
    """Write entries, a table, columns or units for other systems to the new file or folder OUT."""
    _require_taken(what, {"--account": account, "--project": project})
    with session.reading(as_of, zone) as ledger:
        if what == "entries":
            count = _write_entries(ledger, out)
        elif what == "columns":
            from carbon_ledger.columns import export

            count = export(ledger, out).size
        elif what in DOCUMENTS:
            count = _write_document(session, ledger, what, out, account, project)
        else:
            count = _write_table(ledger, what, out, account, project)
    fields = {"what": what, "path": out, "rows": count}
    session.answer({"export": fields}, lambda: say_fields(fields.items()))


def _write_entries(ledger: "Reader", out: str) -> int:
    """Write the canonical bytes of every entry, a line each."""
    size, progress = ledger.size, progress_on("export")

    def pieces() -> Iterator[bytes]:
        for n, entry in enumerate(ledger.entries()):
            yield entry.to_bytes() + b"\n"
            if progress is not None and n % _PIECES == 0:
                progress(n, size)

    write_pieces(out, pieces(), StoreError)
    return size


def _require_taken(what: str, given: Mapping[str, str | None]) -> None:
    """Refuse an option that would be left out of account, and the lack of one that is needed."""
    for option, value in given.items():
        if value is None and f"{option}!" in _TAKEN[what]:
            misused(f"{what} needs {option}")
        if value is not None and not {option, f"{option}!"} & {*_TAKEN[what]}:
            misused(f"{what} cannot be restricted by {option}; leave it out")


def _write_document(
    session: Session, ledger: "Reader", what: str, out: str, account: str | None, project: str | None
) -> int:
    """Write units for another system, and say what its format cannot say."""
    units: Any = (
        ledger.energytag_bundles(account, project=project)
        if what == "energytag"
        else ledger.cad_trust_units(str(project))
    )
    units.save(out)
    for item in units.unsaid:
        session.remark(f"{item.kind}: {item.what}: {item.reason} ({item.units:,} units)")
    return len(units.records)


def _write_table(ledger: "Reader", what: str, out: str, account: str | None, project: str | None) -> int:
    """Write a table by the ending of the file's name; return how many rows it has."""
    ending = os.path.splitext(out)[1].lower()
    if ending not in ENDINGS:
        misused(f"{out}: a table's name ends with {', '.join(ENDINGS)}; name such a file")
    table, count = _table(ledger, what, account, project)
    writers = {".csv": table.write_csv, ".jsonl": table.write_jsonl, ".xlsx": table.write_excel}
    writers[ending](out)
    return count


def _table(ledger: "Reader", what: str, account: str | None, project: str | None) -> "tuple[Tabular, int]":
    """A table of the ledger, and how many rows it has."""
    if what == "statement":
        statement = ledger.statement(str(account))
        return statement, len(statement.movements)
    listing = ledger.positions(account, project=project) if what == "positions" else ledger.retirements(account)
    return listing, len(listing)


@click.command("report", context_settings=HELP)
@reads
@click.argument("out", metavar="OUT")
@click.option("--project", "projects", multiple=True, metavar="ID", help="Only this project; once for each.")
@click.option("--account", "accounts", multiple=True, metavar="ID", help="Only this account; once for each.")
@page
@click.option("--review", is_flag=True, help="Write the page of an auditor, with a review; the options below need it.")
@papers
def report_command(
    session: Session, out: str, projects: tuple[str, ...], accounts: tuple[str, ...], review: bool, **given: Any
) -> int:
    """Write a report for an auditor or a board to the new file OUT: one HTML page that verifies itself.

    The exit status is 1 if the audit found something, which the page then shows first.
    """
    beside = {name: given.pop(name) for name in _BESIDE}
    _require_review(review, accounts, beside)
    with session.opened() as ledger:
        report = ledger.audit(progress=progress_on("audit"))
        if review and report.size:
            reader = ledger.as_of(entry=report.size - 1)  # others may write meanwhile
            parts = papers_of(reader, projects or None, beside)
            digest = reader.review_page(out, audit_report=report, **parts, **_page_of(given))
        else:
            digest = ledger.report(
                out, projects=projects or None, accounts=accounts or None, audit_report=report, **_page_of(given)
            )
    fields = {"path": out, "digest": digest, "passed": report.passed}
    session.answer({"report": fields}, lambda: say_fields(fields.items()))
    return DONE if report.passed else NOT_TRUE


_BESIDE: Final = ("seed", "confidence", "tolerable", "found", "since", "folder", "dispositions")


def _require_review(review: bool, accounts: tuple[str, ...], given: dict[str, Any]) -> None:
    """Refuse an option that would be left out of account.

    Raises:
        click.UsageError: There is one.
    """
    if review and accounts:
        misused("--review is of projects; leave --account out")
    for name, value in given.items():
        if not review and value != USUAL.get(name):
            misused(f"--{name} is about a review; add --review")


@click.command("certificate", context_settings=HELP)
@reads
@click.argument("retirement", metavar="RETIREMENT")
@click.argument("out", metavar="OUT")
@page
def certificate_command(session: Session, retirement: str, out: str, **given: str | None) -> None:
    """Write the certificate of a retirement, such as hydro/57, for its beneficiary: one HTML page, the new file OUT."""
    n = entry_of(retirement)
    with session.reading() as ledger:
        digest = ledger.retirement_certificate(retirement if n is None else n, out, **_page_of(given))
    fields = {"path": out, "digest": digest, "retirement": retirement}
    session.answer({"certificate": fields}, lambda: say_fields(fields.items()))


def _page_of(given: dict[str, str | None]) -> dict[str, Any]:
    """The arguments of a page: its title, who prepared it, and the bytes of a published checkpoint."""
    path = given.pop("checkpoint")
    return {**given, "checkpoint": None if path is None else checkpoint_of(path)}
