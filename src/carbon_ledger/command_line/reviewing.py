"""Commands that an auditor asks next: what has changed since a checkpoint, and whether the evidence is there."""

import click

from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, as_of_option, reads, zone_option
from carbon_ledger.command_line.publishing import since_of
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say, say_verdict, talk


@click.command("changes", context_settings=HELP)
@reads
@click.option(
    "--since",
    required=True,
    metavar="CHECKPOINT|DIR|SIZE",
    help="A published checkpoint that you stored, or its directory; or a number of entries, which proves nothing.",
)
@as_of_option
@zone_option
def changes_command(session: Session, since: str, as_of: str | None, zone: str | None) -> None:
    """Show what has changed since a checkpoint, whose root is computed again from the entries."""
    given = since_of(since)
    with session.reading(as_of, zone) as ledger:
        found = ledger.changes(since=given)
    session.answer({"changes": found}, lambda: say(str(found)))
    if not found.is_pinned and not session.as_json:
        talk("without a checkpoint, a ledger that was rewritten as a whole is not noticed")


@click.command("verify-evidence", context_settings=HELP)
@reads
@click.argument("folder", metavar="FOLDER")
@as_of_option
@zone_option
def verify_evidence_command(session: Session, folder: str, as_of: str | None, zone: str | None) -> int:
    """Compare the files of a FOLDER with the documents that the ledger has as evidence, by their SHA-256.

    The exit status is 1 if a document is missing.
    """
    with session.reading(as_of, zone) as ledger:
        found = ledger.verify_evidence(folder)
    session.answer({"evidence": found}, lambda: say_verdict(str(found), is_good=found.is_complete))
    return 0 if found.is_complete else NOT_TRUE
