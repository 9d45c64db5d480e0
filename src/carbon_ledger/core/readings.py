"""Rules for metered generation: no overlap, nothing before commissioning, nothing implausible."""

from collections.abc import Mapping, Sequence
from functools import partial

from attrs import frozen

from carbon_ledger.column import LONG, Column
from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import REPLACED, in_place
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.in_force import Terms, terms_of
from carbon_ledger.core.owed import apportion_column
from carbon_ledger.core.plausibility import require_plausible
from carbon_ledger.core.series import series_rows
from carbon_ledger.core.state.decisions import decide
from carbon_ledger.core.state.rows import Owed, Reading, Row, meter_run
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import require_past
from carbon_ledger.devices import Device
from carbon_ledger.errors import (
    BrokenLogError,
    DecommissionedError,
    NotCommissionedError,
    OverlapError,
    RefusedError,
)
from carbon_ledger.metering.readings import INVOICED, MEASURED, SIDES, Readings
from carbon_ledger.meters import Meter
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.waivers import Waiver, waivers_of


def run_of(entry: Entry) -> Readings:
    """The run of readings that an entry records."""
    event = entry.event
    known = {name: event[name] for name in ("quality", "gross_wh", *SIDES, *INVOICED) if name in event}
    return Readings(instant_of(event["start"]), event["step_s"], event["net_wh"], **known)


def check_run(view: View, name: str, run: Readings, waivers: Sequence[Waiver], *, shared: bool = False) -> None:
    """Refuse a run that a device cannot have generated, by the values that were in force at each step.

    Args:
        view: The state.
        name: The device's id.
        run: The run.
        waivers: The checks that the caller waives.
        shared: Whether a meter of several devices measured the run, for the message.

    Raises:
        UnknownDeviceError: There is no such device.
        NotCommissionedError: The run begins before the device's commissioning or metering.
        DecommissionedError: The device was decommissioned before the end of the run.
        ImplausibleReadingError: The energy of a step is more than capacity, time and margin allow, or the step takes
            more from the grid than the station load; and that is not waived.

    Source:
        Domain invariants 16, 17 and 28; ledger-model section 8a.
    """
    terms = terms_of(view, name)
    _require_operating(terms, run, shared)
    require_plausible(partial(_where, terms.device, run), [terms], run, waivers)


def _require_operating(terms: Terms, run: Readings, shared: bool) -> None:
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
        others = "; for the other devices of the meter, register a new meter, with installed= and without replaces="
        raise DecommissionedError(
            _where(device, run),
            f"the device was decommissioned on {terms.at(idle[0][0]).decommissioned} ({device.zone}), and cannot have "
            "generation from then on; check the period, or amend the device if it operates again"
            + (others if shared else ""),
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
        DecommissionedError: The device was decommissioned before the end of the run.
        ImplausibleReadingError: A step has more energy than the device can generate, or than its station load takes.
        RefusedError: The run ends after the entry was recorded; or it is of a series of a file that is recorded for
            another device or meter.
    """
    device = lookup.device(view, entry.event["device"])
    run = run_of(entry)
    series = series_rows(view, [entry])
    check_run(view, device.id, run, waivers_of(entry.event))
    require_past(entry.at, Period(run.start_utc, run.end_utc), partial(_where, device, run), rule="future-reading")
    require_free(view, device.id, run)
    return [row_of(device.id, run, entry.n, entry.n), *series]


@frozen
class Shared:
    """A meter's column, apportioned: the column of each device, and what the devices are owed afterwards."""

    columns: Mapping[str, Sequence[int]]
    owed: tuple[int, ...]


def owed_of(view: View, meter: Meter) -> tuple[int, ...]:
    """What the devices of a meter are owed, in the order of their ids. [1/W Wh, shape (devices,)]

    Raises:
        BrokenLogError: The store has numbers for another count of devices.
    """
    row = view.owed(meter.id)
    if row is None:
        return (0,) * len(meter.shares)
    if len(row.owed) != len(meter.shares):
        raise BrokenLogError(
            f"meter {meter.id}: {len(row.owed)} numbers of what devices are owed, expected {len(meter.shares)}; audit "
            "the ledger"
        )
    return row.owed


def shared(view: View, meter: Meter, net_wh: Sequence[int], owed: tuple[int, ...]) -> Shared:
    """The columns of a meter's devices. Each step is apportioned by what the devices are owed.

    Args:
        view: The state.
        meter: The meter.
        net_wh: The meter's column. [Wh, shape (steps,)]
        owed: What the devices are owed before the column. [1/W Wh, shape (devices,)]

    Returns:
        The column of each device by the device's id, as events contain it [Wh, shape (steps,)], and what the devices
        are owed afterwards.

    Source:
        ledger-model section 2.
    """
    columns, after = decide(view, _apportioned, tuple(meter.shares.values()), tuple(net_wh), owed)
    named = zip(meter.shares, columns, strict=True)
    return Shared({device: as_column(column) for device, column in named}, after)


def as_column(values: Sequence[int]) -> Sequence[int]:
    """A column as events contain it: a `Column` if it is long, otherwise a list."""
    return Column(values) if len(values) >= LONG else list(values)


def _apportioned(
    _: View, weights: tuple[int, ...], net_wh: tuple[int, ...], owed: tuple[int, ...]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    columns, after = apportion_column(owed, weights, net_wh)
    return tuple(map(tuple, columns)), tuple(after)


def check_meter(view: View, meter: Meter, run: Readings, waivers: Sequence[Waiver]) -> None:
    """Refuse a run of a meter that its devices together cannot have generated, or taken from the grid.

    Raises:
        ImplausibleReadingError: A step has more energy than all devices together can generate, or than their station
            loads take, and that is not waived.
        NotCommissionedError: The run begins before the meter was installed.
        RefusedError: A value is no multiple of the meter's resolution, or another meter has taken the meter's place.
    """
    terms = [terms_of(view, name) for name in meter.shares]
    require_plausible(lambda: f"meter {meter.id}, {Period(run.start_utc, run.end_utc)}", terms, run, waivers)
    _require_readable(meter, run)
    for name in meter.shares:
        _require_in_place(view, meter, lookup.device(view, name), run)


def require_shared(entry: Entry, meter: Meter, found: Mapping[str, Sequence[int]], expected: Shared) -> None:
    """Refuse an entry whose devices' columns are not the meter's column, apportioned.

    Raises:
        BrokenLogError: They are not.
    """
    if {name: tuple(column) for name, column in found.items()} != {
        name: tuple(column) for name, column in expected.columns.items()
    }:
        raise BrokenLogError(
            f"entry {entry.n}: the devices' columns are not the column of meter {meter.id}, apportioned by what its "
            "devices are owed"
        )


def metered(view: View, entry: Entry) -> list[Row]:
    """Record a run of a shared meter, and the readings of its devices that are derived from the run.

    Raises:
        UnknownMeterError: There is no such meter.
        BrokenLogError: The devices' columns are not the meter's column, apportioned.
        ImplausibleReadingError: A step has more energy than all devices together can generate, or than their station
            loads take.
        OverlapError: Live readings of a device cover part of the period.
        NotCommissionedError: The run begins before a device's commissioning, or before the meter was installed.
        DecommissionedError: A device was decommissioned before the end of the run.
        RefusedError: The run ends after the entry was recorded, a value is no multiple of the meter's resolution,
            another meter has taken the meter's place; or the run is of a series of a file that is recorded for another
            device or meter.
    """
    meter = lookup.meter(view, entry.event["meter"])
    series = series_rows(view, [entry])
    whole = run_of(entry)
    period, waivers = Period(whole.start_utc, whole.end_utc), waivers_of(entry.event)
    expected = shared(view, meter, entry.event["net_wh"], owed_of(view, meter))
    require_shared(entry, meter, entry.event["devices"], expected)
    check_meter(view, meter, whole, waivers)
    require_past(entry.at, period, lambda: f"meter {meter.id}, {period}", rule="future-reading")
    rows: list[Row] = [row_of(meter_run(meter.id), whole, entry.n, entry.n), Owed(meter.id, entry.n, expected.owed)]
    for name in meter.shares:
        run = Readings(whole.start_utc, whole.step_s, entry.event["devices"][name], quality=whole.quality)
        check_run(view, name, run, waivers, shared=len(meter.shares) > 1)
        require_free(view, name, run)
        rows.append(row_of(name, run, entry.n, entry.n))
    return rows + series


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
        n = view.registration(REPLACED, meter.id)
        after = "" if n is None else view.entry(n).event["meter"]
        raise RefusedError(
            f"meter {meter.id}, {Period(run.start_utc, run.end_utc, device.zone)}",
            f"meter {after} took its place on {lookup.meter(view, after).installed}; record its readings from then on",
            rule="meter-replaced",
        )
