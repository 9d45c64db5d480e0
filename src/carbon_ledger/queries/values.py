"""Metered values, step by step, and the energy of a period: the live readings, as their entries record them."""

from collections.abc import Iterator
from itertools import chain
from typing import ClassVar

from attrs import frozen

from carbon_ledger import units
from carbon_ledger.core import lookup
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of, step_values, whole_steps_in
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import StraddlingStepError
from carbon_ledger.periods import Period, checked_period
from carbon_ledger.periods.spans import FromStart, Span
from carbon_ledger.queries.snapshot import Snapshot
from carbon_ledger.records import Record
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column, Table, Tabular


@frozen(kw_only=True, repr=False)
class MeteredValue(Span):
    """The metered energy of one step.

    Attributes:
        start_utc: Start of the step. [s since 1970-01-01 UTC]
        end_utc: End of the step, exclusive. [s since 1970-01-01 UTC]
        net_wh: Net energy, export minus import. [Wh]
        gross_wh: Gross energy, or `None` if it was not recorded. [Wh]
        quality: ``measured``, ``estimated`` or ``substituted``.
        entry: The entry that recorded the value.
    """

    start_utc: int
    end_utc: int
    net_wh: int
    gross_wh: int | None
    quality: str
    entry: int


@frozen(kw_only=True, repr=False)
class MeteredSteps(FromStart):
    """Consecutive steps of one run of readings, as columns.

    Attributes:
        start_utc: Start of the first step. [s since 1970-01-01 UTC]
        step_s: Length of each step. [s]
        net_wh: Net energy of each step. [Wh]
        gross_wh: Gross energy of each step, or `None` if it was not recorded. [Wh]
        quality: ``measured``, ``estimated`` or ``substituted``.
        entry: The entry that recorded the run.
    """

    start_utc: int
    step_s: int
    net_wh: tuple[int, ...]
    gross_wh: tuple[int, ...] | None
    quality: str
    entry: int

    def values(self) -> Iterator[MeteredValue]:
        """The values, one for each step, in time order."""
        for position, net in enumerate(self.net_wh):
            start = self.start_utc + position * self.step_s
            yield MeteredValue(
                start_utc=start,
                end_utc=start + self.step_s,
                net_wh=net,
                gross_wh=None if self.gross_wh is None else self.gross_wh[position],
                quality=self.quality,
                entry=self.entry,
            )


@frozen(kw_only=True, repr=False)
class MeteredValues(Record, Tabular):
    """The live metered values of a device in a period, in time order: a table with a row for each step.

    The values are read as columns. The record of a step is made when it is asked for.

    Attributes:
        device: The device's id.
        period: The period.
        runs: The steps as columns, one run after another.
    """

    _derived = ("step_count", "total_wh")
    _in_repr = ("device", "step_count", "total_wh", "period")
    _columns: ClassVar[tuple[Column, ...]] = (
        *(Column("start", TIME), Column("end", TIME), Column("net_wh", INTEGER), Column("gross_wh", INTEGER)),
        *(Column("quality", TEXT), Column("entry", INTEGER)),
    )

    device: str
    period: Period
    runs: tuple[MeteredSteps, ...]

    @property
    def step_count(self) -> int:
        """The number of steps."""
        return sum(len(run.net_wh) for run in self.runs)

    @property
    def net_wh(self) -> tuple[int, ...]:
        """The net energy of every step. [Wh]"""
        return tuple(chain.from_iterable(run.net_wh for run in self.runs))

    @property
    def total_wh(self) -> int:
        """The net energy of all steps. [Wh]"""
        return sum(sum(run.net_wh) for run in self.runs)

    def __len__(self) -> int:
        """The number of steps."""
        return self.step_count

    def __iter__(self) -> Iterator[MeteredValue]:
        """The values, one for each step, in time order."""
        return chain.from_iterable(run.values() for run in self.runs)

    def _table(self) -> Table:
        rows = tuple(
            (item.start, item.end, item.net_wh, item.gross_wh, item.quality, item.entry) for item in iter(self)
        )
        return Table(f"Metered values of {self.device}", self._columns, rows)


def values(reader: Snapshot, device: str, period: Period) -> MeteredValues:
    """The live metered values of a device in a period, step by step.

    Readings that corrections have replaced are not included; `readings` with ``superseded=True`` lists them. A time
    without a reading has no step.

    Args:
        device: The device's id.
        period: The period.

    Raises:
        UnknownDeviceError: There is no such device.
        StraddlingStepError: A step crosses an edge of the period.
        PeriodError: *period* is not a `Period`.

    Source:
        ledger-model section 2.

    Example:
        >>> import carbon_ledger as cl
        >>> ledger = cl.open_ledger(":memory:")
        >>> _ = ledger.register_device(cl.Device(id="roof", name="School roof", technology="solar/photovoltaic",
        ...     capacity="80 kW", country="AU", grid="AU", zone="Australia/Sydney", commissioned="2024-02-01"))
        >>> _ = ledger.record_readings("roof", start="2024-05-01T00:00Z", step="1 hour", net_wh=[0, 20_500, 31_000])
        >>> found = ledger.values("roof", cl.Period.of("2024-05-01T01:00Z", "2024-05-01T03:00Z"))
        >>> [(f"{item.start:%H:%M}", item.net_wh, item.quality) for item in found]
        [('01:00', 20500, 'measured'), ('02:00', 31000, 'measured')]
    """
    view = reader._view()
    lookup.device(view, device)
    within = checked_period(period, "period")
    runs = tuple(_steps(view, part) for part in _whole_parts(view, device, within))
    return MeteredValues(device=device, period=within, runs=runs)


def generation(reader: Snapshot, device: str, period: Period) -> "units.Quantity":
    """The live net energy of a device in a period. [MWh]

    Args:
        device: The device's id.
        period: The period. A time without a reading counts zero.

    Raises:
        UnknownDeviceError: There is no such device.
        StraddlingStepError: A step crosses an edge of the period: how much of its energy is inside was not metered.
        PeriodError: *period* is not a `Period`.

    Source:
        ledger-model section 2.
    """
    view = reader._view()
    lookup.device(view, device)
    within = checked_period(period, "period")
    return units.energy(sum(energy_of(view, part)[0] for part in _whole_parts(view, device, within)))


def _whole_parts(view: View, device: str, period: Period) -> Iterator[RunPart]:
    """The live steps of a device in a period, as parts of runs; a step that crosses an edge is refused."""
    for run in view.readings(device, period.start_utc, period.end_utc):
        for edge_utc in (period.start_utc, period.end_utc):
            if run.start_utc < edge_utc < run.end_utc and (edge_utc - run.start_utc) % run.step_s:
                raise _cut(run, edge_utc, period)
        part = whole_steps_in(run, period)
        if part is not None:
            yield part


def _cut(run: Reading, edge_utc: int, period: Period) -> StraddlingStepError:
    start_utc = edge_utc - (edge_utc - run.start_utc) % run.step_s
    step = Period(start_utc, start_utc + run.step_s, period.zone)
    return StraddlingStepError(
        f"device {run.device}, step {step}",
        f"it crosses an edge of the period {period}, and the energy on each side was not metered; expected a period "
        "that begins and ends between steps: extend it to the whole step, or end it before the step",
        rule="step-crosses-period",
    )


def _steps(view: View, part: RunPart) -> MeteredSteps:
    net, gross = step_values(view, part)
    return MeteredSteps(
        start_utc=part.start_utc,
        step_s=part.run.step_s,
        net_wh=tuple(net),
        gross_wh=None if gross is None else tuple(gross),
        quality=part.run.quality,
        entry=part.run.source_n,
    )
