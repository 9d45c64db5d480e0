"""Rules for metered generation: no overlap, nothing before commissioning, nothing implausible."""

from collections.abc import Sequence

from carbon_ledger.canonical import LONG
from carbon_ledger.column import Column
from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import in_place
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import Reading, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device, Meter
from carbon_ledger.errors import (
    BrokenLogError,
    ImplausibleReadingError,
    NotCommissionedError,
    OverlapError,
    RefusedError,
)
from carbon_ledger.exact import apportion
from carbon_ledger.metering.readings import INVOICED, MEASURED, SIDES, Readings
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.periods.zones import Zone


def run_of(entry: Entry) -> Readings:
    """The run of readings that an entry records."""
    event = entry.event
    known = {name: event[name] for name in ("quality", "gross_wh", *SIDES, *INVOICED) if name in event}
    return Readings(instant_of(event["start"]), event["step_s"], event["net_wh"], **known)


def check_run(device: Device, run: Readings, zone: Zone) -> None:
    """Refuse a run that the device cannot have generated.

    Args:
        device: The device.
        run: The run.
        zone: The rules of the device's zone.

    Raises:
        NotCommissionedError: The run begins before the device's commissioning or metering.
        ImplausibleReadingError: The energy of a step is more than capacity, time and margin allow.

    Source:
        Domain invariants 16 and 17.
    """
    first = device.first_utc_in(zone)
    if first is None:
        raise NotCommissionedError(
            _where(device, run),
            "the device has no commissioning date (planned or under construction), so it cannot have generation; once "
            "it is in operation, register it with its date, under another id",
        )
    if run.start_utc < first:
        raise NotCommissionedError(
            _where(device, run),
            f"the device was commissioned on {device.commissioned}"
            + (f" and metered since {device.metered_since}" if device.metered_since else "")
            + f" ({device.zone}), and cannot have generation before that; check the period",
        )
    most = device.most_wh(run.step_s)
    highest = max(column.most for column in (run.gross_wh or run.net_wh, run.export_wh) if column is not None)
    if highest > most:
        raise ImplausibleReadingError(
            _where(device, run),
            f"a step of {run.step_s} s has {highest} Wh; {device.capacity_w} W with margin {device.margin} "
            f"generate at most {most} Wh: check the unit and the step, or the device's capacity",
        )


def _where(device: Device, run: Readings) -> str:
    return f"device {device.id}, {Period(run.start_utc, run.end_utc, device.zone)}"


def require_free(view: View, device: str, run: Readings) -> None:
    """Refuse a run that overlaps live readings of its device.

    Raises:
        OverlapError: The run overlaps live readings.

    Source:
        Domain invariant 4.
    """
    live = view.readings(device, run.start_utc, run.end_utc)
    if live:
        raise OverlapError(
            f"device {device}, {Period(run.start_utc, run.end_utc)}",
            f"live readings already cover {Period(live[0].start_utc, live[-1].end_utc)}; record another period, or "
            "correct the readings",
        )


def row_of(device: str, run: Readings, source_n: int, from_n: int) -> Reading:
    """The row of a run of readings."""
    gross = None if run.gross_wh is None else run.gross_wh.total
    return Reading(
        device, run.start_utc, run.end_utc, run.step_s, run.total_wh, gross, source_n, from_n, quality=run.quality
    )


def recorded(view: View, entry: Entry) -> list[Row]:
    """Record a run of one device's readings.

    Raises:
        UnknownDeviceError: There is no such device.
        OverlapError: Live readings cover part of the period.
        NotCommissionedError: The run begins before the device's commissioning.
        ImplausibleReadingError: The energy of a step is more than the device can generate.
    """
    device = lookup.device(view, entry.event["device"])
    run = run_of(entry)
    check_run(device, run, zone_of(view, device.zone))
    require_free(view, device.id, run)
    return [row_of(device.id, run, entry.n, entry.n)]


def shared(view: View, meter: str, net_wh: Sequence[int]) -> dict[str, Sequence[int]]:
    """The columns of a meter's devices. Each step of the meter's column is apportioned, and the parts sum to the step.

    Args:
        view: The state.
        meter: The meter's id.
        net_wh: The meter's column. [Wh, shape (steps,)]

    Returns:
        The column of each device by the device's id, as events contain it. [Wh, shape (steps,)]

    Raises:
        UnknownMeterError: There is no such meter.

    Source:
        ledger-model section 2.
    """
    parts = decide(view, _apportioned, meter, net_wh)
    return {device: column if isinstance(column, Column) else list(column) for device, column in parts}


def _apportioned(view: View, name: str, net_wh: Sequence[int]) -> tuple[tuple[str, Column | tuple[int, ...]], ...]:
    meter = lookup.meter(view, name)
    weights = list(meter.shares.values())
    parts = [apportion(total, weights) for total in net_wh]
    columns = {device: tuple(part[k] for part in parts) for k, device in enumerate(meter.shares)}
    return tuple((device, Column(column) if len(column) >= LONG else column) for device, column in columns.items())


def metered(view: View, entry: Entry) -> list[Row]:
    """Record a run of a shared meter, and the readings of its devices that are derived from the run.

    Raises:
        UnknownMeterError: There is no such meter.
        BrokenLogError: The devices' columns are not the meter's column, apportioned.
        ImplausibleReadingError: The energy of a step is more than all devices together can generate.
        OverlapError: Live readings of a device cover part of the period.
        NotCommissionedError: The run begins before a device's commissioning, or before the meter was installed.
        RefusedError: A value is no multiple of the meter's resolution, or another meter has taken the meter's place.
    """
    meter = lookup.meter(view, entry.event["meter"])
    whole = run_of(entry)
    devices = [lookup.device(view, name) for name in meter.shares]
    if entry.event["devices"] != shared(view, meter.id, entry.event["net_wh"]):
        raise BrokenLogError(
            f"entry {entry.n}: the devices' columns are not the column of meter {meter.id}, apportioned by its shares"
        )
    most = sum(device.most_wh(whole.step_s) for device in devices)
    found = whole.net_wh.most if whole.export_wh is None else whole.export_wh.most
    if found > most:
        raise ImplausibleReadingError(
            f"meter {meter.id}, {Period(whole.start_utc, whole.end_utc)}",
            f"a step of {whole.step_s} s has {found} Wh; the devices together generate at most {most} Wh: "
            "check the unit and the step, or the devices' capacities",
        )
    _require_readable(meter, whole)
    rows: list[Row] = []
    for device in devices:
        _require_in_place(view, meter, device, whole)
        column = entry.event["devices"][device.id]
        run = Readings(whole.start_utc, whole.step_s, column, quality=whole.quality)
        check_run(device, run, zone_of(view, device.zone))
        require_free(view, device.id, run)
        rows.append(row_of(device.id, run, entry.n, entry.n))
    return rows


def _require_readable(meter: Meter, run: Readings) -> None:
    """Refuse a measured value that the meter cannot show. Values that were not measured need not be multiples."""
    resolution_wh = meter.resolution_wh
    if resolution_wh is None or run.quality != MEASURED:
        return
    for name, column in (("net", run.net_wh), ("export", run.export_wh), ("import", run.import_wh)):
        for position, wh in enumerate(column or ()):
            if wh % resolution_wh:
                raise RefusedError(
                    f"meter {meter.id}",
                    f"{name} of step {position} is {wh} Wh, but the meter shows multiples of {resolution_wh} Wh; check "
                    "the value and the unit, or state another quality than measured",
                    rule="meter-resolution",
                )


def _require_in_place(view: View, meter: Meter, device: Device, run: Readings) -> None:
    """Refuse a run from before the meter was installed, or from after another meter took its place."""
    since, last = in_place(view, device, meter)
    if run.start_utc < since:
        raise NotCommissionedError(
            f"meter {meter.id}, {Period(run.start_utc, run.end_utc, device.zone)}",
            f"the meter was installed on {meter.installed} ({device.zone}), and measured nothing before that; check "
            "the period, or record the readings of the meter that it replaces",
        )
    if run.end_utc > last:
        raise RefusedError(
            f"meter {meter.id}, {Period(run.start_utc, run.end_utc, device.zone)}",
            f"another meter has taken its place since {Period(last, run.end_utc, device.zone)}; record the readings of "
            "that meter",
            rule="meter-replaced",
        )
