"""NEM12: interval metering data of the Australian National Electricity Market, as CSV without a header.

Records are ``100`` (header), ``200`` (a data stream of a meter), ``300`` (a day of it), ``400`` (the quality of parts
of that day), ``500`` (service orders, not used) and ``900`` (end).

Source: AEMO, Meter Data File Format Specification NEM12 & NEM13, v1.02 to v2.6: number of values, no negative and no
exponential values, quality flags with methods, ``V`` and 400 records [S]. Times are of the market, UTC+10 all year [S].
Directions: AEMO, National Metering Identifier procedure: import is energy into the market (suffix ``B``), export is
energy from the market (suffix ``E``) [S]. So ``B`` is what this library calls export, and ``E`` import. All streams of
a meter on a day are in one file [S], and flag ``N`` is null data [S: the example files that AEMO published].
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from attrs import define, field

from carbon_ledger.errors import MissingDataError, OverlapError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import Channel, Room, UnreadableError, of_whole_meters, quality_of, whole
from carbon_ledger.metering.formats.nem12_records import (
    DAY_MINUTES,
    Day,
    MeterDay,
    Stream,
    check_header,
    configured_of,
    day_start,
    flags_of,
    number_of,
    part_of,
    records_of,
    values_and_flag,
)
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.printing import quote

QUALITY: Final[Mapping[str, str]] = MappingProxyType(
    {"A": "measured", "E": "estimated", "F": "substituted", "S": "substituted"}
)
ROLES: Final[Mapping[str, str]] = MappingProxyType({"B": "export", "E": "import"})
UNITS_WH: Final[Mapping[str, int]] = MappingProxyType({"wh": 1, "kwh": 1_000, "mwh": 1_000_000})


def steps_in(data: bytes, layout: MeterLayout, report: FileReport) -> Iterator[MeteredSteps]:
    """The steps of a NEM12 file.

    Args:
        data: The bytes of the file.
        layout: The layout; it may give other meanings to quality flags, and says what a null value is.
        report: Gets the refusals, the notes and the count of values.

    Raises:
        QuantityError: The file is not NEM12, or a record cannot be read.
        PeriodError: A date does not exist.
        OverlapError: A data stream has a day twice.
        MissingDataError: A value is null and the layout does not read it as a gap, or no stream has active energy.

    Example:
        >>> layout = MeterLayout(name="nem12", zone="Australia/Brisbane", format="nem12")
        >>> day = "300,20240501," + ",".join(["1.5"] * 48) + ",A,,,,"
        >>> text = f"100,NEM12,202405020000,MDP,RETAILER\\n200,6001000001,B1,1,B1,N1,5012,kWh,30,\\n{day}\\n900\\n"
        >>> (steps,) = steps_in(text.encode(), layout, FileReport("may.csv"))
        >>> steps.role, sum(steps.numerators) // steps.denominator
        ('export', 72000)
    """
    reader = _Reader(layout, report, Room.of(data))
    reader.read(records_of(data, report.path))
    reader.complete_days()
    yield from of_whole_meters(reader.channels.values(), report, reader.unread)


@define
class _Reader:
    """The state of reading: the stream of the last 200 record, and the day of the last 300 record."""

    layout: MeterLayout
    report: FileReport
    room: Room
    unread: set[tuple[str, str]] = field(factory=set)  # the meter and the role of streams that were refused
    channels: dict[tuple[str, str, Fraction], Channel] = field(factory=dict)
    stream: Stream | None = None
    day: Day | None = None
    days: dict[tuple[str, int], MeterDay] = field(factory=dict)
    skips_days: bool = False  # the stream was refused, and its days with it
    skips_parts: bool = False  # the day was refused or passed over, and its 400 records with it

    def read(self, records: Iterator[tuple[int, list[str]]]) -> None:
        """Read all records.

        Raises:
            QuantityError: A record follows the end record, or the first record is no header.
            MissingDataError: The file has no data stream of active energy.
        """
        line = check_header(next(records, None), self.report.path)
        is_complete = False
        for line, fields in records:
            if is_complete:
                raise QuantityError(
                    f"{self.report.path}, line {line}: a record after the end record (900); expected one NEM12 file: "
                    "divide the file"
                )
            try:
                is_complete = self.record(line, fields)
            except UnreadableError as refusal:
                refusal.refuse(self.report)
        self.finish_day()
        if not is_complete:
            end = "the file ends without an end record (900), so that it is not complete; ask for it again"
            UnreadableError(line, "", end, MissingDataError).refuse(self.report)
        if not self.channels and not self.report.refused:
            passed = "; ".join(self.report.notes) or "the file has no 200 record"
            raise MissingDataError(f"{self.report.path}: no data stream of active energy (suffix B or E): {passed}")

    def record(self, line: int, fields: list[str]) -> bool:
        """Read one record; returns whether it is the end record.

        Raises:
            UnreadableError: The record, or what it belongs to, is not as the specification requires.
        """
        kind = fields[0]
        if kind == "400":
            self.part(line, fields)
            return False
        self.finish_day()
        if kind == "200":
            self.stream, self.skips_days, self.skips_parts = None, True, True
            try:
                self.stream = self.stream_of(line, fields)
            except UnreadableError:
                if len(fields) > 4 and fields[4][:1] in ROLES:
                    self.unread.add((fields[1], ROLES[fields[4][:1]]))
                raise
            self.skips_days = self.skips_parts = False
        elif kind == "300":
            self.skips_parts = True
            self.begin_day(line, fields)
        elif kind in ("250", "550"):
            raise UnreadableError(
                line, "", f"a {kind} record, which belongs to NEM13, register standings; expected NEM12"
            )
        elif kind not in ("500", "900"):
            raise UnreadableError(
                line, "", f"a record that begins with {quote(kind, 40)}; expected 200, 300, 400, 500 or 900"
            )
        return kind == "900"

    def stream_of(self, line: int, fields: list[str]) -> Stream:
        """The data stream of a 200 record.

        Raises:
            UnreadableError: A field is not as the specification requires.
        """
        if len(fields) < 9 or any(fields[10:]):
            raise UnreadableError(
                line, "", f"a 200 record of {len(fields)} fields; expected 9, and the next reading's date"
            )
        nmi, suffix, unit, interval = fields[1], fields[4], fields[7], fields[8]
        if not re.fullmatch(r"[0-9A-Za-z]{1,11}", nmi, re.ASCII):
            raise UnreadableError(
                line, "NMI", f"{quote(nmi, 40)}: expected an identifier of at most 11 letters and digits"
            )
        if not re.fullmatch(r"[A-Z][0-9A-Z]", suffix, re.ASCII):
            raise UnreadableError(
                line, "NMISuffix", f"{quote(suffix, 40)}: expected a letter and a digit, e.g. E1 or B1"
            )
        configured = configured_of(fields[2], line)
        minutes = whole(interval)
        if minutes is None or minutes < 1 or DAY_MINUTES % minutes:
            raise UnreadableError(
                line, "IntervalLength", f"{quote(interval, 40)}: expected minutes that divide a day, e.g. 5, 15 or 30"
            )
        if suffix[0] not in ROLES:
            self.report.note(
                f"NMI {nmi}: the stream {suffix} in {unit or 'no unit'} was passed over; B and E are active energy"
            )
            return Stream(nmi, suffix, configured, minutes, None)
        if unit.lower() not in UNITS_WH:
            raise UnreadableError(
                line, "UOM", f"{quote(unit, 40)}: the stream {suffix} is active energy; expected Wh, kWh or MWh"
            )
        return Stream(nmi, suffix, configured, minutes, self.channel(nmi, suffix, Fraction(UNITS_WH[unit.lower()])))

    def channel(self, nmi: str, suffix: str, unit_wh: Fraction) -> Channel:
        """The channel of a stream; several 200 records may continue one."""
        key = (nmi, suffix, unit_wh)
        if key not in self.channels:
            self.channels[key] = Channel(nmi, ROLES[suffix[0]], suffix, f"stream {suffix}", unit_wh)
        return self.channels[key]

    def begin_day(self, line: int, fields: list[str]) -> None:
        """Read a 300 record, of which the 400 records come next.

        Raises:
            UnreadableError: The day has no stream, it was read before, or a value is malformed.
        """
        stream = self.stream
        if stream is None:
            if self.skips_days:
                return
            raise UnreadableError(
                line, "", "a 300 record before a 200 record; expected a 200 record that says of what it is"
            )
        if stream.channel is None:
            return
        start_utc = day_start(fields[1] if len(fields) > 1 else "", line)
        same = self.days.setdefault((stream.nmi, start_utc), MeterDay(line, stream.interval_min * 60))
        if stream.suffix in same.lines:
            raise UnreadableError(
                line,
                "IntervalDate",
                f"NMI {stream.nmi}, stream {stream.suffix}: the day {fields[1]} is also that of line "
                f"{same.lines[stream.suffix]}; remove the record that is out of date",
                OverlapError,
            )
        same.lines[stream.suffix] = line
        same.configured |= stream.configured
        self.day = day = Day(line, stream, stream.channel, start_utc, given=len(fields) - 2)
        try:
            day.values, day.flag = values_and_flag(fields, stream, line)
        except UnreadableError:
            self.leave_day_out(day)
            raise
        self.skips_parts = False

    def part(self, line: int, fields: list[str]) -> None:
        """Read a 400 record.

        Raises:
            UnreadableError: It has no day, or a field is malformed.
        """
        if self.day is None:
            if self.skips_parts:
                return
            raise UnreadableError(line, "", "a 400 record before a 300 record; expected the day that it belongs to")
        try:
            self.day.parts.append(part_of(line, fields, self.day.stream.count))
        except UnreadableError:
            self.leave_day_out(self.day)
            raise

    def leave_day_out(self, day: Day) -> None:
        """Leave a day out, of which a record was refused."""
        self.day, self.skips_parts = None, True
        self.take(day.stream.count - day.given, day.line)
        day.channel.leave_out(day.start_utc, day.step_s, day.stream.count)

    def take(self, count: int, line: int) -> None:
        """Take room for steps of which the file has no text.

        Raises:
            QuantityError: There is not so much room: the file cannot be read, not even in part.
        """
        try:
            self.room.take(max(count, 0), line)
        except UnreadableError as error:
            raise QuantityError(f"{self.report.path}, line {line}: {error}") from None

    def complete_days(self) -> None:
        """Refuse days that lack a stream of active energy, and read a stream as 0 on days on which it does not exist.

        A meter that was exchanged or configured anew has other streams from that day on. Which streams a meter has on a
        day is its configuration (NMIConfiguration), and a file has all of them.
        """
        meters: defaultdict[str, dict[str, Channel]] = defaultdict(dict)
        for (nmi, suffix, _), channel in self.channels.items():
            meters[nmi].setdefault(suffix, channel)
        for (nmi, start_utc), day in self.days.items():
            active = {suffix for suffix in day.configured if suffix[0] in ROLES}
            count = DAY_MINUTES * 60 // day.step_s
            lacking = sorted(active - day.lines.keys())
            if lacking:
                text = (
                    f"NMI {nmi}: the day has no record of {', '.join(lacking)}, a stream of active energy of the "
                    "meter's configuration; ask for the complete data"
                )
                UnreadableError(day.line, "NMIConfiguration", text, MissingDataError).refuse(self.report)
                self.take(count * (len(meters[nmi]) - len(day.lines)), day.line)
                for channel in meters[nmi].values():
                    channel.leave_out(start_utc, day.step_s, count)
                continue
            for suffix, channel in meters[nmi].items():
                if active and suffix not in day.lines:
                    self.report.note(f"NMI {nmi}: the stream {suffix} does not exist on some days, on which it is 0")
                    self.take(count, day.line)
                    for at in range(count):
                        channel.add(start_utc + at * day.step_s, day.step_s, (0, 0), MEASURED, day.line)

    def finish_day(self) -> None:
        """Add the steps of the day whose records are complete."""
        day, self.day = self.day, None
        if day is None:
            return
        try:
            flags = flags_of(day)
            words = {
                (flag, line): flag and quality_of((flag, flag[0]), self.layout, QUALITY, line, "QualityMethod")
                for flag, line in dict.fromkeys(flags)
            }
            qualities = [words[flag] for flag in flags]
            numbers = [number_of(text, at, day.line, bool(qualities[at - 1])) for at, text in enumerate(day.values, 1)]
        except UnreadableError as refusal:
            refusal.refuse(self.report)
            self.leave_day_out(day)
            return
        for at, (number, quality) in enumerate(zip(numbers, qualities, strict=True)):
            start_utc = day.start_utc + at * day.step_s
            if number is not None:
                day.channel.add(start_utc, day.step_s, number, quality, day.line)
                self.report.rows += 1
                continue
            day.channel.leave_out(start_utc, day.step_s)
            if self.layout.numbers.missing_is == "refuse":
                text = 'the value is null; ask for the data, or read such values as gaps: numbers={"missing_is": "gap"}'
                UnreadableError(day.line, f"IntervalValue{at + 1}", text, MissingDataError).refuse(self.report)
