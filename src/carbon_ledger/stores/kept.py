"""What a store keeps in memory of what it has read: only what an entry settled, for that never changes."""

from collections.abc import Callable
from typing import Any, Final

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Balance, IssuedBatch, Made, Piece

_MOST: Final = 4_096


class Kept:
    """Bounded memories, cleared where entries are undone.

    Attributes:
        registered: Entry numbers of registrations.
        batches: Batches by id.
        partial_tiles: Tiles of the log that are not full, by level, index and width.
        pieces: The pieces of a block as they were found last; true while the store holds the lock.
        balances: The newest balance of an account and an instrument; true while the store holds the lock.
    """

    def __init__(self) -> None:
        self.registered: dict[tuple[str, str], int] = {}
        self.batches: dict[str, IssuedBatch] = {}
        self.balances: dict[tuple[str, str], Balance | None] = {}
        self.pieces: dict[tuple[str, int, int], list[Piece]] = {}
        self.partial_tiles: dict[tuple[int, int, int], bytes] = {}
        self._made: dict[tuple[Callable[[Entry], Any], int], Any] = {}

    def made_of(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What *make* makes of entry *n*.

        Args:
            n: The entry's number.
            entry: Gives an entry by its number.
            make: A pure function.
        """
        key = (make, n)
        if key not in self._made:
            bound(self._made)
            self._made[key] = make(entry(n))
        found: Made = self._made[key]
        return found

    def clear(self) -> None:
        """Forget everything."""
        for kept in (self.registered, self.batches, self.balances, self.pieces, self.partial_tiles, self._made):
            kept.clear()


def bound(kept: dict[Any, Any], most: int = _MOST) -> None:
    """Empty a memory that is full."""
    if len(kept) >= most:
        kept.clear()
