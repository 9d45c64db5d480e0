"""Rules for withdrawing units after a correction: only units that were never in another account are withdrawn."""

from carbon_ledger.core.state.rows import WITHDRAWABLE_STATES, Issuance
from carbon_ledger.core.state.view import View
from carbon_ledger.serials import Batch, Block

Range = tuple[int, int]


def never_transferred(view: View, issuance: Issuance, batch: Batch) -> list[Range]:
    """The serials of a batch that are active, locked or buffered and were never in another account, ascending.

    Args:
        view: The state.
        issuance: The issuance.
        batch: A batch of the issuance.

    Source:
        ledger-model section 7.
    """
    left = sorted((p.first, p.last) for p in view.pieces_ever(batch.batch_id) if p.account != issuance.account)
    found: list[Range] = []
    at = reach = 0
    for piece in view.pieces(batch.batch_id, 1, batch.count):
        while at < len(left) and left[at][0] <= piece.last:
            reach = max(reach, left[at][1])
            at += 1
        # Pieces never merge: if a unit was in another account, all units of its present piece were there with it.
        if reach < piece.first and piece.state in WITHDRAWABLE_STATES and piece.account == issuance.account:
            found.append((piece.first, piece.last))
    return found


def withdrawable_blocks(view: View, issuance: Issuance, lowered: set[int], needed: int) -> list[Block]:
    """Units to withdraw, none of which was ever in another account: lowered vintages first, highest serials first.

    Args:
        view: The state.
        issuance: The issuance.
        lowered: The vintages whose amount decreased.
        needed: How many units to withdraw. If fewer can be withdrawn, the blocks have fewer units.

    Source:
        ledger-model section 7.
    """
    blocks: list[Block] = []
    batches = sorted(view.batches(issuance.n), key=lambda item: (item.batch.vintage in lowered, item.batch.vintage))
    for found in reversed(batches):
        for first, last in reversed(never_transferred(view, issuance, found.batch) if needed > 0 else ()):
            taken = max(0, min(needed, last - first + 1))
            if taken:
                blocks.append(Block(found.batch.batch_id, last - taken + 1, last))
            needed -= taken
    return blocks
