"""The newest pieces of one batch in memory, as far as they are known."""

from bisect import bisect_right, insort

from carbon_ledger.core.state.rows import Piece


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
