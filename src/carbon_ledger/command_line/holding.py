"""Commands that lock and release units, and that offer them."""

from typing import Any

import click

from carbon_ledger.command_line.arguments import evidence_of
from carbon_ledger.command_line.moving import moved, reference_option, units
from carbon_ledger.command_line.options import HELP, reads, reason_option, records
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import plain, say_fields, say_rows


@click.group("hold", context_settings=HELP)
def hold_command() -> None:
    """Lock units, and release them."""


@hold_command.command("lock", context_settings=HELP)
@records
@units
@reason_option
@click.option("--evidence", metavar="FILE|DIGEST", help="The document that asks for the hold.")
def lock(session: Session, units: Any, from_: str | None, reason: str, evidence: str | None) -> None:
    """Lock units, so that they can neither be transferred nor retired."""
    document = evidence_of(evidence)
    moved(session, lambda ledger: ledger.lock(units, reason=reason, evidence=document, from_=from_, **session.common))


@hold_command.command("release", context_settings=HELP)
@records
@units
@reason_option
def release(session: Session, units: Any, from_: str | None, reason: str) -> None:
    """Release locked units."""
    moved(session, lambda ledger: ledger.release(units, reason=reason, from_=from_, **session.common))


@click.group("offer", context_settings=HELP)
def offer_command() -> None:
    """Offer units, and accept, reject or revoke an offer."""


def _settled(session: Session, name: str, *arguments: Any, **options: Any) -> None:
    """Run a command about an offer, and show the offer."""
    offer, outcome = session.record(lambda ledger: getattr(ledger, name)(*arguments, **options, **session.common))
    fields = plain(offer)
    session.report(outcome, {"offer": fields}, lambda: say_fields(fields.items()))


@offer_command.command("make", context_settings=HELP)
@records
@units
@click.option("--to", required=True, metavar="ACCOUNT", help="The account that may accept.")
@click.option("--deadline", metavar="TIME", help="The first second in which it can no longer be accepted.")
@reference_option
def make_offer(
    session: Session, units: Any, from_: str | None, to: str, deadline: str | None, reference: str | None
) -> None:
    """Offer units to another account; they are pending until the offer ends."""
    _settled(session, "offer", units, to=to, from_=from_, deadline=deadline, reference=reference)


number = click.argument("offer", type=click.IntRange(0), metavar="ENTRY")
optional_reason = click.option("--reason", metavar="TEXT", help="The reason, in words.")


@offer_command.command("accept", context_settings=HELP)
@records
@number
def accept_offer(session: Session, offer: int) -> None:
    """Accept an offer, named by its entry: the units are transferred."""
    _settled(session, "accept", offer)


@offer_command.command("reject", context_settings=HELP)
@records
@number
@optional_reason
def reject_offer(session: Session, offer: int, reason: str | None) -> None:
    """Reject an offer, as the account to which it was made."""
    _settled(session, "reject", offer, reason=reason)


@offer_command.command("revoke", context_settings=HELP)
@records
@number
@optional_reason
def revoke_offer(session: Session, offer: int, reason: str | None) -> None:
    """Revoke an offer, as the account that made it."""
    _settled(session, "revoke_offer", offer, reason=reason)


@offer_command.command("time-out", context_settings=HELP)
@records
@number
def time_out_offer(session: Session, offer: int) -> None:
    """End an offer whose deadline has passed."""
    _settled(session, "time_out", offer)


@offer_command.command("list", context_settings=HELP)
@reads
@click.argument("account")
def list_offers(session: Session, account: str) -> None:
    """List the offers from an account and to it, oldest first."""
    with session.reading() as ledger:
        rows = [plain(offer) for offer in ledger.offers(account)]
    session.answer({"offers": rows}, lambda: say_rows(rows, f"there is no offer from {account} or to it"))
