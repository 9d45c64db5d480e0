"""Half-open UTC intervals: local days, months and years, and crediting periods."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Self

from attrs import field, frozen

from carbon_ledger.errors import NaiveTimeError, PeriodError
from carbon_ledger.periods.instants import checked_date, instant_of, instant_text, instant_utc
from carbon_ledger.periods.zones import (
    EPOCH,
    SECOND,
    Zone,
    checked_instant,
    checked_year,
    day_start_utc,
    key_of,
    local_time,
    vintage_of,
    year_start_utc,
    zone_info,
)
from carbon_ledger.printing import quote
from carbon_ledger.records import reads_record


@frozen(order=True)
class Period:
    """A half-open interval of time: its start belongs to it, its end does not.

    Periods are equal when they cover the same seconds, whatever zone they were named in, and are ordered
    by start, then by end.

    Args:
        start_utc: First second. [s since 1970-01-01 UTC]
        end_utc: First second after it. [s since 1970-01-01 UTC]
        zone: IANA zone in which it was named, for people and for its local days; no part of its value.

    Raises:
        PeriodError: The period is empty or reversed, an edge is no whole second from 1970 to 9998, or
            *zone* is not one.

    Example:
        >>> print(Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku"))
        2023-08-25T00:00:00+04:00 to 2024-04-29T00:00:00+04:00 (Asia/Baku)
    """

    start_utc: int
    end_utc: int
    zone: str | None = field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no interval."""
        checked_instant(self.start_utc, "period start")
        checked_instant(self.end_utc, "period end")
        if self.zone is not None:
            zone_info(self.zone)
        if self.start_utc >= self.end_utc:
            kind = "empty" if self.start_utc == self.end_utc else "reversed"
            raise PeriodError(
                f"period from {instant_text(self.start_utc)} to {instant_text(self.end_utc)} is {kind}: "
                "the end is exclusive and must lie after the start"
            )

    @classmethod
    def of(cls, start: object, end: object, *, zone: str | None = None) -> Self:
        """Name a period by its start and its exclusive end.

        Args:
            start: An aware `datetime`, an ISO 8601 string with its zone, or a date, which means the start of
                that local day.
            end: The same, exclusive: ``"2024-05-01"`` ends a period with the last second of 30 April.
            zone: IANA zone of the dates; needed where one is given.

        Raises:
            NaiveTimeError: A time has no zone, or a date is given and no *zone* is named.
            PeriodError: An edge is no time, or the period is empty or reversed.

        Example:
            >>> Period.of("2024-05-01T00:00Z", "2024-05-01T05:00+04:00").seconds
            3600
        """
        return cls(instant_utc(start, "start", zone=zone), instant_utc(end, "end", zone=zone), zone)

    @classmethod
    def day(cls, day: object, *, zone: str) -> Self:
        """Take one local day, of 23, 24 or 25 hours.

        Raises:
            PeriodError: *day* is no date, *zone* is none, or the zone's calendar left that day out.

        Example:
            >>> Period.day("2026-03-29", zone="Europe/London").seconds // 3600
            23
        """
        first = checked_date(day, "day")
        checked_year(first.year)
        start_utc, end_utc = day_start_utc(first, zone), day_start_utc(first + timedelta(days=1), zone)
        if start_utc == end_utc:
            raise PeriodError(f"day {first}: the calendar of {zone} left it out; there is no such local day")
        return cls(start_utc, end_utc, zone)

    @classmethod
    def month(cls, year: int, month: int, *, zone: str) -> Self:
        """Take one local calendar month.

        Raises:
            PeriodError: *year* or *month* is not one, or *zone* is none.

        Example:
            >>> Period.month(2024, 2, zone="UTC").seconds // 86400
            29
        """
        checked_year(year)
        if type(month) is not int or not 1 <= month <= 12:
            raise PeriodError(f"month {quote(month)}: expected a whole number from 1 to 12")
        following = date(year + month // 12, month % 12 + 1, 1)
        return cls(day_start_utc(date(year, month, 1), zone), day_start_utc(following, zone), zone)

    @classmethod
    def year(cls, year: int, *, zone: str) -> Self:
        """Take one local calendar year: a vintage.

        Raises:
            PeriodError: *year* is not one, or *zone* is none.

        Example:
            >>> Period.year(2024, zone="UTC").seconds // 86400
            366
        """
        return cls(year_start_utc(checked_year(year), zone), year_start_utc(year + 1, zone), zone)

    @classmethod
    def years(cls, start: object, count: int, *, zone: str) -> Self:
        """Take a crediting period: *count* years from the start of a local day.

        It ends with the start of the same day of the year, *count* years on; from 29 February, where that
        year has none, with the start of 28 February.

        Args:
            start: First local day.
            count: Number of years, 1 or more.
            zone: IANA zone of its days.

        Raises:
            PeriodError: *start* is no date, *count* no such number, *zone* is none, or it ends after 9998.

        Example:
            >>> print(Period.years("2023-08-25", 10, zone="Asia/Baku"))
            2023-08-25T00:00:00+04:00 to 2033-08-25T00:00:00+04:00 (Asia/Baku)
        """
        from dateutil.relativedelta import relativedelta

        first = checked_date(start, "start")
        if type(count) is not int or count < 1:
            raise PeriodError(f"count of years {quote(count)}: expected a whole number of at least 1")
        checked_year(first.year)
        if count > 9998 - first.year:
            raise PeriodError(f"{quote(count)} years from {first} end after the year 9998")
        last = first + relativedelta(years=count)
        return cls(day_start_utc(first, zone), day_start_utc(last, zone), zone)

    @classmethod
    @reads_record("a period")
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read the period that an entry pinned.

        Raises:
            PeriodError: A field is missing, unknown, or not what `to_record` writes.

        Example:
            >>> Period.from_record({"start": "2024-05-01T00:00:00Z", "end": "2024-05-01T01:00:00Z"}).seconds
            3600
        """
        if not {"start", "end"} <= set(record) <= {"start", "end", "zone"}:
            raise PeriodError(f"period record with {sorted(record)}: expected start, end and, if any, zone")
        label = zone_info(record["zone"]).key if "zone" in record else None
        return cls(instant_of(record["start"]), instant_of(record["end"]), label)

    @property
    def in_utc(self) -> Self:
        """The same time, named in no zone, so that equal periods have equal records."""
        return type(self)(self.start_utc, self.end_utc)

    def to_record(self) -> dict[str, str]:
        """Write the period as an entry pins it; a zone that was not named is absent."""
        record = {"start": instant_text(self.start_utc), "end": instant_text(self.end_utc)}
        if self.zone is not None:
            record["zone"] = self.zone
        return record

    @property
    def start(self) -> datetime:
        """Its start, aware, in UTC."""
        return EPOCH + self.start_utc * SECOND

    @property
    def end(self) -> datetime:
        """Its exclusive end, aware, in UTC."""
        return EPOCH + self.end_utc * SECOND

    @property
    def seconds(self) -> int:
        """Its length. [s]"""
        return self.end_utc - self.start_utc

    def __str__(self) -> str:
        if self.zone is None:
            return f"{instant_text(self.start_utc)} to {instant_text(self.end_utc)}"
        start, end = local_time(self.start_utc, self.zone), local_time(self.end_utc, self.zone)
        return f"{start.isoformat()} to {end.isoformat()} ({self.zone})"

    def contains(self, other: "Period") -> bool:
        """Whether all of *other* lies inside."""
        return self.start_utc <= other.start_utc and other.end_utc <= self.end_utc

    def overlaps(self, other: "Period") -> bool:
        """Whether the two share at least one second; touching is not overlapping."""
        return self.start_utc < other.end_utc and other.start_utc < self.end_utc

    def intersection(self, other: "Period") -> "Period | None":
        """The time the two share, in this one's zone, or none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start_utc, other.start_utc), min(self.end_utc, other.end_utc), self.zone)

    def days(self, zone: str | None = None) -> tuple["Period", ...]:
        """Cut the period into its local days, the first and the last cut at its edges.

        Args:
            zone: IANA zone; the period's own where it was named in one.

        Returns:
            Periods that follow one another and together are this one.

        Raises:
            NaiveTimeError: No zone is named, here or in the period.
            PeriodError: *zone* is not one.

        Example:
            >>> week = Period.of("2026-10-24", "2026-10-27", zone="Europe/London")
            >>> [day.seconds // 3600 for day in week.days()]
            [24, 25, 24]
        """
        name = self._named(zone)
        first = local_time(self.start_utc, name).date()
        count = (local_time(self.end_utc - 1, name).date() - first).days
        cuts = (day_start_utc(first + timedelta(days=k), name) for k in range(1, count + 2))
        return self._pieces(cuts, name)

    def split_by_year(self, zone: Zone | None = None) -> tuple[tuple[int, "Period"], ...]:
        """Cut the period at the local new years: its vintages.

        Args:
            zone: IANA zone, or its rules; the period's own where it was named in one.

        Returns:
            Pairs of calendar year and the part of the period in it, in time order.

        Raises:
            NaiveTimeError: No zone is named, here or in the period.
            PeriodError: *zone* is not one.

        Source:
            ledger-model section 4: a vintage is a local calendar year of the project.

        Example:
            >>> period = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")
            >>> [(year, len(part.days())) for year, part in period.split_by_year()]
            [(2023, 129), (2024, 119)]
        """
        name = self._named(zone)
        years = range(vintage_of(self.start_utc, name) + 1, vintage_of(self.end_utc - 1, name) + 1)
        parts = self._pieces((year_start_utc(year, name) for year in years), name)
        return tuple((vintage_of(part.start_utc, name), part) for part in parts)

    def _named(self, zone: Zone | None) -> Zone:
        name = self.zone if zone is None else zone
        if name is None:
            raise NaiveTimeError(f'period {self}: local days need a zone; pass one, e.g. zone="Asia/Baku"')
        return name

    def _pieces(self, cuts: Iterable[int], zone: Zone) -> tuple["Period", ...]:
        inside = {cut for cut in cuts if self.start_utc < cut < self.end_utc}
        edges = [self.start_utc, *sorted(inside), self.end_utc]
        return tuple(Period(start, end, key_of(zone)) for start, end in pairwise(edges))


def checked_period(value: object, name: str) -> Period:
    """Take a period at the door.

    Args:
        value: A `Period`.
        name: What it is, for the message.

    Raises:
        PeriodError: *value* is something else.

    Example:
        >>> checked_period("2024-05", "period")
        Traceback (most recent call last):
        ...
        carbon_ledger.errors.PeriodError: period '2024-05': expected a Period, e.g. Period.month(2024, 5, zone="UTC")
    """
    if not isinstance(value, Period):
        raise PeriodError(f'{name} {quote(value)}: expected a Period, e.g. Period.month(2024, 5, zone="UTC")')
    return value
