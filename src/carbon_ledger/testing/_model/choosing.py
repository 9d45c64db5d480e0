"""Choosing in the naive model: which steps an issuance of a period claims, and why a period is refused."""

from collections.abc import Sequence

from carbon_ledger.testing._model.readings import ReadingCommands
from carbon_ledger.testing._model.rows import MEASURED, Project, RefusalError, Step

Chosen = dict[str, list[Step]]


class Choosing(ReadingCommands):
    """Which steps can be issued, and which of them an issuance chooses."""

    def is_free(self, step: Step, instrument: str) -> bool:
        """Whether a step is unclaimed, or a conversion reserves it for this instrument."""
        return step.claimed_by is None or self.conversions.get(step.claimed_by) == instrument

    # Helpers

    def _unclaimed(
        self, project: str, start: int, end: int, waivers: Sequence[str], at: int, others: Sequence[str] = ()
    ) -> Chosen:
        """The steps that an issuance of a period claims; none of a period that ends after *at*.

        Args:
            project: The project's id.
            start: Start of the period. [s, Unix]
            end: End of the period. [s, Unix]
            waivers: The names of the waivers.
            at: The recorded time. [s, Unix]
            others: Other errors that refuse the command. It may be refused with these first.
        """
        if end <= at:
            return self._claimable(project, start, end, waivers)
        try:
            self._claimable(project, start, end, waivers)
        except RefusalError as refused:
            raise RefusalError("RefusedError", *refused.errors, *others) from None
        raise RefusalError("RefusedError", *others)

    def _claimable(self, project: str, start: int, end: int, waivers: Sequence[str]) -> Chosen:
        row = self.projects[project]
        if row.within is not None and not (row.within[0] <= start and end <= row.within[1]):
            raise RefusalError("OutsideCreditingPeriodError")
        touched = self._touched(row, start, end)
        free = {d: [step for step in steps if self.is_free(step, row.instrument)] for d, steps in touched.items()}
        every = [step for steps in free.values() for step in steps]
        errors = set()
        if any(step.start < start or end < step.end for step in every):
            errors.add("StraddlingStepError")
        if any(touched.values()) and not every:
            errors.add("DoubleIssuanceError")
        if "gap" not in waivers and any(self._gaps(device, start, end) for device in row.devices):
            errors.add("GapError")
        if errors:
            raise RefusalError(*errors)
        if row.granular:
            if any(step.end - step.start > 3600 for step in every):
                raise RefusalError("RefusedError")
            free = {device: [step for step in steps if step.wh > 0] for device, steps in free.items()}
        errors |= self._chosen_errors(row, start, end, waivers, free)
        if errors:
            raise RefusalError(*errors)
        return free

    def _chosen_errors(self, row: Project, start: int, end: int, waivers: Sequence[str], free: Chosen) -> set[str]:
        """What is wrong with the steps that are chosen."""
        errors = set()
        every = [step for steps in free.values() for step in steps]
        if "straddling-step" not in waivers and any(row.years.crossed(s.start, s.end) for s in every):
            errors.add("StraddlingStepError")
        if "estimated-readings" not in waivers and any(step.quality != MEASURED for step in every):
            errors.add("RefusedError")
        if row.factor is not None and "calibration-overdue" not in waivers and self._overdue(free):
            errors.add("RefusedError")
        if not every:
            errors.add("NothingToIssueError")
        amended = [since for device in row.devices for since, _ in self.capacities.get(device, ())]
        if row.factor is not None and any(start < since < end for since in amended):
            errors.add("RefusedError")
        return errors

    def _overdue(self, chosen: Chosen) -> bool:
        """Whether a step was metered after a calibration was due that is outstanding."""
        late = [
            item
            for device, steps in chosen.items()
            for step in steps
            for item in self.late(device, step, len(self.calibrations))
        ]
        return any(item.outstanding for item in late)

    def _touched(self, row: Project, start: int, end: int) -> Chosen:
        return {
            device: [step for step in self.steps[device] if step.start < end and start < step.end]
            for device in row.devices
        }

    def _excluded(self, row: Project, start: int, end: int) -> list[tuple[str, object]]:
        """Unclaimed steps without positive energy, for which no granular certificate is issued."""
        if not row.granular:
            return []
        return [
            (device, merged_intervals([s for s in steps if s.wh <= 0 and self.is_free(s, row.instrument)]))
            for device, steps in self._touched(row, start, end).items()
        ]

    def _gaps(self, device: str, start: int, end: int) -> list[tuple[int, int]]:
        """Intervals after a device's commissioning that have no reading, and in which it is not decommissioned."""
        first = self.plants[device].first_utc
        at = end if first is None else max(start, first)
        found = []
        covered = [(step.start, step.end) for step in self.steps[device]] + self.closed_in(device, start, end)
        for low, high in sorted(covered):
            if high > at and low < end:
                found += [(at, low)] if at < low else []
                at = high
        return [*found, (at, end)] if at < end else found


def merged_intervals(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """The intervals of steps; adjacent intervals are merged."""
    found: list[tuple[int, int]] = []
    for step in steps:
        if found and found[-1][1] == step.start:
            found[-1] = (found[-1][0], step.end)
        else:
            found.append((step.start, step.end))
    return found
