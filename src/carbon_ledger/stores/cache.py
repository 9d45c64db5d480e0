"""In-memory caches of what a store has read, so that nothing is read twice."""

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Balance, Carry, Claim, IssuedBatch, Piece, Reading, Registration, Row
from carbon_ledger.core.state.view import Made

_MAX_ITEMS: Final = 4_096
_SETTLED: Final = 256  # of each kind, which a commit hands over
_MAX_PIECES: Final = 4 * _MAX_ITEMS  # of all batches: a few megabytes


class Pieces:
    """Current pieces of one batch; some pieces of the batch may be absent.

    Pieces never merge, and an entry that splits a piece writes a row for each part. A newer piece therefore replaces
    the cached piece with the same first serial, and the other parts of the split piece are cached as well.
    """

    def __init__(self) -> None:
        self._by_first: dict[int, Piece] = {}
        self._firsts: list[int] = []

    def put(self, piece: Piece) -> bool:
        """Cache a piece; return whether the number of cached pieces has grown."""
        is_new = piece.first not in self._by_first
        if is_new:
            insort(self._firsts, piece.first)
        self._by_first[piece.first] = piece
        return is_new

    def between(self, first: int, last: int) -> list[Piece] | None:
        """The pieces that overlap serials first..last, in order and uncut; `None` if any of them is not cached."""
        at = bisect_right(self._firsts, first) - 1
        if at < 0 or (piece := self._by_first[self._firsts[at]]).last < first:
            return None
        found = [piece]
        while piece.last < last:
            next_piece = self._by_first.get(piece.last + 1)
            if next_piece is None:
                return None
            found.append(piece := next_piece)
        return found


class Cache:
    """Bounded caches, cleared when entries are undone.

    What an entry settled never changes. The latest state is valid only while the store holds the lock.

    Attributes:
        registered: Entry numbers of registrations.
        absent: Kinds and ids that are not registered.
        batches: Batches by id.
        issued: The batches of issuances that were written since the cache was cleared, by entry and id.
        partial_tiles: Tiles of the log that are not full, by level, index and width.
        balances: The latest balance of an account and an instrument.
        carries: The latest carry of each vintage of a project, by project and vintage.
        until: By table and device, the end of the last live run of readings or claim. [s since 1970-01-01 UTC]
    """

    def __init__(self) -> None:
        self.registered: dict[tuple[str, str], int] = {}
        self.absent: dict[tuple[str, str], None] = {}
        self.batches: dict[str, IssuedBatch] = {}
        self.issued: dict[int, dict[str, IssuedBatch]] = {}
        self.balances: dict[tuple[str, str], Balance | None] = {}
        self.carries: dict[str, dict[int, Carry]] = {}
        self.until: dict[tuple[str, str], int] = {}
        self._pieces: dict[str, Pieces] = {}
        self._pieces_count = 0
        self.partial_tiles: dict[tuple[int, int, int], bytes] = {}
        self._parsed: dict[tuple[Callable[[Entry], Any], int], Any] = {}

    def parsed(self, n: int, entry: Callable[[int], Entry], parse: Callable[[Entry], Made]) -> Made:
        """The result of *parse* for entry *n*, cached.

        Args:
            n: The entry's number.
            entry: Returns an entry by its number.
            parse: A pure function.
        """
        key = (parse, n)
        found: Made | None = self._parsed.get(key)
        if found is None:  # not `key in self._parsed`: another thread may clear the cache at any time
            found = parse(entry(n))
            clear_if_full(self._parsed)
            self._parsed[key] = found
        return found

    def update(self, row: Row) -> None:
        """Update the caches with a row that is written."""
        if type(row) is Balance:
            self.balances[row.account, row.instrument] = row
        elif type(row) is Piece:
            if row.batch_id in self._pieces:
                self._cache_piece(row)
        elif type(row) is Reading:
            self._update_until("reading", row)
        elif type(row) is Claim:
            self._update_until("claim", row)
        elif type(row) is Carry:
            if row.project in self.carries:
                self.carries[row.project][row.vintage] = row
        elif type(row) is IssuedBatch:
            clear_if_full(self.batches)
            clear_if_full(self.issued)
            self.batches[row.batch.batch_id] = row
            self._pieces[row.batch.batch_id] = Pieces()  # all of them are written after it
            self.issued.setdefault(row.n, {})[row.batch.batch_id] = row
        elif type(row) is Registration:
            self.absent.pop((row.kind, row.id), None)
            clear_if_full(self.registered)
            self.registered[row.kind, row.id] = row.n

    def _update_until(self, table: str, row: Reading | Claim) -> None:
        until = self.until.get((table, row.device))
        if until is None:
            return
        if row.to_n is not None:
            del self.until[table, row.device]
        else:
            self.until[table, row.device] = max(until, row.end_utc)

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece] | None:
        """The current pieces that overlap serials first..last, uncut and in order; `None` if they are not cached."""
        cached = self._pieces.get(batch_id)
        return None if cached is None else cached.between(first, last)

    def cache_pieces(self, found: Sequence[Piece]) -> None:
        """Cache current pieces."""
        for piece in found:
            self._cache_piece(piece)

    def _cache_piece(self, piece: Piece) -> None:
        if self._pieces_count >= _MAX_PIECES:
            self._pieces.clear()
            self._pieces_count = 0
        cached = self._pieces.get(piece.batch_id)
        if cached is None:
            cached = self._pieces[piece.batch_id] = Pieces()
        self._pieces_count += cached.put(piece)

    def of_settled(self) -> "Cache":
        """A cache that shares with this one what entries have settled, and has nothing of the latest state."""
        found = Cache()
        found.registered, found.batches, found.issued = self.registered, self.batches, self.issued
        found._parsed = self._parsed
        return found

    def settle(self, other: "Cache") -> None:
        """Take the newest of what entries have settled from a cache whose entries are all committed."""
        for mine, theirs in (
            (self.registered, other.registered),
            (self.batches, other.batches),
            (self.issued, other.issued),
        ):
            found: dict[Any, Any] = mine
            clear_if_full(found)
            found.update(islice(reversed(theirs.items()), _SETTLED))

    def clear_latest(self) -> None:
        """Clear what another writer may have changed."""
        for cached in (self.balances, self.carries, self.absent, self.until, self._pieces):
            cached.clear()
        self._pieces_count = 0

    def clear(self) -> None:
        """Clear every cache."""
        self.clear_latest()
        for cached in (self.registered, self.batches, self.issued, self.partial_tiles, self._parsed):
            cached.clear()


def clear_if_full(cached: dict[Any, Any], max_items: int = _MAX_ITEMS) -> None:
    """Clear a cache that has reached its maximum size."""
    if len(cached) >= max_items:
        cached.clear()


def cache_entry(decoded: dict[int, Entry], n: int, entry: Entry, max_items: int) -> None:
    """Cache a decoded entry; a cache that is full is cleared, except for entry 0, which every command asks for."""
    if len(decoded) >= max_items:
        first = decoded.get(0)
        decoded.clear()
        if first is not None:
            decoded[0] = first
    decoded[n] = entry
