"""ENTSO-E: realised generation and load, as a ``GL_MarketDocument`` of the Transparency Platform.

A ``TimeSeries`` has ``Period`` elements, and each of them a time interval, a resolution and points. A point has a
position in the interval and a quantity.

Source: IEC 62325-451-6 generation and load document, schemas 3.0 to 3.2, and the code lists of ENTSO-E [S]: units,
curve types, process types, quality codes. Curve type A03: a block lasts until the next position, and the last one until
the end of the interval [S: ENTSO-E, Introduction of different time series possibilities]. All times are UTC; days,
months and years are those of the time zone of the area [S: Transparency Platform, knowledge base 12786431986964].
``inBiddingZone_Domain`` is generation, ``outBiddingZone_Domain`` consumption [S: entsoe-py]. The series of a unit that
has both are joined by the unit's code.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from attrs import frozen

from carbon_ledger.errors import CarbonLedgerError, MissingDataError, PeriodError, QuantityError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.formats.channels import (
    Channel,
    Room,
    UnreadableError,
    exact,
    of_whole_meters,
    quality_of,
    whole,
)
from carbon_ledger.metering.formats.xml import Element, parts_of
from carbon_ledger.metering.layouts import MeterLayout
from carbon_ledger.metering.steps import MeteredSteps
from carbon_ledger.periods import day_start_utc, instant_text, instant_utc
from carbon_ledger.periods.zones import local_time
from carbon_ledger.printing import one_of, quote

DOCUMENTS: Final[Mapping[str, str]] = MappingProxyType(
    {"A65": "total load", "A73": "generation by unit", "A74": "wind and solar", "A75": "generation by type"}
)
REALISED: Final = "A16"
NOT_VALID: Final[Mapping[str, str]] = MappingProxyType({"A09": "cancelled", "A13": "withdrawn"})  # docStatus [M]
UNITS: Final[Mapping[str, tuple[int, bool]]] = MappingProxyType(
    {
        "MAW": (1_000_000, True), "KWT": (1_000, True), "WTT": (1, True), "A90": (1_000_000_000, True),
        "KWH": (1_000, False), "MWH": (1_000_000, False), "GWH": (1_000_000_000, False),
    }
)  # fmt: skip
QUALITY: Final[Mapping[str, str]] = MappingProxyType(
    {"A01": "substituted", "A03": "estimated", "A04": "measured", "A06": "estimated"}
)  # adjusted, estimated, as provided, calculated
NOT_AVAILABLE: Final = "A02"
ROLES: Final[Mapping[str, str]] = MappingProxyType({"in": "export", "out": "import"})
FIXED_BLOCKS: Final = "A01"
VARIABLE_BLOCKS: Final = "A03"
MOST_POSITIONS: Final = 999_999  # of the schema
MOST_DAYS: Final = 36_600  # of a period whose steps are of the calendar

_NAMESPACE: Final = re.compile(r"urn:iec62325\.351:tc57wg16:451-6:generationloaddocument:[23]:[0-9]{1,2}", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z", re.ASCII)
_FIXED: Final = re.compile(r"PT([0-9]{1,4})([MH])", re.ASCII)
_CALENDAR: Final = ("P1D", "P7D", "P1M", "P1Y")


def steps_in(data: bytes, layout: MeterLayout, report: FileReport) -> Iterator[MeteredSteps]:
    """The steps of a generation and load document.

    Args:
        data: The bytes of the file.
        layout: The layout: its zone is that of the area, whose days, months and years are steps; it may give other
            meanings to codes of quality, and says what a quantity that is not available is.
        report: Gets the refusals, the notes and the count of quantities.

    Raises:
        QuantityError: The file is not such a document, is not of realised values, or a part of it cannot be read.
        PeriodError: A time cannot be read, or an interval is not a whole number of steps.
        MissingDataError: A position of a curve of fixed blocks is missing, or the document has no time series.
    """
    channels: dict[tuple[str, str, Fraction, bool], Channel] = {}
    room, unread = Room.of(data), set[tuple[str, str]]()
    header: dict[str, str] = {}
    for part in parts_of(data, report.path, _check_root):
        if part.name != "TimeSeries":
            header.setdefault(part.name, part.text if not part.children else part.text_of("value"))
            continue
        _check_header(header, report.path)
        try:
            channel = _channel(part, channels)
            for period in part.all("Period"):
                _read_period(period, part.text_of("curveType"), channel, room, layout, report)
        except UnreadableError as refusal:
            refusal.refuse(report)
            unread |= _refused(part)
    if not channels and not report.refused:
        raise MissingDataError(f"{report.path}: no TimeSeries; expected at least one")
    yield from of_whole_meters(channels.values(), report, unread)


def _refused(series: Element) -> set[tuple[str, str]]:
    """The meter and the role of a series that was refused and was not cancelled, if they are known."""
    with suppress(UnreadableError):
        zones = {role: series.text_of(f"{way}BiddingZone_Domain.mRID") for way, role in ROLES.items()}
        if series.text_of("cancelledTS") != "A01":
            return {(_meter(series, zone), role) for role, zone in zones.items() if zone}
    return set()


def _check_root(root: Element) -> None:
    if root.name == "Acknowledgement_MarketDocument":
        raise MissingDataError(
            f"{root.path}, line {root.line}: an acknowledgement, with which the platform answers that it has no data, "
            "or refuses a request; read its Reason, and ask again"
        )
    if root.name != "GL_MarketDocument" or not _NAMESPACE.fullmatch(root.namespace):
        raise QuantityError(
            f"{root.path}, line {root.line}: the document is a {quote(root.name, 60)} of the namespace "
            f"{quote(root.namespace, 100)}; expected a GL_MarketDocument of "
            "urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"
        )


def _check_header(header: Mapping[str, str], path: str) -> None:
    """Refuse documents whose values are no energy that was generated or used: forecasts, capacities, reservoirs."""
    kind, process = header.get("type", ""), header.get("process.processType", "")
    if kind not in DOCUMENTS:
        known = ", ".join(f"{code} ({name})" for code, name in DOCUMENTS.items())
        raise QuantityError(f"{path}: the document is of type {quote(kind, 20)}; expected one of {known}")
    if process != REALISED:
        raise QuantityError(
            f"{path}: the document is of process type {quote(process, 20)}; expected A16, realised values: "
            "forecasts are no readings"
        )
    status = header.get("docStatus", "")
    if status in NOT_VALID:
        raise QuantityError(
            f"{path}: the status of the document is {quote(status, 20)} ({NOT_VALID[status]}); expected one "
            "that is valid"
        )


def _channel(series: Element, channels: dict[tuple[str, str, Fraction, bool], Channel]) -> Channel:
    """The channel of a time series; several time series may continue one."""
    if series.text_of("cancelledTS") == "A01":
        raise UnreadableError(series.line, "cancelledTS", "A01: the series is cancelled; expected one that is valid")
    zone_in, zone_out = series.text_of("inBiddingZone_Domain.mRID"), series.text_of("outBiddingZone_Domain.mRID")
    if bool(zone_in) == bool(zone_out):
        raise UnreadableError(
            series.line,
            "TimeSeries",
            "expected either an inBiddingZone_Domain.mRID (generation) or an outBiddingZone_Domain.mRID (consumption)",
        )
    unit = series.text_of("quantity_Measure_Unit.name") or series.text_of("quantity_Measurement_Unit.name")
    if unit not in UNITS:
        raise UnreadableError(
            series.line,
            "quantity_Measure_Unit.name",
            f"{quote(unit, 20)}: expected a unit of power or energy, {one_of(unit, UNITS)}",
        )
    size_wh, is_power = UNITS[unit]
    role = "export" if zone_in else "import"
    meter = _meter(series, zone_in or zone_out)
    key = (meter, role, Fraction(size_wh), is_power)
    if key not in channels:
        place = f"{'generation' if zone_in else 'consumption'} of {meter}"
        channels[key] = Channel(meter, role, "", place, Fraction(size_wh), is_power)
    return channels[key]


def _meter(series: Element, zone: str) -> str:
    """What a series is of: a generating unit, a production unit, a type of generation in a zone, or the zone."""
    kind = series.child("MktPSRType")
    if kind is not None:
        units = [text for text in (item.text_of("mRID") for item in kind.all("PowerSystemResources")) if text]
        if len(units) == 1:
            return units[0]
    resource = series.text_of("registeredResource.mRID")
    if resource:
        return resource
    code = "" if kind is None else kind.text_of("psrType")
    return f"{zone}/{code}" if code else zone


@frozen
class _Span:
    """The steps of a period: the instants between which they are. [s since 1970-01-01 UTC]"""

    edges_utc: Sequence[int]

    @property
    def count(self) -> int:
        """How many steps there are."""
        return len(self.edges_utc) - 1


def _read_period(
    period: Element, curve: str, channel: Channel, room: Room, layout: MeterLayout, report: FileReport
) -> None:
    """Add the points of a period to a channel, or refuse the period. Positions that it leaves out take *room*."""
    span = None
    try:
        if curve not in ("", FIXED_BLOCKS, VARIABLE_BLOCKS):
            expected = "expected A01 (blocks of fixed size) or A03 (a block lasts until the next position)"
            raise UnreadableError(period.line, "curveType", f"{quote(curve, 20)}: {expected}")
        span = _span(period, layout.zone)
        points = _points(period, span)
        if curve != VARIABLE_BLOCKS and len(points) < span.count:
            first = next(at for at in range(1, span.count + 1) if at not in points)
            raise UnreadableError(
                period.line,
                "Period",
                f"{len(points)} of {span.count} positions, and position {first} is missing; expected each of them in a "
                "curve of type A01: ask for the data again",
                MissingDataError,
            )
        if curve == VARIABLE_BLOCKS and 1 not in points:
            raise UnreadableError(period.line, "Period", "position 1 is missing; expected it in a curve of type A03",
                                  MissingDataError)  # fmt: skip
        if span.count - len(points) > room.left:
            text = f"more than {room.most:,} positions of the document are left out; divide the file"
            raise UnreadableError(period.line, "Period", text)
        values = {at: _value(point, layout) for at, point in points.items()}
        room.take(span.count - len(points), period.line)
    except UnreadableError as refusal:
        refusal.refuse(report)
        if span is not None and span.count <= room.left:
            room.take(span.count, period.line)
            for start, end in pairwise(span.edges_utc):
                channel.leave_out(start, end - start)
        return
    _add_points(span, points, values, channel, layout, report)


def _add_points(
    span: _Span,
    points: Mapping[int, Element],
    values: Mapping[int, tuple[tuple[int, int] | None, str]],
    channel: Channel,
    layout: MeterLayout,
    report: FileReport,
) -> None:
    last = 1
    for at in range(1, span.count + 1):
        last = at if at in points else last
        number, quality = values[last]
        start, end = span.edges_utc[at - 1 : at + 1]
        if number is not None:
            channel.add(start, end - start, number, quality, points[last].line)
            report.rows += at == last
            continue
        channel.leave_out(start, end - start)
        if layout.numbers.missing_is == "refuse" and at == last:
            text = 'not available; ask for the data, or read such points as gaps: numbers={"missing_is": "gap"}'
            UnreadableError(points[at].line, "quantity", text, MissingDataError).refuse(report)
    if len(points) < span.count:
        report.note(f"{channel.place}: a position that is left out repeats the one before it (curve type A03)")


def _points(period: Element, span: _Span) -> dict[int, Element]:
    points: dict[int, Element] = {}
    for point in period.all("Point"):
        text = point.text_of("position")
        position = whole(text)
        if position is None or not 1 <= position <= span.count:
            raise UnreadableError(
                point.line, "position", f"{quote(text, 20)}: the interval has the positions 1 to {span.count}"
            )
        if position in points:
            raise UnreadableError(
                point.line, "position", f"{text} is also the position of line {points[position].line}; expected one"
            )
        points[position] = point
    return points


def _value(point: Element, layout: MeterLayout) -> tuple[tuple[int, int] | None, str]:
    """The quantity of a point and its quality; None: it is not available."""
    code, text = point.text_of("quality"), point.text_of("quantity")
    if code == NOT_AVAILABLE and code not in layout.quality.flags:
        return None, ""
    quality = layout.quality.default
    if code:
        quality = quality_of((code,), layout, QUALITY, point.line, "quality")
    number = exact(text)
    if number is None:
        raise UnreadableError(point.line, "quantity", f"{quote(text, 40)}: expected a decimal number, e.g. 12.5")
    return number, quality


def _span(period: Element, zone: str) -> _Span:
    """The steps of a period, from its interval and its resolution."""
    interval = period.child("timeInterval")
    if interval is None:
        raise UnreadableError(period.line, "Period", "no timeInterval; expected its start and end", PeriodError)
    start, end = (_instant(interval, name) for name in ("start", "end"))
    if start >= end:
        raise UnreadableError(
            interval.line, "timeInterval", f"it ends at {instant_text(end)}, not after its start", PeriodError
        )
    resolution = period.text_of("resolution")
    match = _FIXED.fullmatch(resolution)
    if match is not None and int(match[1]) > 0:
        step_s = int(match[1]) * (60 if match[2] == "M" else 3600)
        edges: Sequence[int] = range(start, start + (end - start) // step_s * step_s + 1, step_s)
    elif resolution in _CALENDAR:
        edges = _calendar_edges(start, end, resolution, zone, interval.line)
    else:
        raise UnreadableError(
            period.line,
            "resolution",
            f"{quote(resolution, 20)}: expected minutes or hours, e.g. PT15M or PT60M, or {', '.join(_CALENDAR)}",
            PeriodError,
        )
    if edges[-1] != end or len(edges) - 1 > MOST_POSITIONS:
        raise UnreadableError(
            interval.line,
            "timeInterval",
            f"from {instant_text(start)} to {instant_text(end)} is not a whole number of steps of {resolution}, of at "
            f"most {MOST_POSITIONS:,}",
            PeriodError,
        )
    return _Span(edges)


def _instant(interval: Element, name: str) -> int:
    text = interval.text_of(name)
    try:
        if not _TIME.fullmatch(text):
            raise PeriodError(f'{quote(text, 40)}: expected a time in UTC, e.g. "2024-05-01T22:00Z"')
        return instant_utc(text, name)
    except CarbonLedgerError as error:
        raise UnreadableError(interval.line, f"timeInterval, {name}", str(error), PeriodError) from None


def _calendar_edges(start: int, end: int, resolution: str, zone: str, line: int) -> list[int]:
    """The starts of local days, weeks, months or years from *start* to *end*."""
    day = local_time(start, zone).date()
    is_first = resolution in ("P1D", "P7D") or (day.day == 1 and (resolution == "P1M" or day.month == 1))
    if day_start_utc(day, zone) != start or not is_first:
        raise UnreadableError(
            line,
            "timeInterval",
            f"{instant_text(start)} is not the start of a step of {resolution} in {zone}; give the zone of the area as "
            "the zone of the layout",
            PeriodError,
        )
    if end - start > MOST_DAYS * 86_400:
        raise UnreadableError(line, "timeInterval", f"longer than {MOST_DAYS:,} days; divide the file", PeriodError)
    edges = [start]
    while edges[-1] < end:
        day = _next(day, resolution)
        edges.append(day_start_utc(day, zone))
    return edges


def _next(day: date, resolution: str) -> date:
    if resolution == "P1Y":
        return date(day.year + 1, day.month, day.day)
    if resolution == "P1M":
        return date(day.year + day.month // 12, day.month % 12 + 1, day.day)
    return day + timedelta(days=7 if resolution == "P7D" else 1)
