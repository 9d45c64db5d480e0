"""Permissions, the check of an entry's actor before its rule, and the rules that grant and revoke roles.

The name of an actor proves nothing: the library cannot know who typed it. The table in `core/rules.py` lists who may
record each type of event, and an audit finds the entries whose actor had no role for them.
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

_MOST_NAMED: Final = 10  # roles of an actor that a refusal lists

Accounts = Callable[[View, Entry], tuple[str, ...]]


@frozen
class Permission:
    """Who may record the events of a type, if the ledger's policy is ``roles``.

    Attributes:
        action: What the event does, in words.
        roles: The roles that may record the event; empty if no role may.
        of: For account holders: whose holder may record the event, in words.
        accounts: For account holders: a function that returns these accounts. It returns no account if the event names
            an offer that does not exist.
    """

    action: str
    roles: tuple[str, ...]
    of: str = ""
    accounts: Accounts | None = None


def field(name: str) -> Accounts:
    """A function that returns the account that a field of an event names."""
    return lambda _, entry: (entry.event[name],)


def transferee(view: View, entry: Entry) -> tuple[str, ...]:
    """The account to which the event's offer was made; empty if there is no such offer."""
    offer = view.offer(entry.event["offer"])
    return () if offer is None else (offer.transferee,)


def ending_parties(view: View, entry: Entry) -> tuple[str, ...]:
    """The accounts that may end the event's offer with the event's outcome; empty if there is no such offer."""
    offer = view.offer(entry.event["offer"])
    if offer is None:
        return ()
    parties = {"rejected": (offer.transferee,), "revoked": (offer.transferor,)}
    return parties.get(entry.event["outcome"], (offer.transferor, offer.transferee))


def holder(action: str, of: str, accounts: Accounts) -> Permission:
    """The permission of the holder of an account.

    Args:
        action: What the event does, in words.
        of: The account whose holder may record the event, in words.
        accounts: A function that returns these accounts.
    """
    return Permission(action, (ACCOUNT_HOLDER,), of, accounts)


def policy_of(view: View) -> str:
    """The ledger's policy, which entry 0 records: ``open`` or ``roles``."""
    return str(view.entry(0).event["policy"])


def require_authorised(view: View, entry: Entry, permission: Permission) -> None:
    """Refuse an entry whose actor has no role for it. Under the open policy, anybody may record anything.

    Args:
        view: The state before the entry. A role is valid from the entry after its grant.
        entry: Any entry except entry 0.
        permission: Who may record entries of this type.

    Raises:
        NotAuthorisedError: The actor does not have any of the roles, or is the holder of another account.
    """
    if policy_of(view) == "open":
        return
    accounts = ("",) if permission.accounts is None else permission.accounts(view, entry)
    if not accounts or any(view.grant(entry.by, role, name) for role in permission.roles for name in accounts):
        return  # without accounts, the offer does not exist: the rule of the event refuses the entry
    wanted = [words(role, account) for role in permission.roles for account in accounts]
    if not wanted:
        raise NotAuthorisedError(f"actor {entry.by}", f"it may not {permission.action} ({entry.type}): no role may")
    held = [words(grant.role, grant.scope) for grant in view.grants(entry.by)] or ["no role"]
    if len(held) > _MOST_NAMED:
        held = [*held[:_MOST_NAMED], f"{len(held) - _MOST_NAMED} more"]
    raise NotAuthorisedError(
        f"actor {entry.by}",
        f"it may not {permission.action} ({entry.type}): it has {', '.join(held)}, expected the role "
        f"{' or '.join(wanted)}. Ask somebody who has this role, or ask a registrar to grant() it; "
        f"see roles({quote(entry.by)})",
    )


def words(role: str, account: str) -> str:
    """A role in words, with its account if it has one."""
    return f"{role} of {account}" if account else role


def granted(view: View, entry: Entry) -> list[Row]:
    """Grant a role to an actor.

    Raises:
        RefusedError: The ledger's policy is open; the actor already has the role; an account is missing, or is given
            for a role of the whole ledger.
        UnknownAccountError: The account is not open.
    """
    event = entry.event
    role, account = event["role"], event.get("account", "")
    if policy_of(view) == "open":
        raise RefusedError(
            f"role {role}",
            "this ledger's policy is open: anybody may do anything, and a role would have no effect; "
            "if roles should count, begin a new ledger with open_ledger(path, policy='roles', by=...)",
            rule="open-policy",
        )
    if (role == ACCOUNT_HOLDER) != bool(account):
        raise RefusedError(
            f"role {role}",
            "this role is for one account: pass account="
            if role == ACCOUNT_HOLDER
            else f"this role is for the whole ledger, not for account {account}: leave account= out",
            rule="role-account",
        )
    if account:
        lookup.account(view, account)
    if view.grant(event["actor"], role, account) is not None:
        raise RefusedError(
            f"actor {event['actor']}",
            f"it already has the role {words(role, account)}; see roles({quote(event['actor'])})",
            rule="role-held",
        )
    return [Grant(event["actor"], role, account, entry.n)]


def revoked(view: View, entry: Entry) -> list[Row]:
    """Revoke a role of an actor. The entries that the actor recorded before remain valid.

    Raises:
        RefusedError: The actor does not have the role, or is the last registrar.
    """
    event = entry.event
    actor, role, account = event["actor"], event["role"], event.get("account", "")
    grant = view.grant(actor, role, account)
    if grant is None:
        raise RefusedError(
            f"actor {actor}",
            f"it does not have the role {words(role, account)}; see roles({quote(actor)})",
            rule="role-not-held",
        )
    if role == REGISTRAR and len(view.grants_of(REGISTRAR, 2)) == 1:
        raise RefusedError(
            f"actor {actor}",
            "it is the last registrar, and without a registrar nobody can grant a role; grant registrar to another "
            "actor first",
            rule="last-registrar",
        )
    return [evolve(grant, to_n=entry.n)]
