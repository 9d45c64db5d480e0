"""The generation of a project by month, and which part of it issuances claim; every step is counted once."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from typing import Final

from carbon_ledger.core import lookup
from carbon_ledger.core.issuance.monitoring import devices_of
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import DAY_S, Zone, day_start_utc, local_time
from carbon_ledger.projects import Project
from carbon_ledger.queries.ledger_page.scope import Scope
from carbon_ledger.queries.reconciliation import run_energies
from carbon_ledger.reports.ledger_page.contents import Energy, Listed, ProjectEnergy
from carbon_ledger.reports.ledger_page.months import month_text

MOST_PROJECTS: Final = 12
MONTHS: Final = 36  # the newest months that have rows of their own

Months = tuple[int, int]  # the first and the last month of a row
Sums = tuple[int, int, int]  # claimed, claimed elsewhere, and the rest [Wh]

ESTIMATED: Final = "estimated"
SUBSTITUTED: Final = "substituted"
_FIRST_WINDOW_S: Final = 62 * DAY_S


def project_energies(scope: Scope) -> Listed[ProjectEnergy]:
    """The generation of the report's projects that have readings; of the first ones, by month."""
    found: list[ProjectEnergy] = []
    total = 0
    for name in scope.projects:
        project = lookup.project(scope.view, name)
        devices = [item.id for item in devices_of(scope.view, project)]
        ends = (_newest_end(scope.view, device, scope.at_utc) for device in devices)
        end = max((found for found in ends if found is not None), default=None)
        if end is not None:
            total += 1
            if len(found) < MOST_PROJECTS:
                found.append(_project(scope.view, project, devices, end))
    return Listed(tuple(found), total, "reconcile(project, period)")


def _project(view: View, project: Project, devices: Sequence[str], end_utc: int) -> ProjectEnergy:
    """The generation of a project, whose newest reading ends at *end_utc*."""
    zone = zone_of(view, project.zone)
    first = month_of(end_utc - 1, zone) - MONTHS + 1
    months = _Sums(view, project, zone, month_start(first, zone))
    for name in devices:
        for run in view.readings(name, months.cut_utc, end_utc):
            months.add_run(run)
        for run in view.readings(name, 0, months.cut_utc) if months.cut_utc > 0 else ():
            months.add_earlier(run)
    before = months.earlier
    return ProjectEnergy(
        project=project.id,
        name=project.name or None,
        instrument=project.instrument.id,
        zone=project.zone,
        months=tuple(_energy(of, sums) for of, sums in sorted(months.sums.items())),
        earlier=None if before is None else _energy((first - 1, first - 1), before, f"before {month_text(first)}"),
        estimated_wh=months.unmeasured[ESTIMATED],
        substituted_wh=months.unmeasured[SUBSTITUTED],
    )


def _energy(of: Months, sums: Sums, label: str | None = None) -> Energy:
    first, last = of
    words = month_text(first) if first == last else f"{month_text(first)} to {month_text(last)}"
    claimed, elsewhere, free = sums
    return Energy(
        label=label or words, first=first, last=last, claimed_wh=claimed, elsewhere_wh=elsewhere, free_wh=free
    )


def _newest_end(view: View, device: str, before_utc: int) -> int | None:
    """The end of a device's newest live run, found in windows that grow backwards; None without one."""
    high, width = before_utc + 1, _FIRST_WINDOW_S
    while high > 0:
        low = max(0, high - width)
        runs = view.readings(device, low, high)
        if runs:
            return max(run.end_utc for run in runs)
        high, width = low, width * 4
    return None


def month_of(instant_utc: int, zone: Zone) -> int:
    """The local month of an instant: years times 12, plus the month from 0."""
    local = local_time(instant_utc, zone)
    return local.year * 12 + local.month - 1


def month_start(month: int, zone: Zone) -> int:
    """The instant at which a local month begins."""
    return day_start_utc(date(month // 12, month % 12 + 1, 1), zone)


class _Sums:
    """The energies of a project's steps by month, from *cut_utc* on; and those of all steps that end before it."""

    def __init__(self, view: View, project: Project, zone: Zone, cut_utc: int) -> None:
        self._view, self._project, self._zone = view, project, zone
        self._issuance_of = cache(view.issuance)  # thousands of runs can be claimed by the same issuance
        self.cut_utc = cut_utc
        self.sums: dict[Months, Sums] = {}
        self.earlier: Sums | None = None
        self.unmeasured = {ESTIMATED: 0, SUBSTITUTED: 0}

    def add_run(self, run: Reading) -> None:
        """Add the steps of a run that do not end before the cut."""
        late = max(0, self.cut_utc - run.start_utc)
        start = run.start_utc + late // run.step_s * run.step_s
        for first, last, low, high in self._parts(run, start):
            before = self.sums.get((first, last), (0, 0, 0))
            self.sums[first, last] = _added(before, self._energies(run, low, high))

    def add_earlier(self, run: Reading) -> None:
        """Add the steps of a run that end before the cut."""
        end = min(run.end_utc, run.start_utc + (self.cut_utc - run.start_utc) // run.step_s * run.step_s)
        if end > run.start_utc:
            self.earlier = _added(self.earlier or (0, 0, 0), self._energies(run, run.start_utc, end))

    def _energies(self, run: Reading, start_utc: int, end_utc: int) -> Sums:
        claimed, elsewhere, excluded, unclaimed = run_energies(
            self._view, self._project, run, Period(start_utc, end_utc), self._issuance_of
        )
        if run.quality in self.unmeasured:
            self.unmeasured[run.quality] += claimed + elsewhere + excluded + unclaimed
        return claimed, elsewhere, excluded + unclaimed

    def _parts(self, run: Reading, start: int) -> Iterator[tuple[int, int, int, int]]:
        """The first and the last month of each part of a run, with its start and its end.

        A step that crosses the end of a month belongs to the month of its start if it is at most a day; a longer step
        is a part of its own.
        """
        step = run.step_s
        while start < run.end_utc:
            month = month_of(start, self._zone)
            edge = month_start(month + 1, self._zone)
            whole = start + (min(edge, run.end_utc) - start) // step * step
            crossing = min(whole + step, run.end_utc) if whole < edge else whole
            if step <= DAY_S:
                yield month, month, start, crossing
            else:
                if whole > start:
                    yield month, month, start, whole
                if crossing > whole:
                    yield month, month_of(crossing - 1, self._zone), whole, crossing
            start = crossing


def _added(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]
