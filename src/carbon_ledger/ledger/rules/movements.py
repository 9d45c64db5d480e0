"""Rules for units: who holds them, in which state, and how pieces are cut when they move."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve

from carbon_ledger.errors import ExpiredError, NotActiveError, NotHolderError, SerialError
from carbon_ledger.instants import instant_of, instant_text
from carbon_ledger.ledger import registry
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import (
    ACTIVE,
    CANCELLED,
    FINAL_STATES,
    RETIRED,
    WITHDRAWN,
    Accrual,
    Balance,
    Piece,
    Row,
    View,
)
from carbon_ledger.periods import Period
from carbon_ledger.serials import Batch, Block


def block_in(view: View, block: Block) -> Batch:
    """The batch of a block that lies wholly inside it.

    Raises:
        UnknownBatchError: No such batch.
        SerialError: The block goes beyond the batch.
    """
    batch = registry.batch(view, block.batch_id).batch
    if block.last > batch.count:
        raise SerialError(f"block {block}: batch {batch.batch_id} ends at {batch.count}")
    return batch


def clipped(view: View, block: Block) -> list[Piece]:
    """The current pieces of a block, cut to it."""
    return [
        evolve(piece, first=max(piece.first, block.first), last=min(piece.last, block.last))
        for piece in view.pieces(block.batch_id, block.first, block.last)
    ]


def sole_holder(view: View, block: Block) -> str:
    """The one account that holds all of a block.

    Raises:
        NotHolderError: Several accounts hold parts of it.
        UnknownBatchError: No such batch.
        SerialError: The block goes beyond the batch.
    """
    block_in(view, block)
    held: dict[str, int] = {}
    for piece in clipped(view, block):
        held[piece.account] = held.get(piece.account, 0) + piece.count
    if len(held) != 1:
        parts = ", ".join(f"{count} of its {block.count} units are {name}'s" for name, count in sorted(held.items()))
        raise NotHolderError(f"block {block}", f"{parts}; take a block of one holder's: see holdings(account)")
    return next(iter(held))


def require_usable(
    view: View, block: Block, account: str, at: str, states: Sequence[str] = (ACTIVE,), *, expiring: bool = True
) -> Batch:
    """Refuse a block of which a unit is not in the account, not in one of the states, or expired.

    Args:
        view: The state.
        block: The units.
        account: The account that must hold them all.
        at: The recorded time of the action.
        states: What they may be.
        expiring: Whether the action needs units that are not expired; not so where it only gives them back.

    Raises:
        NotHolderError: Another account holds some of them.
        NotActiveError: Some are in another state.
        ExpiredError: They expired before *at*.
        UnknownBatchError: No such batch.
        SerialError: The block goes beyond the batch.

    Source:
        Domain invariants 12 and 13.
    """
    batch = block_in(view, block)
    pieces = clipped(view, block)
    foreign = [piece for piece in pieces if piece.account != account]
    if foreign:
        count = sum(piece.count for piece in foreign)
        raise NotHolderError(
            f"block {block}",
            f"{count} of its {block.count} units are not {account}'s but {foreign[0].account}'s "
            f"(serials from {foreign[0].first}); see holdings({account!r})",
        )
    require_state(view, block, states)
    if expiring:
        require_unexpired(batch, block, at)
    return batch


def require_state(view: View, block: Block, states: Sequence[str]) -> None:
    """Refuse a block of which a unit is in another state than these.

    Raises:
        NotActiveError: Some are.

    Source:
        Domain invariant 12.
    """
    for piece in clipped(view, block):
        if piece.state not in states:
            lasting = f"{piece.state}, for ever" if piece.state in FINAL_STATES else piece.state
            raise NotActiveError(
                f"block {block}",
                f"serials {piece.first}-{piece.last} are {lasting}; expected {' or '.join(states)}: "
                f"see holdings({piece.account!r}, state={states[0]!r})",
            )


def require_unexpired(batch: Batch, block: Block, at: str) -> None:
    """Refuse units that expired before an action.

    Raises:
        ExpiredError: They did.

    Source:
        ledger-model section 8; domain invariant 13.
    """
    if batch.expires_utc is not None and instant_of(f"{at[:19]}Z") >= batch.expires_utc:
        raise ExpiredError(
            f"block {block}", f"{batch.instrument} of this batch expired at {instant_text(batch.expires_utc)}"
        )


def move(view: View, n: int, blocks: Sequence[Block], state: str, account: str | None = None) -> list[Row]:
    """The rows that put blocks into a state, and an account where one is named.

    Args:
        view: The state before.
        n: The entry that does this.
        blocks: Blocks that do not overlap.
        state: Their state afterwards.
        account: Their account afterwards; the one they are in by default.
    """
    rows: list[Row] = []
    changes: dict[tuple[str, str], dict[str, int]] = {}
    edges: dict[tuple[str, int], Piece] = {}
    for block in blocks:
        instrument = registry.batch(view, block.batch_id).batch.instrument
        for piece in view.pieces(block.batch_id, block.first, block.last):
            first, last = max(piece.first, block.first), min(piece.last, block.last)
            target = account or piece.account
            edges.update(_cut(piece, first, last, target, state, n, edges))
            _count(changes, (piece.account, instrument), piece.state, first - last - 1)
            _count(changes, (target, instrument), state, last - first + 1)
    rows.extend(edges[key] for key in sorted(edges))
    for (name, instrument), by_state in sorted(changes.items()):
        balance = view.balance(name, instrument) or Balance(name, instrument, n)
        totals = {key: getattr(balance, key) + change for key, change in by_state.items()}
        rows.append(evolve(balance, from_n=n, **totals))
    return rows


def _cut(
    piece: Piece, first: int, last: int, account: str, state: str, n: int, edges: dict[tuple[str, int], Piece]
) -> dict[tuple[str, int], Piece]:
    """Replace a piece by its part that moves and the parts that stay."""
    # An earlier block of the same move may have cut this piece already.
    earlier = [item for key, item in edges.items() if key[0] == piece.batch_id and item.first <= first <= item.last]
    base = earlier[0] if earlier else piece
    parts = [
        evolve(base, last=first - 1, from_n=n),
        evolve(base, first=first, last=last, account=account, state=state, from_n=n),
        evolve(base, first=last + 1, from_n=n),
    ]
    return {(part.batch_id, part.first): part for part in parts if part.first <= part.last}


def _count(changes: dict[tuple[str, str], dict[str, int]], key: tuple[str, str], state: str, change: int) -> None:
    by_state = changes.setdefault(key, {})
    by_state[state] = by_state.get(state, 0) + change


def block_of_event(event: Any) -> Block:
    """The block that an event names, the first where it names several."""
    return Block(event["batch"], event["first"], event["last"])


def blocks_of_event(event: Any) -> tuple[Block, ...]:
    """All blocks that an event names, in its order.

    Raises:
        SerialError: Two of them overlap.
    """
    blocks = (block_of_event(event), *map(block_of_event, event.get("more", ())))
    require_disjoint(blocks)
    return blocks


def require_disjoint(blocks: Sequence[Block]) -> None:
    """Refuse blocks that overlap: a unit moves once.

    Raises:
        SerialError: Two of them overlap.

    Source:
        Domain invariant 9.
    """
    for before, after in pairwise(sorted(blocks)):
        if before.batch_id == after.batch_id and after.first <= before.last:
            raise SerialError(f"blocks {before} and {after} overlap: name each unit once")


def usable_blocks(
    view: View, entry: Entry, account: str, states: Sequence[str] = (ACTIVE,), *, expiring: bool = True
) -> tuple[Block, ...]:
    """The blocks of an event, all of them usable by the account; see `require_usable`.

    Raises:
        NotHolderError: Another account holds some of them.
        NotActiveError: Some are in another state.
        ExpiredError: They expired before the entry was recorded.
        UnknownBatchError: No such batch.
        SerialError: A block goes beyond its batch, or two overlap.
    """
    blocks = blocks_of_event(entry.event)
    for block in blocks:
        require_usable(view, block, account, entry.at, states, expiring=expiring)
    return blocks


def transferred(view: View, entry: Entry) -> list[Row]:
    """Change the holder of a block.

    Raises:
        NotHolderError: The giver does not hold all of it, or gives it to itself.
        NotActiveError: Some units are in a final state.
        ExpiredError: The units expired.
        UnknownAccountError: An account is not open.
    """
    event = entry.event
    giver, taker = registry.account(view, event["from"]), registry.account(view, event["to"])
    blocks = usable_blocks(view, entry, giver)
    if giver == taker:
        raise NotHolderError(f"block {blocks[0]}", f"{taker} holds it already; a transfer changes the holder")
    return move(view, entry.n, blocks, ACTIVE, taker)


def retired(view: View, entry: Entry) -> list[Row]:
    """Remove a block for ever, with a claim by a beneficiary.

    Raises:
        NotHolderError: The account does not hold all of it.
        NotActiveError: Some units are in a final state.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
        PeriodError: The reporting period is empty.
    """
    account = registry.account(view, entry.event["account"])
    blocks = usable_blocks(view, entry, account)
    Period.from_record(entry.event["reporting_period"])
    return move(view, entry.n, blocks, RETIRED)


def cancelled(view: View, entry: Entry) -> list[Row]:
    """Remove a block for ever, without a claim.

    Raises:
        NotHolderError: The account does not hold all of it.
        NotActiveError: Some units are in a final state.
        ExpiredError: The units expired.
        UnknownAccountError: The account is not open.
    """
    account = registry.account(view, entry.event["account"])
    return move(view, entry.n, usable_blocks(view, entry, account), CANCELLED)


def withdrawn(view: View, entry: Entry) -> list[Row]:
    """Withdraw a block: its units are forfeited, carry is unchanged, no step is freed.

    Raises:
        NotActiveError: Some units are in a final state.
        UnknownBatchError: No such batch.
        SerialError: The block goes beyond the batch.

    Source:
        ledger-model section 7.
    """
    block = block_of_event(entry.event)
    batch = block_in(view, block)
    final = [piece for piece in clipped(view, block) if piece.state != ACTIVE]
    if final:
        raise NotActiveError(
            f"block {block}", f"serials {final[0].first}-{final[0].last} are {final[0].state}, for ever"
        )
    found = registry.batch(view, block.batch_id)
    issuance = registry.issuance(view, found.n)
    accrual = view.accrual(batch.project) or Accrual(batch.project, entry.n)
    forfeited = evolve(
        accrual,
        from_n=entry.n,
        counted=accrual.counted - block.count,
        adjustments=accrual.adjustments - block.count,
    )
    return [
        *move(view, entry.n, [block], WITHDRAWN),
        evolve(issuance, from_n=entry.n, counted=issuance.counted - block.count),
        forfeited,
    ]
