"""Commands that say who may do what: grant and revoke roles."""

from carbon_ledger.canonical import identifier
from carbon_ledger.core.entries.events import ROLE_GRANTED, ROLE_REVOKED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.state.rows import Grant
from carbon_ledger.ledger.arguments import checked_role
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.texts import line, text


def _role(actor: str, role: str, account: str | None) -> dict[str, object]:
    """A role of an actor as events have it."""
    where = None if account is None else identifier(account, "account")
    return without_none(actor=line(actor, "actor"), role=checked_role(role), account=where)


def grant(
    ledger: Recorder,
    actor: str,
    role: str,
    *,
    account: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Grant:
    """Grant a role to an actor, in a ledger whose policy is ``roles``.

    Args:
        actor: The name that the actor's commands pass as *by*.
        role: ``registrar``, ``meter-operator``, ``verifier``, ``issuer``, ``account-holder`` or ``auditor``.
        account: For an account holder, and for nobody else: the account.
        key: Idempotency key.
        by: The actor of this command, a registrar.

    Raises:
        RefusedError: The ledger is open; the actor has the role; the account is missing or too much.
        UnknownAccountError: The account is not open.
        NotAuthorisedError: *by* is no registrar.
        QuantityError: *actor* is no text, or there is no such role.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:", policy="roles", by="registrar")
        >>> ledger.grant("plant-office", "meter-operator").role
        'meter-operator'
    """
    event = _role(actor, role, account)
    (entry,) = ledger._record("grant", event, lambda _: [(ROLE_GRANTED, event)], key=key, by=by)
    return Grant(actor, role, account or "", entry.n)


def revoke(
    ledger: Recorder,
    actor: str,
    role: str,
    *,
    reason: str,
    account: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> None:
    """Revoke a role of an actor; what was done with it stands.

    Args:
        actor: The actor.
        role: The role.
        reason: Why.
        account: For an account holder: the account.
        key: Idempotency key.
        by: The actor of this command, a registrar.

    Raises:
        RefusedError: The actor does not have the role, or is the last registrar.
        NotAuthorisedError: *by* is no registrar.
        QuantityError: *actor* or *reason* is no text, or there is no such role.
    """
    event = _role(actor, role, account) | {"reason": text(reason, "reason")}
    ledger._record("revoke", event, lambda _: [(ROLE_REVOKED, event)], key=key, by=by)
