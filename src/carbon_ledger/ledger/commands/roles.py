"""Commands that grant roles to actors and revoke them."""

from carbon_ledger.arguments import checked_role
from carbon_ledger.canonical import identifier
from carbon_ledger.choices import Role
from carbon_ledger.core.entries.events import ROLE_GRANTED, ROLE_REVOKED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.state.rows import Grant
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.texts import line, text


def _role(actor: str, role: str, account: str | None) -> dict[str, object]:
    """The fields of an event that grants or revokes a role."""
    where = None if account is None else identifier(account, "account")
    return without_none(actor=line(actor, "actor"), role=checked_role(role), account=where)


def grant(
    ledger: Recorder,
    actor: str,
    role: Role,
    *,
    account: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Grant:
    """Grant a role to an actor, in a ledger whose policy is ``roles``.

    Args:
        actor: The name that the actor's commands pass as *by*.
        role: The role: ``registrar``, ``meter-operator``, ``verifier``, ``issuer``, ``account-holder`` or ``auditor``.
        account: The account, for the role ``account-holder``; the other roles have no account.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor of this command, a registrar; by default, the actor that the ledger was opened with.

    Returns:
        The grant.

    Raises:
        RefusedError: The ledger's policy is ``open``; the actor has the role already; *account* is missing, or is given
            for a role that has no account.
        UnknownAccountError: *account* is not an open account.
        NotAuthorisedError: *by* is not a registrar.
        QuantityError: *actor* is empty or not text, or *role* is not a role.

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
    role: Role,
    *,
    reason: str,
    account: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> None:
    """Revoke a role of an actor; what the actor has recorded with the role is unchanged.

    Args:
        actor: The actor's name.
        role: The role; see `grant`.
        reason: The reason, in words.
        account: The account, for the role ``account-holder``.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor of this command, a registrar; by default, the actor that the ledger was opened with.

    Raises:
        RefusedError: The actor does not have the role, or is the last registrar.
        NotAuthorisedError: *by* is not a registrar.
        QuantityError: *actor* or *reason* is empty or not text, or *role* is not a role.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:", policy="roles", by="registrar")
        >>> _ = ledger.grant("plant-office", "meter-operator")
        >>> ledger.revoke("plant-office", "meter-operator", reason="the office closed")
        >>> ledger.roles("plant-office")
        ()
    """
    event = _role(actor, role, account) | {"reason": text(reason, "reason")}
    ledger._record("revoke", event, lambda _: [(ROLE_REVOKED, event)], key=key, by=by)
