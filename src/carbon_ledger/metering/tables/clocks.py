"""What the time cells of a file say: a local time of the clock, or an instant. Each text is parsed once."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.errors import CarbonLedgerError, NaiveTimeError, PeriodError
from carbon_ledger.periods import instant_utc
from carbon_ledger.periods.zones import DAY_S
from carbon_ledger.printing import quote

_DATE_DIRECTIVES: Final = frozenset("YymbBd")
_CLOCK_DIRECTIVES: Final = frozenset("HIMSpfz")
_DIRECTIVES: Final = _DATE_DIRECTIVES | _CLOCK_DIRECTIVES
_MOST_KEPT: Final = 1 << 16
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_NUMERIC: Final = {"Y": "(?P<Y>[0-9]{4})", "m": "(?P<m>[0-9]{1,2})", "d": "(?P<d>[0-9]{1,2})"}
_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_END_OF_DAY: Final = re.compile(r"24:?00(?::?00)?", re.ASCII)

Cell = int | None


def directives_of(time_format: object, *, day: bool = True) -> frozenset[str]:
    """The directives of a time format, which has to name one whole date, and a time of day in one way.

    Args:
        time_format: The format, as for `datetime.strptime`.
        day: Whether the day has to be named; a calendar month needs none.

    Raises:
        PeriodError: The format leaves a time open, or has a directive that is not known.
    """
    if not isinstance(time_format, str):
        raise PeriodError(f'time_format {quote(time_format)}: expected text, e.g. "%m/%d/%Y %H:%M"')
    codes = re.findall(r"%(.?)", time_format.replace("%%", ""), flags=re.DOTALL)
    used = frozenset(codes)
    if (
        len(used) != len(codes)
        or not used <= _DIRECTIVES
        or (day and "d" not in used)
        or len(used & {"Y", "y"}) != 1
        or len(used & {"m", "b", "B"}) != 1
        or used & {"H", "I", "p"} not in ({"H"}, {"I", "p"}, set())
    ):
        raise PeriodError(
            f"time_format {quote(time_format)}: expected a year, a month, a day and a time of day, each once, "
            'e.g. "%m/%d/%Y %H:%M" (known: %Y %y %m %b %B %d %H, or %I with %p, %M %S %f %z)'
        )
    return used


@define
class ClockReader:
    """Reads time cells: their days and their times of day apart, so that each text is read once.

    Args:
        format: How times are written, as for `datetime.strptime`; None: ISO 8601.
        separate: Whether days and times of day are in two columns.
        is_end: Whether a time may be written as ``24:00``, the end of its day.
        takes_days: Whether a time may be a day alone, which stands for its midnight.
        ends_its_day: Whether midnight is the end of the day that it is printed with, not its beginning.
        needs_day: Whether a time has to name its day; a calendar month does not.

    Raises:
        PeriodError: *format* cannot be used.
    """

    format: str | None
    separate: bool
    is_end: bool
    takes_days: bool = False
    ends_its_day: bool = False
    needs_day: bool = True
    _has_offset: bool = field(init=False)
    _split: "_Split | None" = field(init=False)
    _numeric: Callable[[str], int] | None = field(init=False)
    days: dict[str, Cell] = field(init=False, factory=dict)
    clocks: dict[str, Cell] = field(init=False, factory=dict)
    instants: set[str] = field(init=False, factory=set)

    @_has_offset.default
    def _offset_in_format(self) -> bool:
        return self.format is not None and "z" in directives_of(self.format, day=self.needs_day)

    @_split.default
    def _format_split(self) -> "_Split | None":
        split = None if self.format is None else _split_format(self.format)
        if self.separate and self.format is not None and split is None:
            raise PeriodError(
                f"time_format {quote(self.format)}: of two columns, expected the format of the day, a space, and the "
                'format of the time of day, e.g. "%d.%m.%Y %H:%M"'
            )
        return split

    @_numeric.default
    def _numeric_days(self) -> Callable[[str], int] | None:
        return None if self._split is None else _numeric_reader(self._split.day)

    def day_in(self, cell: str) -> str | None:
        """What the cells of a day begin with: the day, and the character behind it; None if they cannot be parted."""
        if self.separate:
            return None
        if self.format is None:
            return cell[:10]
        if self._split is None or self._split.last:
            return None
        day, mark, _ = cell.partition(self._split.mark)
        return day + mark if mark else None

    def wall_of(self, day: str) -> int | None:
        """The local midnight of what `day_in` gives, counted as if it were UTC; None if it is not a day. [s]"""
        if self._split is not None:
            day = day.removesuffix(self._split.mark)
        if day not in self.days:
            self.days[day] = self._tried(self._day, day)
        return self.days[day]

    def texts(self, columns: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[str]]:
        """The text of the day and the text of the time of day, of each row; both are in `days` and `clocks` then."""
        if len(self.days) > _MOST_KEPT:
            self.days.clear()
        days, clocks = self._parted(columns)
        if not self._know(days, clocks):
            days, clocks = self._parted([[cell.strip() for cell in column] for column in columns])
            self._know(days, clocks)
        return days, clocks

    def can_read(self, columns: Sequence[Sequence[str]]) -> bool:
        """Whether the text of each row is a time."""
        return self._know(*self.texts(columns))

    def _know(self, days: Sequence[str], clocks: Sequence[str]) -> bool:
        """Read the texts that were not read before; whether all of them can be read."""
        some_days, some_clocks = set(days), set(clocks)
        for text in some_days - self.days.keys():
            self.days[text] = self._tried(self._day, text)
        for text in some_clocks - self.clocks.keys():
            self.clocks[text] = self._tried(self._clock, text)
        return None not in map(self.days.get, some_days) and None not in map(self.clocks.get, some_clocks)

    def _parted(self, columns: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[str]]:
        if self.separate:
            days, clocks = columns
        elif self.format is None:
            days, clocks = [text[:10] for text in columns[0]], [text[10:] for text in columns[0]]
        elif self._split is not None:
            pairs = [*map(self._split.parts, columns[0])]
            days, clocks = [pair[0] for pair in pairs], [pair[2] for pair in pairs]
        else:
            days, clocks = columns[0], [""] * len(columns[0])
        return days, clocks

    def _tried(self, read: Callable[[str], int], text: str) -> Cell:
        try:
            return read(text)
        except (CarbonLedgerError, ValueError, OverflowError):
            return None

    def _day(self, text: str) -> int:
        if self.format is None:
            if not _ISO_DAY.fullmatch(text):
                raise ValueError(text)
            return (date.fromisoformat(text).toordinal() - _EPOCH_DAY) * DAY_S
        if self._split is not None:
            if self._numeric is None:
                return self._formatted(text, self._split.day)
            return self._numeric(text) * DAY_S
        value = self._formatted(text, self.format)
        if self._has_offset:
            self.instants.add("")
        return value

    def _clock(self, text: str) -> int:
        """The time of day, or an instant of 1970-01-01 if the text has an offset. [s]"""
        seconds = self._clock_of(text)
        return DAY_S if self.ends_its_day and not seconds and text not in self.instants else seconds

    def _clock_of(self, text: str) -> int:
        if self.format is not None and self._split is None:
            return 0
        if self.is_end and _END_OF_DAY.fullmatch(text.lstrip("T ")):
            return DAY_S
        if self._split is None:
            return self._iso_clock(text)
        value = self._formatted(f"1970-01-02 {text}", f"%Y-%m-%d {self._split.clock}") - DAY_S
        if self._has_offset:
            self.instants.add(text)
        return value

    def _iso_clock(self, text: str) -> int:
        rest = text if self.separate else text[1:]
        if not text and self.takes_days:
            return 0
        if not self.separate and text[:1] not in ("T", " "):
            raise ValueError(text)
        try:
            value = instant_utc(f"1970-01-02T{rest}", "time")
        except NaiveTimeError:
            return instant_utc(f"1970-01-02T{rest}Z", "time") - DAY_S
        self.instants.add(text)
        return value - DAY_S

    def _formatted(self, text: str, time_format: str) -> int:
        text.encode("ascii")  # strptime reads the digits of every script
        read = datetime.strptime(text, time_format)  # noqa: DTZ007  # the zone is the caller's
        read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        if read.microsecond:
            raise ValueError(text)
        return (read - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)

    def refusal(self, cells: Sequence[str], place: str) -> CarbonLedgerError:
        """The error of a time that cannot be read.

        Args:
            cells: The cells of the time.
            place: Where they stand, for the message.
        """
        text = " ".join(cell.strip() for cell in cells)
        if self.format is not None:
            if re.search(r"[:.][0-9]{2}\.[0-9]*[1-9]", text, re.ASCII) and "%f" in self.format:
                return PeriodError(f"{place}: {quote(text)} is not on a whole second")
            return PeriodError(
                f"{place}: {quote(text)} is not written as {quote(self.format)}; correct the time, or pass the "
                "time_format that the file has"
            )
        iso = re.sub(r"\A([0-9-]{10}) ", r"\1T", text)
        if _ISO_DAY.fullmatch(iso) and self.takes_days:
            return PeriodError(f"{place}: {quote(text)} is a day that does not exist in the calendar")
        if _ISO_DAY.fullmatch(iso):
            return PeriodError(
                f"{place}: {quote(text)} is not an ISO 8601 time: a day has many steps; if each value is of a whole "
                'day, the step is "day"'
            )
        for zone in ("", "Z"):
            try:
                instant_utc(f"{iso}{zone}", place)
            except NaiveTimeError:
                continue
            except CarbonLedgerError as error:
                return error
        return PeriodError(f"{place}: {quote(text)} is not an ISO 8601 time; name the time_format that the file has")


@frozen
class _Split:
    """A format in two parts: the day, and the time of day behind a character that stands between them.

    Args:
        day: The format of the day.
        mark: The character between.
        clock: The format of the time of day.
        last: Whether the last such character of a text parts the two, not the first.
    """

    day: str
    mark: str
    clock: str
    last: bool

    def parts(self, text: str) -> tuple[str, str, str]:
        """The day, the character and the time of day of a text."""
        return text.rpartition(self.mark) if self.last else text.partition(self.mark)


def _numeric_reader(day_format: str) -> Callable[[str], int] | None:
    """A faster reader of days that are written in numbers alone: days since 1970-01-01. None for other formats.

    Raises:
        ValueError: When called: a text has another format, or names a day that does not exist.
    """
    if not set(re.findall("%(.)", day_format)) <= _NUMERIC.keys():
        return None
    parts = re.split("%(.)", day_format)
    pattern = "".join(_NUMERIC[part] if at % 2 else re.escape(part) for at, part in enumerate(parts))
    compiled = re.compile(pattern, re.ASCII)

    def read(text: str) -> int:
        match = compiled.fullmatch(text)
        if match is None:
            raise ValueError(text)
        return date(int(match["Y"]), int(match["m"]), int(match["d"])).toordinal() - _EPOCH_DAY

    return read


def _split_format(time_format: str) -> _Split | None:
    """The two parts of a format; None if it cannot be parted so that each text is parted in the same way."""
    if "%%" in time_format:
        return None
    for mark in (" ", "T"):
        for last in (False, True):
            day, found, clock = time_format.rpartition(mark) if last else time_format.partition(mark)
            day_codes, clock_codes = set(re.findall("%(.)", day)), set(re.findall("%(.)", clock))
            if (
                found
                and day_codes
                and clock_codes
                and day_codes <= _DATE_DIRECTIVES
                and clock_codes <= _CLOCK_DIRECTIVES
            ):
                return _Split(day, mark, clock, last)
    return None
