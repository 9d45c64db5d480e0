"""One walk through the new entries: what each of them changed. Only entries that can have changed it are decoded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import define, field

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    CORRECTION_STAGED,
    CORRECTIONS,
    FACTOR_ADOPTED,
    GENERATION_RECORDED,
    ISSUANCE_VOIDED,
    METER_RECORDED,
    ROLE_GRANTED,
    ROLE_REVOKED,
    UNITS_CONVERTED,
    UNITS_WITHDRAWN,
)
from carbon_ledger.core.issuance.corrections import withdrawn_blocks
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.queries.ledger_page.walk import type_of
from carbon_ledger.review.changed_readings import CorrectedReading, EntryCount, LateReading
from carbon_ledger.review.changed_units import ChangedFactor, ChangedRole, RemovedUnits
from carbon_ledger.review.flags import Cited
from carbon_ledger.review.questions import blocks_of
from carbon_ledger.review.verified_time import Earlier, VerifiedTime

_REMOVING: Final = (ISSUANCE_VOIDED, UNITS_WITHDRAWN, UNITS_CONVERTED)
_RECORDING: Final = (GENERATION_RECORDED, METER_RECORDED)
_OF_ROLES: Final = (ROLE_GRANTED, ROLE_REVOKED)


@define
class Factors:
    """The factors that were adopted so far: the value of each, its series, and the ids of each series."""

    values: dict[str, str] = field(factory=dict)
    series: dict[str, list[str]] = field(factory=dict)

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a factor, from its record."""
        self.values[record["factor_id"]] = record["value"]
        if "series" in record:
            self.series.setdefault(record["series"], []).append(record["factor_id"])

    def earlier(self, record: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
        """The ids of earlier factors that a new one supersedes, or whose series it has; and whether it supersedes."""
        superseded = record.get("supersedes")
        if superseded in self.values:
            yield superseded, True
        for name in self.series.get(record.get("series", ""), ()):
            if name not in (superseded, record["factor_id"]):
                yield name, False


@define
class Walk:
    """What the new entries changed, in their order.

    Attributes:
        view: The state now.
        then: The state then, or None if the ledger had no entry.
        view_of: Returns the state after the first entries.
        earlier: The issuances and the approvals of then.
    """

    view: View
    then: View | None
    view_of: Callable[[int], View]
    earlier: Earlier
    counts: dict[str, list[int]] = field(factory=dict, init=False)
    late: list[LateReading] = field(factory=list, init=False)
    corrected: list[CorrectedReading] = field(factory=list, init=False)
    removed: list[RemovedUnits] = field(factory=list, init=False)
    factors: list[ChangedFactor] = field(factory=list, init=False)
    roles: list[ChangedRole] = field(factory=list, init=False)
    changing: dict[int, Cited] = field(factory=dict, init=False)
    _verified: VerifiedTime | None = field(default=None, init=False)
    _adopted: Factors | None = field(default=None, init=False)

    def add(self, n: int, data: bytes) -> None:
        """Add a new entry.

        Args:
            n: Its number.
            data: Its bytes.

        Raises:
            BrokenLogError: It is malformed.
        """
        kind = type_of(data)
        if kind in self.counts:
            self.counts[kind][0] += 1
            self.counts[kind][2] = n
        else:
            self.counts[kind] = [1, n, n]
        if kind in CORRECTIONS:
            self._add_correction(Entry.from_bytes(data))
        elif kind in _RECORDING:
            self._add_readings(data)
        elif kind in _REMOVING:
            self._add_removed(Entry.from_bytes(data))
        elif kind == FACTOR_ADOPTED:
            self._add_factor(Entry.from_bytes(data))
        elif kind in _OF_ROLES:
            self._add_role(Entry.from_bytes(data))

    def entry_counts(self) -> Iterator[EntryCount]:
        """How many new entries there are of each type, by type."""
        for kind, (count, first, last) in sorted(self.counts.items()):
            yield EntryCount(type=kind, count=count, first=first, last=last)

    def _add_readings(self, data: bytes) -> None:
        if self.then is None:
            return  # nothing was claimed or verified
        if self._verified is None:
            self._verified = VerifiedTime(self.then, self.earlier)
        self.late.extend(self._verified.late_readings(Entry.from_bytes(data)))

    def _add_correction(self, entry: Entry) -> None:
        event = entry.event
        head = self.view.entry(entry.n - entry.part + 1)
        start = instant_of(head.event["start"] if head.type == CORRECTION_STAGED else event["start"])
        end = instant_of(event["start"]) + event["step_s"] * len(event["net_wh"])
        issuances = tuple(item["issuance"] for item in event["issuances"])
        for device in sorted(event["devices"]) if "meter" in event else (event["device"],):
            self.corrected.append(
                CorrectedReading(
                    entry=entry.n,
                    at=entry.recorded_at,
                    by=entry.by,
                    device=device,
                    meter=event.get("meter"),
                    start_utc=start,
                    end_utc=end,
                    old_wh=self._energy_then(entry.n, device, start, end),
                    new_wh=self._energy_then(entry.n + 1, device, start, end),
                    reason=event["reason"],
                    evidence=event["evidence"],
                    issuances=issuances,
                )
            )
        for n in issuances:
            self._cite(n, entry.n)
        for block in withdrawn_blocks(event):
            self._remove(entry, "withdrawn by a correction", (block.batch_id, block.first, block.last))

    def _energy_then(self, n: int, device: str, start: int, end: int) -> int:
        """The net energy of an interval after the first *n* entries. [Wh]"""
        return sum(
            energy_of(self.view, _clipped(run, start, end))[0] for run in self.view.readings_then(n, device, start, end)
        )

    def _add_removed(self, entry: Entry) -> None:
        event = entry.event
        if entry.type == UNITS_WITHDRAWN:
            for block in blocks_of(event):
                self._remove(entry, "withdrawn", block)
            return
        before = self.view_of(entry.n).issuance(event["issuance"])
        self._cite(event["issuance"], entry.n)
        self.removed.append(
            RemovedUnits(
                entry=entry.n,
                at=entry.recorded_at,
                by=entry.by,
                what="voided" if entry.type == ISSUANCE_VOIDED else "converted",
                issuance=event["issuance"],
                batch=None,
                first=None,
                last=None,
                units=0 if before is None else before.counted,
                reason=event["reason"],
            )
        )

    def _remove(self, entry: Entry, what: str, block: tuple[str, int, int]) -> None:
        batch, first, last = block
        issuance = int(batch.rpartition("/")[2])  # the last part of a batch's id is the entry that made it
        self._cite(issuance, entry.n)
        self.removed.append(
            RemovedUnits(
                entry=entry.n,
                at=entry.recorded_at,
                by=entry.by,
                what=what,
                issuance=issuance,
                batch=batch,
                first=first,
                last=last,
                units=last - first + 1,
                reason=entry.event["reason"],
            )
        )

    def _cite(self, issuance: int, n: int) -> None:
        """Note that entry *n* changed an issuance that was there then."""
        if self.then is not None and issuance < self.then.size:
            self.changing.setdefault(issuance, Cited()).add(n)

    def _add_factor(self, entry: Entry) -> None:
        if self._adopted is None:
            self._adopted = _adopted(self.then)
        record = entry.event["factor"]
        for earlier, supersedes in self._adopted.earlier(record):
            self.factors.append(
                ChangedFactor(
                    entry=entry.n,
                    at=entry.recorded_at,
                    by=entry.by,
                    factor=record["factor_id"],
                    value=record["value"],
                    earlier=earlier,
                    earlier_value=self._adopted.values[earlier],
                    unit=record["unit"],
                    series=record.get("series"),
                    supersedes=supersedes,
                )
            )
        self._adopted.add(record)

    def _add_role(self, entry: Entry) -> None:
        event = entry.event
        self.roles.append(
            ChangedRole(
                entry=entry.n,
                at=entry.recorded_at,
                by=entry.by,
                change="granted" if entry.type == ROLE_GRANTED else "revoked",
                actor=event["actor"],
                role=event["role"],
                account=event.get("account"),
                reason=event.get("reason"),
            )
        )


def _clipped(run: Reading, start: int, end: int) -> RunPart:
    return RunPart(run, max(run.start_utc, start), min(run.end_utc, end))


def _adopted(view: View | None) -> Factors:
    """The factors of a state."""
    found = Factors()
    names: Sequence[str] = () if view is None else view.registrations("factor")
    for name in names:
        if view is not None:
            found.add(lookup.factor(view, name).to_record())
    return found
