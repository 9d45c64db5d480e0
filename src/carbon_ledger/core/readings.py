"""Rules for metered generation: no overlap, nothing before commissioning, nothing implausible."""

from collections.abc import Sequence

from carbon_ledger.canonical import LONG
from carbon_ledger.column import Column
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.in_force import Terms, highest_wh, stretches, terms_of
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import Reading, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    BrokenLogError,
    DecommissionedError,
    ImplausibleReadingError,
    NotCommissionedError,
    OverlapError,
)
from carbon_ledger.exact import apportion
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of


def run_of(entry: Entry) -> Readings:
    """The run of readings that an entry records."""
    event = entry.event
    return Readings(instant_of(event["start"]), event["step_s"], event["net_wh"], event.get("gross_wh"))


def check_run(view: View, name: str, run: Readings) -> None:
    """Refuse a run that a device cannot have generated, by the values that were in force at each step.

    Args:
        view: The state.
        name: The device's id.
        run: The run.

    Raises:
        UnknownDeviceError: There is no such device.
        NotCommissionedError: The run begins before the device's commissioning or metering.
        DecommissionedError: The device was decommissioned before the end of the run.
        ImplausibleReadingError: The energy of a step is more than capacity, time and margin allow.

    Source:
        Domain invariants 16 and 17; ledger-model section 8a.
    """
    terms = terms_of(view, name)
    _require_operating(terms, run)
    for part in stretches([terms], run.start_utc, run.step_s, len(run.net_wh)):
        most = terms.most_wh(part.start_utc, part.end_utc)
        highest = highest_wh(run.net_wh if run.gross_wh is None else run.gross_wh, part)
        if highest > most:
            device = terms.at(part.start_utc)
            raise ImplausibleReadingError(
                _where(device, run),
                f"a step of {run.step_s} s has {highest} Wh; {device.capacity_w} W with margin {device.margin} "
                f"generate at most {most} Wh: check the unit and the step, or the device's capacity",
            )


def _require_operating(terms: Terms, run: Readings) -> None:
    device = terms.device
    first = device.first_utc_in(terms.zone)
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
    idle = terms.idle(run.start_utc, run.end_utc)
    if idle:
        raise DecommissionedError(
            _where(device, run),
            f"the device was decommissioned on {terms.at(idle[0][0]).decommissioned} ({device.zone}), and cannot have "
            "generation from then on; check the period, or amend the device if it operates again",
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
    return Reading(device, run.start_utc, run.end_utc, run.step_s, run.total_wh, gross, source_n, from_n)


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
    check_run(view, device.id, run)
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
        NotCommissionedError: The run begins before a device's commissioning.
    """
    meter = lookup.meter(view, entry.event["meter"])
    whole = run_of(entry)
    devices = [terms_of(view, name) for name in meter.shares]
    if entry.event["devices"] != shared(view, meter.id, entry.event["net_wh"]):
        raise BrokenLogError(
            f"entry {entry.n}: the devices' columns are not the column of meter {meter.id}, apportioned by its shares"
        )
    for part in stretches(devices, whole.start_utc, whole.step_s, len(whole.net_wh)):
        most = sum(terms.most_wh(part.start_utc, part.end_utc) for terms in devices)
        together = highest_wh(whole.net_wh, part)
        if together > most:
            raise ImplausibleReadingError(
                f"meter {meter.id}, {Period(whole.start_utc, whole.end_utc)}",
                f"a step of {whole.step_s} s has {together} Wh; the devices together generate at most {most} Wh: "
                "check the unit and the step, or the devices' capacities",
            )
    rows: list[Row] = []
    for name in meter.shares:
        run = Readings(whole.start_utc, whole.step_s, entry.event["devices"][name])
        check_run(view, name, run)
        require_free(view, name, run)
        rows.append(row_of(name, run, entry.n, entry.n))
    return rows
