"""Commands that grant roles, revoke them, and list them."""

from typing import get_args

import click

from carbon_ledger.choices import Role
from carbon_ledger.command_line.options import HELP, reads, reason_option, records
from carbon_ledger.command_line.sessions import Session
from carbon_ledger.command_line.showing import say_fields, say_rows, talk

actor_argument = click.argument("actor")
role_argument = click.argument("role", type=click.Choice(get_args(Role)))
account_option = click.option("--account", metavar="ID", help="The account of an account holder.")


@click.group("role", context_settings=HELP)
def role_command() -> None:
    """Grant, revoke and list roles, in a ledger of the policy roles."""


@role_command.command("grant", context_settings=HELP)
@records
@actor_argument
@role_argument
@account_option
def grant(session: Session, actor: str, role: Role, account: str | None) -> None:
    """Grant a role to an actor."""
    found, outcome = session.record(lambda ledger: ledger.grant(actor, role, account=account, **session.common))
    shown = [("actor", found.actor), ("role", found.role), ("account", found.scope)]
    session.report(outcome, {"role": found}, lambda: say_fields(shown))


@role_command.command("revoke", context_settings=HELP)
@records
@actor_argument
@role_argument
@reason_option
@account_option
def revoke(session: Session, actor: str, role: Role, reason: str, account: str | None) -> None:
    """Revoke a role of an actor."""
    arguments = {"reason": reason, "account": account, **session.common}
    _, outcome = session.record(lambda ledger: ledger.revoke(actor, role, **arguments))
    session.report(outcome, {"actor": actor, "role": role, "revoked": True}, lambda: talk(f"{actor} is no {role} now"))


@role_command.command("list", context_settings=HELP)
@reads
@click.argument("actor", required=False)
def list_roles(session: Session, actor: str | None) -> None:
    """List the roles of an actor, or of all actors."""
    with session.reading() as ledger:
        if actor is None:
            found = [item for role in get_args(Role) for item in ledger.actors(role)]
        else:
            found = list(ledger.roles(actor))
    rows = [
        {"actor": item.actor, "role": item.role, "account": item.scope, "since entry": item.from_n} for item in found
    ]
    empty = "nobody has a role" if actor is None else f"{actor} has no role"
    session.answer({"roles": found}, lambda: say_rows(rows, empty))
