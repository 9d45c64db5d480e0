"""Rules for withdrawing units after a correction: only units that were never in another account are withdrawn."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from carbon_ledger.core.issuance.carry import cumulative, debits
from carbon_ledger.core.state.rows import WITHDRAWABLE_STATES, Carry
from carbon_ledger.core.state.view import View
from carbon_ledger.exact import arithmetic, whole_below
from carbon_ledger.serials import Batch, Block

Range = tuple[int, int]


def never_transferred(view: View, batch: Batch) -> list[Range]:
    """The serials of a batch that are active, locked or buffered and were never in another account, ascending.

    Args:
        view: The state.
        batch: The batch.

    Source:
        ledger-model section 7.
    """
    left = sorted((p.first, p.last) for p in view.pieces_ever(batch.batch_id) if p.account != batch.account)
    found: list[Range] = []
    at = reach = 0
    for piece in view.pieces(batch.batch_id, 1, batch.count):
        while at < len(left) and left[at][0] <= piece.last:
            reach = max(reach, left[at][1])
            at += 1
        # Pieces never merge: if a unit was in another account, all units of its present piece were there with it.
        if reach < piece.first and piece.state in WITHDRAWABLE_STATES and piece.account == batch.account:
            found.append((piece.first, piece.last))
    return found


def units_to_withdraw(view: View, project: str, before: Sequence[Carry], after: Sequence[Carry]) -> list[Block]:
    """The units that a correction withdraws from a project, none of which was ever in another account.

    Vintages are taken in ascending order. Where the debit of a vintage is larger than before the correction, the
    smallest number of units that brings it back to what it was is withdrawn: of that vintage first, then of older
    vintages, the newest first. If fewer units can be withdrawn, the rest stays a debit.

    Args:
        view: The state.
        project: The project's id.
        before: The carry of each vintage before the correction.
        after: The carry of each vintage with the corrected amounts; at least the vintages of *before*.

    Returns:
        The blocks, in the order in which they are withdrawn.

    Source:
        ledger-model section 7; domain invariant 15.
    """
    owed, debit = debits(before), Decimal(0)
    units = {row.vintage: _units_of(view, project, row.vintage) for row in after}
    blocks: list[Block] = []
    withdrawn = 0
    for vintage, carry in cumulative(after):
        debit = owed.get(vintage, debit)  # a vintage without a row of its own has the debit of the one before it
        with arithmetic():
            needed = -whole_below(min(Decimal(0), carry + withdrawn) + debit)
        for year in sorted((year for year in units if year <= vintage), reverse=True):
            for block in units[year].take(needed):
                blocks.append(block)
                withdrawn, needed = withdrawn + block.count, needed - block.count
    return blocks


class _Units:
    """The units of a vintage that can be withdrawn: newest batch first, highest serials first."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._rest: Block | None = None

    def take(self, count: int) -> Iterator[Block]:
        """Blocks of the next *count* units; of fewer units, if there are fewer."""
        while count > 0 and (block := self._rest or next(self._blocks, None)) is not None:
            taken = min(count, block.count)
            whole = taken == block.count
            self._rest = None if whole else Block(block.batch_id, block.first, block.last - taken)
            count -= taken
            yield Block(block.batch_id, block.last - taken + 1, block.last)


def _units_of(view: View, project: str, vintage: int) -> _Units:
    return _Units(
        Block(found.batch.batch_id, first, last)
        for found in view.batches_of(project, vintage)
        for first, last in reversed(never_transferred(view, found.batch))
    )
