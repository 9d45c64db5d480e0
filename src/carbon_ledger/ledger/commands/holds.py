"""Commands that hold units where they are, and give them back: locks and the buffer."""

from typing import overload

from carbon_ledger.core.entries.events import BUFFER_CANCELLED, BUFFER_RELEASED, UNITS_LOCKED, UNITS_RELEASED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.core.state.rows import BUFFERED, LOCKED
from carbon_ledger.ledger.arguments import checked_evidence
from carbon_ledger.ledger.commands.selection import Many, One, Units, units_of
from carbon_ledger.ledger.commands.units import record_units_event
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.serials import Block
from carbon_ledger.texts import text


@overload
def lock(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    evidence: str | None = None,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def lock(
    ledger: Recorder,
    block: Many,
    *,
    reason: str,
    evidence: str | None = None,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def lock(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    evidence: str | None = None,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Lock active units where they are: nobody can use them until they are released.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection`.
        reason: Why.
        evidence: Digest of the document it rests on; see `digest_file`.
        from_: The account that holds them; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        NotHolderError: Some of the units are another account's.
        NotActiveError: Some are not active.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer units than a selection asks for.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty, or *evidence* no digest; a selection, and no *from_*.
    """
    asked, why = units_of(block, from_), text(reason, "reason")
    said = without_none(reason=why, evidence=checked_evidence(evidence))
    entries = record_units_event(ledger, "lock", asked, UNITS_LOCKED, said, from_=from_, key=key, by=by)
    return asked.result(blocks_of_entries(entries))


@overload
def release(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def release(
    ledger: Recorder,
    block: Many,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def release(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Release locked units: they are active again. Expired ones too, which stay expired.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection` of locked units.
        reason: Why.
        from_: The account that holds them; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        NotHolderError: Some of the units are another account's.
        NotActiveError: Some are not locked.
        InsufficientBalanceError: *from_* has fewer locked units than a selection asks for.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty; a selection, and no *from_*.
    """
    asked, why = units_of(block, from_), text(reason, "reason")
    entries = record_units_event(
        ledger,
        "release",
        asked,
        UNITS_RELEASED,
        {"reason": why},
        from_=from_,
        state=LOCKED,
        expiring=False,
        key=key,
        by=by,
    )
    return asked.result(blocks_of_entries(entries))


@overload
def release_buffer(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def release_buffer(
    ledger: Recorder,
    block: Many,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def release_buffer(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Release units that were held back at issuance: the account has them like any other from here on.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection` of buffered units.
        reason: Why.
        from_: The account that holds them; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        NotHolderError: Some of the units are another account's.
        NotActiveError: Some are not buffered.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer buffered units than a selection asks for.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty; a selection, and no *from_*.
    """
    asked, why = units_of(block, from_), text(reason, "reason")
    entries = record_units_event(
        ledger, "release_buffer", asked, BUFFER_RELEASED, {"reason": why}, from_=from_, state=BUFFERED, key=key, by=by
    )
    return asked.result(blocks_of_entries(entries))


@overload
def cancel_buffer(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def cancel_buffer(
    ledger: Recorder,
    block: Many,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def cancel_buffer(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Cancel units that were held back at issuance, against a reversal or an error: they are gone for ever.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection` of buffered units.
        reason: Why: the reversal or the error.
        from_: The account that holds them; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        NotHolderError: Some of the units are another account's.
        NotActiveError: Some are not buffered.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer buffered units than a selection asks for.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty; a selection, and no *from_*.
    """
    asked, why = units_of(block, from_), text(reason, "reason")
    entries = record_units_event(
        ledger, "cancel_buffer", asked, BUFFER_CANCELLED, {"reason": why}, from_=from_, state=BUFFERED, key=key, by=by
    )
    return asked.result(blocks_of_entries(entries))
