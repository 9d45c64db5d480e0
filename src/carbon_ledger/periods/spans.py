"""Records about a span of time: their times as seconds are fields, and as aware datetimes are properties."""

from datetime import datetime
from typing import TYPE_CHECKING

from carbon_ledger.periods.instants import time_of
from carbon_ledger.records import Record


class FromStart(Record):
    """A record with the field `start_utc`."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def start_utc(self) -> int: ...

    @property
    def start(self) -> datetime:
        """The start, in UTC."""
        return time_of(self.start_utc)


class Span(FromStart):
    """A record with the fields `start_utc` and `end_utc`."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def end_utc(self) -> int: ...

    @property
    def end(self) -> datetime:
        """The end, exclusive, in UTC."""
        return time_of(self.end_utc)
