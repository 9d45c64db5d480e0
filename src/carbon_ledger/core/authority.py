"""Who may do what: permissions, the check before the rule of every entry, and the rules that grant and revoke roles.

A name is not a proof: nothing here knows who typed it. The table in `core/rules.py` says which entries the log takes
from which names, and an audit finds those that it should not have taken.
"""

from collections.abc import Callable
from typing import Final

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Grant, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import NotAuthorisedError, RefusedError
from carbon_ledger.printing import quote

REGISTRAR: Final = "registrar"
METER_OPERATOR: Final = "meter-operator"
VERIFIER: Final = "verifier"
ISSUER: Final = "issuer"
ACCOUNT_HOLDER: Final = "account-holder"

_MOST_NAMED: Final = 10  # roles of an actor in a refusal

Accounts = Callable[[View, Entry], tuple[str, ...]]


@frozen
class Permission:
    """Who may record the events of a type, where the ledger's policy is ``roles``.

    Attributes:
        action: What it does, in words.
        roles: The roles that may; none for what no role may.
        of: For account holders: which account's, in words.
        accounts: For account holders: those accounts; none where the event names an offer that is not there.
    """

    action: str
    roles: tuple[str, ...]
    of: str = ""
    accounts: Accounts | None = None


def field(name: str) -> Accounts:
    """The account that a field of the event names."""
    return lambda _, entry: (entry.event[name],)


def transferee(view: View, entry: Entry) -> tuple[str, ...]:
    """The account that takes what the event's offer offers; none where there is no such offer."""
    offer = view.offer(entry.event["offer"])
    return () if offer is None else (offer.transferee,)


def who_ends(view: View, entry: Entry) -> tuple[str, ...]:
    """The accounts that may end the event's offer in the way that it says; none where there is no such offer."""
    offer = view.offer(entry.event["offer"])
    if offer is None:
        return ()
    parties = {"rejected": (offer.transferee,), "revoked": (offer.transferor,)}
    return parties.get(entry.event["outcome"], (offer.transferor, offer.transferee))


def holder(action: str, of: str, accounts: Accounts) -> Permission:
    """What the holder of an account may do.

    Args:
        action: What it does, in words.
        of: Which account, in words.
        accounts: Those accounts.
    """
    return Permission(action, (ACCOUNT_HOLDER,), of, accounts)


def policy_of(view: View) -> str:
    """The ledger's policy, from entry 0: ``open`` or ``roles``."""
    return str(view.entry(0).event["policy"])


def require_authorised(view: View, entry: Entry, permission: Permission) -> None:
    """Refuse an entry that its actor has no role for; under the open policy anybody may record anything.

    Args:
        view: The state before: a role counts from the entry after its grant.
        entry: An entry that is not the first.
        permission: Who may record entries of its type.

    Raises:
        NotAuthorisedError: The actor has none of the roles, or holds another account.
    """
    if policy_of(view) == "open":
        return
    accounts = ("",) if permission.accounts is None else permission.accounts(view, entry)
    if not accounts or any(view.grant(entry.by, role, name) for role in permission.roles for name in accounts):
        return  # without accounts the offer is not there, and the rule refuses it by name
    wanted = [words(role, account) for role in permission.roles for account in accounts]
    if not wanted:
        raise NotAuthorisedError(f"actor {entry.by}", f"it may not {permission.action} ({entry.type}): no role may")
    held = [words(grant.role, grant.scope) for grant in view.grants(entry.by)] or ["no role"]
    if len(held) > _MOST_NAMED:
        held = [*held[:_MOST_NAMED], f"{len(held) - _MOST_NAMED} more"]
    raise NotAuthorisedError(
        f"actor {entry.by}",
        f"it may not {permission.action} ({entry.type}): that takes the role {' or '.join(wanted)}, and it has "
        f"{', '.join(held)}. Ask somebody who has it, or a registrar to grant() it; see roles({quote(entry.by)})",
    )


def words(role: str, account: str) -> str:
    """A role in words, with its account where it has one."""
    return f"{role} of {account}" if account else role


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
        lookup.account(view, account)
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
