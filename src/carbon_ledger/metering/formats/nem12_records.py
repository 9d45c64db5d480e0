"""The records of a NEM12 file: what each of them says, and what is refused in it."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.errors import PeriodError, QuantityError
from carbon_ledger.metering.formats.channels import Channel, UnreadableError, exact, whole
from carbon_ledger.periods.zones import EPOCH, checked_instant
from carbon_ledger.printing import one_of, quote

DAY_S: Final = 86_400
DAY_MINUTES: Final = 1440
OFFSET_S: Final = 36_000  # market time is UTC+10
MOST_LINE: Final = 1 << 20  # characters

_BREAK: Final = re.compile(r"\r\n?|\n")
_FLAG: Final = re.compile(r"([A-Z])([0-9]{2})?", re.ASCII)
_METHOD_NEEDED: Final = "EFS"
_TRAILING: Final = 5  # fields of a 300 record after its values: quality, reason, description, two times


@frozen
class Stream:
    """What a 200 record says of the days below it."""

    nmi: str
    suffix: str
    configured: frozenset[str]  # the suffixes of all streams that the meter has; empty: not given
    interval_min: int
    channel: Channel | None  # None: the stream is passed over

    @property
    def count(self) -> int:
        """How many values a day has."""
        return DAY_MINUTES // self.interval_min


@frozen
class Part:
    """A 400 record: the quality of the intervals from *first* to *last*."""

    line: int
    first: int
    last: int
    flag: str


@define
class Day:
    """A 300 record, and the 400 records below it."""

    line: int
    stream: Stream
    channel: Channel
    start_utc: int
    values: list[str] = field(factory=list)
    flag: str = ""
    parts: list[Part] = field(factory=list)
    given: int = 0  # how many fields its record has

    @property
    def step_s(self) -> int:
        """The length of its intervals. [s]"""
        return self.stream.interval_min * 60


@define
class MeterDay:
    """A day of a meter: the lines of its streams, and the streams that it has."""

    line: int
    step_s: int
    lines: dict[str, int] = field(factory=dict)
    configured: frozenset[str] = frozenset()


def configured_of(text: str, line: int) -> frozenset[str]:
    """The suffixes of the streams that a meter has, e.g. E1 and B1 of ``E1B1``.

    Raises:
        UnreadableError: *text* is not a series of suffixes.
    """
    if not re.fullmatch(r"([A-Z][0-9A-Z]){0,120}", text, re.ASCII):
        expected = "expected the suffixes of all streams, e.g. E1B1"
        raise UnreadableError(line, "NMIConfiguration", f"{quote(text, 60)}: {expected}")
    return frozenset(text[at : at + 2] for at in range(0, len(text), 2))


def records_of(data: bytes, path: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a file, each with its line and its fields. Blank lines are passed over.

    Raises:
        QuantityError: The file is not text in UTF-8, or has a line that is not a record.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise QuantityError(f"{path}, line {line}: not UTF-8; expected a NEM12 file, which is plain text") from None
    for line, record in enumerate(_BREAK.split(text), 1):
        if len(record) > MOST_LINE:
            raise QuantityError(f"{path}, line {line}: a line of more than {MOST_LINE:,} characters; expected a record")
        if not record.strip(" ,"):
            continue
        yield line, [item.strip() for item in _fields(record, path, line)]


def _fields(record: str, path: str, line: int) -> list[str]:
    if '"' not in record:
        return record.split(",")
    try:
        (fields,) = csv.reader([record], strict=True)
    except (csv.Error, ValueError):
        raise QuantityError(
            f"{path}, line {line}: the quotation marks of the record do not match; expected fields with commas between"
        ) from None
    return fields


def check_header(first: tuple[int, list[str]] | None, path: str) -> int:
    """Refuse a file whose first record is not the header of NEM12; returns the line of the header.

    Raises:
        QuantityError: The file is empty, is NEM13, or begins with something else.
    """
    if first is None:
        raise QuantityError(f"{path}: the file is empty; expected a NEM12 file")
    line, fields = first
    version = fields[1] if len(fields) > 1 else ""
    if fields[0] == "100" and version == "NEM13":
        raise QuantityError(
            f"{path}, line {line}: the file is NEM13, standings of registers over months; expected NEM12, interval data"
        )
    if fields[0] != "100" or version != "NEM12":
        raise QuantityError(
            f"{path}, line {line}: {quote(','.join(fields[:2]), 60)}; expected the header record of a NEM12 file, "
            "which begins with 100,NEM12"
        )
    return line


def day_start(text: str, line: int) -> int:
    """The start of a market day, which begins at midnight of UTC+10. [s since 1970-01-01 UTC]

    Raises:
        UnreadableError: *text* is not a date, or is outside the years that this library knows.
    """
    try:
        if not re.fullmatch(r"[0-9]{8}", text, re.ASCII):
            raise ValueError
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        start_utc = (day - EPOCH.date()).days * DAY_S - OFFSET_S
        checked_instant(start_utc, "start")
        checked_instant(start_utc + DAY_S, "end")
    except ValueError:
        expected = "expected a date from 1970 on, as in 20240501"
        raise UnreadableError(line, "IntervalDate", f"{quote(text, 40)}: {expected}", PeriodError) from None
    return start_utc


def values_and_flag(fields: list[str], stream: Stream, line: int) -> tuple[list[str], str]:
    """The values of a 300 record, as many as the interval asks for, and the quality flag after them.

    Raises:
        UnreadableError: There are more or fewer values, or the flag is not in the form of the specification.
    """
    after = next((at for at, item in enumerate(fields[2:], 2) if _FLAG.fullmatch(item)), None)
    if after is None:
        raise UnreadableError(line, "QualityMethod", "no quality flag after the values; expected e.g. A, S14 or V")
    if after != 2 + stream.count:
        raise UnreadableError(
            line,
            "",
            f"{after - 2} values before the quality flag; expected {stream.count}, one for each "
            f"{stream.interval_min} min of the day",
        )
    if any(fields[after + _TRAILING :]):
        raise UnreadableError(line, "", f"a 300 record of {len(fields)} fields; expected {after + _TRAILING} at most")
    return fields[2:after], _checked_flag(fields[after], line, "AEFNSV")


def _checked_flag(flag: str, line: int, letters: str) -> str:
    """A quality flag with its method, in the form of the specification."""
    match = _FLAG.fullmatch(flag)
    if match is None or match[1] not in letters:
        raise UnreadableError(
            line, "QualityMethod", f"{quote(flag, 40)}: expected {one_of(flag, letters)}, and a method"
        )
    if match[1] in _METHOD_NEEDED and match[2] is None:
        raise UnreadableError(
            line, "QualityMethod", f"{flag}: without a method; expected two digits after E, F and S, e.g. {flag}14"
        )
    return flag


def part_of(line: int, fields: list[str], count: int) -> Part:
    """A 400 record of a day of *count* intervals.

    Raises:
        UnreadableError: Its intervals are not of the day, or the flag is not in the form of the specification.
    """
    if len(fields) < 4:
        raise UnreadableError(
            line, "", f"a 400 record of {len(fields)} fields; expected first and last interval, and a flag"
        )
    first, last = whole(fields[1]), whole(fields[2])
    if first is None or last is None or not 1 <= first <= last <= count:
        given = f"{fields[1]} to {fields[2]}"
        raise UnreadableError(
            line, "StartInterval", f"{quote(given, 60)}: expected intervals of the day, from 1 to {count}"
        )
    return Part(line, first, last, _checked_flag(fields[3], line, "AEFNS"))


def flags_of(day: Day) -> list[tuple[str, int]]:
    """The flag of each interval of a day, with the line of the flag; an empty flag: the value is null.

    Raises:
        UnreadableError: The parts overlap, contradict the day, or leave an interval of a ``V`` day out.
    """
    flags: list[tuple[str, int] | None] = [None if day.flag == "V" else (day.flag, day.line)] * day.stream.count
    covered = 0
    for part in day.parts:
        if day.flag != "V" and part.flag[0] != day.flag[0]:
            raise UnreadableError(
                part.line,
                "QualityMethod",
                f"{part.flag}, and the day of line {day.line} has {day.flag}; expected the flag V for a day of "
                "several qualities",
            )
        if part.first <= covered:
            raise UnreadableError(
                part.line,
                "StartInterval",
                f"the intervals {part.first} to {part.last} overlap or precede those before, up to {covered}; expected "
                "parts in order",
            )
        covered = part.last
        flags[part.first - 1 : part.last] = [(part.flag, part.line)] * (part.last - part.first + 1)
    missing = next((at for at, flag in enumerate(flags, 1) if flag is None), None)
    if missing is not None:
        raise UnreadableError(
            day.line,
            "QualityMethod",
            f"V, and no 400 record has the quality of interval {missing}; expected 400 records for all "
            f"{day.stream.count} intervals",
        )
    return [("" if flag[0][0] == "N" else flag[0], flag[1]) for flag in flags if flag is not None]


def number_of(text: str, at: int, line: int, is_valued: bool) -> tuple[int, int] | None:
    """The value of an interval as digits and decimal places; None: it is null.

    Raises:
        UnreadableError: *text* is not a plain decimal number of 0 or more, or a null interval has a value.
    """
    number = exact(text)
    column = f"IntervalValue{at}"
    if not is_valued:
        if text and (number is None or number[0] != 0):
            raise UnreadableError(
                line, column, f"{quote(text, 40)}: null data (quality N) with a value; expected 0 or nothing"
            )
        return None
    if not text:
        return None
    if number is None or text[0] in "+-":
        raise UnreadableError(
            line, column, f"{quote(text, 40)}: expected a decimal number of 0 or more, without an exponent, e.g. 12.345"
        )
    return number
