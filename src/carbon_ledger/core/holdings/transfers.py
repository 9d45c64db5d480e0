"""Rules for transferring, retiring and cancelling units."""

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.claims import require_claim_period
from carbon_ledger.core.holdings.pieces import (
    TRANSFER,
    block_of_event,
    continues,
    move,
    require_another,
    require_continues,
    usable_blocks,
)
from carbon_ledger.core.state.rows import ACTIVE, CANCELLED, RETIRED, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.periods import Period
from carbon_ledger.waivers import waivers_of


def transferred(view: View, entry: Entry) -> list[Row]:
    """Change the holder of blocks.

    Raises:
        NotHolderError: The transferor does not hold all units, or is the transferee.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired, or can no longer be transferred.
        UnknownAccountError: An account is not open.
    """
    event = entry.event
    transferor, transferee = lookup.account(view, event["from"]), lookup.account(view, event["to"])
    blocks = usable_blocks(view, entry, transferor, limit=TRANSFER)
    require_another(blocks, transferor, transferee)
    return move(view, entry.n, blocks, ACTIVE, transferee)


def retired(view: View, entry: Entry) -> list[Row]:
    """Retire blocks: their units are removed for ever, and claimed for a beneficiary.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
        PeriodError: The reporting period is empty.
        RefusedError: The units are of several instruments, and cannot be added to one claim; or the period ends before
            the units were produced or begins after the entry, and that is not waived.
        BrokenLogError: The entry continues a retirement with a different claim.

    Source:
        Domain invariants 13, 14 and 29.
    """
    account = lookup.account(view, entry.event["account"])
    blocks = usable_blocks(view, entry, account)
    units = [(block, lookup.batch(view, block.batch_id).batch) for block in blocks]
    period, waivers = Period.from_record(entry.event["reporting_period"]), waivers_of(entry.event)
    require_claim_period(entry.at, period, units, waivers)
    require_continues(view, entry)
    together = [*blocks, block_of_event(view.entry(entry.n - 1).event)] if continues(view, entry) else blocks
    instruments = sorted({lookup.batch(view, block.batch_id).batch.instrument for block in together})
    if len(instruments) > 1:
        raise RefusedError(
            f"block {blocks[0]}",
            f"it is retired together with units of {', '.join(instruments)}, which cannot be added; retire the units "
            "of each instrument separately",
            rule="several-instruments",
        )
    return move(view, entry.n, blocks, RETIRED)


def cancelled(view: View, entry: Entry) -> list[Row]:
    """Cancel blocks: their units are removed for ever, without a claim.

    Raises:
        NotHolderError: The account does not hold all units.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account), CANCELLED)
