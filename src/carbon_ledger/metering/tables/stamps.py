"""From what the time cells say to instants: by the layout's zone, a fixed offset, or a column of summer time."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from operator import add
from typing import Final
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from carbon_ledger.errors import CarbonLedgerError, PeriodError
from carbon_ledger.metering.layouts import TimeLayout
from carbon_ledger.metering.layouts.parts import EPOCHS, OLDEST_FIRST
from carbon_ledger.metering.tables.clocks import ClockReader
from carbon_ledger.metering.tables.days import DayColumns
from carbon_ledger.periods import day_start_utc, local_instants, zone_info
from carbon_ledger.periods.zones import DAY_S, EARLIEST_UTC, EPOCH, LATEST_UTC, SECOND, installed_rules, local_time
from carbon_ledger.printing import quote

Refuse = Callable[[int, CarbonLedgerError], None]
Columns = Sequence[Sequence[str]]

_MOST_DIGITS: Final = 15
_NO_DAY: Final = LATEST_UTC  # later than every day
_LAST_DAY: Final = LATEST_UTC // DAY_S - 1


@define
class StampReader:
    """Reads the instants of one column of times, or of a pair of columns of days and times of day.

    Args:
        time: How times are written.
        zone: IANA zone of local times.
        width: How many columns there are, 1 or 2.
        is_end: Whether the times are the ends of steps.
        shift_s: What is taken off a local time before it is looked up. [s]
        takes_days: Whether a time may be a day alone, which stands for its beginning.
        ends_its_day: Whether midnight is the end of the day that it is printed with, as of a row with one day and two
            times of day.
    """

    time: TimeLayout
    zone: str
    width: int
    is_end: bool
    shift_s: int = 0
    takes_days: bool = False
    ends_its_day: bool = False
    _clock: ClockReader | None = field(init=False)
    _days: DayColumns = field(init=False)
    _bases: dict[str, int | None] = field(init=False, factory=dict)
    _offsets: dict[int, int | None] = field(init=False, factory=dict)
    _info: ZoneInfo = field(init=False)
    _settled_day: int = field(init=False)
    _settled_offset_s: int = field(init=False)
    _midnights: dict[int, int | None] = field(init=False, factory=dict)
    _seen: Counter[tuple[str, int]] = field(init=False, factory=Counter)
    _repeated: list[tuple[str, int, str]] = field(init=False, factory=list)

    @_info.default
    def _zone_info(self) -> ZoneInfo:
        return zone_info(self.zone)

    @_settled_day.default
    def _first_settled_day(self) -> int:
        """The last day near which a zone changed its clocks that does not change them any more; for others, no day."""
        rules = installed_rules(self.zone)
        if "," in rules.closing:
            return _NO_DAY
        return max(rules.changes_utc, default=0) // DAY_S + 2

    @_settled_offset_s.default
    def _offset_in_the_end(self) -> int:
        return installed_rules(self.zone).offsets_s[-1]

    @_days.default
    def _day_columns(self) -> DayColumns:
        return DayColumns(self._clock or ClockReader(None, separate=False, is_end=False))

    @_clock.default
    def _reader(self) -> ClockReader | None:
        if self.time.format in EPOCHS:
            return None
        time = self.time
        return ClockReader(
            time.format, self.width == 2, self.is_end, self.takes_days or self._has_days, self.ends_its_day,
            needs_day=time.step[0] != "month",
        )  # fmt: skip

    @property
    def _has_days(self) -> bool:
        """Whether times are days, whose midnight is the start of the local day."""
        return self.time.is_calendar or bool(self.time.interval_column)

    def read(
        self, columns: Columns, keys: Sequence[str] | str, summer: Sequence[str] | None, place: Callable[[int], str],
        refuse: Refuse,
    ) -> list[int | None]:  # fmt: skip
        """Read the times of some rows.

        Args:
            columns: The cells of the column, or of the two columns.
            keys: What each row belongs to, within which times follow each other; or one text for all rows.
            summer: For each row, what its cell of summer time says, where the layout has such a column.
            place: Names the place of a row's time by its position, for messages.
            refuse: Called with the position and the error of a time that cannot be read.

        Returns:
            The instant of each row, or None where it was refused. [s since 1970-01-01 UTC]
        """
        clock = self._clock
        if clock is None:
            return _epochs(columns[0], EPOCHS[str(self.time.format)], self.shift_s, place, refuse)
        rows = _Rows(columns, keys, summer, place, refuse)
        if summer is not None or self.shift_s:
            return self._by_rows(clock, rows)
        if len(columns) == 1:
            by_days = self._days.read(
                columns[0],
                lambda day, are_instants: self._base(clock, day, are_instants),
                lambda at, end: self._part(clock, rows.part(at, end)),
            )
            if by_days is not None:
                return by_days
        return self._part(clock, rows)[0]

    def can_read(self, cells: Sequence[str]) -> bool:
        """Whether the cells of a row say a time."""
        if self._clock is None:
            return cells[0].strip().isdigit()
        return self._clock.can_read([[cell] for cell in cells])

    def _part(self, clock: ClockReader, rows: "_Rows") -> tuple[list[int | None], bool]:
        """The instants of some rows, and whether all of their days are without a change of clocks."""
        quick = self._regular(clock, rows.columns)
        return (self._by_rows(clock, rows), False) if quick is None else (quick, True)

    def _base(self, clock: ClockReader, day: str, are_instants: bool) -> int | None:
        """The instant of the midnight of a day without a change of clocks. [s since 1970-01-01 UTC]"""
        wall = clock.wall_of(day)
        if wall is None or not EARLIEST_UTC + DAY_S < wall < LATEST_UTC - DAY_S:
            return None
        if are_instants:
            return wall
        offset = self._offset(wall // DAY_S)
        return None if offset is None else wall - offset

    def _regular(self, clock: ClockReader, columns: Columns) -> list[int | None] | None:
        """The instants of rows on days without a change of clocks; None if there is any other row."""
        days, clocks = clock.texts(columns)
        own_clocks, bases, some_days = clock.clocks, self._bases, set(days)
        if clock.instants or None in map(own_clocks.get, set(clocks)):
            return None
        if len(bases) > 1 << 17:
            bases.clear()
        for text in some_days - bases.keys():
            bases[text] = self._base(clock, text, are_instants=False)
        if None in map(bases.get, some_days):
            return None
        return [*map(add, map(bases.__getitem__, days), map(own_clocks.__getitem__, clocks))]

    def _offset(self, day: int) -> int | None:
        """The offset of a local day, counted from 1970-01-01; None if the clocks change in it. [s]"""
        if self.time.offset_s is not None:
            return self.time.offset_s
        if self._settled_day < day < _LAST_DAY:
            return self._settled_offset_s
        if day not in self._offsets:
            before, after = self._offset_at(day), self._offset_at(day + 1)
            self._offsets[day] = before if before == after else None
        return self._offsets[day]

    def _offset_at(self, day: int) -> int | None:
        """The offset at the midnight of a local day, counted from 1970-01-01; None if it is not one instant. [s]"""
        if day not in self._midnights:
            self._midnights[day] = self._looked_up(day * DAY_S)
        return self._midnights[day]

    def _looked_up(self, wall: int) -> int | None:
        if not EARLIEST_UTC <= wall <= LATEST_UTC:
            return None
        midnight = (EPOCH + timedelta(seconds=wall)).replace(tzinfo=None)
        before, after = self._info.utcoffset(midnight), self._info.utcoffset(midnight.replace(fold=1))
        if before is None or before != after:
            return None  # the clocks skip this midnight, or show it twice
        offset = before // SECOND
        return offset if wall - offset >= EARLIEST_UTC else None

    def _by_rows(self, clock: ClockReader, rows: "_Rows") -> list[int | None]:
        columns, keys, summer, place, refuse = rows.columns, rows.keys, rows.summer, rows.place, rows.refuse
        days, clocks = clock.texts(columns)
        instants: list[int | None] = []
        for position, (day, of_day) in enumerate(zip(days, clocks, strict=True)):
            cells = [column[position] for column in columns]
            try:
                day_s, clock_s = clock.days[day], clock.clocks[of_day]
                if day_s is None or clock_s is None:
                    raise clock.refusal(cells, place(position))
                key = keys if isinstance(keys, str) else keys[position]
                flag = None if summer is None else summer[position]
                if of_day in clock.instants:
                    instants.append(_bounded(day_s + clock_s - self.shift_s, cells, place(position)))
                else:
                    instants.append(self._instant(day_s + clock_s, cells, key, flag, place(position)))
            except CarbonLedgerError as error:
                refuse(position, error)
                instants.append(None)
        return instants

    def _instant(self, wall: int, cells: Sequence[str], key: str, summer: str | None, place: str) -> int:
        wall -= self.shift_s
        text = " ".join(cell.strip() for cell in cells)
        if self.time.offset_s is not None:
            return _bounded(wall - self.time.offset_s, cells, place)
        _bounded(wall, cells, place)
        if self._has_days and wall % DAY_S == 0:
            return _bounded(day_start_utc((EPOCH + timedelta(seconds=wall)).date(), self.zone), cells, place)
        choices = local_instants(wall, self.zone)
        if summer is not None:
            choices = self._by_summer(choices, summer, text, place)
        if not choices:
            raise PeriodError(
                f"{place}: {quote(text)} did not exist in {self.zone}, whose clocks went forward over it; if the meter "
                "shows winter time all year, pass a zone such as Etc/GMT+5"
            )
        at = choices[0]
        if len(choices) == 2:
            is_second = self._seen[key, wall] > 0
            at = choices[is_second is (self.time.order == OLDEST_FIRST)]
            self._seen[key, wall] += 1
            self._repeated.append((key, wall, f"{place}: {quote(text)}"))
        return _bounded(at, cells, place)

    def _by_summer(self, choices: tuple[int, ...], summer: str, text: str, place: str) -> tuple[int, ...]:
        word = self.time.summer.get(summer.strip())
        if word is None:
            raise PeriodError(
                f"{place}: {quote(summer.strip(), 40)} in column {quote(self.time.summer_column)}; the layout says "
                f"what {quote([*self.time.summer], 100)} mean"
            )
        is_summer = word == "summer"
        if len(choices) == 2:  # the clocks went back from summer time to winter time
            return choices[:1] if is_summer else choices[1:]
        kept = tuple(at for at in choices if _is_summer(at, self.zone) == is_summer)
        if choices and not kept:
            raise PeriodError(f"{place}: {quote(text)} is marked as {word} time, which {self.zone} did not have then")
        return kept

    def finish(self, unordered: Collection[str]) -> None:
        """Refuse local times that autumn repeats, unless the order of the rows tells them apart.

        Args:
            unordered: The keys whose rows are not in the order that the layout says.

        Raises:
            PeriodError: The file has such a time once, or its rows are not in that order.
        """
        for key, wall, shown in self._repeated:
            seen = self._seen[key, wall]
            if seen == 1 or (seen == 2 and key in unordered):  # three of them overlap
                why, order = "the file has it once", ""
                if seen == 2:
                    why = f"the rows are not in time order, {self.time.order}"
                    order = "; or name the order of the rows in the layout"
                raise PeriodError(
                    f"{shown} came twice in {self.zone}, whose clocks went back, and {why}; write every time with its "
                    f"offset, or in UTC{order}"
                )


@frozen
class _Rows:
    """What is read of some rows: see `StampReader.read`."""

    columns: Columns
    keys: Sequence[str] | str
    summer: Sequence[str] | None
    place: Callable[[int], str]
    refuse: Refuse

    def part(self, at: int, end: int) -> "_Rows":
        """The rows from one position up to another."""
        return _Rows(
            [column[at:end] for column in self.columns],
            self.keys if isinstance(self.keys, str) else self.keys[at:end],
            self.summer and self.summer[at:end],
            lambda position: self.place(at + position),
            lambda position, error: self.refuse(at + position, error),
        )


def _is_summer(at_utc: int, zone: str) -> bool:
    """Whether the clocks of a zone are ahead of those of its winter: in Ireland, summer time is the standard time."""
    shift = local_time(at_utc, zone).dst() or timedelta(0)
    if not shift:
        some = (local_time(at_utc + days * DAY_S, zone).dst() or timedelta(0) for days in (-182, -91, 91, 182))
        return min(some) < timedelta(0)
    return shift > timedelta(0)


def _bounded(at: int, cells: Sequence[str], place: str) -> int:
    if not EARLIEST_UTC <= at <= LATEST_UTC:
        raise PeriodError(f"{place}: {quote(' '.join(cells))} is outside the years 1970 to 9998 (UTC)")
    return at


def _epochs(
    cells: Sequence[str], unit: int, shift_s: int, place: Callable[[int], str], refuse: Refuse
) -> list[int | None]:
    instants: list[int | None] = []
    for position, cell in enumerate(cells):
        text = cell.strip()
        try:
            if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
                raise PeriodError(f"{place(position)}: {quote(text)}, expected a whole number since 1970-01-01 UTC")
            at, rest = divmod(int(text), unit)
            if rest:
                raise PeriodError(f"{place(position)}: {quote(text)} ms is not a whole second")
            instants.append(_bounded(at - shift_s, [cell], place(position)))
        except CarbonLedgerError as error:
            refuse(position, error)
            instants.append(None)
    return instants


def day_steps(start_utc: int, zone: str, step: str) -> int:
    """The length of the local day, or of the calendar month, that begins at an instant. [s]

    Args:
        start_utc: Start of the day or month. [s since 1970-01-01 UTC]
        zone: IANA zone.
        step: ``day`` or ``month``.

    Raises:
        PeriodError: The instant is not the start of a local day, or of a calendar month.
    """
    day = local_time(start_utc, zone).date()
    if day_start_utc(day, zone) != start_utc:
        raise PeriodError(f"{local_time(start_utc, zone).isoformat()} is not the start of a local day of {zone}")
    if step == "day":
        after = day + timedelta(days=1)
    elif day.day != 1:
        raise PeriodError(f"{day} is not the first day of a month")
    else:
        after = (day + timedelta(days=31)).replace(day=1)
    return day_start_utc(after, zone) - start_utc
