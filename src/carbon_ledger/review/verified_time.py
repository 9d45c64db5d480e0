"""The time of each device that was claimed or verified at an earlier size, and new readings that lie in it."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final

from attrs import define, field

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import ISSUANCE_RECORDED, QUANTIFICATION_APPROVED
from carbon_ledger.core.in_force import device_at
from carbon_ledger.core.issuance.verifications import SUPPORTING, standing_of
from carbon_ledger.core.state.view import View
from carbon_ledger.core.timekeeping import second_of
from carbon_ledger.periods.instants import instant_of
from carbon_ledger.review.changed_readings import LateReading

_ISSUED: Final = f',"type":"{ISSUANCE_RECORDED}"}}'.encode("ascii")  # the last field of an entry
_APPROVED: Final = f',"type":"{QUANTIFICATION_APPROVED}"}}'.encode("ascii")
CLAIMED: Final = "claimed"
VERIFIED: Final = "verified"
_DAY_S: Final = 86_400
_EPOCH: Final = date(1970, 1, 1)
_WINDOW_S: Final = 92 * _DAY_S  # of readings that are asked for together
_FIRST_UTC: Final = -62_135_596_800  # the first instant of the calendar [s since 1970-01-01 UTC]

Intervals = Sequence[tuple[int, int]]  # disjoint and in time order


@define
class Earlier:
    """The numbers of the entries that issued units and of those that approved a quantification, until then."""

    issued: "array[int]" = field(factory=lambda: array("q"))
    approved: "array[int]" = field(factory=lambda: array("q"))

    def add(self, n: int, data: bytes) -> None:
        """Note an entry, from its bytes, which may be malformed."""
        if data.endswith(_ISSUED):
            self.issued.append(n)
        elif data.endswith(_APPROVED):
            self.approved.append(n)


class VerifiedTime:
    """What was claimed and what was verified of each device.

    Args:
        view: The state then.
        earlier: The issuances and the approvals of then.
    """

    def __init__(self, view: View, earlier: Earlier) -> None:
        self._view = view
        self._projects: dict[str, list[str]] = {}
        for name in view.registrations("project"):
            for device in lookup.project(view, name).devices:
                self._projects.setdefault(device, []).append(name)
        self._periods = self._issued(earlier)
        self._approvals = self._approved(earlier)
        self._known: dict[str, tuple[Intervals, Intervals]] = {}

    def _issued(self, earlier: Earlier) -> dict[str, list[tuple[int, int]]]:
        """The periods of the issuances of each project."""
        found: dict[str, list[tuple[int, int]]] = {}
        for n in earlier.issued:
            row = self._view.issuance(n)
            if row is not None and not row.voided:
                found.setdefault(row.project, []).append((row.start_utc, row.end_utc))
        return found

    def _approved(self, earlier: Earlier) -> dict[str, list[tuple[int, int]]]:
        """The periods of the approvals of each project that were neither used nor revoked."""
        found: dict[str, list[tuple[int, int]]] = {}
        for n in earlier.approved:
            row = self._view.approval(self._view.entry(n).event["project"], n)
            if row is not None and row.to_n is None:
                found.setdefault(row.project, []).append((row.start_utc, row.end_utc))
        return found

    def late_readings(self, entry: Entry) -> Iterator[LateReading]:
        """The late readings of a new entry: for each device those into claimed time, and those into verified time.

        Args:
            entry: An entry that records readings of a device or of a shared meter.
        """
        event: Mapping[str, Any] = entry.event
        columns = event["devices"] if "meter" in event else {event["device"]: event["net_wh"]}
        start, step = instant_of(event["start"]), event["step_s"]
        for device in sorted(columns):
            claimed, verified = self._of(device)
            found: dict[str, list[tuple[int, int]]] = {CLAIMED: [], VERIFIED: []}
            for k, wh in enumerate(columns[device]):
                low = start + k * step
                into = CLAIMED if _meets(claimed, low, low + step) else VERIFIED
                if into == CLAIMED or _meets(verified, low, low + step):
                    found[into].append((low, wh))
            for into, steps in found.items():
                if steps:
                    yield LateReading(
                        entry=entry.n,
                        at=entry.recorded_at,
                        by=entry.by,
                        device=device,
                        meter=event.get("meter"),
                        start_utc=steps[0][0],
                        end_utc=steps[-1][0] + step,
                        steps=len(steps),
                        net_wh=sum(wh for _, wh in steps),
                        into=into,
                    )

    def _of(self, device: str) -> tuple[Intervals, Intervals]:
        """The claimed and the verified time of a device."""
        if device not in self._known:
            self._known[device] = self._claimed(device), self._verified(device)
        return self._known[device]

    def _claimed(self, device: str) -> Intervals:
        projects = self._projects.get(device, ())
        return _merged(item for name in projects for item in self._periods.get(name, ()))

    def _verified(self, device: str) -> Intervals:
        projects = self._projects.get(device, ())
        approved = [item for name in projects for item in self._approvals.get(name, ())]
        for name in projects:
            stated = [item.period for item in standing_of(self._view, name) if item.opinion in SUPPORTING]
            approved += [(period.start_utc, period.end_utc) for period in stated]
        end = self._end_of_readings(device)
        return _merged(approved if end is None else [*approved, (_FIRST_UTC, end)])

    def _end_of_readings(self, device: str) -> int | None:
        """The end of the newest reading of a device, or None if it has none. The search goes back window by window."""
        if self._view.registration("device", device) is None:
            return None
        latest = second_of(self._view.entry(self._view.size - 1).at)
        commissioned = device_at(self._view, device, latest).commissioned
        if commissioned is None:
            return None
        first = ((commissioned - _EPOCH).days - 1) * _DAY_S  # in any zone
        for end in range(latest + 1, first, -_WINDOW_S):
            runs = self._view.readings(device, end - _WINDOW_S, end)
            if runs:
                return max(run.end_utc for run in runs)
        return None


def _merged(intervals: Iterable[tuple[int, int]]) -> Intervals:
    """Intervals as disjoint ones in time order."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _meets(intervals: Intervals, start: int, end: int) -> bool:
    """Whether an interval meets one of several."""
    k = bisect_left(intervals, end, key=itemgetter(0))  # those before k begin before the end
    return k > 0 and start < intervals[k - 1][1]
