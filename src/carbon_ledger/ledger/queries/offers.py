"""Offers as a reader sees them: who offered what to whom, until when, and what became of it."""

from operator import attrgetter
from typing import Final

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.offers import offer_of, offered_blocks
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import UnknownThingError
from carbon_ledger.serials import Block

_said: Final = attrgetter("at", "blocks", "giver", "taker", "deadline_utc")


@frozen(kw_only=True)
class Offer:
    """A transfer in two phases, as it stands.

    Attributes:
        n: The entry that recorded it.
        at: When, UTC.
        blocks: The units.
        giver: The account that offers them, in which they are pending meanwhile.
        taker: The account that may accept them.
        deadline_utc: The first second in which it can no longer be accepted. [s since 1970-01-01 UTC]
        status: ``offered``, ``accepted``, ``rejected``, ``revoked`` or ``timed-out``.
        ended_n: The entry that accepted or ended it.
    """

    n: int
    at: str
    blocks: tuple[Block, ...]
    giver: str
    taker: str
    deadline_utc: int | None
    status: str
    ended_n: int | None

    @property
    def count(self) -> int:
        """Units offered."""
        return sum(block.count for block in self.blocks)


def offer_at(view: View, n: int) -> Offer:
    """The offer of entry *n* as it stands.

    Args:
        view: The state.
        n: The number of its entry.

    Raises:
        RefusedError: Entry *n* is no offer.
    """
    row = offer_of(view, n)
    return Offer(
        n=n,
        at=view.entry(n).at,
        blocks=offered_blocks(view, n),
        giver=row.giver,
        taker=row.taker,
        deadline_utc=row.deadline_utc,
        status=row.status,
        ended_n=row.from_n if row.from_n != n else None,
    )


def require_own_offer(view: View, offer: Offer | int) -> None:
    """Refuse an offer that was made in another ledger, even if this ledger has an offer with the same number.

    Raises:
        RefusedError: This ledger has no offer of that number, or a different one.
    """
    if isinstance(offer, Offer) and _said(offer_at(view, offer.n)) != _said(offer):
        raise UnknownThingError(
            f"offer {offer.n}",
            lookup.belongs_elsewhere("offers", "offers(account)"),
            rule="unknown-offer",
        )


def offers_of(view: View, account: str) -> tuple[Offer, ...]:
    """Every offer that an account made or was made, as it stands, oldest first.

    Args:
        view: The state.
        account: The account.
    """
    return tuple(offer_at(view, row.n) for row in view.offers(account))
