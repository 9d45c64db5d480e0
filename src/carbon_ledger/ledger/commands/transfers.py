"""Commands that transfer, retire, cancel and withdraw units."""

from collections.abc import Iterable
from typing import overload

from carbon_ledger.arguments import some_waivers
from carbon_ledger.canonical import identifier
from carbon_ledger.core.entries.events import UNITS_CANCELLED, UNITS_RETIRED, UNITS_TRANSFERRED, UNITS_WITHDRAWN
from carbon_ledger.core.entries.splitting import without_none
from carbon_ledger.core.requests import blocks_of_entries
from carbon_ledger.ledger.commands.record_units import record_units_event
from carbon_ledger.ledger.commands.selection import Many, One, Units, checked_units
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.queries.retirements import Retirement, retirement_of
from carbon_ledger.serials import Block
from carbon_ledger.texts import line, optional_line, text
from carbon_ledger.waivers import Waiver


@overload
def transfer(
    ledger: Recorder,
    block: One,
    *,
    to: str,
    from_: str | None = None,
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block: ...


@overload
def transfer(
    ledger: Recorder,
    block: Many,
    *,
    to: str,
    from_: str | None = None,
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def transfer(
    ledger: Recorder,
    block: Units,
    *,
    to: str,
    from_: str | None = None,
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Transfer units to another account; the transfer takes effect at once.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        to: The account that receives them.
        from_: The account that holds the units; by default, the one account that holds all of them.
        reference: The number of a contract or an order, or another reference; one line.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        What *to* now holds: the block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError: Some units are not active.
        ExpiredError: Some units have expired, or can no longer be transferred.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownAccountError: *to* or *from_* is not an open account.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *to* or *reference* is malformed; or *block* is a `Selection` without *from_*.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> seller, buyer = (ledger.open_account(name, name=name.title()) for name in ("seller", "buyer"))
        >>> batch = ledger.import_block("GS1-1-KE-GS7495-16-2025-30645-608-707", registry="gold-standard",
        ...     instrument="GS-VER", to=seller, production=cl.Period.year(2025, zone="Africa/Nairobi"),
        ...     project="GS7495", evidence=f"sha256:{64 * '0'}")
        >>> print(ledger.transfer(batch.take(10), to=buyer))
        gold-standard/2025/3/1-10
    """
    request = checked_units(block, from_)
    fields = without_none(to=identifier(to, "account"), reference=optional_line(reference, "reference"))
    entries = record_units_event(
        ledger, "transfer", request, UNITS_TRANSFERRED, fields, from_=from_, holder="from", key=key, by=by
    )
    return request.result(blocks_of_entries(entries))


def retire(
    ledger: Recorder,
    block: Units,
    *,
    beneficiary: str,
    purpose: str,
    period: Period,
    from_: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Retirement:
    """Retire units for ever, with a claim by a named beneficiary, in one statement for all blocks.

    I-REC calls a retirement a redemption; EECS and EnergyTag call it a cancellation.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        beneficiary: Who makes the claim; a beneficiary needs no account.
        purpose: What the claim is for.
        period: The reporting period of the claim.
        from_: The account that holds the units; by default, the one account that holds all of them.
        waivers: Checks that are waived, by name, each with its reason; ``claim-period`` admits any *period*.
        reference: The number of a contract or an order, or another reference; one line.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The retirement, with its number and all its blocks.

    Raises:
        NotHolderError: Several accounts hold the units, or *from_* does not hold all of them.
        NotActiveError, ExpiredError: Some units are not active, or have expired.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        RefusedError: The units are of several instruments; or *period* ends before they were produced or begins after
            now, and ``claim-period`` is not waived.
        UnknownBatchError, SerialError: There is no such batch; or a block is invalid, or overlaps another.
        WaiverError: *waivers* contains something other than a `Waiver`.
        QuantityError: A text is empty or not text; or *block* is a `Selection` without *from_*.

    Source:
        Domain invariants 14 and 29.
    """
    request = checked_units(block, from_)
    claim = _claim(beneficiary, purpose, period, waivers, reference)
    entries = record_units_event(
        ledger, "retire", request, UNITS_RETIRED, claim, from_=from_, key=key, by=by, named=period, shows=retirement_of
    )
    return retirement_of(ledger._store.view(entries[-1].n + 1), entries)


def _claim(
    beneficiary: object,
    purpose: object,
    period: object,
    waivers: Iterable[Waiver] | Waiver,
    reference: object,
) -> dict[str, object]:
    """The fields of a retirement that describe its claim."""
    return without_none(
        beneficiary=line(beneficiary, "beneficiary"),
        purpose=text(purpose, "purpose"),
        reporting_period=checked_period(period, "period").to_record(),
        reference=optional_line(reference, "reference"),
        waivers=some_waivers(waivers),
    )


@overload
def cancel(
    ledger: Recorder,
    block: One,
    *,
    reason: str,
    from_: str | None = None,
    reference: str | None = None,
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
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> tuple[Block, ...]: ...


def cancel(
    ledger: Recorder,
    block: Units,
    *,
    reason: str,
    from_: str | None = None,
    reference: str | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Block | tuple[Block, ...]:
    """Cancel units: they are removed for ever, without a claim.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        reason: The reason, in words.
        from_: The account that holds the units; by default, the one account that holds all of them.
        reference: The number of a contract or an order, or another reference; one line.
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
        QuantityError: *reason* or *reference* is empty or not text; or *block* is a `Selection` without *from_*.
    """
    request = checked_units(block, from_)
    fields = without_none(reason=text(reason, "reason"), reference=optional_line(reference, "reference"))
    entries = record_units_event(ledger, "cancel", request, UNITS_CANCELLED, fields, from_=from_, key=key, by=by)
    return request.result(blocks_of_entries(entries))


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
    """Withdraw units, as the issuer: the units are forfeited, and their steps stay claimed.

    Args:
        block: The units: a block, a batch or a serial's text; a list or tuple of these; or a `Selection`.
        reason: The reason, in words.
        from_: The account that must hold all of the units; by default, the units can be in any accounts.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The block if *block* names a single block, else a tuple of all blocks.

    Raises:
        NotActiveError: Some units are in a final state, or pending.
        NotHolderError: *from_* does not hold all of the units.
        ExpiredError: Some units have expired.
        InsufficientBalanceError: *from_* has fewer active units than the `Selection` requests.
        UnknownBatchError: There is no such batch.
        SerialError: A block is invalid, extends past the end of its batch, or overlaps another.
        QuantityError: *reason* is empty or not text; or *block* is a `Selection` without *from_*.

    Source:
        ledger-model section 7.
    """
    request, fields = checked_units(block, from_), {"reason": text(reason, "reason")}
    entries = record_units_event(
        ledger, "withdraw", request, UNITS_WITHDRAWN, fields, from_=from_, holder="", key=key, by=by
    )
    return request.result(blocks_of_entries(entries))
