"""Pieces: checks of the holder and the state of an event's units, and how pieces are split when units move."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.holdings.totals import Changes
from carbon_ledger.core.state.rows import ACTIVE, FINAL_STATES, Piece, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.errors import BrokenLogError, ExpiredError, NotActiveError, NotHolderError, SerialError
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch, Block

# The time limits of actions on units.
USE: Final = "use"
TRANSFER: Final = "transfer"


def block_in(view: View, block: Block) -> Batch:
    """The batch of a block, if the block lies wholly inside the batch.

    Raises:
        UnknownBatchError: No such batch.
        SerialError: The block extends past the end of its batch.
    """
    batch = lookup.batch(view, block.batch_id).batch
    if block.last > batch.count:
        raise SerialError(
            f"block {block}: batch {batch.batch_id} ends at {batch.count}; name serials up to {batch.count}"
        )
    return batch


def _pieces_of(view: View, block: Block) -> Sequence[Piece]:
    """The current pieces that overlap a block, each with its whole range."""
    return view.pieces(block.batch_id, block.first, block.last)


def _clip(piece: Piece, block: Block) -> Piece:
    """The part of a piece that lies in a block."""
    first, last = max(piece.first, block.first), min(piece.last, block.last)
    return Piece(piece.batch_id, first, last, *_whose(piece), piece.from_n)


def _whose(piece: Piece) -> tuple[str, str]:
    """The account and the state of a piece."""
    return piece.account, piece.state


def sole_holder(view: View, block: Block) -> str:
    """The account that holds all units of a block.

    Raises:
        NotHolderError: Several accounts hold parts of the block.
        UnknownBatchError: No such batch.
        SerialError: The block extends past the end of its batch.
    """
    block_in(view, block)
    pieces = _pieces_of(view, block)
    if len(held := {piece.account: 0 for piece in pieces}) != 1:
        for piece in pieces:
            held[piece.account] += _clip(piece, block).count
        parts = ", ".join(f"{count} of its {block.count} units are {name}'s" for name, count in sorted(held.items()))
        raise NotHolderError(f"block {block}", f"{parts}; name units of one holder: see holdings(account)")
    return next(iter(held))


def require_usable(
    view: View, block: Block, account: str, at: str, states: Sequence[str] = (ACTIVE,), *, limit: str | None = USE
) -> Batch:
    """The batch of a block; refuses a block of which a unit is in another account, in another state, or expired.

    Args:
        view: The state.
        block: The units.
        account: The account that must hold all units.
        at: The recorded time of the action.
        states: The states in which the units may be.
        limit: The time limit of the action: `USE`, or `TRANSFER` for an action that gives units away; None for an
            action that only releases them, which has no limit.

    Raises:
        NotHolderError: Another account holds some of the units.
        NotActiveError: Some units are in another state.
        ExpiredError: The units expired before *at*, or can no longer be transferred.
        UnknownBatchError: No such batch.
        SerialError: The block extends past the end of its batch.

    Source:
        Domain invariants 12 and 13.
    """
    batch = block_in(view, block)
    pieces = _pieces_of(view, block)
    _require_holder(block, pieces, account)
    require_states(block, pieces, states)
    if limit is not None:
        require_unexpired(batch, block, at, limit)
    return batch


def require_held(view: View, blocks: Sequence[Block], account: str) -> None:
    """Refuse blocks of which another account holds a unit; their states do not matter.

    Raises:
        NotHolderError: Another account holds some of the units.
        UnknownBatchError: No such batch.
        SerialError: A block extends past the end of its batch.
    """
    for block in blocks:
        block_in(view, block)
        _require_holder(block, _pieces_of(view, block), account)


def _require_holder(block: Block, pieces: Sequence[Piece], account: str) -> None:
    """Refuse a block if one of its pieces is in another account."""
    if any(piece.account != account for piece in pieces):
        foreign = [_clip(piece, block) for piece in pieces if piece.account != account]
        count = sum(piece.count for piece in foreign)
        raise NotHolderError(
            f"block {block}",
            f"{count} of its {block.count} units are not {account}'s but {foreign[0].account}'s "
            f"(serials from {foreign[0].first}); see holdings({quote(account)})",
        )


def require_state(view: View, block: Block, states: Sequence[str]) -> None:
    """Refuse a block of which a unit is in a state other than *states*.

    Raises:
        NotActiveError: Some units are in another state.

    Source:
        Domain invariant 12.
    """
    require_states(block, _pieces_of(view, block), states)


def require_states(block: Block, pieces: Sequence[Piece], states: Sequence[str]) -> None:
    """Refuse a block if a piece that overlaps it is in a state other than *states*.

    Raises:
        NotActiveError: A piece is in another state.

    Source:
        Domain invariant 12.
    """
    for whole in pieces:
        if whole.state not in states:
            piece = _clip(whole, block)
            lasting = f"{piece.state}, for ever" if piece.state in FINAL_STATES else piece.state
            raise NotActiveError(
                f"block {block}",
                f"{name_serials(piece.first, piece.last, 'is', 'are')} {lasting}; expected {' or '.join(states)}: "
                f"see holdings({quote(piece.account)}, state={quote(states[0])})",
            )


def name_serials(first: int, last: int, verb: str, plural_verb: str) -> str:
    """Serials and the verb after them, as a message names them: ``serial 3 is``, or ``serials 3-5 are``."""
    return f"serial {first} {verb}" if first == last else f"serials {first}-{last} {plural_verb}"


def has_expired(batch: Batch, at_utc: int) -> bool:
    """Whether a batch's units can no longer be used at a time.

    Args:
        batch: The batch.
        at_utc: The time. [s since 1970-01-01 UTC]

    Source:
        ledger-model section 8: expiry is computed for the time of the query, and never recorded.
    """
    return batch.expires_utc is not None and at_utc >= batch.expires_utc


def has_passed(batch: Batch, at_utc: int, limit: str) -> bool:
    """Whether a time limit of a batch's units has passed at a time.

    Args:
        batch: The batch.
        at_utc: The time. [s since 1970-01-01 UTC]
        limit: The limit: `USE` or `TRANSFER`.
    """
    until_utc = batch.transferable_until_utc
    transferable = limit != TRANSFER or until_utc is None or at_utc < until_utc
    return not transferable or has_expired(batch, at_utc)


def require_unexpired(batch: Batch, block: Block, at: str, limit: str = USE) -> None:
    """Refuse units that expired before an action, or that can no longer be transferred.

    Args:
        batch: The batch of the units.
        block: The units.
        at: The recorded time of the action.
        limit: The time limit of the action: `USE`, or `TRANSFER` for an action that gives units away.

    Raises:
        ExpiredError: The units expired, or can no longer be transferred.

    Source:
        ledger-model section 8; domain invariant 13.
    """
    at_utc, until_utc = second_of(at), batch.transferable_until_utc
    if batch.expires_utc is not None and has_expired(batch, at_utc):
        raise ExpiredError(
            f"block {block}",
            f"{batch.instrument} of this batch expired at {instant_text(batch.expires_utc)}, which is final; "
            "see expired(account)",
        )
    if until_utc is not None and has_passed(batch, at_utc, limit):
        still = "" if batch.expires_utc is None else f" until {instant_text(batch.expires_utc)}"
        raise ExpiredError(
            f"block {block}",
            f"{batch.instrument} of this batch could be transferred until {instant_text(until_utc)}; the holder can "
            f"retire or cancel it{still}",
            rule="transfer-expired",
        )


def move(view: View, n: int, blocks: Sequence[Block], state: str, account: str | None = None) -> list[Row]:
    """The rows that move blocks into a state and, if an account is named, into that account.

    Args:
        view: The state before.
        n: The number of the entry that moves the blocks.
        blocks: Blocks that do not overlap.
        state: The state of the blocks afterwards.
        account: The account of the blocks afterwards; None if they remain in their accounts.
    """
    changes = Changes()
    rows: list[Row] = []
    for piece, moved in _cut(view, n, sorted(blocks), state, account, rows):
        batch = lookup.batch(view, piece.batch_id).batch
        changes.add(piece.account, batch, piece.state, -moved.count)
        changes.add(moved.account, batch, state, moved.count)
    return rows + changes.rows(view, n)


def _cut(
    view: View, n: int, blocks: Iterable[Block], state: str, account: str | None, rows: list[Row]
) -> Iterator[tuple[Piece, Piece]]:
    """Each piece that overlaps a block, and the part of it that moves; the rows of all parts are added to *rows*.

    The blocks are in ascending order. A piece is split at the edges of blocks.
    """
    rest: Piece | None = None  # the part after the last block of the piece that the block ended in
    for block in blocks:
        for whole in _pieces_of(view, block):
            piece = whole
            if rest is not None:
                if rest.batch_id == whole.batch_id and rest.first > whole.first:
                    piece = rest  # an earlier block of this move has split the piece
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


def block_of_event(event: Any) -> Block:
    """The block that an event names; the first block if it names several."""
    return Block(event["batch"], event["first"], event["last"])


def blocks_of_event(event: Any) -> tuple[Block, ...]:
    """All blocks that an event names, in the event's order.

    Raises:
        SerialError: Two of the blocks overlap.
    """
    blocks = (block_of_event(event), *map(block_of_event, event.get("more", ())))
    require_disjoint(blocks)
    return blocks


def require_disjoint(blocks: Sequence[Block]) -> None:
    """Refuse blocks that overlap, because an event can move a unit only once.

    Raises:
        SerialError: Two of the blocks overlap.

    Source:
        Domain invariant 9.
    """
    for before, after in pairwise(sorted(blocks)):
        if before.batch_id == after.batch_id and after.first <= before.last:
            raise SerialError(f"blocks {before} and {after} overlap: name each unit once")


def usable_blocks(
    view: View, entry: Entry, account: str, states: Sequence[str] = (ACTIVE,), *, limit: str | None = USE
) -> tuple[Block, ...]:
    """The blocks of an event, if the account can use all of them; see `require_usable`.

    Raises:
        NotHolderError: Another account holds some of the units.
        NotActiveError: Some units are in another state.
        ExpiredError: The units expired before the entry was recorded, or can no longer be transferred.
        UnknownBatchError: No such batch.
        SerialError: A block extends past the end of its batch, or two blocks overlap.
    """
    blocks = blocks_of_event(entry.event)
    for block in blocks:
        require_usable(view, block, account, entry.at, states, limit=limit)
    return blocks


def continues(view: View, entry: Entry) -> bool:
    """Whether an entry continues the event of the entry before it: an action with many blocks takes several entries."""
    return entry.part > 1 and view.entry(entry.n - 1).type == entry.type


def with_continuations(view: View, entry: Entry) -> list[Entry]:
    """The entries of an action with many blocks: the first one, and those that continue it.

    Args:
        view: A state that has the entries.
        entry: The first entry of the action.
    """
    found = [entry]
    while found[-1].n + 1 < view.size and continues(view, after := view.entry(found[-1].n + 1)):
        found.append(after)
    return found


def require_continues(view: View, entry: Entry) -> None:
    """Refuse an entry that continues the event before it, but differs from it in more than its blocks.

    Raises:
        BrokenLogError: The entry differs in another field.
    """
    if continues(view, entry):
        before = view.entry(entry.n - 1)
        if _fields_beside_blocks(before) != _fields_beside_blocks(entry):
            raise BrokenLogError(
                f"entry {entry.n} ({entry.type}): it continues entry {before.n}, but differs in more than its blocks"
            )


def _fields_beside_blocks(entry: Entry) -> dict[str, Any]:
    """The fields of an event without those of its blocks."""
    return {name: value for name, value in entry.event.items() if name not in ("batch", "first", "last", "more")}


def require_another(blocks: Sequence[Block], transferor: str, transferee: str) -> None:
    """Refuse a transfer or an offer to the account that already holds the units.

    Raises:
        NotHolderError: The transferor and the transferee are the same account.
    """
    if transferor == transferee:
        raise NotHolderError(f"block {blocks[0]}", f"{transferee} holds it already; name another account")
