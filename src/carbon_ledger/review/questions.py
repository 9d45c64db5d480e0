"""What the rules of a review may ask: series device by device and run by run, claimed energy, and single entries.

Nothing is read as a whole: runs are asked for window by window, entries are decoded one at a time, and what is
remembered is a number for each project.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from attrs import define, field, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import meters_of
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    CORRECTION_STAGED,
    CORRECTIONS,
    GENERATION_RECORDED,
    ISSUANCE_RECORDED,
    METER_RECORDED,
    QUANTIFICATION_APPROVED,
)
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of, step_values
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Issuance, Reading, meter_run
from carbon_ledger.core.state.store import Store
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.devices import Device
from carbon_ledger.meters import Meter
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.periods.zones import Zone
from carbon_ledger.projects import Project
from carbon_ledger.queries.ledger_page.walk import type_of
from carbon_ledger.review.causes import Amounts

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
_WINDOW_S: Final = 92 * DAY_S  # of readings that are asked for together
RECORDING: Final = (GENERATION_RECORDED, METER_RECORDED, CORRECTION_STAGED, *CORRECTIONS)
_METER: Final = "meter/"


@frozen(kw_only=True)
class Source:
    """An entry with readings, without its values.

    Attributes:
        n: The entry.
        at_utc: When it was recorded. [s since 1970-01-01 UTC]
        by: Who recorded it.
        type: The type of the event.
        subject: The device, or `meter_run` of the shared meter, whose column the entry has.
        start_utc: Start of its first step.
        end_utc: End of its last step.
        step_s: The length of a step. [s]
        evidence: The digest of the evidence, or None.
        reason: The reason of a correction; otherwise empty.
        command_n: The first entry of its command.
        waivers: The names and the reasons of its waivers.
    """

    n: int
    at_utc: int
    by: str
    type: str
    subject: str
    start_utc: int
    end_utc: int
    step_s: int
    evidence: str | None
    reason: str
    command_n: int
    waivers: tuple[tuple[str, str], ...] = ()


def source_of(entry: Entry) -> Source:
    """What an entry with readings states, without its values."""
    event = entry.event
    start = instant_of(event["start"])
    subject = meter_run(event["meter"]) if "meter" in event else event["device"]
    return Source(
        n=entry.n,
        at_utc=second_of(entry.at),
        by=entry.by,
        type=entry.type,
        subject=subject,
        start_utc=start,
        end_utc=start + len(event["net_wh"]) * event["step_s"],
        step_s=event["step_s"],
        evidence=event.get("evidence"),
        reason=event.get("reason", ""),
        command_n=entry.n - entry.part + 1,
        waivers=tuple((item["name"], item["reason"]) for item in event.get("waivers", ())),
    )


@frozen
class ClaimedPart:
    """Steps of one run that one issuance claims.

    Attributes:
        part: The steps.
        net_wh: Their net energy. [Wh]
        issuance: The issuance.
        source: The entry that has their values.
    """

    part: RunPart
    net_wh: int
    issuance: Issuance
    source: Source


def blocks_of(event: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """The blocks of an event about units: batch, first and last serial of each."""
    for item in (event, *event.get("more", ())):
        yield item["batch"], item["first"], item["last"]


def label_of(subject: str) -> str:
    """The name of a series: ``device plant`` or ``meter feeder``."""
    return f"meter {subject.removeprefix(_METER)}" if subject.startswith(_METER) else f"device {subject}"


@define
class Questions:
    """The questions that rules may ask of a ledger.

    Attributes:
        view: The state.
        store: The store, whose first `view.size` entries the review is about.
        view_of: Returns the state after the first entries.
        only: The projects that the review is restricted to, or None.
    """

    view: View
    store: Store
    view_of: Callable[[int], View]
    only: tuple[str, ...] | None = None
    _claimed: dict[str, int] = field(factory=dict, init=False)
    _units: dict[str, int] = field(factory=dict, init=False)

    @cached_property
    def at_utc(self) -> int:
        """When the last entry was recorded; a review uses no clock. [s since 1970-01-01 UTC]"""
        return second_of(self.view.entry(self.view.size - 1).at)

    @cached_property
    def is_open(self) -> bool:
        """Whether anybody may record: the policy is ``open``."""
        return str(self.view.entry(0).event["policy"]) == "open"

    @cached_property
    def projects(self) -> tuple[str, ...]:
        """The ids of the projects that the review is about, sorted."""
        return tuple(sorted(self.view.registrations("project") if self.only is None else self.only))

    @cached_property
    def devices(self) -> tuple[str, ...]:
        """The ids of the devices that the review is about, sorted."""
        if self.only is None:
            return tuple(sorted(self.view.registrations("device")))
        return tuple(sorted({name for item in self.projects for name in self.project(item).devices}))

    @cached_property
    def meters(self) -> tuple[str, ...]:
        """The ids of the meters of these devices, sorted."""
        return tuple(sorted({name for item in self.devices for name in self.view.registrations(meters_of(item))}))

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What has a series of its own: devices, and shared meters by their own columns."""
        return (*self.devices, *map(meter_run, self.meters))

    def project(self, name: str) -> Project:
        """A project."""
        return lookup.project(self.view, name)

    def device(self, name: str) -> Device:
        """A device as it was registered."""
        return lookup.device(self.view, name)

    def meter(self, name: str) -> Meter:
        """A meter."""
        return lookup.meter(self.view, name)

    def devices_behind(self, subject: str) -> tuple[str, ...]:
        """The devices whose energy a series is of: the device itself, or those of the shared meter."""
        return tuple(self.meter(subject.removeprefix(_METER)).shares) if subject.startswith(_METER) else (subject,)

    def zone_of(self, subject: str) -> Zone:
        """The rules of the zone of a series, which is that of its first device."""
        return zone_of(self.view, self.device(self.devices_behind(subject)[0]).zone)

    def resolution_wh(self, subject: str) -> int | None:
        """The smallest difference that the meter of a series shows, or None if none is registered. [Wh]"""
        if subject.startswith(_METER):
            return self.meter(subject.removeprefix(_METER)).resolution_wh
        found = {self.meter(name).resolution_wh for name in self.view.registrations(meters_of(subject))}
        return max((item for item in found if item is not None), default=None)

    def entry(self, n: int) -> Entry:
        """Entry *n*."""
        return self.view.entry(n)

    def recorded_utc(self, n: int) -> int:
        """When entry *n* was recorded. [s since 1970-01-01 UTC]"""
        return second_of(self.view.entry(n).at)

    def entries(self, *kinds: str) -> Iterator[Entry]:
        """The entries of some types, oldest first, decoded one at a time."""
        for data in self.store.entries(0, self.view.size):
            if type_of(data) in kinds:
                yield Entry.from_bytes(data)

    def heads(self) -> Iterator[tuple[int, str]]:
        """The number and the recorded time of every entry, as text."""
        for n, data in enumerate(self.store.entries(0, self.view.size)):
            yield n, data[7:34].decode("ascii")

    def source(self, n: int) -> Source:
        """Entry *n*, which has readings, without its values."""
        return self.view.parsed(n, source_of)

    def runs(self, device: str) -> Iterator[Reading]:
        """The live runs of a device, or of a shared meter's own column, in time order."""
        firsts = [self.device(name).first_utc_in(self.zone_of(name)) for name in self.devices_behind(device)]
        first = min((item for item in firsts if item is not None), default=self.at_utc)
        for start in range(first, self.at_utc, _WINDOW_S):
            for run in self.view.readings(device, start, min(start + _WINDOW_S, self.at_utc)):
                if run.start_utc >= start or start == first:
                    yield run

    def series(self, subject: str) -> Iterator[Reading]:
        """The live runs that were recorded for a subject itself, and not divided from a shared meter."""
        return (run for run in self.runs(subject) if self.source(run.source_n).subject == subject)

    def values(self, run: Reading) -> list[int]:
        """The net energy of each step of a run. [Wh]"""
        return step_values(self.view, RunPart(run, run.start_utc, run.end_utc))[0]

    def _numbers(self, kind: str) -> Mapping[str, "array[int]"]:
        """The numbers of the entries of a type about each project in scope."""
        found = {name: array("q") for name in self.projects}
        for entry in self.entries(kind):
            if entry.event["project"] in found:
                found[entry.event["project"]].append(entry.n)
        return found

    @cached_property
    def _issued(self) -> Mapping[str, "array[int]"]:
        return self._numbers(ISSUANCE_RECORDED)

    @cached_property
    def _approved(self) -> Mapping[str, "array[int]"]:
        return self._numbers(QUANTIFICATION_APPROVED)

    def every_issuance(self, project: str) -> Iterator[Issuance]:
        """The issuances of a project in order, voided ones included."""
        rows = map(self.view.issuance, self._issued[project])
        return (row for row in rows if row is not None)

    def issuances(self, project: str) -> Iterator[Issuance]:
        """The issuances of a project that count, in order."""
        return (item for item in self.every_issuance(project) if not item.voided)

    def counts(self, n: int) -> bool:
        """Whether issuance *n* is in scope and is not voided."""
        issuance = self.view.issuance(n)
        return issuance is not None and not issuance.voided and issuance.project in self.projects

    def claimed_parts(self, issuance: Issuance) -> Iterator[ClaimedPart]:
        """What an issuance claims, run by run."""
        for claim in self.view.claims_of(issuance.n):
            for run in self.view.readings(claim.device, claim.start_utc, claim.end_utc):
                part = RunPart(run, max(run.start_utc, claim.start_utc), min(run.end_utc, claim.end_utc))
                yield ClaimedPart(part, energy_of(self.view, part)[0], issuance, self.source(run.source_n))

    def claimed_of(self, project: str) -> Iterator[ClaimedPart]:
        """What all issuances of a project claim, run by run."""
        for issuance in self.issuances(project):
            yield from self.claimed_parts(issuance)

    def claimed_wh(self, project: str) -> int:
        """The net energy that a project's issuances claim. [Wh]"""
        if project not in self._claimed:
            self._claimed[project] = sum(item.net_wh for item in self.claimed_of(project))
        return self._claimed[project]

    @cached_property
    def all_claimed_wh(self) -> int:
        """The net energy that all issuances in scope claim. [Wh]"""
        return sum(map(self.claimed_wh, self.projects))

    def units(self, project: str) -> int:
        """The units of a project's issuances that count."""
        if project not in self._units:
            self._units[project] = sum(item.counted for item in self.issuances(project))
        return self._units[project]

    def units_of(self, amounts: Mapping[str, int]) -> int:
        """The units that stand on claimed energy, in proportion, rounded up to whole units for each project.

        Args:
            amounts: The energy by project. [Wh]
        """
        found = 0
        for name, wh in amounts.items():
            claimed, units = self.claimed_wh(name), self.units(name)
            found += 0 if claimed <= 0 or wh <= 0 else min(units, -(-wh * units // claimed))
        return found

    def claimed_between(self, subject: str, start_utc: int, end_utc: int) -> Amounts:
        """The energy of a subject between two instants that issuances in scope claim, by project. [Wh]"""
        found: Amounts = {}
        for device in self.devices_behind(subject):
            for claim in self.view.claims(device, start_utc, end_utc):
                issuance = self.view.issuance(claim.issuance_n)
                if issuance is None or not self.counts(claim.issuance_n):
                    continue
                low, high = max(claim.start_utc, start_utc), min(claim.end_utc, end_utc)
                wh = sum(self.energy_between(run, low, high) for run in self.view.readings(device, low, high))
                found[issuance.project] = found.get(issuance.project, 0) + wh
        return found

    def energy_between(self, run: Reading, low: int, high: int) -> int:
        """The energy of the steps of a run that lie inside an interval. [Wh]"""
        start, end = max(run.start_utc, low), min(run.end_utc, high)
        start += (run.start_utc - start) % run.step_s
        end -= (end - run.start_utc) % run.step_s
        return energy_of(self.view, RunPart(run, start, end))[0] if start < end else 0

    def approvals_used(self, project: str) -> Iterator[tuple[Entry, int]]:
        """The approvals that issuances used, each as its entry and the number of the issuance's entry."""
        for n in self._approved[project]:
            row = self.view.approval(project, n)
            if row is not None and row.to_n is not None and self.view.entry(row.to_n).type == ISSUANCE_RECORDED:
                yield self.view.entry(n), row.to_n

    def event(self, n: int) -> Mapping[str, Any]:
        """The fields of the event of entry *n*."""
        return self.view.entry(n).event
