"""Readings in the naive model: recording them, and correcting them whether or not they are claimed."""

from collections.abc import Collection, Sequence
from fractions import Fraction

from carbon_ledger.testing._model.arithmetic import apportioned
from carbon_ledger.testing._model.in_force import InForce
from carbon_ledger.testing._model.rows import WITHDRAWABLE_STATES, WITHDRAWN, RefusalError, Serial, Step


class ReadingCommands(InForce):
    """The commands of meter operators."""

    def record(self, device: str, start: int, step_s: int, values: Sequence[int]) -> None:
        """Record a run of steps.

        Raises:
            RefusalError: A value exceeds the device's capacity, or steps overlap.
        """
        errors = self._misfits(device, start, step_s, values)
        end = start + step_s * len(values)
        if any(step.start < end and start < step.end for step in self.steps[device]):
            errors.add("OverlapError")
        if errors:
            raise RefusalError(*errors)
        new = [Step(start + i * step_s, start + (i + 1) * step_s, wh) for i, wh in enumerate(values)]
        self.steps[device] = tuple(sorted((*self.steps[device], *new)))
        self.touch(device, start, end)

    def record_meter(self, meter: str, start: int, step_s: int, values: Sequence[int]) -> None:
        """Record a shared meter's run of steps, apportioned among its devices.

        Raises:
            RefusalError: As for `record`, for any of the devices.
        """
        weights = dict(sorted(self.meters[meter].items()))
        parts = [apportioned(wh, list(weights.values())) for wh in values]
        before = self.snapshot()
        errors: set[str] = set()
        for position, device in enumerate(weights):
            try:
                self.record(device, start, step_s, [part[position] for part in parts])
            except RefusalError as refused:
                errors |= refused.errors
        if errors:
            self.restore(before)
            raise RefusalError(*errors)

    def correct(self, device: str, start: int, step_s: int, values: Sequence[int]) -> list[Serial]:
        """Replace the steps of an interval and return the units that this withdraws.

        Raises:
            RefusalError: The interval is not made up of whole steps, or an issuance cannot be recomputed.
        """
        errors = self._misfits(device, start, step_s, values)
        end = start + step_s * len(values)
        old = [step for step in self.steps[device] if step.start < end and start < step.end]
        covered = sum(step.end - step.start for step in old)
        if covered != end - start or old[0].start != start or old[-1].end != end:
            errors.add("OverlapError")
        if errors:
            raise RefusalError(*errors)
        new = []
        for position, wh in enumerate(values):
            low = start + position * step_s
            under = {step[3:] for step in old if step.start < low + step_s and low < step.end}
            if len(under) > 1:
                errors.add("StraddlingStepError")  # a step has at most one claim
            new.append(Step(low, low + step_s, wh, *min(under, key=str)))
        errors |= self._recomputing_misfits(old, new)
        if errors:
            raise RefusalError(*errors)
        withdrawn = self._replace(device, old, new)
        self.touch(device, start, end)
        return withdrawn

    def _misfits(self, device: str, start: int, step_s: int, values: Sequence[int]) -> set[str]:
        plant = self.plants[device]
        errors = set()
        if plant.first_utc is None or start < plant.first_utc:
            errors.add("NotCommissionedError")
        for position, wh in enumerate(values):
            low = start + position * step_s
            if wh * 3600 > self.most_watt_seconds(device, low, low + step_s):
                errors.add("ImplausibleReadingError")
        if self.closed_in(device, start, start + step_s * len(values)):
            errors.add("DecommissionedError")
        return errors

    def _recomputing_misfits(self, old: Sequence[Step], new: Sequence[Step]) -> set[str]:
        """The errors that prevent recomputing issuances with new steps."""
        errors = set()
        for number in self._issuances_of(old):
            issued = self.issuances[number]
            row = self.projects[issued.project]
            mine = [step for step in new if step.claimed_by == number]
            edges = [[(s.start, s.end) for s in steps if s.claimed_by == number] for steps in (old, new)]
            if row.granular and edges[0] != edges[1]:
                errors.add("RefusedError")
            if "straddling-step" not in issued.waivers and any(row.years.crossed(s.start, s.end) for s in mine):
                errors.add("StraddlingStepError")
        return errors

    def _issuances_of(self, steps: Sequence[Step]) -> list[int]:
        """The issuances that claim steps, newest first. Steps that a conversion reserves need no recomputing."""
        return sorted({s.claimed_by for s in steps if s.claimed_by in self.issuances}, reverse=True)

    def _replace(self, device: str, old: Sequence[Step], new: Sequence[Step]) -> list[Serial]:
        numbers = self._issuances_of(old)
        projects = [self.issuances[number].project for number in numbers]
        carries = {project: self.carry(project) for project in projects}
        before = {number: self.amounts(number) for number in numbers}
        unchanged = [step for step in self.steps[device] if step not in old]
        self.steps[device] = tuple(sorted((*unchanged, *new)))
        withdrawn: list[Serial] = []
        for number, project in zip(numbers, projects, strict=True):
            if self.projects[project].granular:
                withdrawn += self.recount(number)
                self.settle_hours(project)
                continue
            after = self.amounts(number)
            changes = {
                y: after.get(y, Fraction(0)) - before[number].get(y, Fraction(0)) for y in {*after, *before[number]}
            }
            carries[project] += sum(changes.values(), Fraction(0))
            self.remember(project, {year for year, change in changes.items() if change > 0}, carry=carries[project])
            lowered = {year for year, change in changes.items() if change < 0}
            returned = []
            for serial in self._returnable(number, lowered):
                if carries[project] >= 0:
                    break
                self.units[serial] = self.units[serial]._replace(state=WITHDRAWN)
                carries[project] += 1
                returned.append(serial)
            self.remember(project, {serial.batch.vintage for serial in returned[-1:]}, carry=carries[project])
            withdrawn += returned
        return withdrawn

    def _returnable(self, number: int, lowered: Collection[int]) -> list[Serial]:
        """Units that were never transferred: reduced vintages first, and of each the highest serials first."""
        found = [
            serial
            for serial, unit in self.units.items()
            if serial.batch.issuance == number and unit.state in WITHDRAWABLE_STATES and not unit.left
        ]
        return sorted(found, key=lambda s: (s.batch.vintage in lowered, s.batch.vintage, s.k), reverse=True)

    def remember(
        self, project: str, vintages: Collection[int], *, carry: Fraction | None = None, fresh: bool = False
    ) -> None:
        """Store the newest vintage in a project's carry; a debit has no vintage."""
        amount = self.carry(project) if carry is None else carry
        before = None if fresh else self.newest[project]
        years = [*vintages, *([] if before is None else [before])]
        self.newest[project] = max(years) if amount > 0 and years else None
