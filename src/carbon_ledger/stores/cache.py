"""What a store keeps in memory of what it has read, so that nothing is read twice."""

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Balance, Carry, Claim, IssuedBatch, Piece, Reading, Registration, Row
from carbon_ledger.core.state.view import Made

_MOST: Final = 4_096
_PIECES: Final = 4 * _MOST  # of all batches: a few megabytes


class Pieces:
    """Pieces that a batch is divided into now, not necessarily all.

    Pieces never merge, and a move writes a row for each part of a piece that it cuts: so a newer piece with the same
    first serial takes the place of the older one, and the others beside it are known as well.
    """

    def __init__(self) -> None:
        self._of: dict[int, Piece] = {}
        self._firsts: list[int] = []

    def put(self, piece: Piece) -> bool:
        """Take a piece; say whether there is one more of them now."""
        more = piece.first not in self._of
        if more:
            insort(self._firsts, piece.first)
        self._of[piece.first] = piece
        return more

    def between(self, first: int, last: int) -> list[Piece] | None:
        """The pieces that overlap serials first..last, in order, whole; none where a part is not known."""
        at = bisect_right(self._firsts, first) - 1
        if at < 0 or (piece := self._of[self._firsts[at]]).last < first:
            return None
        found = [piece]
        while piece.last < last:
            next_piece = self._of.get(piece.last + 1)
            if next_piece is None:
                return None
            found.append(piece := next_piece)
        return found


class Cache:
    """Bounded memories, cleared where entries are undone.

    What an entry settled is true for ever. The newest state of a thing is true while the store holds the lock.

    Attributes:
        registered: Entry numbers of registrations.
        absent: Registrations that are not there.
        batches: Batches by id.
        partial_tiles: Tiles of the log that are not full, by level, index and width.
        balances: The newest balance of an account and an instrument.
        accruals: The newest carry of a project.
        until: By table and device, the end of the newest live run of readings or claim. [s since 1970-01-01 UTC]
    """

    def __init__(self) -> None:
        self.registered: dict[tuple[str, str], int] = {}
        self.absent: dict[tuple[str, str], None] = {}
        self.batches: dict[str, IssuedBatch] = {}
        self.balances: dict[tuple[str, str], Balance | None] = {}
        self.accruals: dict[str, Carry | None] = {}
        self.until: dict[tuple[str, str], int] = {}
        self._pieces: dict[str, Pieces] = {}
        self._pieces_count = 0
        self.partial_tiles: dict[tuple[int, int, int], bytes] = {}
        self._made: dict[tuple[Callable[[Entry], Any], int], Any] = {}

    def parsed(self, n: int, entry: Callable[[int], Entry], make: Callable[[Entry], Made]) -> Made:
        """What *make* makes of entry *n*.

        Args:
            n: The entry's number.
            entry: Gives an entry by its number.
            make: A pure function.
        """
        key = (make, n)
        found: Made | None = self._made.get(key)
        if found is None:  # another thread may empty the memory at any time
            found = make(entry(n))
            bound(self._made)
            self._made[key] = found
        return found

    def take(self, row: Row) -> None:
        """Know of a row that is written."""
        if type(row) is Balance:
            self.balances[row.account, row.instrument] = row
        elif type(row) is Piece:
            if row.batch_id in self._pieces:
                self._cache_piece(row)
        elif type(row) is Reading:
            self._take_until("reading", row)
        elif type(row) is Claim:
            self._take_until("claim", row)
        elif type(row) is Carry:
            self.accruals[row.project] = row
        elif type(row) is Registration:
            self.absent.pop((row.kind, row.id), None)

    def _take_until(self, table: str, row: Reading | Claim) -> None:
        until = self.until.get((table, row.device))
        if until is None:
            return
        if row.to_n is not None:
            del self.until[table, row.device]
        else:
            self.until[table, row.device] = max(until, row.end_utc)

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece] | None:
        """The newest pieces that overlap serials first..last, whole and in order, if they are known."""
        known = self._pieces.get(batch_id)
        return None if known is None else known.between(first, last)

    def cache_pieces(self, found: Sequence[Piece]) -> None:
        """Keep newest pieces."""
        for piece in found:
            self._cache_piece(piece)

    def _cache_piece(self, piece: Piece) -> None:
        if self._pieces_count >= _PIECES:
            self._pieces.clear()
            self._pieces_count = 0
        known = self._pieces.get(piece.batch_id)
        if known is None:
            known = self._pieces[piece.batch_id] = Pieces()
        self._pieces_count += known.put(piece)

    def forget_newest(self) -> None:
        """Forget what another writer may have changed."""
        for cached in (self.balances, self.accruals, self.absent, self.until, self._pieces):
            cached.clear()
        self._pieces_count = 0

    def clear(self) -> None:
        """Forget everything."""
        self.forget_newest()
        for cached in (self.registered, self.batches, self.partial_tiles, self._made):
            cached.clear()


def bound(cached: dict[Any, Any], most: int = _MOST) -> None:
    """Empty a memory that is full."""
    if len(cached) >= most:
        cached.clear()
