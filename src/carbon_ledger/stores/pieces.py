"""The newest pieces of one batch, in memory."""

from bisect import bisect_right, insort
from collections.abc import Iterable

from carbon_ledger.ledger.state import Piece


class Pieces:
    """The pieces that a batch is divided into; they never merge, so a newer one with the same first serial replaces it.

    Args:
        ever: Every piece the batch ever had, by first serial and age.
    """

    def __init__(self, ever: Iterable[Piece]) -> None:
        self._of = {piece.first: piece for piece in ever}
        self._firsts = sorted(self._of)

    def put(self, piece: Piece) -> bool:
        """Take a newer piece; say whether there is one more of them now."""
        more = piece.first not in self._of
        if more:
            insort(self._firsts, piece.first)
        self._of[piece.first] = piece
        return more

    def __len__(self) -> int:
        """How many there are."""
        return len(self._firsts)

    def between(self, first: int, last: int) -> list[Piece]:
        """The pieces that overlap serials first..last, in order, whole."""
        start = max(bisect_right(self._firsts, first) - 1, 0)
        found = (self._of[edge] for edge in self._firsts[start : bisect_right(self._firsts, last)])
        return [piece for piece in found if piece.last >= first]
