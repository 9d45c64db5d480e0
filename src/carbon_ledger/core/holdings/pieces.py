"""Pieces: which units an event may take, from whom, in which state, and how they are cut when they move."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import ACTIVE, FINAL_STATES, STATES, Balance, Piece, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, ExpiredError, NotActiveError, NotHolderError, SerialError
from carbon_ledger.periods.instants import instant_of, instant_text
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch, Block


def block_in(view: View, block: Block) -> Batch:
    """The batch of a block that lies wholly inside it.

    Raises:
        UnknownBatchError: No such batch.
        SerialError: The block goes beyond the batch.
    """
    batch = lookup.batch(view, block.batch_id).batch
    if block.last > batch.count:
        raise SerialError(f"block {block}: batch {batch.batch_id} ends at {batch.count}; name serials up to that")
    return batch


def _pieces_of(view: View, block: Block) -> Sequence[Piece]:
    """The current pieces that a block lies in, whole."""
    return view.pieces(block.batch_id, block.first, block.last)


def _clip(piece: Piece, block: Block) -> Piece:
    first, last = max(piece.first, block.first), min(piece.last, block.last)
    return Piece(piece.batch_id, first, last, *_whose(piece), piece.from_n)


def _whose(piece: Piece) -> tuple[str, str]:
    return piece.account, piece.state


def sole_holder(view: View, block: Block) -> str:
    """The one account that holds all of a block.

    Raises:
        NotHolderError: Several accounts hold parts of it.
        UnknownBatchError: No such batch.
        SerialError: The block goes beyond the batch.
    """
    block_in(view, block)
    pieces = _pieces_of(view, block)
    if len(held := {piece.account: 0 for piece in pieces}) != 1:
        for piece in pieces:
            held[piece.account] += _clip(piece, block).count
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
    pieces = _pieces_of(view, block)
    _require_holder(block, pieces, account)
    require_states(block, pieces, states)
    if expiring:
        require_unexpired(batch, block, at)
    return batch


def require_held(view: View, blocks: Sequence[Block], account: str) -> None:
    """Refuse blocks of which a unit is another account's, whatever state it is in.

    Raises:
        NotHolderError: Another account holds some of them.
        UnknownBatchError: No such batch.
        SerialError: A block goes beyond its batch.
    """
    for block in blocks:
        block_in(view, block)
        _require_holder(block, _pieces_of(view, block), account)


def _require_holder(block: Block, pieces: Sequence[Piece], account: str) -> None:
    if any(piece.account != account for piece in pieces):
        foreign = [_clip(piece, block) for piece in pieces if piece.account != account]
        count = sum(piece.count for piece in foreign)
        raise NotHolderError(
            f"block {block}",
            f"{count} of its {block.count} units are not {account}'s but {foreign[0].account}'s "
            f"(serials from {foreign[0].first}); see holdings({quote(account)})",
        )


def require_state(view: View, block: Block, states: Sequence[str]) -> None:
    """Refuse a block of which a unit is in another state than these.

    Raises:
        NotActiveError: Some are.

    Source:
        Domain invariant 12.
    """
    require_states(block, _pieces_of(view, block), states)


def require_states(block: Block, pieces: Sequence[Piece], states: Sequence[str]) -> None:
    """Refuse pieces that overlap a block and are in another state than these.

    Raises:
        NotActiveError: One is.

    Source:
        Domain invariant 12.
    """
    for whole in pieces:
        if whole.state not in states:
            piece = _clip(whole, block)
            lasting = f"{piece.state}, for ever" if piece.state in FINAL_STATES else piece.state
            raise NotActiveError(
                f"block {block}",
                f"serials {piece.first}-{piece.last} are {lasting}; expected {' or '.join(states)}: "
                f"see holdings({quote(piece.account)}, state={quote(states[0])})",
            )


def second_of(at: str) -> int:
    """A recorded time, cut to the second. [s since 1970-01-01 UTC]"""
    return instant_of(f"{at[:19]}Z")


def has_expired(batch: Batch, at_utc: int) -> bool:
    """Whether a batch's units can no longer be used at a time.

    Args:
        batch: The batch.
        at_utc: The time. [s since 1970-01-01 UTC]

    Source:
        ledger-model section 8: derived at the time asked about, never recorded.
    """
    return batch.expires_utc is not None and at_utc >= batch.expires_utc


def require_unexpired(batch: Batch, block: Block, at: str) -> None:
    """Refuse units that expired before an action.

    Raises:
        ExpiredError: They did.

    Source:
        ledger-model section 8; domain invariant 13.
    """
    if batch.expires_utc is not None and has_expired(batch, second_of(at)):
        raise ExpiredError(
            f"block {block}",
            f"{batch.instrument} of this batch expired at {instant_text(batch.expires_utc)}, which is final; "
            "see expired(account)",
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
    changes: dict[tuple[str, str], dict[str, int]] = {}
    rows: list[Row] = []
    for piece, moved in _cut(view, n, sorted(blocks), state, account, rows):
        instrument = lookup.batch(view, piece.batch_id).batch.instrument
        _count(changes, (piece.account, instrument), piece.state, -moved.count)
        _count(changes, (moved.account, instrument), state, moved.count)
    for (name, instrument), by_state in sorted(changes.items()):
        balance = view.balance(name, instrument)
        totals = {key: getattr(balance, key) + by_state.get(key, 0) for key in STATES} if balance else by_state
        rows.append(Balance(name, instrument, n, **totals))
    return rows


def _cut(
    view: View, n: int, blocks: Iterable[Block], state: str, account: str | None, rows: list[Row]
) -> Iterator[tuple[Piece, Piece]]:
    """Cut pieces at the edges of blocks, which ascend; give each piece with its part that moves."""
    rest: Piece | None = None  # what lies after the last block, in the piece that it ended in
    for block in blocks:
        for whole in _pieces_of(view, block):
            piece = whole
            if rest is not None:
                if rest.batch_id == whole.batch_id and rest.first > whole.first:
                    piece = rest  # an earlier block of this move has cut it
                else:
                    rows.append(rest)
            first, last = max(piece.first, block.first), min(piece.last, block.last)
            moved = Piece(piece.batch_id, first, last, account or piece.account, state, n)
            if piece.first < first:
                rows.append(Piece(piece.batch_id, piece.first, first - 1, *_whose(piece), n))
            rows.append(moved)
            rest = Piece(piece.batch_id, last + 1, piece.last, *_whose(piece), n) if last < piece.last else None
            yield piece, moved
    if rest is not None:
        rows.append(rest)


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


def continues(view: View, entry: Entry) -> bool:
    """Whether an entry goes on with the event of the entry before it: one thing, cut for its many blocks."""
    return entry.part > 1 and view.entry(entry.n - 1).type == entry.type


def require_continues(view: View, entry: Entry) -> None:
    """Refuse an entry that goes on with the event before it and says something else of its blocks.

    Raises:
        BrokenLogError: It does.
    """
    if continues(view, entry):
        before = view.entry(entry.n - 1)
        if _said(before) != _said(entry):
            raise BrokenLogError(
                f"entry {entry.n} ({entry.type}): it goes on with entry {before.n}, and says other things of its blocks"
            )


def _said(entry: Entry) -> dict[str, Any]:
    """What an event says of its blocks."""
    return {name: value for name, value in entry.event.items() if name not in ("batch", "first", "last", "more")}


def require_another(blocks: Sequence[Block], giver: str, taker: str) -> None:
    """Refuse giving units to the account that has them.

    Raises:
        NotHolderError: It has them.
    """
    if giver == taker:
        raise NotHolderError(f"block {blocks[0]}", f"{taker} holds it already; a transfer changes the holder")
