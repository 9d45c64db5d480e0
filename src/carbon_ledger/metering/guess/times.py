"""Which columns of a table are its times, how they are written, what they mark, and how long a step is."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from operator import ge
from typing import Any, Final

from attrs import define, field, frozen

from carbon_ledger.metering.guess.questions import Inquiry
from carbon_ledger.metering.guess.stamps import Stamp, is_constant, stamps_in
from carbon_ledger.metering.guess.table import TableSample
from carbon_ledger.metering.guess.words import (
    names_end,
    names_interval,
    names_meter,
    names_start,
    names_utc,
    names_winter,
)
from carbon_ledger.periods.zones import DAY_S
from carbon_ledger.printing import quote

_MINUTE: Final = 60
_HOUR: Final = 3_600
_INTERVALS: Final = ((range(23, 26), _HOUR), (range(46, 51), 1_800), (range(92, 101), 900))
_ISO: Final = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%H:%M", "%H:%M:%S")
_MONTH_S: Final = range(28 * DAY_S - _HOUR, 31 * DAY_S + _HOUR + 1)


@frozen(kw_only=True)
class TimeFinding:
    """The times of a table.

    Args:
        record: The fields of its `TimeLayout`.
        columns: The positions of all columns of times.
        walls: The time of each row, in the rows of the beginning and then of the end; None where it is not known.
        step_s: The length of most steps; None where it is not known, or where steps are local days or months. [s]
        is_day: Whether each row is a local day.
        is_local: Whether times are local times of a zone.
        offset_s: The offset of the first time, if times have one of their own. [s]
    """

    record: dict[str, Any]
    columns: frozenset[int]
    walls: Sequence[int | None] = field(repr=False)
    step_s: int | None
    is_day: bool
    is_local: bool
    offset_s: int = 0


@frozen
class _Column:
    """A column of times: where it is, its header, and its cells."""

    position: int
    name: str
    stamps: Sequence[Stamp | None]

    @property
    def format(self) -> str:
        """How its cells are written."""
        return next(stamp.format for stamp in self.stamps if stamp is not None)

    @property
    def first(self) -> Stamp:
        """Its first cell that is not blank."""
        return next(stamp for stamp in self.stamps if stamp is not None)


def times_of(table: TableSample, inquiry: Inquiry) -> TimeFinding | None:
    """The times of a table; None if it has no column of times that can be read, with a doubt that says so.

    Args:
        table: The table.
        inquiry: Takes reasons, doubts and questions.
    """
    columns = []
    for position, name in enumerate(table.names):
        stamps = stamps_in(table.cells(position))
        if stamps is not None and not name:
            inquiry.doubt(f"column {position + 1} has times, and its header is blank: a layout cannot name it")
        elif stamps is not None and not (names_meter(name) or is_constant(stamps)):
            columns.append(_Column(position, name, stamps))
    return _Times(table, inquiry, columns).found()


@define
class _Times:
    """Finds the columns of times.

    Args:
        table: The table.
        inquiry: Takes reasons, doubts and questions.
        columns: The columns whose cells are times.
    """

    table: TableSample
    inquiry: Inquiry
    columns: Sequence[_Column]
    record: dict[str, Any] = field(factory=dict)
    used: list[_Column] = field(factory=list)
    day_first: bool = True
    numbers: Sequence[int] = ()

    def found(self) -> TimeFinding | None:
        whole = [column for column in self.columns if _is_whole(column)]
        days = [column for column in self.columns if column.first.year is not None and column.first.clock_s is None]
        clocks = [column for column in self.columns if column.first.year is None and column.first.epoch_s is None]
        if whole:
            starts, ends = self._whole(whole)
        elif days:
            starts, ends = self._apart(days, clocks)
        else:
            self.inquiry.doubt("no column has times that name their day: the file cannot be described")
            return None
        self.used = [*starts, *ends]
        self.record["columns"] = [column.name for column in starts]
        if not self._order():
            return TimeFinding(
                record=self.record, columns=self._positions(), walls=[], step_s=None, is_day=False, is_local=True
            )
        walls = self._walls(starts)
        end_walls = self._walls(ends) if ends else []
        self._format(starts)
        step_s: int | None
        interval = self._interval() if starts[0].first.clock_s is None and len(starts) == 1 else None
        is_instant = self._is_instant(starts)
        if not is_instant and _falls(walls):
            self.record["order"] = "newest-first"
            self.inquiry.because("the newest row is first")
        if interval:
            step_s, is_day = interval, False
            pairs = zip(walls, self.numbers, strict=True)
            walls = [None if wall is None else wall + number * interval for wall, number in pairs]
        elif _are_steps(walls, end_walls) and not self._is_last_minute(walls, end_walls, ends):
            self.record["end_columns"] = [column.name for column in ends]
            self.inquiry.because(
                f"each row has a start in {_names(starts)} and an end in {_names(ends)}, one step later"
            )
            step_s, is_day = _common(walls, end_walls), False
        else:
            step_s, is_day = self._step(walls)
        return TimeFinding(
            record=self.record,
            columns=self._positions(),
            walls=walls,
            step_s=step_s,
            is_day=is_day,
            is_local=not is_instant,
            offset_s=starts[0].first.offset_s or 0,
        )

    def _positions(self) -> frozenset[int]:
        return frozenset(column.position for column in self.columns)

    def _whole(self, whole: Sequence[_Column]) -> tuple[list[_Column], list[_Column]]:
        """The column of times with their days, and that of ends where a row has both."""
        utc = [column for column in whole if names_utc(column.name)]
        if utc and len(utc) < len(whole):
            self.inquiry.because(
                f"of the columns of times, {quote(utc[0].name)} is in UTC, which no change of clocks affects"
            )
            whole = utc
        starts = [column for column in whole if names_start(column.name)]
        ends = [column for column in whole if names_end(column.name) and column not in starts]
        if starts and ends:
            return starts[:1], ends[:1]
        if len(whole) > 1:
            choices = {column.name: f"its first time is {quote(self._shown(column))}" for column in whole}
            answer = self.inquiry.ask("time_column", "which column has the time of the step?", choices, whole[0].name)
            whole = [column for column in whole if column.name == answer] or whole
        return [*whole[:1]], []

    def _apart(self, days: Sequence[_Column], clocks: Sequence[_Column]) -> tuple[list[_Column], list[_Column]]:
        """The columns of days and of times of day."""
        ends = [column for column in clocks if names_end(column.name) and not names_start(column.name)]
        starts = [column for column in clocks if column not in ends]
        if not clocks:
            named = [column for column in days if not names_end(column.name)]
            if len(days) > 1:
                self.inquiry.doubt(f"several columns have days; {quote(days[0].name)} is read")
            return [*(named or days)[:1]], []
        first = starts[0] if starts else clocks[0]
        day = max(
            (item for item in days if item.position < first.position), key=lambda item: item.position, default=days[0]
        )
        day = days[0] if len(days) == len(clocks) == 1 else day
        later = [item for item in days if names_end(item.name) and item is not day]
        if len(clocks) > 1 and starts and ends and later:
            return [day, first], [later[0], ends[0]]
        if len(clocks) > 1 and starts and ends:
            self.inquiry.because(
                f"{_names([day, first])} are the start of the step; {quote(ends[0].name)} has no day of its own, and "
                "is not read"
            )
            self.record["stamp"] = "start"
        return [day, first], []

    def _shown(self, column: _Column) -> str:
        return next(cell for cell in self.table.cells(column.position) if cell)

    def _order(self) -> bool:
        """Find the order of day and month; whether it is known."""
        open_columns = [column for column in self.used if column.first.is_open]
        if not open_columns:
            return True
        stamps = [stamp for column in open_columns for stamp in column.stamps if stamp is not None]
        shown = self._shown(open_columns[0])
        first, second = (max(stamp.numbers[at] for stamp in stamps) for at in (0, 1))
        for number, other, day_first in ((first, second, True), (second, first, False)):
            if number > 12 >= other:
                place = "first" if day_first else "second"
                self.day_first = day_first
                self.inquiry.because(f"the {place} number of {quote(shown)} is the day: it goes up to {number}")
                return True
        cell, stamp = self._differing(open_columns[0])
        choices = {
            "day-first": f"{quote(cell)} is {stamp.day_text(day_first=True)}",
            "month-first": f"{quote(cell)} is {stamp.day_text(day_first=False)}",
        }
        both = f"no number is above 12, so that {' or '.join(choices.values())}"
        by_steps = self._order_by_steps()
        if by_steps is not None or "." in open_columns[0].format:
            self.day_first = by_steps is not False
            why = "only then the days follow each other" if by_steps is not None else "days with points are written so"
            self.inquiry.doubt(f"{both}; the {'day' if self.day_first else 'month'} is read first, since {why}")
            return True
        self.inquiry.doubt(both)
        answer = self.inquiry.ask("day_order", "is the day first, or the month?", choices)
        self.day_first = answer == "day-first"
        return answer is not None

    def _differing(self, column: _Column) -> tuple[str, Stamp]:
        """A cell whose day differs from its month, and what it says; the first cell where there is no such cell."""
        cells = zip(self.table.cells(column.position), column.stamps, strict=True)
        known = [(cell, stamp) for cell, stamp in cells if stamp is not None]
        return next((item for item in known if item[1].numbers[0] != item[1].numbers[1]), known[0])

    def _order_by_steps(self) -> bool | None:
        """Whether days follow each other with the day first; False: with the month first; None: in neither order."""
        column = next(column for column in self.used if column.first.is_open)
        follow = []
        for day_first in (True, False):
            walls = [stamp.wall_s(day_first) for stamp in column.stamps[: len(self.table.rows)] if stamp is not None]
            days = [wall // DAY_S for wall in walls if wall is not None]
            apart = {after - before for before, after in pairwise(days) if after != before}
            is_known = len(days) == len(walls) and bool(apart)
            are_months = len({*days}) == len(days) and {*map(abs, apart)} <= {28, 29, 30, 31}  # a row a month
            follow.append(is_known and (apart in ({1}, {-1}) or are_months))
        return follow[0] if follow[0] != follow[1] else None

    def _walls(self, columns: Sequence[_Column]) -> list[int | None]:
        if len(columns) == 1:
            return [None if stamp is None else stamp.wall_s(self.day_first) for stamp in columns[0].stamps]
        walls: list[int | None] = []
        for day, clock in zip(columns[0].stamps, columns[1].stamps, strict=True):
            wall = None if day is None else day.wall_s(self.day_first)
            of_day = None if clock is None else clock.clock_s
            walls.append(None if wall is None or of_day is None else wall + of_day)
        return walls

    def _format(self, columns: Sequence[_Column]) -> None:
        formats = [column.format.replace("%1", "%d" if self.day_first else "%m") for column in columns]
        formats = [text.replace("%2", "%m" if self.day_first else "%d") for text in formats]
        if any(text.removesuffix(":%S").removesuffix("%z").removesuffix(":%S") not in _ISO for text in formats):
            self.record["format"] = " ".join(formats)
        shown = " ".join(self._shown(column) for column in columns)
        written = f"written as {quote(' '.join(formats))}" if "format" in self.record else "written as in ISO 8601"
        self.inquiry.because(
            f"{_names(columns)} {'has' if len(columns) == 1 else 'have'} the times, {written}: {quote(shown)}"
        )

    def _is_instant(self, columns: Sequence[_Column]) -> bool:
        if columns[0].first.epoch_s is not None:
            self.inquiry.because("the times are seconds or milliseconds since 1970-01-01 UTC")
            return True
        if any(stamp.offset_s is not None for column in columns for stamp in column.stamps if stamp is not None):
            self.inquiry.because("each time has an offset of its own")
            return True
        if any(names_utc(column.name) for column in columns):
            self.record["offset"] = "+00:00"
            self.inquiry.because(f"the header {_names(columns)} says that the times are UTC")
            return True
        if any(names_winter(column.name) for column in columns):
            self.inquiry.doubt(
                f"the header {_names(columns)} may mean winter time all year: then give time.offset, such as +01:00"
            )
        return False

    def _interval(self) -> int | None:
        """The length of the step, if a column has the number of the step within its day. [s]"""
        for position, name in enumerate(self.table.names):
            cells = [cell for cell in self.table.cells(position) if cell]
            if position in self._positions() or not names_interval(name) or not cells:
                continue
            if not all(cell.isascii() and cell.isdigit() and len(cell) <= 3 for cell in cells):
                continue
            numbers = {*map(int, cells)}
            if min(numbers) != 1 or max(numbers) > 100:
                continue
            self.record["interval_column"] = name
            self.inquiry.because(f"{quote(name)} is the number of the step within its day, from 1 to {max(numbers)}")
            step_s = next((step_s for counts, step_s in _INTERVALS if max(numbers) in counts), None)
            if step_s is None:
                choices = {_step_text(step_s): "" for counts, step_s in _INTERVALS if max(numbers) < counts.stop}
                answer = self.inquiry.ask("step", f"how long is a step? the numbers go up to {max(numbers)}", choices)
                step_s = next((step_s for _, step_s in _INTERVALS if _step_text(step_s) == answer), _HOUR)
            self.record["step"] = _step_text(step_s)
            self.numbers = [int(cell) - 1 if cell else 0 for cell in self.table.cells(position)]
            return step_s
        return None

    def _is_last_minute(
        self, walls: Sequence[int | None], end_walls: Sequence[int | None], ends: list[_Column]
    ) -> bool:
        """Whether the ends are the last minute or second of each step, and not the start of the next one."""
        head = sorted({wall for wall in walls[: len(self.table.rows)] if wall is not None})
        apart = Counter(after - before for before, after in pairwise(head)).most_common(1)
        length_s = _common(walls, end_walls)
        if apart and length_s is not None and 0 < apart[0][0] - length_s <= _MINUTE:
            self.inquiry.because(f"{_names(ends)} is the last minute or second of the step, and is not read")
            self.record["stamp"] = "start"
            return True
        return False

    def _step(self, walls: Sequence[int | None]) -> tuple[int | None, bool]:
        """The length of the step, and whether it is a local day. [s]"""
        head = sorted({wall for wall in walls[: len(self.table.rows)] if wall is not None})
        apart = Counter(after - before for before, after in pairwise(head))
        if not apart:
            choices = {"15 min": "", "30 min": "", "1 hour": "", "day": "a local day", "month": "a calendar month"}
            answer = self.inquiry.ask("step", "how long is a step? the file shows one time alone", choices)
            if answer is not None and answer != "1 hour":
                self.record["step"] = answer
            return None, answer == "day"
        step_s, count = apart.most_common(1)[0]
        shown = f"{count} of {apart.total()} times are {_step_text(step_s)} after the one before"
        if DAY_S - _HOUR <= step_s <= DAY_S + _HOUR:
            self.record["step"] = "day"
            self.inquiry.because(
                f"{count} of {apart.total()} times are a day after the one before: each step is a local day"
            )
            return None, True
        if step_s in _MONTH_S:
            self.record["step"] = "month"
            self.inquiry.because("the times are a month apart: each step is a calendar month")
            return None, False
        self.inquiry.because(f"the step is {_step_text(step_s)}: {shown}")
        steps = [length for length, some in apart.items() if some * 5 >= apart.total() and length < DAY_S - _HOUR]
        if len(steps) > 1:
            self.inquiry.doubt(f"the times have several distances: {', '.join(map(_step_text, sorted(steps)))}")
            self.record["step"] = [_step_text(length) for length in sorted(steps, reverse=True)]
        elif step_s != _HOUR:
            self.record["step"] = _step_text(step_s)
        return step_s, False


def _is_whole(column: _Column) -> bool:
    return column.first.epoch_s is not None or (column.first.year is not None and column.first.clock_s is not None)


def _falls(walls: Sequence[int | None]) -> bool:
    known = [wall for wall in walls if wall is not None]
    return len(known) > 2 and known[0] > known[-1] and all(map(ge, known, known[1:]))


def _names(columns: Sequence[_Column]) -> str:
    return " and ".join(quote(column.name) for column in columns)


def _are_steps(starts: Sequence[int | None], ends: Sequence[int | None]) -> bool:
    """Whether each row's end is after its start, by less than a day."""
    pairs = [(start, end) for start, end in zip(starts, ends, strict=False) if start is not None and end is not None]
    return bool(pairs) and all(0 < end - start <= 31 * DAY_S for start, end in pairs)


def _common(starts: Sequence[int | None], ends: Sequence[int | None]) -> int | None:
    apart = Counter(
        end - start for start, end in zip(starts, ends, strict=False) if start is not None and end is not None
    )
    return max(apart, key=apart.__getitem__, default=None)


def _step_text(step_s: int) -> str:
    if step_s % _HOUR == 0:
        return f"{step_s // _HOUR} hour{'s' * (step_s > _HOUR)}"
    return f"{step_s // _MINUTE} min" if step_s % _MINUTE == 0 else f"{step_s} s"
