"""What a store keeps in memory of what it has read, so that nothing is read twice."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.state import Balance, IssuedBatch, Made, Piece, Reading, Row
from carbon_ledger.stores.pieces import Pieces

_MOST: Final = 4_096
MOST_PIECES: Final = 4_096  # of a batch that is kept whole, when it is read
_PIECES: Final = 4 * MOST_PIECES  # of all of them: a few megabytes
_OFTEN: Final = 4  # reads of a batch after which all its pieces are worth keeping


class Kept:
    """Bounded memories, cleared where entries are undone.

    What an entry settled is true for ever. The newest state of a thing is true while the store holds the lock.

    Attributes:
        registered: Entry numbers of registrations.
        batches: Batches by id.
        partial_tiles: Tiles of the log that are not full, by level, index and width.
        balances: The newest balance of an account and an instrument.
        metered_until: The end of a device's newest live run. [s since 1970-01-01 UTC]
    """

    def __init__(self) -> None:
        self.registered: dict[tuple[str, str], int] = {}
        self.batches: dict[str, IssuedBatch] = {}
        self.balances: dict[tuple[str, str], Balance | None] = {}
        self.metered_until: dict[str, int] = {}
        self._found: dict[tuple[str, int, int], list[Piece]] = {}  # of a block
        self._whole: dict[str, Pieces] = {}  # of a batch
        self._pieces = 0  # in all of those
        self._reads: dict[str, int] = {}
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

    def take(self, row: Row) -> None:
        """Know of a row that is written."""
        if type(row) is Balance:
            self.balances[row.account, row.instrument] = row
        elif type(row) is Piece:
            self._found.clear()
            if row.batch_id in self._whole and self._whole[row.batch_id].put(row):
                self._make_room(1)
        elif type(row) is Reading and row.device in self.metered_until:
            if row.to_n is not None:
                del self.metered_until[row.device]
            else:
                self.metered_until[row.device] = max(self.metered_until[row.device], row.end_utc)

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece] | None:
        """The newest pieces that overlap serials first..last, whole and in order, if they are known."""
        whole = self._whole.get(batch_id)
        return self._found.get((batch_id, first, last)) if whole is None else whole.between(first, last)

    def keep_pieces(self, batch_id: str, first: int, last: int, found: list[Piece]) -> bool:
        """Keep the newest pieces of a block; say whether its batch is read so often that all of it is worth reading."""
        bound(self._found)
        self._found[batch_id, first, last] = found
        bound(self._reads)
        self._reads[batch_id] = self._reads.get(batch_id, 0) + 1
        return self._reads[batch_id] == _OFTEN

    def keep_batch(self, batch_id: str, ever: list[Piece]) -> None:
        """Keep the newest pieces of a batch, if there are not too many.

        Args:
            batch_id: The batch.
            ever: Every piece it ever had, by first serial and age; the first `MOST_PIECES` + 1, if there are more.
        """
        if len(ever) <= MOST_PIECES:
            pieces = Pieces(ever)
            self._make_room(len(pieces))
            self._whole[batch_id] = pieces

    def _make_room(self, more: int) -> None:
        self._pieces += more
        if self._pieces > _PIECES:
            self._whole.clear()
            self._reads.clear()
            self._pieces = more

    def forget_newest(self) -> None:
        """Forget what another writer may have changed."""
        for kept in (self.balances, self.metered_until, self._found, self._whole, self._reads):
            kept.clear()
        self._pieces = 0

    def clear(self) -> None:
        """Forget everything."""
        self.forget_newest()
        for kept in (self.registered, self.batches, self.partial_tiles, self._made):
            kept.clear()


def bound(kept: dict[Any, Any], most: int = _MOST) -> None:
    """Empty a memory that is full."""
    if len(kept) >= most:
        kept.clear()
