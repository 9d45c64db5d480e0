"""Commands that an auditor asks next: what has changed since a checkpoint, and whether the evidence is there."""

import click

from carbon_ledger.command_line.exits import NOT_TRUE
from carbon_ledger.command_line.options import HELP, as_of_option, json_option, reads, zone_option
from carbon_ledger.command_line.publishing import key_of, since_of
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


@click.command("compare-claims", context_settings=HELP)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--key", "keys", multiple=True, metavar="KEY|FILE", help="The verifier key of a published log.")
@click.option(
    "--least-digits", type=int, metavar="N", help="Evidence from which equal readings show one device; 24 by default."
)
@json_option
def compare_claims_command(a: str, b: str, keys: tuple[str, ...], least_digits: int | None, as_json: bool) -> int:
    """Find energy of the same device and time that two ledgers claim; A and B are files, or folders of published logs.

    A file is audited first, and a published log is verified. The exit status is 1 if there is such energy, or if the
    two are one ledger that was continued in two ways.
    """
    from carbon_ledger.opening.compared_claims import compare_claims
    from carbon_ledger.review.same_devices import LEAST_DIGITS

    session = Session(None, as_json=as_json)
    digits = LEAST_DIGITS if least_digits is None else least_digits
    found = compare_claims(a, b, trusted_keys=[key_of(text) for text in keys], least_digits=digits)
    session.answer({"comparison": found}, lambda: say_verdict(str(found), is_good=not found.needs_answer))
    return NOT_TRUE if found.needs_answer else 0
