"""Rules for units: transferring, retiring, cancelling and withdrawing them."""

from attrs import evolve

from carbon_ledger.errors import RefusedError
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.rules.pieces import (
    block_in,
    block_of_event,
    blocks_of_event,
    continues,
    move,
    require_another,
    require_continues,
    require_state,
    require_unexpired,
    usable_blocks,
)
from carbon_ledger.ledger.state import ACTIVE, CANCELLED, RETIRED, RETURNABLE, WITHDRAWN, Accrual, Row, View
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
    giver, taker = registry.account(view, event["from"]), registry.account(view, event["to"])
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
    account = registry.account(view, entry.event["account"])
    blocks = usable_blocks(view, entry, account)
    Period.from_record(entry.event["reporting_period"])
    require_continues(view, entry)
    together = [*blocks, block_of_event(view.entry(entry.n - 1).event)] if continues(view, entry) else blocks
    instruments = sorted({registry.batch(view, block.batch_id).batch.instrument for block in together})
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
    account = registry.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account), CANCELLED)


def withdrawn(view: View, entry: Entry) -> list[Row]:
    """Withdraw blocks: their units are forfeited, carry is unchanged, no step is freed.

    Raises:
        NotActiveError: Some units are final, or pending: promised to somebody.
        ExpiredError: The units expired.
        UnknownBatchError: No such batch.
        SerialError: A block goes beyond its batch, or two overlap.

    Source:
        ledger-model sections 7 and 8.
    """
    blocks = blocks_of_event(entry.event)
    forfeited: dict[int, int] = {}
    for block in blocks:
        batch = block_in(view, block)
        require_state(view, block, RETURNABLE)
        require_unexpired(batch, block, entry.at)
        if batch.registry is None:  # units of another registry count in no project here
            n = registry.batch(view, block.batch_id).n
            forfeited[n] = forfeited.get(n, 0) + block.count
    rows = move(view, entry.n, blocks, WITHDRAWN)
    accruals: dict[str, Accrual] = {}
    for n, count in sorted(forfeited.items()):
        issuance = registry.issuance(view, n)
        rows.append(evolve(issuance, from_n=entry.n, counted=issuance.counted - count))
        project = issuance.project
        before = accruals.get(project) or view.accrual(project) or Accrual(project, entry.n)
        accruals[project] = evolve(
            before, from_n=entry.n, counted=before.counted - count, adjustments=before.adjustments - count
        )
    return [*rows, *accruals.values()]
