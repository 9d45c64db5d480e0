"""Commands that correct recorded readings."""

from collections.abc import Iterable

from carbon_ledger.arguments import Details, run_of_column, run_of_total
from carbon_ledger.choices import EnergyColumn, Quality, TimeLike
from carbon_ledger.core.midnights import named_span
from carbon_ledger.exact import Rounding
from carbon_ledger.ledger.commands.runs import Correction, correct_as
from carbon_ledger.ledger.recorder import Recorder
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.periods import Period
from carbon_ledger.units.kinds import Amount, Duration
from carbon_ledger.waivers import Waiver


def correct_generation(
    ledger: Recorder,
    device: str,
    period: Period,
    *,
    net: Amount | None = None,
    reason: str,
    evidence: str,
    gross: Amount | None = None,
    rounding: Rounding | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export: Amount | None = None,
    import_: Amount | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Correction:
    """Replace a device's readings over a period with a total; the old readings stay in the log.

    Args:
        device: The device's id.
        period: The interval; it must be made of whole live steps.
        net: The corrected net generation; may be left out if both sides are given. [energy; kWh, MWh, ...]
        reason: The reason, in words.
        evidence: Digest of the document that shows the correct value; see `digest_file`.
        gross: The corrected gross generation. [energy]
        rounding: How to round fractions of a Wh; without *rounding*, they are refused.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: How the value came about: ``measured``, ``estimated`` or ``substituted``.
        export, import_: Metered export and import, given together; net is exactly export minus import. [energy]
        invoiced: Export and import as they were invoiced; the metered ones count. [(energy, energy)]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The correction: its entry, and the issuances and units that it changed.

    Raises:
        UnknownDeviceError, OverlapError: There is no such device; or live steps do not cover the period exactly.
        ImplausibleReadingError: *net* is beyond what the device can generate or take, or above *gross*.
        MissingDataError, WaiverError: *evidence* is None; or *waivers* contains something other than a `Waiver`.
        StraddlingStepError: The new step crosses the edge of a claim.
        RefusedError: Granular certificates were issued for the readings, by other steps than the new ones.

    Source:
        ledger-model sections 2 and 7.
    """
    run = run_of_total(period, net, gross, rounding, Details(quality, export, import_, invoiced))
    return correct_as(ledger, "correct_generation", ("device", device), run, reason, evidence, key, by, period, waivers)


def correct_readings(
    ledger: Recorder,
    device: str,
    *,
    start: TimeLike,
    step: Duration,
    net_wh: EnergyColumn | None = None,
    reason: str,
    evidence: str,
    gross_wh: EnergyColumn | None = None,
    zone: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export_wh: EnergyColumn | None = None,
    import_wh: EnergyColumn | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Correction:
    """Replace a device's readings with a column of steps; the old readings stay in the log.

    Args:
        device: The device's id.
        start: Start of the first step: an aware time, or a local day of *zone*.
        step: Length of each step. [time; hour, min, ...]
        net_wh: The corrected net energy of each step. [Wh, integers, shape (steps,)]
        reason: The reason, in words.
        evidence: Digest of the document that shows the correct values; see `digest_file`.
        gross_wh: The corrected gross generation of each step. [Wh, integers, shape (steps,)]
        zone: IANA zone of a *start* that is a date.
        waivers: Checks that are waived, by name, each with its reason; ``implausible-reading`` admits any energy.
        quality: How the values came about: ``measured``, ``estimated`` or ``substituted``.
        export_wh, import_wh: Metered export and import; net is exactly export minus import. [Wh, shape (steps,)]
        invoiced: Export and import as they were invoiced; the metered ones count. [(energy, energy)]
        key: Idempotency key: repeating the call with the same key records nothing again.
        by: The actor; by default, the actor that the ledger was opened with.

    Returns:
        The correction: its entry, and the issuances and units that it changed.

    Raises:
        UnknownDeviceError, InexactNumberError: There is no such device; or the column contains floats.
        OverlapError, StraddlingStepError: Live steps do not cover it exactly; or a step crosses the edge of a claim.
        RefusedError: Granular certificates were issued for the readings, by other steps than the new ones.
        ImplausibleReadingError: A step is more than the device can generate, or less than its station load takes.
        MissingDataError, WaiverError: *evidence* is None; or *waivers* contains something other than a `Waiver`.
    """
    run = run_of_column(start, step, net_wh, gross_wh, zone, Details(quality, export_wh, import_wh, invoiced))
    named = named_span(run.start_utc, run.step_s * len(run.net_wh), zone)
    return correct_as(ledger, "correct_readings", ("device", device), run, reason, evidence, key, by, named, waivers)


def correct_meter(
    ledger: Recorder,
    meter: str,
    *,
    start: TimeLike,
    step: Duration,
    net_wh: EnergyColumn | None = None,
    reason: str,
    evidence: str,
    zone: str | None = None,
    waivers: Iterable[Waiver] | Waiver = (),
    quality: Quality = MEASURED,
    export_wh: EnergyColumn | None = None,
    import_wh: EnergyColumn | None = None,
    invoiced: tuple[Amount, Amount] | None = None,
    key: str | None = None,
    by: str | None = None,
) -> Correction:
    """Replace a shared meter's readings with a column of steps, and with them the readings of all its devices.

    The old column and its parts are taken out of what the devices are owed, and the new column is apportioned as by
    `record_meter_readings`. A device's own correction, which changes nothing that is owed, is replaced as well.

    Args:
        meter: The meter's id.
        start: Start of the first step: an aware time, or a local day of *zone*.
        step: Length of each step. [time; hour, min, ...]
        net_wh: The corrected net energy of all devices of the meter in each step. [Wh, integers, shape (steps,)]
        reason: The reason, in words.
        evidence: Digest of the document that shows the correct values; see `digest_file`.
        zone: IANA zone of a *start* that is a date.
        waivers, quality, export_wh, import_wh, invoiced, key, by: As for `correct_readings`.

    Returns:
        The correction: its entry, and the issuances and units that it changed.

    Raises:
        UnknownMeterError, InexactNumberError: There is no such meter; or the column contains floats.
        OverlapError, StraddlingStepError: The meter's steps do not cover it exactly; or a step crosses a claim's edge.
        NotCommissionedError, DecommissionedError: The meter was not installed yet; or a device was not in operation.
        ImplausibleReadingError: A step is more than the devices can generate, or less than their station loads take.
        MissingDataError, WaiverError: *evidence* is None; or *waivers* contains something other than a `Waiver`.
        RefusedError: As for `correct_readings`; a value is no multiple of the resolution; or the meter was replaced.

    Source:
        ledger-model sections 2 and 7.
    """
    run = run_of_column(start, step, net_wh, None, zone, Details(quality, export_wh, import_wh, invoiced))
    named = named_span(run.start_utc, run.step_s * len(run.net_wh), zone)
    return correct_as(ledger, "correct_meter", ("meter", meter), run, reason, evidence, key, by, named, waivers)
