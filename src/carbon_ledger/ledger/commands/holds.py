"""Commands that lock units or release them, and that release or cancel units of the buffer."""

from typing import overload

from carbon_ledger.arguments import checked_evidence
from carbon_ledger.core.entries.events import BUFFER_CANCELLED, BUFFER_RELEASED, UNITS_LOCKED, UNITS_RELEASED
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.core.state.rows import BUFFERED, LOCKED
from carbon_ledger.ledger.commands.record_units import record_units_event
from carbon_ledger.ledger.commands.selection import Many, One, Units, checked_units
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
    """Lock active units in their account: nobody can use the units until they are released.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        reason: The reason, in words.
        evidence: Digest of the document that gives the reason; see `digest_file`.
        from_: The account that holds the units; by default, the one account that holds all of them.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError: Some units are not active.
        ExpiredError: Some units have expired.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty or not text; *evidence* is not a digest; or *block* is a `Selection` without
            *from_*.
    """
    request = checked_units(block, from_)
    fields = without_none(reason=text(reason, "reason"), evidence=checked_evidence(evidence))
    entries = record_units_event(ledger, "lock", request, UNITS_LOCKED, fields, from_=from_, key=key, by=by)
    return request.result(blocks_of_entries(entries))


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
    """Release locked units: the units are active again. Expired units can be released, and stay expired.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        reason: The reason, in words.
        from_: The account that holds the units; by default, the one account that holds all of them.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError: Some units are not locked.
        InsufficientBalanceError: *from_* has fewer locked units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty or not text; or *block* is a `Selection` without *from_*.
    """
    request, fields = checked_units(block, from_), {"reason": text(reason, "reason")}
    entries = record_units_event(
        ledger, "release", request, UNITS_RELEASED, fields, from_=from_, state=LOCKED, expiring=False, key=key, by=by
    )
    return request.result(blocks_of_entries(entries))


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
    """Release buffered units, which were held back at issuance: the units are active from now on.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        reason: The reason, in words.
        from_: The account that holds the units; by default, the one account that holds all of them.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError: Some units are not buffered.
        ExpiredError: Some units have expired.
        InsufficientBalanceError: *from_* has fewer buffered units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty or not text; or *block* is a `Selection` without *from_*.
    """
    request, fields = checked_units(block, from_), {"reason": text(reason, "reason")}
    entries = record_units_event(
        ledger, "release_buffer", request, BUFFER_RELEASED, fields, from_=from_, state=BUFFERED, key=key, by=by
    )
    return request.result(blocks_of_entries(entries))


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
    """Cancel buffered units, which were held back at issuance: the units are removed for ever.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        reason: The reversal or the error, in words.
        from_: The account that holds the units; by default, the one account that holds all of them.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError: Some units are not buffered.
        ExpiredError: Some units have expired.
        InsufficientBalanceError: *from_* has fewer buffered units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty or not text; or *block* is a `Selection` without *from_*.
    """
    request, fields = checked_units(block, from_), {"reason": text(reason, "reason")}
    entries = record_units_event(
        ledger, "cancel_buffer", request, BUFFER_CANCELLED, fields, from_=from_, state=BUFFERED, key=key, by=by
    )
    return request.result(blocks_of_entries(entries))
