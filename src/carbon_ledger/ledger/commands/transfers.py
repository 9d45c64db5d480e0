"""Commands that move units: transfer, retire, cancel, withdraw."""

from typing import overload

from carbon_ledger.canonical import identifier
from carbon_ledger.core.entries.events import UNITS_CANCELLED, UNITS_RETIRED, UNITS_TRANSFERRED, UNITS_WITHDRAWN
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.ledger.commands.selection import Many, One, Units, units_of
from carbon_ledger.ledger.commands.units import record_units_event
from carbon_ledger.ledger.queries.retirements import Retirement, retirement_of
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.serials import Block
from carbon_ledger.texts import line, text


@overload
def transfer(
    ledger: Recorder, block: One, *, to: str, from_: str | None = None, key: str | None = None, by: str | None = None
) -> Block: ...


@overload
def transfer(
    ledger: Recorder,
    block: Many,
    *,
    to: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def transfer(
    ledger: Recorder, block: Units, *, to: str, from_: str | None = None, key: str | None = None, by: str | None = None
) -> Block | tuple[Block, ...]:
    """Change the holder of units.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection`.
        to: The account that receives them.
        from_: The account that gives them; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        What *to* now holds: a block where one was named, else all of them.

    Raises:
        NotHolderError: Some of the units are another account's.
        NotActiveError: Some are not active.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer units than a selection asks for.
        UnknownAccountError: An account is not open.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: A selection, and no *from_*.
    """
    asked, taker = units_of(block, from_), identifier(to, "account")
    entries = record_units_event(
        ledger, "transfer", asked, UNITS_TRANSFERRED, {"to": taker}, from_=from_, holder="from", key=key, by=by
    )
    return asked.result(blocks_of_entries(entries))


def retire(
    ledger: Recorder,
    block: Units,
    *,
    beneficiary: str,
    purpose: str,
    period: Period,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Retirement:
    """Remove units for ever, with a claim by a named beneficiary: one statement, however many blocks.

    I-REC calls this redemption; EECS and EnergyTag call it cancellation.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection`.
        beneficiary: Who makes the claim; needs no account.
        purpose: What for.
        period: The reporting period of the claim.
        from_: The account that holds them; by default, the one that holds them all.
        key: Idempotency key.
        by: The actor.

    Returns:
        The retirement, with a number of its own.

    Raises:
        NotHolderError: Some of the units are another account's.
        NotActiveError: Some are not active.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer units than a selection asks for.
        RefusedError: They are of several instruments.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *beneficiary* or *purpose* is empty; a selection, and no *from_*.

    Source:
        Domain invariant 14.
    """
    asked = units_of(block, from_)
    claim = {
        "beneficiary": line(beneficiary, "beneficiary"),
        "purpose": text(purpose, "purpose"),
        "reporting_period": checked_period(period, "period").to_record(),
    }
    entries = record_units_event(
        ledger, "retire", asked, UNITS_RETIRED, claim, from_=from_, key=key, by=by, named=period
    )
    return retirement_of(ledger._store.view(entries[-1].n + 1), entries)


@overload
def cancel(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def cancel(
    ledger: Recorder,
    block: Many,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def cancel(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Remove units for ever, without a claim.

    Args:
        block: A block, a batch or a text; several of these; or a `Selection`.
        reason: Why.
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
        QuantityError: *reason* is empty; a selection, and no *from_*.
    """
    asked, why = units_of(block, from_), text(reason, "reason")
    entries = record_units_event(ledger, "cancel", asked, UNITS_CANCELLED, {"reason": why}, from_=from_, key=key, by=by)
    return asked.result(blocks_of_entries(entries))


@overload
def withdraw(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def withdraw(
    ledger: Recorder,
    block: Many,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def withdraw(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    from_: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Withdraw units, as the issuer: they are forfeited and no step is freed.

    Args:
        block: A block, a batch or a text; several of these, whoever holds them; or a `Selection`, which
            takes active units of *from_*.
        reason: Why.
        from_: The account that must hold them all; by default, anybody.
        key: Idempotency key.
        by: The actor.

    Returns:
        The block, where one was named, else all of them.

    Raises:
        NotActiveError: Some units are final, or pending.
        NotHolderError: Some are not *from_*'s.
        ExpiredError: They expired.
        InsufficientBalanceError: *from_* has fewer units than a selection asks for.
        UnknownBatchError: No such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty; a selection, and no *from_*.

    Source:
        ledger-model section 7.
    """
    asked, why = units_of(block, from_), text(reason, "reason")
    entries = record_units_event(
        ledger, "withdraw", asked, UNITS_WITHDRAWN, {"reason": why}, from_=from_, holder="", key=key, by=by
    )
    return asked.result(blocks_of_entries(entries))
