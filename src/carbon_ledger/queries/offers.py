"""Queries about offers: the accounts, the units, the deadline and the status of an offer."""

from datetime import datetime
from typing import ClassVar

from attrs import frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.offers import offer_of, offered_blocks
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import UnknownThingError
from carbon_ledger.periods.instants import time_of
from carbon_ledger.records import Record
from carbon_ledger.serials import Block
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column, columns_of


@frozen(kw_only=True, repr=False)
class Offer(Record):
    """A transfer in two phases, with its current status.

    Attributes:
        n: The entry that recorded the offer.
        at: When the offer was recorded, UTC.
        blocks: The units.
        giver: The account that offers the units. The units are pending in this account while the offer is open.
        taker: The account that may accept the units.
        deadline_utc: The first second in which the offer can no longer be accepted, or `None`. [s since 1970-01-01 UTC]
        status: ``offered``, ``accepted``, ``rejected``, ``revoked`` or ``timed-out``.
        ended_n: The entry that accepted or ended the offer, or `None` while it is open.
        reference: The reference of the offer, e.g. of a contract; `None` without one.
    """

    _in_repr = ("n", "status", "blocks", "giver", "taker", "deadline")
    _derived = ("count",)
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("n", INTEGER),
        Column("at", TIME),
        *columns_of(TEXT, "giver", "taker", "status"),
        Column("count", INTEGER),
        Column("blocks", TEXT, lambda item: ", ".join(map(str, item.blocks))),
        Column("deadline", TIME),
        Column("reference", TEXT),
    )

    n: int
    at: datetime
    blocks: tuple[Block, ...]
    giver: str
    taker: str
    deadline_utc: int | None
    status: str
    ended_n: int | None
    reference: str | None = None

    @property
    def deadline(self) -> datetime | None:
        """The first time at which the offer can no longer be accepted, in UTC, or `None`."""
        return time_of(self.deadline_utc)

    @property
    def count(self) -> int:
        """Number of units offered."""
        return sum(block.count for block in self.blocks)


def offer_at(view: View, n: int) -> Offer:
    """The offer that entry *n* recorded, with its current status.

    Args:
        view: The state.
        n: The number of the entry.

    Raises:
        RefusedError: Entry *n* is not an offer.
    """
    row = offer_of(view, n)
    return Offer(
        n=n,
        at=view.entry(n).recorded_at,
        blocks=offered_blocks(view, n),
        giver=row.transferor,
        taker=row.transferee,
        deadline_utc=row.deadline_utc,
        status=row.status,
        ended_n=row.from_n if row.from_n != n else None,
        reference=view.entry(n).event.get("reference"),
    )


def require_own_offer(view: View, offer: Offer | int) -> None:
    """Refuse an offer that was made in another ledger, even if this ledger has an offer with the same number.

    Raises:
        RefusedError: This ledger has no offer with that number, or a different offer.
    """
    if isinstance(offer, Offer) and _terms(offer_at(view, offer.n)) != _terms(offer):
        raise UnknownThingError(
            f"offer {offer.n}",
            lookup.belongs_elsewhere("offers", "offers(account)"),
            rule="unknown-offer",
        )


def _terms(offer: Offer) -> tuple[object, ...]:
    """What does not change while an offer is open or when it ends."""
    return offer.at, offer.blocks, offer.giver, offer.taker, offer.deadline_utc


def offers_of(view: View, account: str) -> tuple[Offer, ...]:
    """Every offer that an account made or received, with its current status, oldest first.

    Args:
        view: The state.
        account: The account.
    """
    return tuple(offer_at(view, row.n) for row in view.offers(account))
