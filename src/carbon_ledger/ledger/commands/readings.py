"""Commands that record readings of devices and of meters that devices share."""

from collections.abc import Iterable

from attrs import evolve

from carbon_ledger.arguments import Details, run_of_column, run_of_total
from carbon_ledger.choices import EnergyColumn, Quality, TimeLike
from carbon_ledger.core.midnights import named_span
from carbon_ledger.exact import Rounding
from carbon_ledger.ledger.commands.runs import Recorded, checked_run, record_run_as, record_shared_as
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.metering.readings import MEASURED, Readings, checked_quality
from carbon_ledger.periods import Period
from carbon_ledger.units.kinds import Amount, Duration
from carbon_ledger.waivers import Waiver


def record_generation(
    ledger: Recorder,
    device: str,
    period: Period,
    *,
    net: Amount | None = None,
    gross: Amount | None = None,
    evidence: str | None = None,
    rounding: Rounding | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export: Amount | None = None,
    import_: Amount | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Recorded:
    """Record a device's total over a period, as a reading of one step.

    Args:
        device: The device's id.
        period: The metered interval.
        net: Net generation delivered to the grid, export minus import. [energy; kWh, MWh, ...]
        gross: Generation before station service, if a rule needs it. [energy]
        evidence: Digest of the document that the reading came from; see `digest_file`.
        rounding: How to round fractions of a Wh; without *rounding*, they are refused.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: How the value came about: ``measured``, ``estimated`` or ``substituted``.
        export, import_: Metered export and import, given together; net is exactly export minus import. [energy]
        invoiced: Export and import as they were invoiced; the metered ones count. [(energy, energy)]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The numbers of the first and the last entry, and the net energy recorded.

    Raises:
        UnknownDeviceError: There is no such device.
        UnitMismatchError: *net* or *gross* is not an energy.
        InexactNumberError: *net* or *gross* is a float, or is finer than 1 Wh without *rounding*.
        OverlapError: A live reading already covers part of the period.
        NotCommissionedError, DecommissionedError: The device was not yet, or no longer, in operation.
        ImplausibleReadingError: *net* is beyond what the device can generate or take, or above *gross*.
        RefusedError: The period ends after now.
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    run = run_of_total(period, net, gross, rounding, Details(quality, export, import_, invoiced))
    return record_run_as(ledger, "record_generation", device, run, evidence, key, by, period, waivers)


def record_readings(
    ledger: Recorder,
    device: str,
    *,
    start: TimeLike,
    step: Duration,
    net_wh: EnergyColumn | None = None,
    gross_wh: EnergyColumn | None = None,
    zone: str | None = None,
    evidence: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export_wh: EnergyColumn | None = None,
    import_wh: EnergyColumn | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Recorded:
    """Record a column of a device's readings, with one value for each step.

    Args:
        device: The device's id.
        start: Start of the first step: an aware time, or a local day of *zone*.
        step: Length of each step. [time; hour, min, ...]
        net_wh: Net energy of each step. [Wh, integers, shape (steps,)]
        gross_wh: Generation of each step before station service. [Wh, integers, shape (steps,)]
        zone: IANA zone of a *start* that is a date.
        evidence: Digest of the document that they came from; see `digest_file`.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: How the values came about: ``measured``, ``estimated`` or ``substituted``.
        export_wh, import_wh: Metered export and import; net is exactly export minus import. [Wh, shape (steps,)]
        invoiced: Export and import as they were invoiced; the metered ones count. [(energy, energy)]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The numbers of the first and the last entry, and the net energy recorded.

    Raises:
        UnknownDeviceError, OverlapError: There is no such device; or live readings cover part of the time.
        InexactNumberError, NaiveTimeError: The column contains floats; or *start* has no zone.
        NotCommissionedError, DecommissionedError: The device was not yet, or no longer, in operation.
        ImplausibleReadingError: A step is more than the device can generate, or less than its station load takes.
        RefusedError: The column ends after now.
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    run = run_of_column(start, step, net_wh, gross_wh, zone, Details(quality, export_wh, import_wh, invoiced))
    named = named_span(run.start_utc, run.end_utc - run.start_utc, zone)
    return record_run_as(ledger, "record_readings", device, run, evidence, key, by, named, waivers)


def record_run(
    ledger: Recorder,
    device: str,
    run: Readings,
    *,
    evidence: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Recorded:
    """Record a run of readings, as `read_meter_csv` returns it.

    Args:
        device: The device's id.
        run: The run, e.g. one of `MeterFile.runs`.
        evidence: Digest of the document that the run came from, e.g. `MeterFile.sha256`.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: ``measured``, ``estimated`` or ``substituted``; by default, the quality of *run*.
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The numbers of the first and the last entry, and the net energy recorded.

    Raises:
        UnknownDeviceError: There is no such device.
        OverlapError: A live reading already covers part of the time.
        NotCommissionedError, DecommissionedError: The device was not yet, or no longer, in operation.
        ImplausibleReadingError: A step is more than the device can generate, or less than its station load takes.
        RefusedError: The column ends after now.
        WaiverError: *waivers* contains something other than a `Waiver`.
        QuantityError: *run* is not a `Readings`.
    """
    given = checked_run(run)
    if quality is not None:
        given = evolve(given, quality=checked_quality(quality))
    return record_run_as(ledger, "record_readings", device, given, evidence, key, by, None, waivers)


def record_meter(
    ledger: Recorder,
    meter: str,
    period: Period,
    *,
    net: Amount | None = None,
    evidence: str | None = None,
    rounding: Rounding | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export: Amount | None = None,
    import_: Amount | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Recorded:
    """Record a shared meter's total over a period, together with the readings of its devices.

    The total is divided by the largest remainder of what each device is owed: its exact share of all that the meter
    recorded, less what it was given. Each device remains within 1 Wh of its exact share; ties go by device id.

    Args:
        meter: The meter's id.
        period: The metered interval.
        net: Net generation of all devices of the meter. [energy; kWh, MWh, ...]
        evidence: Digest of the document that the reading came from; see `digest_file`.
        rounding: How to round fractions of a Wh; without *rounding*, they are refused.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: How the value came about: ``measured``, ``estimated`` or ``substituted``.
        export, import_: Metered export and import, given together; net is exactly export minus import. [energy]
        invoiced: Export and import as they were invoiced; the metered ones count. [(energy, energy)]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The numbers of the first and the last entry, and the net energy recorded.

    Raises:
        UnknownMeterError, UnitMismatchError: There is no such meter; or *net* is not an energy.
        OverlapError, DecommissionedError: A device has a live reading in the period, or was decommissioned by its end.
        NotCommissionedError: The period begins before a device's commissioning, or before the meter was installed.
        ImplausibleReadingError: *net* is more than the devices can generate, or less than their station loads take.
        RefusedError: The period ends after now; a value is no multiple of the resolution; or the meter was replaced.
        WaiverError: *waivers* contains something other than a `Waiver`.

    Source:
        ledger-model section 2.
    """
    run = run_of_total(period, net, None, rounding, Details(quality, export, import_, invoiced))
    return record_shared_as(ledger, "record_meter", meter, run, evidence, key, by, period, waivers)


def record_meter_readings(
    ledger: Recorder,
    meter: str,
    *,
    start: TimeLike,
    step: Duration,
    net_wh: EnergyColumn | None = None,
    zone: str | None = None,
    evidence: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export_wh: EnergyColumn | None = None,
    import_wh: EnergyColumn | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Recorded:
    """Record a column of a shared meter's readings, together with the readings of its devices.

    Each step is divided as `record_meter` divides a total.

    Args:
        meter: The meter's id.
        start: Start of the first step: an aware time, or a local day of *zone*.
        step: Length of each step. [time; hour, min, ...]
        net_wh: Net energy of all devices of the meter in each step. [Wh, integers, shape (steps,)]
        zone: IANA zone of a *start* that is a date.
        evidence: Digest of the document that the readings came from; see `digest_file`.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: How the values came about: ``measured``, ``estimated`` or ``substituted``.
        export_wh, import_wh: Metered export and import; net is exactly export minus import. [Wh, shape (steps,)]
        invoiced: Export and import as they were invoiced; the metered ones count. [(energy, energy)]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The numbers of the first and the last entry, and the net energy recorded.

    Raises:
        UnknownMeterError: There is no such meter.
        InexactNumberError, NaiveTimeError: The column contains floats; or *start* has no zone.
        OverlapError, DecommissionedError: A device has a live reading in that time, or was decommissioned by its end.
        NotCommissionedError: The column begins before a device's commissioning, or before the meter was installed.
        ImplausibleReadingError: A step is more than the devices can generate, or less than their station loads take.
        RefusedError: The column ends after now; a value is no multiple of the resolution; or the meter was replaced.
        WaiverError: *waivers* contains something other than a `Waiver`.
    """
    run = run_of_column(start, step, net_wh, None, zone, Details(quality, export_wh, import_wh, invoiced))
    named = named_span(run.start_utc, run.step_s * len(run.net_wh), zone)
    return record_shared_as(ledger, "record_meter_readings", meter, run, evidence, key, by, named, waivers)
