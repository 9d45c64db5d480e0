"""Rules for roles: who grants them is the authority table's; here is what can be granted and revoked."""

from attrs import evolve

from carbon_ledger.errors import RefusedError
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.authority import ACCOUNT_HOLDER, REGISTRAR, policy_of, words
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Grant, Row, View
from carbon_ledger.printing import quote


def granted(view: View, entry: Entry) -> list[Row]:
    """Grant a role to an actor.

    Raises:
        RefusedError: The ledger is open; the actor has the role already; an account is missing or too much.
        UnknownAccountError: The account is not open.
    """
    event = entry.event
    role, account = event["role"], event.get("account", "")
    if policy_of(view) == "open":
        raise RefusedError(
            f"role {role}",
            "this ledger's policy is open: anybody may do anything, and a role would change nothing; "
            "begin a ledger with open_ledger(path, policy='roles', by=...) where it should",
            rule="open-policy",
        )
    if (role == ACCOUNT_HOLDER) != bool(account):
        raise RefusedError(
            f"role {role}",
            "it is for one account: pass account="
            if role == ACCOUNT_HOLDER
            else f"it is for the whole ledger, not for account {account}: leave account= out",
            rule="role-account",
        )
    if account:
        registry.account(view, account)
    if view.grant(event["actor"], role, account) is not None:
        raise RefusedError(
            f"actor {event['actor']}", f"it is {words(role, account)} already; nothing to grant", rule="role-held"
        )
    return [Grant(event["actor"], role, account, entry.n)]


def revoked(view: View, entry: Entry) -> list[Row]:
    """Revoke a role of an actor; what it did before stands.

    Raises:
        RefusedError: The actor does not have the role; or it is the last registrar.
    """
    event = entry.event
    actor, role, account = event["actor"], event["role"], event.get("account", "")
    grant = view.grant(actor, role, account)
    if grant is None:
        raise RefusedError(
            f"actor {actor}", f"it is not {words(role, account)}; see roles({quote(actor)})", rule="role-not-held"
        )
    if role == REGISTRAR and len(view.grants_of(REGISTRAR, 2)) == 1:
        raise RefusedError(
            f"actor {actor}",
            "it is the last registrar: nobody could grant a role again; grant registrar to another actor first",
            rule="last-registrar",
        )
    return [evolve(grant, to_n=entry.n)]
