"""Offers in the naive model: transfers that the transferee must accept."""

from carbon_ledger.testing._model.rows import ACTIVE, PENDING, Offered, RefusalError, UnitsRequest
from carbon_ledger.testing._model.units import UnitCommands


class OfferCommands(UnitCommands):
    """The commands that make and end offers."""

    def offer(self, units: UnitsRequest, to: str, from_: str | None, deadline: int | None, at: int) -> Offered:
        """Offer units, which are pending until the offer ends.

        Raises:
            RefusalError: As for `transfer`, or the deadline is not in the future.
        """
        errors = self._receiving(units, to, from_)
        if deadline is not None and deadline <= at:
            errors.add("RefusedError")
        serials = self._take(units, from_, at, given_away=True, errors=errors)
        offered = Offered(self.next_number(), self.units[serials[0]].account, to, tuple(serials), deadline)
        self.offers[offered.number] = offered
        self._put(serials, PENDING)
        return offered

    def accept(self, offer: int, at: int) -> Offered:
        """Transfer an offer's units to the transferee.

        Raises:
            RefusalError: There is no such offer, it ended, its deadline has passed, or its units expired.
        """
        offered = self._standing_offer(offer)
        errors = {"RefusedError"} if offered.deadline is not None and at >= offered.deadline else set()
        if any(self.too_late(serial.batch, at, given_away=True) for serial in offered.serials):
            errors.add("ExpiredError")
        if errors:
            raise RefusalError(*errors)
        for serial in offered.serials:
            self._give(serial, offered.transferee)
        return self._end_offer(offered, "accepted")

    def reject(self, offer: int) -> Offered:
        """End an offer as its transferee: its units are active again."""
        return self._back(offer, "rejected")

    def revoke_offer(self, offer: int) -> Offered:
        """End an offer as its transferor: its units are active again."""
        return self._back(offer, "revoked")

    def time_out(self, offer: int, at: int) -> Offered:
        """End an offer whose deadline has passed: its units are active again.

        Raises:
            RefusalError: There is no such offer, or its deadline has not passed.
        """
        offered = self._standing_offer(offer)
        if offered.deadline is None or at < offered.deadline:
            raise RefusalError("RefusedError")
        return self._back(offer, "timed-out")

    def _standing_offer(self, number: int) -> Offered:
        if number not in self.offers:
            raise RefusalError("UnknownThingError")
        if self.offers[number].status != "offered":
            raise RefusalError("RefusedError")
        return self.offers[number]

    def _back(self, number: int, status: str) -> Offered:
        offered = self._standing_offer(number)
        self._put(list(offered.serials), ACTIVE)
        return self._end_offer(offered, status)

    def _end_offer(self, offered: Offered, status: str) -> Offered:
        ended = offered._replace(status=status)
        self.offers[offered.number] = ended
        return ended
