"""Rules for calibrations of meters, and the time in which the calibration of a device's meter was late."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.intervals import FOR_EVER
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.devices import Device
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.exact import text_of
from carbon_ledger.metering.calibration import Calibration, delayed_calibration_error, error_of_share
from carbon_ledger.meters import Meter
from carbon_ledger.periods.zones import day_start_utc
from carbon_ledger.records import Record

# Kinds of registrations that only the rules read: what belongs to one meter, and what a meter or a device has.
SERIAL_NUMBER: Final = "meter serial number"
REPLACED: Final = "replaced meter"


def meters_of(device: str) -> str:
    """The kind under which the meters of a device are registered."""
    return f"meter of {device}"


def calibrations_of(meter: str) -> str:
    """The kind under which the calibrations of a meter are registered, by the numbers of their entries."""
    return f"calibration of {meter}"


def serial_key(meter: Meter) -> str:
    """What no other meter has: manufacturer and serial number, without regard to case and spaces."""
    maker, number = ("".join(text.split()).casefold() for text in (meter.manufacturer or "", meter.serial_number or ""))
    return f"{maker}\n{number}"


@frozen(repr=False)
class RecordedCalibration(Record):
    """A calibration, with the number of the entry that recorded it and the digest of its certificate."""

    n: int
    calibration: Calibration
    evidence: str


def calibration_of(entry: Entry) -> Calibration:
    """The calibration that an entry records."""
    return Calibration.from_record({name: value for name, value in entry.event.items() if name != "evidence"})


def calibrations(view: View, meter: str, before_n: int | None = None) -> list[RecordedCalibration]:
    """The calibrations of a meter, in order.

    Args:
        view: The state.
        meter: The meter's id.
        before_n: Only calibrations that were recorded before this entry; by default, all.
    """
    numbers = [int(name) for name in view.registrations(calibrations_of(meter))]
    return [
        RecordedCalibration(n, view.parsed(n, calibration_of), view.entry(n).event["evidence"])
        for n in numbers
        if before_n is None or n < before_n
    ]


def changes_since(view: View, device: str, since: int) -> set[int]:
    """The entries from entry *since* on that registered a meter of a device, or recorded a calibration of one."""
    found: set[int] = set()
    for name in view.registrations(meters_of(device)):
        found |= {n for n in (view.registration("meter", name),) if n is not None}
        found |= {int(n) for n in view.registrations(calibrations_of(name))}
    return {n for n in found if n >= since}


def due_on(meter: Meter, known: list[RecordedCalibration]) -> date | None:
    """The day on which the next calibration of a meter is due, or None if none is scheduled."""
    return known[-1].calibration.next_due if known else meter.calibration_due


def calibrated(view: View, entry: Entry) -> list[Row]:
    """Record a calibration of a meter.

    Raises:
        UnknownMeterError: There is no such meter.
        RefusedError: It was not done after the meter's last calibration, its day has not begun, it was due on another
            day, or its maximum permissible error is below that of the meter's class.
        BrokenLogError: The record is not in normal form.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]
    """
    meter = lookup.meter(view, entry.event["meter"])
    item = calibration_of(entry)
    if {**item.to_record(), "evidence": entry.event["evidence"]} != entry.event:
        raise BrokenLogError(f"entry {entry.n} ({entry.type}): its fields are not in normal form")
    where, known = f"meter {meter.id}", calibrations(view, meter.id)
    zones = [zone_of(view, lookup.device(view, name).zone) for name in meter.shares]
    if min(day_start_utc(item.done, zone) for zone in zones) > second_of(entry.at):
        raise RefusedError(
            where,
            f"a calibration was done on {item.done}, a day that has not begun; record it once it is done",
            rule="calibration-future",
        )
    if known and item.done <= known[-1].calibration.done:
        raise RefusedError(
            where,
            f"a calibration was done on {item.done}, and entry {known[-1].n} records one of "
            f"{known[-1].calibration.done}; record calibrations in the order in which they were done",
            rule="calibration-order",
        )
    scheduled = due_on(meter, known)
    if scheduled is not None and item.due != scheduled:
        raise RefusedError(
            where,
            f"the calibration was due on {item.due}, but the ledger schedules it for {scheduled}; give that day",
            rule="calibration-due",
        )
    if meter.maximum_error is not None and item.maximum_error.share < meter.maximum_error:
        raise RefusedError(
            where,
            f"maximum permissible error {item.maximum_error}, but a meter of class {meter.accuracy_class} has "
            f"{error_of_share(text_of(meter.maximum_error))}; give that of the class, or a larger one",
            rule="calibration-class",
        )
    return [Registration(calibrations_of(meter.id), str(entry.n), entry.n)]


@frozen
class LateTime:
    """A time in which the calibration of a device's meter was late.

    Attributes:
        meter: The meter's id.
        decides: Whether it decides on readings that were recorded for the device and not for a meter: it measures
            the device alone, or no meter does.
        start_utc: Start of the day on which the calibration was due. [s since 1970-01-01 UTC]
        end_utc: End of the day on which it was done. [s since 1970-01-01 UTC]
        export_error: The error by which metered export is lowered, as a share.
        import_error: The error by which metered import is raised, as a share.
        calibration_n: The entry of the calibration, or None if it is outstanding.
        because: The days, in words.
    """

    meter: str
    decides: bool
    start_utc: int
    end_utc: int
    export_error: Decimal
    import_error: Decimal
    calibration_n: int | None
    because: str


def late_times(view: View, device: Device, before_n: int | None = None) -> list[LateTime]:
    """The times in which the calibration of a meter of a device was late, or is outstanding.

    Args:
        view: The state.
        device: The device.
        before_n: Only meters and calibrations that were recorded before this entry; by default, all.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369 [P]: the maximum
        permissible error, or the error found if it is larger. Both days are included. [C]
    """
    meters = [
        lookup.meter(view, name)
        for name in view.registrations(meters_of(device.id))
        if before_n is None or (view.registration("meter", name) or 0) < before_n
    ]
    any_alone = any(len(meter.shares) == 1 for meter in meters)
    found: list[LateTime] = []
    for meter in meters:
        first, last = in_place(view, device, meter, before_n)
        for item in _late(view, device, meter, len(meter.shares) == 1 or not any_alone, before_n):
            start, end = max(item.start_utc, first), min(item.end_utc, last)
            if start < end:
                found.append(evolve(item, start_utc=start, end_utc=end))
    return found


def in_place(view: View, device: Device, meter: Meter, before_n: int | None = None) -> tuple[int, int]:
    """From when to when a meter measures a device: from its first day until another meter takes its place.

    Args:
        view: The state.
        device: The device.
        meter: The meter.
        before_n: Only meters that were registered before this entry; by default, all.
    """
    zone = zone_of(view, device.zone, before_n)  # what is recomputed has the rules that it had
    first = -FOR_EVER if meter.installed is None else day_start_utc(meter.installed, zone)
    n = view.registration(REPLACED, meter.id)
    if n is None or (before_n is not None and n >= before_n):
        return first, FOR_EVER
    after = lookup.meter(view, view.entry(n).event["meter"]).installed
    return first, FOR_EVER if after is None else day_start_utc(after, zone)


def _late(view: View, device: Device, meter: Meter, decides: bool, before_n: int | None) -> Iterator[LateTime]:
    zone = zone_of(view, device.zone, before_n)
    known = calibrations(view, meter.id, before_n)
    for row in known:
        item = row.calibration
        if item.is_late:
            yield LateTime(
                meter.id,
                decides,
                day_start_utc(item.due, zone),
                day_start_utc(item.done + timedelta(days=1), zone),
                delayed_calibration_error(item.maximum_error, item.export_error).share,
                delayed_calibration_error(item.maximum_error, item.import_error).share,
                row.n,
                f"meter {meter.id}, due {item.due}, done {item.done}",
            )
    due = due_on(meter, known)
    share = known[-1].calibration.maximum_error.share if known else meter.maximum_error
    if due is not None and share is not None:
        yield LateTime(
            meter.id,
            decides,
            day_start_utc(due, zone),
            FOR_EVER,
            share,
            share,
            None,
            f"meter {meter.id}, due {due}, not done",
        )
