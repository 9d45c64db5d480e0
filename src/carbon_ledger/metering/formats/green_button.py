"""Green Button: energy usage of customers, as an Atom feed of ESPI resources.

A ``UsagePoint`` has ``MeterReading`` resources, and each of these a ``ReadingType`` and ``IntervalBlock`` resources.
Entries of the feed refer to each other by links, in any order.

Source: NAESB REQ.21, Energy Services Provider Interface, schema espi.xsd 4.0 (2023) and its enumerations [S]. Times are
seconds since 1970-01-01 UTC [S]: the feeds of the OpenESPI project begin their days at local midnight in UTC seconds.
``LocalTimeParameters`` say how a display shows them, and are not applied. ``uom``, ``commodity`` and ``dataQualifier``
codes [S]. How their ``QualityOfReading`` codes map to the three qualities is a choice of this library [C].
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, PeriodError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import (
    Channel,
    UnreadableError,
    exact,
    of_whole_meters,
    quality_of,
    whole,
    worst,
)
from carbon_ledger.metering.formats.espi_feed import Block, Entry, Feed, Reading, feed_of
from carbon_ledger.metering.formats.espi_types import ROLES, Series, chosen, series_of_type
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.periods.zones import checked_instant
from carbon_ledger.printing import quote

QUALITY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "0": "measured",  # valid
        "7": "substituted",  # manually edited: replaced or approved by a human
        "8": "estimated",  # using a reference day
        "9": "estimated",  # using linear interpolation
        "11": "estimated",  # derived: calculated, not necessarily measured directly
        "13": "estimated",  # mixed
        "14": "measured",  # raw: not yet validated
        "17": "measured",  # validated
        "18": "measured",  # verified
        "19": "measured",  # revenue quality
    }
)
MOST_STEP_S: Final = 366 * 86_400
MOST_OWNERS: Final = 8  # of a link, which are named where one is expected

_Owners = Mapping[str, Mapping[str, Entry]]  # by link: the entries that it belongs to, by their own links


def steps_in(data: bytes, layout: MeterLayout, report: FileReport) -> Iterator[MeteredSteps]:
    """The steps of a Green Button feed.

    Args:
        data: The bytes of the file.
        layout: The layout; it may give other meanings to codes of quality, and says what a missing value is.
        report: Gets the refusals, the notes and the count of values.

    Raises:
        QuantityError: The file is not a Green Button feed, or a part of it cannot be read.
        PeriodError: A time cannot be read.
        MissingDataError: A link leads nowhere, a value is missing and the layout does not read it as a gap, or no
            meter reading is of active energy.
    """
    feed = feed_of(data, report)
    names = _meters(feed.of("UsagePoint"))
    points = _owners(feed.of("UsagePoint"), "MeterReading")
    unread: set[tuple[str, str]] = set()
    readings = (_series(entry, feed, points, names, report, unread) for entry in feed.of("MeterReading"))
    series = [item for item in readings if item is not None]
    channels = {}
    for item in chosen(series, report, unread):
        place = f"meter reading {item.own}"
        channels[item.own] = Channel(item.meter, item.role, item.tou, place, item.unit_wh, item.is_power)
    types = {item.own: item for item in series}
    owners = _owners(feed.of("MeterReading"), "IntervalBlock")
    for block in feed.blocks:
        try:
            owner = _only_owner(block.entry, owners, "MeterReading")
        except UnreadableError as refusal:
            refusal.refuse(report)
            continue
        if owner.own in channels:
            _read_block(block, types[owner.own], channels[owner.own], layout, report)
    if not channels and not report.refused:
        passed = "; ".join(report.notes) or "the feed has no MeterReading"
        raise MissingDataError(f"{report.path}: no meter reading of active energy: {passed}")
    yield from of_whole_meters(channels.values(), report, unread)


def _meters(entries: Iterable[Entry]) -> dict[str, str]:
    """The id of each usage point: the last part of its own link, or the whole link where two end alike."""
    ends: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        ends[entry.own.rpartition("/")[2]].append(entry.own)
    return {own: end if len(same) == 1 else own for end, same in ends.items() for own in same}


def _owners(entries: Iterable[Entry], child: str) -> _Owners:
    """Which entries each link leads to, for children that are named by it, or whose collection is."""
    owners: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in entries:
        for link in (*entry.related, f"{entry.own}/{child}"):
            if len(owners[link]) < MOST_OWNERS:
                owners[link][entry.own] = entry
    return owners


def _only_owner(entry: Entry, owners: _Owners, kind: str) -> Entry:
    found = {**owners.get(entry.own, {}), **owners.get(entry.up, {})}
    if len(found) == 1:
        return next(iter(found.values()))
    given = "no" if not found else f"more than one, {quote(sorted(found), 200)}:"
    raise UnreadableError(
        entry.line,
        entry.kind,
        f"{quote(entry.own, 200)} belongs to {given} {kind}; expected one whose related link leads to it or to "
        f"{quote(entry.up, 200)}",
        MissingDataError,
    )


def _series(
    entry: Entry,
    feed: Feed,
    points: _Owners,
    names: Mapping[str, str],
    report: FileReport,
    unread: set[tuple[str, str]],
) -> Series | None:
    """What a meter reading is; None: it was refused, or passed over and noted."""
    meter, role = "", "unknown direction"
    try:
        point = _only_owner(entry, points, "UsagePoint")
        service = point.element.child("ServiceCategory")
        kind = "" if service is None else service.text_of("kind")
        if kind not in ("", "0"):
            report.note(f"usage point {names[point.own]} was passed over: its service is {kind}, and 0 is electricity")
            return None
        meter, known = names[point.own], feed.entries.get("ReadingType", {})
        types = [known[link] for link in entry.related if link in known]
        if len(types) != 1:
            raise UnreadableError(
                entry.line,
                entry.kind,
                f"{quote(entry.own, 200)} has related links to {len(types)} ReadingTypes of the feed; expected one",
                MissingDataError,
            )
        role = ROLES.get(types[0].element.text_of("flowDirection"), role)
        return series_of_type(entry.own, meter, types[0], report)
    except UnreadableError as refusal:
        refusal.refuse(report)
        unread.add((meter, role))
    return None


def _read_block(block: Block, series: Series, channel: Channel, layout: MeterLayout, report: FileReport) -> None:
    """Add the readings of an interval block to its channel."""
    for position, reading in enumerate(block.readings):
        start_utc = step_s = 0
        try:
            start_utc, step_s = _step(block, position, reading, series)
            if not _is_inside(block, start_utc, step_s):
                report.note(
                    f"line {block.line}: the interval of a block ends before, or begins after, one of its readings"
                )
            quality = _quality(reading, series, layout)
            number = _number(reading, series)
            if number is not None:
                channel.add(start_utc, step_s, number, quality, reading.line)
                report.rows += 1
                continue
            if layout.numbers.missing_is == "refuse":
                text = 'no value; ask for the data, or read such readings as gaps: numbers={"missing_is": "gap"}'
                raise UnreadableError(reading.line, "value", text, MissingDataError)
        except UnreadableError as refusal:
            refusal.refuse(report)
        if step_s:
            channel.leave_out(start_utc, step_s)


def _step(block: Block, position: int, reading: Reading, series: Series) -> tuple[int, int]:
    """Start and length of a reading: its time period, or its place in the block where it has none. [s]"""
    line = reading.line
    start, step_s = whole(reading.start), whole(reading.duration)
    if not reading.start and not reading.duration:
        first, step_s = whole(block.start), series.interval_s
        if first is None or not step_s:
            raise UnreadableError(
                line,
                "timePeriod",
                "no time period; expected one, or the start of the block's interval and the reading type's "
                "intervalLength",
                PeriodError,
            )
        start = first + position * step_s
    if start is None or step_s is None or not 1 <= step_s <= MOST_STEP_S:
        given = f"start {reading.start or 'missing'}, duration {reading.duration or 'missing'}"
        raise UnreadableError(
            line,
            "timePeriod",
            f"{quote(given, 80)}: expected seconds since 1970 UTC, and a duration of 1 s to 366 days",
            PeriodError,
        )
    try:
        checked_instant(start, "start")
        checked_instant(start + step_s, "end")
    except CarbonLedgerError as error:
        raise UnreadableError(line, "timePeriod", str(error), PeriodError) from None
    return start, step_s


def _is_inside(block: Block, start: int, step_s: int) -> bool:
    first, length_s = whole(block.start), whole(block.duration)
    return first is None or length_s is None or first <= start <= start + step_s <= first + length_s


def _quality(reading: Reading, series: Series, layout: MeterLayout) -> str:
    codes = reading.qualities or ((series.quality,) if series.quality else ())
    found = tuple(quality_of((code,), layout, QUALITY, reading.line, "ReadingQuality") for code in codes)
    return worst(found) if found else layout.quality.default


def _number(reading: Reading, series: Series) -> tuple[int, int] | None:
    if not reading.value:
        return None
    number = exact(reading.value)
    if number is None:
        raise UnreadableError(
            reading.line, "value", f"{quote(reading.value, 40)}: expected a whole number of the reading type's unit"
        )
    if series.role == "net":  # forward minus reverse, and net energy of this library is export minus import
        return -number[0], number[1]
    if number[0] < 0:
        raise UnreadableError(
            reading.line,
            "value",
            f"{reading.value}: energy of one direction (flowDirection {series.flow}) is never negative; ask what the "
            "value means",
        )
    return number
