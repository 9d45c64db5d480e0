"""Commands about what every other entry rests on: the recorded time."""

from carbon_ledger.ledger.commands import Commands, Events, text_at_the_door
from carbon_ledger.ledger.state import View
from carbon_ledger.ledger.timekeeping import ADVANCED


class Adjusting(Commands):
    """Recording that time has passed."""

    def advance_clock(self, *, reason: str, key: str | None = None, by: str | None = None) -> str:
        """Record that more than 400 days have passed since the newest entry, so that commands are accepted again.

        A command more than 400 days after the newest entry is refused, because a machine's clock can be wrong, and
        units that expired by a wrong clock stay expired. Compare the ledger's clock with another one first: the time
        of this entry is the earliest time of every later one, for ever. Every audit shows it, with its reason.

        Args:
            reason: Why so much time passed without an entry, in words that an auditor will read.
            key: Idempotency key.
            by: The actor, a registrar.

        Returns:
            The recorded time, UTC, from which the ledger goes on.

        Raises:
            RefusedError: The clock is not more than 400 days after the newest entry.
            NotAuthorisedError: *by* is no registrar.
            QuantityError: *reason* is no text.

        Source:
            ledger-model section 1.

        Example:
            >>> from datetime import UTC, datetime
            >>> import carbon_ledger as cl
            >>> times = iter([datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)])
            >>> ledger = cl.open_ledger(":memory:", clock=lambda: next(times))
            >>> ledger.advance_clock(reason="the plant was being repaired from 2024 to 2025")
            '2026-01-01T00:00:00.000000Z'
        """
        why = text_at_the_door(reason, "reason")

        def plan(view: View) -> Events:
            return [(ADVANCED, {"reason": why, "since": view.entry(view.size - 1).at})]

        (entry,) = self._perform("advance_clock", {"reason": why}, plan, key=key, by=by)
        return entry.at
