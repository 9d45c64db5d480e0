"""Readings in the naive model: recording them, and correcting them whether or not they are claimed."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any

from carbon_ledger.testing._model.arithmetic import divided_by_due, lacking
from carbon_ledger.testing._model.calibrations import Calibrated
from carbon_ledger.testing._model.in_force import InForce
from carbon_ledger.testing._model.rows import (
    LATEST,
    MEASURED,
    WITHDRAWABLE_STATES,
    WITHDRAWN,
    MeterStep,
    RefusalError,
    Serial,
    Step,
)


class ReadingCommands(InForce):
    """The commands of meter operators."""

    def record(
        self,
        device: str,
        start: int,
        step_s: int,
        values: Sequence[int],
        at: int = LATEST,
        waivers: Sequence[str] = (),
        quality: str = MEASURED,
        imports: Sequence[int] | None = None,
    ) -> None:
        """Record a run of steps.

        Raises:
            RefusalError: A value exceeds the device's capacity or station load, steps overlap, or they end after *at*.
        """
        errors = self._misfits(device, start, step_s, values, waivers, imports)
        end = start + step_s * len(values)
        if end > at:
            errors.add("RefusedError")
        if any(step.start < end and start < step.end for step in self.steps[device]):
            errors.add("OverlapError")
        if errors:
            raise RefusalError(*errors)
        sides = _sides(values, imports)
        new = [
            Step(start + i * step_s, start + (i + 1) * step_s, wh, quality=quality, sides=sides[i])
            for i, wh in enumerate(values)
        ]
        self.steps[device] = tuple(sorted((*self.steps[device], *new)))
        self.touch(device, start, end)
        self.overtake(device, start, end)

    def record_meter(
        self,
        meter: str,
        start: int,
        step_s: int,
        values: Sequence[int],
        at: int = LATEST,
        waivers: Sequence[str] = (),
        quality: str = MEASURED,
        imports: Sequence[int] | None = None,
    ) -> None:
        """Record a shared meter's run of steps, apportioned among its devices.

        Raises:
            RefusalError: As for `record`, for any of the devices.
        """
        weights = dict(sorted(self.meters[meter].items()))
        parts = self._shared(meter, self.metered[meter], start, step_s, values)
        before = self.snapshot()
        errors: set[str] = set()
        for position, taken in enumerate(imports or ()):
            low = start + position * step_s
            limits = [self.bounding_watt_seconds(device, low, low + step_s) for device in weights]
            possible = taken <= sum(-least // 3600 for least, _ in limits)
            possible = possible and values[position] + taken <= sum(most // 3600 for _, most in limits)
            if not possible and "implausible-reading" not in waivers:
                errors.add("ImplausibleReadingError")
        for position, device in enumerate(weights):
            try:
                self.record(device, start, step_s, [step.parts[position] for step in parts], at, waivers, quality)
            except RefusalError as refused:
                errors |= refused.errors
        if errors:
            self.restore(before)
            raise RefusalError(*errors)
        self.metered[meter] = (*self.metered[meter], *(step._replace(quality=quality) for step in parts))
        self._of_meter(meter, start, step_s, _sides(values, imports))

    def _of_meter(self, meter: str, start: int, step_s: int, sides: Sequence[tuple[Fraction, Fraction] | None]) -> None:
        """State of new steps which meter measured them, and each device's share of the meter's sides."""
        weights = self.meters[meter]
        for device, weight in weights.items():
            share = Fraction(weight, sum(weights.values()))
            found = []
            for step in self.steps[device]:
                position = (step.start - start) // step_s
                if 0 <= position < len(sides):
                    both = sides[position]
                    mine = None if both is None else (both[0] * share, both[1] * share)
                    found.append(step._replace(meter=meter, sides=mine))
                else:
                    found.append(step)
            self.steps[device] = tuple(found)

    def calibrate(self, meter: str, **given: Any) -> Calibrated:
        """Record a calibration of a meter: approvals of credits of its devices lapse.

        Raises:
            RefusalError: As `Calibrations.add_calibration`.
        """
        new = self.add_calibration(meter, **given)
        self.touch_credits(self.meters[meter])
        return new

    def _shared(
        self, meter: str, others: Sequence[MeterStep], start: int, step_s: int, values: Sequence[int]
    ) -> list[MeterStep]:
        """The steps of a meter's run, each divided by what the devices are owed after the *others* and those before."""
        weights = [weight for _, weight in sorted(self.meters[meter].items())]
        steps: list[MeterStep] = []
        for position, wh in enumerate(values):
            known = [*others, *steps]
            total = sum(step.wh for step in known)
            owed = [
                Fraction(total * weight, sum(weights)) - sum(step.parts[i] for step in known)
                for i, weight in enumerate(weights)
            ]
            low = start + position * step_s
            steps.append(MeterStep(low, low + step_s, wh, tuple(divided_by_due(wh, weights, owed))))
        return steps

    def correct(
        self,
        device: str,
        start: int,
        step_s: int,
        values: Sequence[int],
        waivers: Sequence[str] = (),
        quality: str = MEASURED,
        imports: Sequence[int] | None = None,
    ) -> list[Serial]:
        """Replace the steps of an interval and return the units that this withdraws.

        Raises:
            RefusalError: The interval is not made up of whole steps, or an issuance cannot be recomputed.
        """
        made = (quality, None, imports)
        return self._correct({device: values}, start, step_s, waivers, made)

    def correct_meter(
        self, meter: str, start: int, step_s: int, values: Sequence[int], waivers: Sequence[str] = ()
    ) -> list[Serial]:
        """Replace a shared meter's steps of an interval, and those of its devices; return the units withdrawn.

        Raises:
            RefusalError: As for `correct`, for the meter or any of its devices.
        """
        end = start + step_s * len(values)
        others = [step for step in self.metered[meter] if step.end <= start or end <= step.start]
        errors: set[str] = set()
        old = sorted(step for step in self.metered[meter] if step not in others)
        if not old or (old[0].start, old[-1].end, sum(s.end - s.start for s in old)) != (start, end, end - start):
            errors.add("OverlapError")
        new = self._shared(meter, others, start, step_s, values)
        columns = {
            device: [step.parts[position] for step in new] for position, device in enumerate(sorted(self.meters[meter]))
        }
        withdrawn = self._correct(columns, start, step_s, waivers, (MEASURED, meter, None), errors)
        self.metered[meter] = (*others, *new)
        return withdrawn

    def _correct(
        self,
        columns: Mapping[str, Sequence[int]],
        start: int,
        step_s: int,
        waivers: Sequence[str],
        made: tuple[str, str | None, Sequence[int] | None],
        found: Collection[str] = (),
    ) -> list[Serial]:
        """Replace the steps of an interval for every device of some columns at once, if there is no error."""
        errors = set(found)
        changes: dict[str, tuple[list[Step], list[Step]]] = {}
        for device, values in columns.items():
            errors |= self._misfits(device, start, step_s, values, waivers, made[2])
            changes[device] = self._changed(device, start, step_s, values, made, errors)
            replaced = changes[device][0]
            claimed = any(step.claimed_by is not None for step in replaced)
            if made[0] != MEASURED and claimed and "estimated-readings" not in waivers:
                errors.add("RefusedError")
            if made[2] is None and any(step.sides is not None for step in replaced):
                errors.add("RefusedError")  # export and import are known, and would be lost
        if not errors & {"OverlapError"}:
            old, new = ([step for pair in changes.values() for step in pair[k]] for k in (0, 1))
            errors |= self._recomputing_misfits(old, new)
        if errors:
            raise RefusalError(*errors)
        withdrawn = self._replace(changes)
        for device, values in columns.items():
            self.touch(device, start, start + step_s * len(values))
            self.overtake(device, start, start + step_s * len(values))
        return withdrawn

    def _changed(
        self,
        device: str,
        start: int,
        step_s: int,
        values: Sequence[int],
        made: tuple[str, str | None, Sequence[int] | None],
        errors: set[str],
    ) -> tuple[list[Step], list[Step]]:
        """A device's steps of an interval, and those that replace them; what is wrong is added to the errors."""
        end = start + step_s * len(values)
        old = [step for step in self.steps[device] if step.start < end and start < step.end]
        covered = sum(step.end - step.start for step in old)
        if covered != end - start or old[0].start != start or old[-1].end != end:
            errors.add("OverlapError")
            return old, []
        new = []
        sides = _sides(values, made[2])
        for position, wh in enumerate(values):
            low = start + position * step_s
            under = {step.claims for step in old if step.start < low + step_s and low < step.end}
            if len(under) > 1:
                errors.add("StraddlingStepError")  # a step has at most one claim
            quality, meter, _ = made
            new.append(Step(low, low + step_s, wh, *min(under, key=str), quality, meter, sides[position]))
        return old, new

    def _misfits(
        self,
        device: str,
        start: int,
        step_s: int,
        values: Sequence[int],
        waivers: Sequence[str],
        imports: Sequence[int] | None,
    ) -> set[str]:
        plant = self.plants[device]
        errors = set()
        if plant.first_utc is None or start < plant.first_utc:
            errors.add("NotCommissionedError")
        for position, wh in enumerate(values):
            low = start + position * step_s
            least, most = self.bounding_watt_seconds(device, low, low + step_s)
            taken = max(0, -wh) if imports is None else imports[position]
            exported = wh if imports is None else wh + taken
            possible = max(wh, exported) * 3600 <= most and -taken * 3600 >= least
            if not possible and "implausible-reading" not in waivers:
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

    def _replace(self, of_devices: Mapping[str, tuple[Sequence[Step], Sequence[Step]]]) -> list[Serial]:
        numbers = self._issuances_of([step for old, _ in of_devices.values() for step in old])
        projects = sorted({self.issuances[number].project for number in numbers})
        before = {project: self.carries(project) for project in projects}
        for device, (old, new) in of_devices.items():
            gone = set(old)
            self.steps[device] = tuple(sorted((*(step for step in self.steps[device] if step not in gone), *new)))
        withdrawn: list[Serial] = []
        for number in numbers:
            if self.projects[self.issuances[number].project].granular:
                withdrawn += self.recount(number)
                self.settle_hours(self.issuances[number].project)
        for project in projects:
            if not self.projects[project].granular:
                withdrawn += self._withdraw_excess(project, before[project])
        return withdrawn

    def _withdraw_excess(self, project: str, before: Mapping[int, Fraction]) -> list[Serial]:
        """Withdraw units one by one where more units lack energy than before, and return them."""
        carry = self.carries(project)
        returnable = self._returnable(project)
        returned: list[Serial] = []
        for year in sorted(carry):
            while lacking(carry, year) > lacking(before, year):
                older = [serial for serial in returnable if serial.batch.vintage <= year]
                if not older:
                    break
                returnable.remove(older[0])
                returned.append(older[0])
                carry[older[0].batch.vintage] += 1
                self.units[older[0]] = self.units[older[0]]._replace(state=WITHDRAWN)
        return returned

    def _returnable(self, project: str) -> list[Serial]:
        """Units of a project that were never transferred: newest vintage, newest issuance, highest serial first."""
        found = [
            serial
            for serial, unit in self.units.items()
            if serial.batch.issuance in self.issuances
            and serial.batch.project == project
            and unit.state in WITHDRAWABLE_STATES
            and not unit.left
        ]
        return sorted(found, key=lambda s: (s.batch.vintage, s.batch.issuance, s.k), reverse=True)


def _sides(values: Sequence[int], imports: Sequence[int] | None) -> list[tuple[Fraction, Fraction] | None]:
    """Export and import of each step, or None where they are not known. [Wh]"""
    if imports is None:
        return [None] * len(values)
    return [(Fraction(wh + taken), Fraction(taken)) for wh, taken in zip(values, imports, strict=True)]
