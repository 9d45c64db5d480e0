"""Rules for units: transferring, retiring, cancelling and withdrawing them."""

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.pieces import (
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


def transferred(view: View, entry: Entry) -> list[Row]:
    """Change the holder of blocks.

    Raises:
        NotHolderError: The giver does not hold all of them, or gives them to itself.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: An account is not open.
    """
    event = entry.event
    giver, taker = lookup.account(view, event["from"]), lookup.account(view, event["to"])
    blocks = usable_blocks(view, entry, giver)
    require_another(blocks, giver, taker)
    return move(view, entry.n, blocks, ACTIVE, taker)


def retired(view: View, entry: Entry) -> list[Row]:
    """Remove blocks for ever, with a claim by a beneficiary.

    Raises:
        NotHolderError: The account does not hold all of them.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
        PeriodError: The reporting period is empty.
        RefusedError: They are of several instruments, whose units do not add to one claim.
        BrokenLogError: It goes on with a retirement that claims something else.

    Source:
        Domain invariants 13 and 14.
    """
    account = lookup.account(view, entry.event["account"])
    blocks = usable_blocks(view, entry, account)
    Period.from_record(entry.event["reporting_period"])
    require_continues(view, entry)
    together = [*blocks, block_of_event(view.entry(entry.n - 1).event)] if continues(view, entry) else blocks
    instruments = sorted({lookup.batch(view, block.batch_id).batch.instrument for block in together})
    if len(instruments) > 1:
        raise RefusedError(
            f"block {blocks[0]}",
            f"it is retired together with units of {', '.join(instruments)}, which do not add; retire each instrument "
            "by itself",
            rule="several-instruments",
        )
    return move(view, entry.n, blocks, RETIRED)


def cancelled(view: View, entry: Entry) -> list[Row]:
    """Remove blocks for ever, without a claim.

    Raises:
        NotHolderError: The account does not hold all of them.
        NotActiveError: Some units are not active.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = lookup.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account), CANCELLED)
