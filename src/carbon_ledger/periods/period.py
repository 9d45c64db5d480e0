"""Half-open UTC intervals: local days, months and years, and crediting periods."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final, Self

from attrs import field, frozen

from carbon_ledger.choices import Day, TimeLike
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
from carbon_ledger.records import Record, reads_record

MOST_CREDITING_PERIODS: Final = 10  # no programme renews a crediting period nearly as often


@frozen(order=True, repr=False)
class Period(Record):
    """A half-open interval of time, which includes its start and excludes its end.

    Periods are equal if they cover the same seconds, whatever their zones are. They are ordered by start, then by end.

    Args:
        start_utc: First second of the period. [s since 1970-01-01 UTC]
        end_utc: First second after the period. [s since 1970-01-01 UTC]
        zone: IANA zone of the period, used for display and for local days. Ignored when periods are compared.

    Raises:
        PeriodError: The period is empty or reversed, its start or end is not an int or is outside the years 1970 to
            9998, or *zone* is not a time zone.

    Example:
        >>> print(Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku"))
        2023-08-25T00:00:00+04:00 to 2024-04-29T00:00:00+04:00 (Asia/Baku)
    """

    _is_line = True

    start_utc: int
    end_utc: int
    zone: str | None = field(default=None, eq=False)

    def __attrs_post_init__(self) -> None:
        """Check the fields."""
        checked_instant(self.start_utc, "period start")
        checked_instant(self.end_utc, "period end")
        if self.zone is not None:
            zone_info(self.zone)
        if self.start_utc >= self.end_utc:
            kind = "empty" if self.start_utc == self.end_utc else "reversed"
            raise PeriodError(
                f"period from {instant_text(self.start_utc)} to {instant_text(self.end_utc)} is {kind}: "
                "expected an end after the start (the end is exclusive)"
            )

    @classmethod
    def of(cls, start: TimeLike, end: TimeLike, *, zone: str | None = None) -> Self:
        """Make a period from its start and its exclusive end.

        Args:
            start: An aware `datetime`, an ISO 8601 string with its zone, or a date, which means the start of
                that local day.
            end: The exclusive end, in the same forms: ``"2024-05-01"`` ends the period with the last second of 30
                April.
            zone: IANA zone of the dates; required if *start* or *end* is a date.

        Raises:
            NaiveTimeError: A time has no zone, or *start* or *end* is a date and *zone* is None.
            PeriodError: *start* or *end* is not a time, or the period is empty or reversed.

        Example:
            >>> Period.of("2024-05-01T00:00Z", "2024-05-01T05:00+04:00").seconds
            3600
        """
        return cls(instant_utc(start, "start", zone=zone), instant_utc(end, "end", zone=zone), zone)

    @classmethod
    def day(cls, day: Day, *, zone: str) -> Self:
        """Make a period of one local day, which may have 23, 24 or 25 hours.

        Raises:
            PeriodError: *day* is not a date, *zone* is not a time zone, or the day does not exist in the zone's
                calendar.

        Example:
            >>> Period.day("2026-03-29", zone="Europe/London").seconds // 3600
            23
        """
        first = checked_date(day, "day")
        checked_year(first.year)
        start_utc, end_utc = day_start_utc(first, zone), day_start_utc(first + timedelta(days=1), zone)
        if start_utc == end_utc:
            raise PeriodError(f"day {first} does not exist in {zone}: the calendar of the zone skipped it")
        return cls(start_utc, end_utc, zone)

    @classmethod
    def month(cls, year: int, month: int, *, zone: str) -> Self:
        """Make a period of one local calendar month.

        Raises:
            PeriodError: *year* or *month* is invalid, or *zone* is not a time zone.

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
        """Make a period of one local calendar year, a vintage.

        Raises:
            PeriodError: *year* is invalid, or *zone* is not a time zone.

        Example:
            >>> Period.year(2024, zone="UTC").seconds // 86400
            366
        """
        return cls(year_start_utc(checked_year(year), zone), year_start_utc(year + 1, zone), zone)

    @classmethod
    def years(cls, start: TimeLike, count: int, *, zone: str) -> Self:
        """Make a crediting period: *count* years from the start of a local day.

        The period ends at the start of the same day of the year, *count* years later. If it starts on 29 February and
        the last year has no such day, it ends at the start of 28 February.

        Args:
            start: First local day.
            count: Number of years, 1 or more.
            zone: IANA zone of the days.

        Raises:
            PeriodError: *start* is not a date, *count* is not an int of at least 1, *zone* is not a time zone, or the
                period ends after the year 9998.

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
            raise PeriodError(f"{quote(count)} years from {first} end after the year 9998: expected fewer years")
        last = first + relativedelta(years=count)
        return cls(day_start_utc(first, zone), day_start_utc(last, zone), zone)

    @classmethod
    @reads_record("a period")
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read a period from its record in an entry.

        Raises:
            PeriodError: A field is missing or unknown, or its value is not one that `to_record` writes.

        Example:
            >>> Period.from_record({"start": "2024-05-01T00:00:00Z", "end": "2024-05-01T01:00:00Z"}).seconds
            3600
        """
        if not {"start", "end"} <= set(record) <= {"start", "end", "zone"}:
            raise PeriodError(
                f"period record with {sorted(record)}: expected the fields start, end and optionally zone"
            )
        label = zone_info(record["zone"]).key if "zone" in record else None
        return cls(instant_of(record["start"]), instant_of(record["end"]), label)

    @property
    def in_utc(self) -> Self:
        """The same period without a zone, so that equal periods have equal records."""
        return type(self)(self.start_utc, self.end_utc)

    def to_record(self) -> dict[str, str]:
        """Write the period as a record for an entry. The field ``zone`` is omitted if the period has no zone."""
        record = {"start": instant_text(self.start_utc), "end": instant_text(self.end_utc)}
        if self.zone is not None:
            record["zone"] = self.zone
        return record

    @property
    def start(self) -> datetime:
        """The start of the period, as an aware datetime in UTC."""
        return EPOCH + self.start_utc * SECOND

    @property
    def end(self) -> datetime:
        """The exclusive end of the period, as an aware datetime in UTC."""
        return EPOCH + self.end_utc * SECOND

    @property
    def seconds(self) -> int:
        """The length of the period. [s]"""
        return self.end_utc - self.start_utc

    def __str__(self) -> str:
        if self.zone is None:
            return f"{instant_text(self.start_utc)} to {instant_text(self.end_utc)}"
        start, end = local_time(self.start_utc, self.zone), local_time(self.end_utc, self.zone)
        return f"{start.isoformat()} to {end.isoformat()} ({self.zone})"

    def _line(self) -> str:
        if self.zone is None:
            return f"{instant_text(self.start_utc)}/{instant_text(self.end_utc)}"
        edges = [local_time(edge, self.zone) for edge in (self.start_utc, self.end_utc)]
        days = all(edge.time() == time() for edge in edges)
        return f"{'/'.join(str(edge.date()) if days else edge.isoformat() for edge in edges)} {self.zone}"

    def contains(self, other: "Period") -> bool:
        """Whether *other* lies entirely inside this period."""
        return self.start_utc <= other.start_utc and other.end_utc <= self.end_utc

    def overlaps(self, other: "Period") -> bool:
        """Whether the two periods share at least one second. Adjacent periods do not overlap."""
        return self.start_utc < other.end_utc and other.start_utc < self.end_utc

    def intersection(self, other: "Period") -> "Period | None":
        """The time that the two periods share, in this period's zone, or None if they do not overlap."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start_utc, other.start_utc), min(self.end_utc, other.end_utc), self.zone)

    def days(self, zone: Zone | None = None) -> tuple["Period", ...]:
        """Split the period into its local days. The first and the last part may cover only a part of a day.

        Args:
            zone: IANA zone, or its rules; by default the period's zone.

        Returns:
            Consecutive periods that together cover this period.

        Raises:
            NaiveTimeError: *zone* is None and the period has no zone.
            PeriodError: *zone* is not a time zone.

        Example:
            >>> week = Period.of("2026-10-24", "2026-10-27", zone="Europe/London")
            >>> [day.seconds // 3600 for day in week.days()]
            [24, 25, 24]
        """
        name = self._zone_or_own(zone)
        first = local_time(self.start_utc, name).date()
        count = (local_time(self.end_utc - 1, name).date() - first).days
        cuts = (day_start_utc(first + timedelta(days=k), name) for k in range(1, count + 2))
        return self._split(cuts, name)

    def months(self, zone: Zone | None = None) -> tuple["Period", ...]:
        """Split the period by local calendar month. The first and the last part can be shorter than a month.

        Args:
            zone: IANA zone, or its rules; by default the period's zone.

        Returns:
            Consecutive periods that together cover this period.

        Raises:
            NaiveTimeError: *zone* is None and the period has no zone.
            PeriodError: *zone* is not a time zone.

        Example:
            >>> winter = Period.of("2023-12-15", "2024-03-01", zone="Asia/Baku")
            >>> [len(month.days()) for month in winter.months()]
            [17, 31, 29]
        """
        name = self._zone_or_own(zone)
        first, last = (local_time(at, name).date() for at in (self.start_utc, self.end_utc - 1))
        # Months are counted from 0, so that the number of the first one is that of the month after it.
        months = range(first.year * 12 + first.month, last.year * 12 + last.month)
        return self._split((day_start_utc(date(k // 12, k % 12 + 1, 1), name) for k in months), name)

    def split_by_year(self, zone: Zone | None = None) -> tuple[tuple[int, "Period"], ...]:
        """Split the period by local calendar year, into its vintages.

        Args:
            zone: IANA zone, or its rules; by default the period's zone.

        Returns:
            Pairs of a calendar year and the part of the period in that year, in time order.

        Raises:
            NaiveTimeError: *zone* is None and the period has no zone.
            PeriodError: *zone* is not a time zone.

        Source:
            ledger-model section 4: a vintage is a local calendar year of the project.

        Example:
            >>> period = Period.of("2023-08-25", "2024-04-29", zone="Asia/Baku")
            >>> [(year, len(part.days())) for year, part in period.split_by_year()]
            [(2023, 129), (2024, 119)]
        """
        name = self._zone_or_own(zone)
        years = range(vintage_of(self.start_utc, name) + 1, vintage_of(self.end_utc - 1, name) + 1)
        parts = self._split((year_start_utc(year, name) for year in years), name)
        return tuple((vintage_of(part.start_utc, name), part) for part in parts)

    def _zone_or_own(self, zone: Zone | None) -> Zone:
        name = self.zone if zone is None else zone
        if name is None:
            raise NaiveTimeError(
                f'period {self} has no zone, which local days need; pass the zone, e.g. zone="Asia/Baku"'
            )
        return name

    def _split(self, cuts: Iterable[int], zone: Zone) -> tuple["Period", ...]:
        inside = {cut for cut in cuts if self.start_utc < cut < self.end_utc}
        edges = [self.start_utc, *sorted(inside), self.end_utc]
        return tuple(Period(start, end, key_of(zone)) for start, end in pairwise(edges))


def checked_period(value: object, name: str) -> Period:
    """Return a period argument after checking its type.

    Args:
        value: A `Period`.
        name: The name of the argument, for the message.

    Raises:
        PeriodError: *value* is not a `Period`.

    Example:
        >>> checked_period("2024-05", "period")
        Traceback (most recent call last):
        ...
        carbon_ledger.errors.PeriodError: period '2024-05': expected a Period, e.g. Period.month(2024, 5, zone="UTC")
    """
    if not isinstance(value, Period):
        raise PeriodError(f'{name} {quote(value)}: expected a Period, e.g. Period.month(2024, 5, zone="UTC")')
    return value
