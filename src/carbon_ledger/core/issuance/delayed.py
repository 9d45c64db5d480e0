"""Late calibrations in a quantification: which energy was metered meanwhile, and by which errors it is corrected.

Only carbon credits are corrected. The rule is that of the CDM; no rule of a certificate scheme was found that asks for
it. [M]
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

from attrs import evolve

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import LateTime, late_times
from carbon_ledger.core.issuance.monitoring import Monitored
from carbon_ledger.core.issuance.run_parts import RunPart, step_values
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import RefusedError
from carbon_ledger.methodologies import LateEnergy
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.periods.zones import Zone

Errors = tuple[Decimal, Decimal]
Sides = tuple[Fraction, Fraction]


def with_deductions(
    view: View, devices: Sequence[Device], monitored: Monitored, zone: Zone, before_n: int | None
) -> Monitored:
    """Monitored steps, with the energy that was metered while the calibration of a meter was late.

    A step of which any part lies in the late time counts as a whole. Where export and import were not recorded, a
    positive net energy is taken for export, and a negative one for import. [C]

    Args:
        view: The state.
        devices: The devices.
        monitored: The steps.
        zone: The zone that decides where a vintage begins.
        before_n: Only meters and calibrations that were recorded before this entry; by default, all.

    Source:
        CDM validation and verification standard for project activities v2.0, paragraph 369. [P]
    """
    found: dict[tuple[str, int], tuple[LateEnergy, ...]] = {}
    for device in devices:
        late = late_times(view, device, before_n)
        if late:
            sums = _late_energy(view, late, monitored.parts[device.id], zone)
            found |= {(device.id, year): energies for year, energies in sums.items()}
    if not found:
        return monitored
    generation = (evolve(item, late=found.get((item.device, item.vintage), ())) for item in monitored.generation)
    return evolve(monitored, generation=tuple(generation))


def require_calibrated(view: View, devices: Sequence[Device], monitored: Monitored) -> None:
    """Refuse steps that were metered after a calibration was due that has not been done.

    Raises:
        RefusedError: A calibration is outstanding.

    Source:
        CDM validation and verification standard for project activities, on a calibration that was not done at the time
        of verification: it is requested before the verification ends. [M]
    """
    for device in devices:
        late = late_times(view, device)
        for part in monitored.parts[device.id] if late else ():
            for item in times_of_run(view, part.run, late):
                if item.calibration_n is None and item.start_utc < part.end_utc and part.start_utc < item.end_utc:
                    raise RefusedError(
                        f"device {device.id}",
                        f"a calibration is outstanding ({item.because}); record it with record_calibration(), or pass "
                        "Waiver('calibration-overdue', reason): the maximum permissible error is then deducted",
                        rule="calibration-overdue",
                    )


def times_of_run(view: View, run: Reading, late: Sequence[LateTime]) -> list[LateTime]:
    """The late times of the meter that measured a run.

    A run that was recorded for a meter is of that meter. Any other is of every meter that measures the device alone or,
    if no meter does, of every meter that the device feeds.
    """
    meter = view.entry(run.source_n).event.get("meter")
    if meter is not None:
        return [item for item in late if item.meter == meter]
    return [item for item in late if item.decides]


def _late_energy(
    view: View, late: Sequence[LateTime], parts: Iterable[RunPart], zone: Zone
) -> dict[int, tuple[LateEnergy, ...]]:
    """The energy of late steps of a device by vintage, once for each pair of errors."""
    sums: dict[tuple[int, Errors], Sides] = {}
    because: dict[tuple[int, Errors], set[str]] = {}
    for part in parts:
        times = times_of_run(view, part.run, late)
        if not any(item.start_utc < part.end_utc and part.start_utc < item.end_utc for item in times):
            continue
        for start, end, sides in _steps(view, part):
            over = [item for item in times if item.start_utc < end and start < item.end_utc]
            if not over:
                continue
            errors = max(item.export_error for item in over), max(item.import_error for item in over)
            for year, share in _years(start, end, zone):
                before = sums.get((year, errors), (Fraction(0), Fraction(0)))
                sums[year, errors] = before[0] + sides[0] * share, before[1] + sides[1] * share
                because.setdefault((year, errors), set()).update(item.because for item in over)
    found: dict[int, tuple[LateEnergy, ...]] = {}
    for (year, errors), (export, import_) in sorted(sums.items()):
        words = "; ".join(sorted(because[year, errors]))
        found[year] = (*found.get(year, ()), LateEnergy(*errors, ceil(export), ceil(import_), words))
    return found


def _years(start_utc: int, end_utc: int, zone: Zone) -> Iterator[tuple[int, Fraction]]:
    """The local years of a step, each with its share of the seconds."""
    for year, span in Period(start_utc, end_utc).split_by_year(zone):
        yield year, Fraction(span.seconds, end_utc - start_utc)


def _steps(view: View, part: RunPart) -> Iterator[tuple[int, int, Sides]]:
    """The steps of a part of a run, with the device's export and import. [Wh]"""
    step = part.run.step_s
    event = view.entry(part.run.source_n).event
    starts = range(part.start_utc, part.end_utc, step)
    if "export_wh" in event:
        first = (part.start_utc - instant_of(event["start"])) // step
        share = _share(view, event, part.run.device)
        columns = (event[name][first : first + len(starts)] for name in ("export_wh", "import_wh"))
        for at, export, import_ in zip(starts, *columns, strict=True):
            yield at, at + step, (export * share, import_ * share)
    else:
        for at, net in zip(starts, step_values(view, part)[0], strict=True):
            yield at, at + step, (Fraction(max(0, net)), Fraction(max(0, -net)))


def _share(view: View, event: Mapping[str, object], device: str) -> Fraction:
    """The device's share of the sides of a run: all of them, unless the run is that of a meter."""
    if "meter" not in event:
        return Fraction(1)
    shares = lookup.meter(view, str(event["meter"])).shares
    return Fraction(shares[device], sum(shares.values()))
