"""Rules for relations of accounts, such as owner and subsidiary, which somebody declares and ends."""

from collections.abc import Mapping
from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import AlreadyRegisteredError, RefusedError, UnknownThingError
from carbon_ledger.printing import quote


def kind_of(account: str) -> str:
    """The kind of the registrations of an account's relations."""
    return f"relation {account}"


def _name(event: Mapping[str, Any]) -> str:
    return f"{event['relation']} {event['other']}"


def _words(event: Mapping[str, Any]) -> str:
    return f"relation {event['relation']} of {event['account']} to {event['other']}"


def declared(view: View, entry: Entry) -> list[Row]:
    """Declare a relation of an account to another account.

    Raises:
        UnknownAccountError: An account is not open.
        RefusedError: The two accounts are one account.
        AlreadyRegisteredError: The relation is declared already, and has not ended.
    """
    event = entry.event
    account, other = lookup.account(view, event["account"]), lookup.account(view, event["other"])
    if account == other:
        raise RefusedError(
            f"account {account}", "it cannot be related to itself; name another account", rule="related-to-itself"
        )
    times = count(view, kind_of(account), _name(event))
    if times % 2:
        raise AlreadyRegisteredError(
            _words(event),
            f"entry {view.registration(kind_of(account), nth(_name(event), times))} declared it, and it has not ended; "
            f"see relations({quote(account)})",
        )
    return _rows(event, times + 1, entry.n)


def ended(view: View, entry: Entry) -> list[Row]:
    """End a relation that was declared.

    Raises:
        UnknownAccountError: An account is not open.
        RefusedError: The relation is not declared, or it has ended.
    """
    event = entry.event
    account = lookup.account(view, event["account"])
    lookup.account(view, event["other"])
    times = count(view, kind_of(account), _name(event))
    if times % 2 == 0:
        raise UnknownThingError(
            _words(event), f"it is not declared; see relations({quote(account)})", rule="unknown-relation"
        )
    return _rows(event, times + 1, entry.n)


def _rows(event: Mapping[str, Any], k: int, n: int) -> list[Row]:
    """The rows that list an event under both accounts; odd numbers declare the relation, and even numbers end it."""
    mirrored = f"of {event['relation']} {event['account']}"
    return [
        Registration(kind_of(event["account"]), nth(_name(event), k), n),
        Registration(kind_of(event["other"]), nth(mirrored, k), n),
    ]
