"""Queries about metered energy: what a device or a project generated in each local day or month."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar, Final, Literal

from attrs import Factory, define, field, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.issuance.monitoring import devices_of, gaps_of
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.devices import Device
from carbon_ledger.errors import PeriodError, QuantityError, StraddlingStepError
from carbon_ledger.metering.readings import MEASURED
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.zones import Zone, local_time
from carbon_ledger.printing import quote
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record
from carbon_ledger.tables import BOOLEAN, DATE, INTEGER, TEXT, Column, Listing, period_columns

By = Literal["day", "month"]
BYS: Final = ("day", "month")
_LONGEST_S: Final = 100 * 366 * 86_400  # of a period: a row is made for each of its days


@frozen(kw_only=True, repr=False)
class PeriodGeneration(Record):
    """What a device, or all devices of a project, generated in a local day or month.

    Attributes:
        device: The device, or None for a project.
        project: The project, or None for a device.
        day: The local day; of a month, its first day, also if the period begins later.
        period: The part of the day or month that lies in the period that was asked about. A local day has 23, 24 or 25
            hours.
        steps: How many metered steps of how many devices were added up.
        net_wh: Their net energy. [Wh]
        estimated_wh: Part of it that was estimated. [Wh]
        substituted_wh: Part of it that was substituted. [Wh]
        gaps: Time in which a device operated, and that has no reading. [(device, Period), ...]
    """

    _in_repr = ("device", "project", "day", "net_wh", "complete")
    _derived = ("complete", "gap_s")

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("device", TEXT),
        Column("project", TEXT),
        Column("day", DATE),
        *period_columns("period"),
        Column("length_s", INTEGER, lambda item: item.period.seconds),
        Column("steps", INTEGER),
        Column("net_wh", INTEGER),
        Column("estimated_wh", INTEGER),
        Column("substituted_wh", INTEGER),
        Column("complete", BOOLEAN),
        Column("gap_s", INTEGER),
    )
    device: str | None
    project: str | None
    day: date
    period: Period
    steps: int
    net_wh: int
    estimated_wh: int
    substituted_wh: int
    gaps: tuple[tuple[str, Period], ...]

    @property
    def complete(self) -> bool:
        """Whether every device has readings of the whole time in which it operated."""
        return not self.gaps

    @property
    def gap_s(self) -> int:
        """Time without a reading, added up over the devices. [s]"""
        return sum(gap.seconds for _, gap in self.gaps)


@define
class _Sum:
    """The sums of one day or month."""

    period: Period
    steps: int = 0
    net_wh: int = 0
    unmeasured: dict[str, int] = Factory(dict)
    gaps: list[tuple[str, Period]] = field(factory=list)


def generation_by(
    reader: Snapshot, interval: By, period: Period, *, device: str | None = None, project: str | None = None
) -> Listing[PeriodGeneration]:
    """The net energy of a device or a project in each local day or month of a period, from its live readings.

    Days and months are those of the zone of the device, or of the project.

    Args:
        interval: ``day`` or ``month``.
        period: The period. A day or month that it cuts is counted in part.
        device: The device's id.
        project: The project's id: the sum of the devices whose energy it claims. Give either this or *device*.

    Returns:
        Every day or month of the period, in time order.

    Raises:
        UnknownDeviceError: There is no such device.
        UnknownProjectError: There is no such project.
        StraddlingStepError: A metered step crosses an edge of the period, or of a day or month in it.
        QuantityError: Neither *device* nor *project* is given, or both are.
        PeriodError: *interval* is neither ``day`` nor ``month``, or *period* is not a `Period` of at most 100 years.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> plant = ledger.register_device(cl.Device(id="roof", name="Roof", technology="solar/photovoltaic",
        ...     capacity="9 MW", country="GB", grid="GB", zone="Europe/London", commissioned="2022-01-01"))
        >>> week = cl.Period.of("2024-10-26", "2024-10-29", zone="Europe/London")
        >>> recorded = ledger.record_readings("roof", start=week.start, step="1 hour", net_wh=[1000] * 49)
        >>> for row in ledger.generation_by("day", week, device="roof"):
        ...     print(row.day, row.net_wh, row.complete)
        2024-10-26 24000 True
        2024-10-27 25000 True
        2024-10-28 0 False
    """
    view = reader._view()
    within = checked_period(period, "period")
    if not isinstance(interval, str) or interval not in BYS:
        raise PeriodError(f"interval {quote(interval)}: expected one of {', '.join(BYS)}")
    if within.seconds > _LONGEST_S:
        raise PeriodError(
            f"period {within}: it has too many rows, one for each {interval}; expected a period of at most 100 years"
        )
    devices, zone = _devices(view, device, project)
    spans = within.days(zone) if interval == "day" else within.months(zone)
    sums = [_Sum(span) for span in spans]
    for item in devices:
        _add(view, item, within, sums, interval)
    return Listing([_row(item, device, project, interval, zone) for item in sums], PeriodGeneration)


def _devices(view: View, device: str | None, project: str | None) -> tuple[tuple[Device, ...], Zone]:
    """The devices that are added up, and the zone of their days."""
    if device is not None and project is None:
        only = lookup.device(view, device)
        return (only,), zone_of(view, only.zone)
    if project is not None and device is None:
        found = lookup.project(view, project)
        return devices_of(view, found), zone_of(view, found.zone)
    raise QuantityError("generation_by: expected either device= or project=, with its id")


def _add(view: View, device: Device, within: Period, sums: Sequence[_Sum], interval: By) -> None:
    """Add a device's live readings, and its gaps, to the sums of the days or months."""
    starts = [item.period.start_utc for item in sums]
    runs = view.readings(device.id, within.start_utc, within.end_utc)
    for run in runs:
        for item, start, end in _overlaps(starts, sums, run.start_utc, run.end_utc):
            _require_whole_steps(run, start, end, item.period, interval)
            net = energy_of(view, RunPart(run, start, end))[0]
            item.steps += (end - start) // run.step_s
            item.net_wh += net
            if run.quality != MEASURED:
                item.unmeasured[run.quality] = item.unmeasured.get(run.quality, 0) + net
    for gap in gaps_of(view, device, within, runs):
        for item, start, end in _overlaps(starts, sums, *gap):
            item.gaps.append((device.id, Period(start, end, item.period.zone)))


def _overlaps(starts: Sequence[int], sums: Sequence[_Sum], start: int, end: int) -> Iterator[tuple[_Sum, int, int]]:
    """The days or months that an interval overlaps, with the part of the interval in each."""
    for position in range(max(0, bisect_right(starts, start) - 1), len(sums)):
        span = sums[position].period
        if span.start_utc >= end:
            break
        yield sums[position], max(start, span.start_utc), min(end, span.end_utc)


def _require_whole_steps(run: Reading, start: int, end: int, span: Period, interval: By) -> None:
    for edge in (start, end):
        if (late := (edge - run.start_utc) % run.step_s) != 0:
            step = Period(edge - late, edge - late + run.step_s, span.zone)
            raise StraddlingStepError(
                f"device {run.device}, step {step}",
                f"it crosses an edge of a {interval}, and the energy on each side was not metered; "
                + ("ask by month, " if interval == "day" else "")
                + "choose another period, or record shorter steps",
                rule="step-crosses-period",
            )


def _row(item: _Sum, device: str | None, project: str | None, interval: By, zone: Zone) -> PeriodGeneration:
    day = local_time(item.period.start_utc, zone).date()
    return PeriodGeneration(
        device=device,
        project=project,
        day=day if interval == "day" else day.replace(day=1),
        period=item.period,
        steps=item.steps,
        net_wh=item.net_wh,
        estimated_wh=item.unmeasured.get("estimated", 0),
        substituted_wh=item.unmeasured.get("substituted", 0),
        gaps=tuple(item.gaps),
    )
