"""A clock for tests, which stands still until the test moves it."""

from datetime import UTC, datetime, timedelta

from carbon_ledger.ledger.recorder import time_of
from carbon_ledger.periods.instants import instant_utc


class Clock:
    """A clock that stands still until it is moved; pass it to `open_ledger` as ``clock=``.

    Args:
        now: The time that the clock shows: an aware `datetime`, or ISO 8601 text with its zone.

    Raises:
        NaiveTimeError: *now* has no zone.
        PeriodError: *now* is not a time.

    Example:
        >>> clock = Clock("2026-03-02T09:00Z")
        >>> clock.move(days=1, hours=2)
        datetime.datetime(2026, 3, 3, 11, 0, tzinfo=datetime.timezone.utc)
        >>> clock() == clock.now
        True
    """

    def __init__(self, now: datetime | str = "2026-01-01T00:00Z") -> None:
        self.now = now

    @property
    def now(self) -> datetime:
        """The time that the clock shows, in UTC. Assign another time to set the clock."""
        return self._now

    @now.setter
    def now(self, time: datetime | str) -> None:
        """Set the clock to a time, an aware `datetime` or ISO 8601 text with its zone."""
        if isinstance(time, datetime):
            self._now = time_of(lambda: time)
        else:
            self._now = datetime.fromtimestamp(instant_utc(time, "now", takes_zone=False), UTC)

    def __call__(self) -> datetime:
        """The time that the clock shows, as a ledger asks for it."""
        return self._now

    def __repr__(self) -> str:
        """The call that makes this clock."""
        return f"Clock({self._now.isoformat()!r})"

    def move(self, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> datetime:
        """Move the clock forward, or back by negative numbers.

        Args:
            days: Days of 24 hours.
            hours: Hours.
            minutes: Minutes.
            seconds: Seconds.

        Returns:
            The time that the clock now shows.
        """
        self._now += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._now
