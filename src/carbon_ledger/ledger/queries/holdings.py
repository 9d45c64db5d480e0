"""Expiry of the blocks that an account holds. Expiry is derived from the time of the query and never recorded."""

from collections.abc import Callable
from functools import cache

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.pieces import has_expired
from carbon_ledger.core.state.rows import FINAL_STATES, Piece
from carbon_ledger.core.state.view import View


def expired_by(view: View, at_utc: int) -> Callable[[Piece], bool]:
    """Make a function that tests whether the units of a piece have expired by a time.

    Units in a final state never expire.

    Args:
        view: The state.
        at_utc: The time. [s since 1970-01-01 UTC]
    """

    @cache
    def over(batch_id: str) -> bool:
        return has_expired(lookup.batch(view, batch_id).batch, at_utc)

    return lambda piece: piece.state not in FINAL_STATES and over(piece.batch_id)
