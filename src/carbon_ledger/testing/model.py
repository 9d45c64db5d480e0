"""A naive model of the ledger: one row for every unit, one for every metered step, and no running totals.

It is written from the ledger's documents alone and imports nothing of the ledger, so that the two cannot
share a mistake. It is slow on purpose: carry, balances and claimed amounts are summed from the rows each
time they are asked for.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from carbon_ledger.testing.counting import apportioned, completed
from carbon_ledger.testing.hourly import Hourly
from carbon_ledger.testing.rows import (
    ACTIVE,
    CANCELLED,
    RETIRED,
    WITHDRAWN,
    BatchKey,
    Issued,
    Programme,
    RefusalError,
    Serial,
    Step,
    Unit,
)

Result = TypeVar("Result")


class Model(Hourly):
    """The commands of a ledger as loops over rows.

    Every command takes and gives plain values and raises `RefusalError`, after which nothing has changed.
    """

    def once(self, key: str | None, content: object, command: Callable[[], Result]) -> object:
        """Run a command once for each key: the same content again gives the first result.

        Raises:
            RefusalError: The key was used for other content, or the command is refused.
        """
        if key is None:
            return command()
        if key in self.keys:
            first, result = self.keys[key]
            if first != content:
                raise RefusalError("IdempotencyError")
            return result
        result = command()
        self.keys[key] = (content, result)
        return result

    def open_account(self, account: str) -> None:
        """Open an account.

        Raises:
            RefusalError: It is open already.
        """
        if account in self.accounts:
            raise RefusalError("AlreadyRegisteredError")
        self.accounts = self.accounts | {account}

    def record(self, device: str, start: int, step_s: int, values: Sequence[int]) -> None:
        """Record a run of steps.

        Raises:
            RefusalError: The device cannot have generated it, or steps overlap.
        """
        errors = self._misfits(device, start, step_s, values)
        if any(step.start < start + step_s * len(values) and start < step.end for step in self.steps[device]):
            errors.add("OverlapError")
        if errors:
            raise RefusalError(*errors)
        new = [Step(start + i * step_s, start + (i + 1) * step_s, wh) for i, wh in enumerate(values)]
        self.steps[device] = tuple(sorted((*self.steps[device], *new)))

    def record_meter(self, meter: str, start: int, step_s: int, values: Sequence[int]) -> None:
        """Record a shared meter's run of steps, apportioned to its devices.

        Raises:
            RefusalError: As `record`, for any of the devices.
        """
        weights = dict(sorted(self.meters[meter].items()))
        parts = [apportioned(wh, list(weights.values())) for wh in values]
        before = self.steps.copy()
        errors: set[str] = set()
        for position, device in enumerate(weights):
            try:
                self.record(device, start, step_s, [part[position] for part in parts])
            except RefusalError as refused:
                errors |= refused.errors
        if errors:
            self.steps = before
            raise RefusalError(*errors)

    def correct(self, device: str, start: int, step_s: int, values: Sequence[int]) -> set[Serial]:
        """Replace steps over exactly the same interval; give the units that are withdrawn for it.

        Raises:
            RefusalError: Whole steps do not cover it, or its issuances cannot be computed again.
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
            under = {step.claimed_by for step in old if step.start < low + step_s and low < step.end}
            if len(under) > 1:
                errors.add("StraddlingStepError")
            new.append(Step(low, low + step_s, wh, *under) if len(under) == 1 else Step(low, low + step_s, wh))
        errors |= self._recomputing_misfits(old, new)
        if errors:
            raise RefusalError(*errors)
        return self._replace(device, old, new)

    def issue(self, project: str, start: int, end: int, to: str, waivers: Collection[str]) -> list[int]:
        """Issue every unclaimed step wholly inside a time; give the numbers of the issuances.

        Raises:
            RefusalError: All steps are claimed, there is none, or a gap or a straddling step is not waived.
        """
        if project not in self.programmes:
            raise RefusalError("UnknownProjectError")
        if to not in self.accounts:
            raise RefusalError("UnknownAccountError")
        programme = self.programmes[project]
        within = programme.within
        if within is not None and not (within[0] <= start and end <= within[1]):
            raise RefusalError("OutsideCreditingPeriodError")
        chosen = self._unclaimed(programme, start, end, waivers)
        if not programme.granular:
            return [self._issue(project, to, frozenset(waivers), chosen, None)]
        return [
            self._issue(project, to, frozenset(waivers), {device: steps}, device)
            for device, steps in chosen.items()
            if steps
        ]

    def void(self, number: int, at: int = 0) -> None:
        """Void a whole issuance: its units are withdrawn, its steps are free again.

        Raises:
            RefusalError: It is void, or a unit of it left its account, is final or expired.
        """
        if number not in self.issuances or self.issuances[number].voided:
            raise RefusalError("UnknownBatchError")
        issued = self.issuances[number]
        mine = {serial: unit for serial, unit in self.units.items() if serial.batch.issuance == number}
        standing = {serial: unit for serial, unit in mine.items() if unit.state != WITHDRAWN}
        errors = {"NotHolderError" for unit in standing.values() if unit.account != issued.account}
        errors |= {"NotActiveError" for unit in standing.values() if unit.state != ACTIVE}
        errors |= {"ExpiredError" for serial in standing if self._expired(serial.batch, at)}
        if errors:
            raise RefusalError(*errors)
        for serial, unit in standing.items():
            self.units[serial] = unit._replace(state=WITHDRAWN)
        for device, steps in self.steps.items():
            self.steps[device] = tuple(
                step._replace(claimed_by=None) if step.claimed_by == number else step for step in steps
            )
        self.issuances[number] = issued._replace(voided=True)
        if self.programmes[issued.project].granular:
            self.settle_hours(issued.project)
        others = [item for item in self.issuances.values() if item.project == issued.project and not item.voided]
        self._remember(issued.project, {year for item in others for year in self.amounts(item.number)}, fresh=True)

    def withdraw(self, batch: BatchKey, first: int, last: int, at: int = 0) -> None:
        """Withdraw a block: its units are forfeited, no step is freed.

        Raises:
            RefusalError: There is no such block, or a unit of it is final or expired.
        """
        serials = self._block(batch, first, last)
        errors = {"NotActiveError" for serial in serials if self.units[serial].state != ACTIVE}
        errors |= {"ExpiredError"} if self._expired(batch, at) else set()
        if errors:
            raise RefusalError(*errors)
        for serial in serials:
            self.units[serial] = self.units[serial]._replace(state=WITHDRAWN)
        self.forfeited[batch.project] += len(serials)

    def transfer(self, batch: BatchKey, first: int, last: int, to: str, from_: str | None, at: int) -> None:
        """Change the holder of a block.

        Raises:
            RefusalError: A unit is not the giver's, not active or expired.
        """
        errors = set() if to in self.accounts else {"UnknownAccountError"}
        giver, serials = self._usable(batch, first, last, from_, at, errors)
        if giver == to:
            raise RefusalError("NotHolderError")
        for serial in serials:
            issued_to = self.issuances[batch.issuance].account
            left = self.units[serial].left or to != issued_to
            self.units[serial] = Unit(to, ACTIVE, left)

    def retire(self, batch: BatchKey, first: int, last: int, from_: str | None, at: int) -> None:
        """Remove a block with a claim."""
        self._finish(batch, first, last, from_, at, RETIRED)

    def cancel(self, batch: BatchKey, first: int, last: int, from_: str | None, at: int) -> None:
        """Remove a block without a claim."""
        self._finish(batch, first, last, from_, at, CANCELLED)

    # how they do it

    def _finish(self, batch: BatchKey, first: int, last: int, from_: str | None, at: int, state: str) -> None:
        _, serials = self._usable(batch, first, last, from_, at, set())
        for serial in serials:
            self.units[serial] = self.units[serial]._replace(state=state)

    def _block(self, batch: BatchKey, first: int, last: int) -> list[Serial]:
        if batch not in self.produced_until:
            raise RefusalError("UnknownBatchError")
        serials = [Serial(batch, k) for k in range(first, last + 1)]
        if any(serial not in self.units for serial in serials):
            raise RefusalError("SerialError")
        return serials

    def _usable(
        self, batch: BatchKey, first: int, last: int, from_: str | None, at: int, errors: set[str]
    ) -> tuple[str, list[Serial]]:
        """The holder and the units of a block that may be acted on."""
        if from_ is not None and from_ not in self.accounts:
            errors.add("UnknownAccountError")
        try:
            serials = self._block(batch, first, last)
        except RefusalError as refused:
            raise RefusalError(*errors, *refused.errors) from None
        units = [self.units[serial] for serial in serials]
        holder = from_ if from_ is not None else units[0].account
        if any(unit.account != holder for unit in units):
            errors.add("NotHolderError")
        if any(unit.state != ACTIVE for unit in units):
            errors.add("NotActiveError")
        if self._expired(batch, at):
            errors.add("ExpiredError")
        if errors:
            raise RefusalError(*errors)
        return holder, serials

    def _expired(self, batch: BatchKey, at: int) -> bool:
        expires = self.expires(batch)
        return expires is not None and at >= expires

    def _misfits(self, device: str, start: int, step_s: int, values: Sequence[int]) -> set[str]:
        plant = self.plants[device]
        errors = set()
        if plant.first_utc is None or start < plant.first_utc:
            errors.add("NotCommissionedError")
        if any(wh * 3600 > plant.capacity_w * step_s for wh in values):
            errors.add("ImplausibleReadingError")
        return errors

    def _unclaimed(self, programme: Programme, start: int, end: int, waivers: Collection[str]) -> dict[str, list[Step]]:
        touched = {
            device: [step for step in self.steps[device] if step.start < end and start < step.end]
            for device in programme.devices
        }
        free = {device: [step for step in steps if step.claimed_by is None] for device, steps in touched.items()}
        every = [step for steps in free.values() for step in steps]
        errors = set()
        if any(step.start < start or end < step.end for step in every):
            errors.add("StraddlingStepError")
        if any(touched.values()) and not every:
            errors.add("DoubleIssuanceError")
        if "gap" not in waivers and any(self._gap(device, start, end) for device in programme.devices):
            errors.add("GapError")
        if errors:
            raise RefusalError(*errors)
        if programme.granular:
            if any(step.end - step.start > 3600 for step in every):
                raise RefusalError("RefusedError")
            free = {device: [step for step in steps if step.wh > 0] for device, steps in free.items()}
        every = [step for steps in free.values() for step in steps]
        if "straddling-step" not in waivers and any(programme.years.crossed(s.start, s.end) for s in every):
            raise RefusalError("StraddlingStepError")
        if not every:
            raise RefusalError("MissingDataError")
        return free

    def _gap(self, device: str, start: int, end: int) -> bool:
        first = self.plants[device].first_utc
        if first is None or first >= end:
            return False
        low = max(start, first)
        inside = [step for step in self.steps[device] if step.start < end and low < step.end]
        return sum(min(step.end, end) - max(step.start, low) for step in inside) < end - low

    def _issue(
        self, project: str, to: str, waivers: frozenset[str], chosen: Mapping[str, list[Step]], device: str | None
    ) -> int:
        carry, newest = self.carry(project), self.newest[project]
        number = len(self.issuances)
        self.issuances[number] = Issued(number, project, to, waivers, device)
        for name, taken in chosen.items():
            self.steps[name] = tuple(
                step._replace(claimed_by=number) if step in taken else step for step in self.steps[name]
            )
        counts: dict[int, int] = {}
        for year, amount in sorted(self.amounts(number).items()):
            units, carry, newest = completed(carry, newest, year, amount)
            for vintage in units:
                counts[vintage] = counts.get(vintage, 0) + 1
        for vintage, count in counts.items():
            batch = BatchKey(project, vintage, number)
            self.produced_until[batch] = self._production_end(number, vintage)
            self.units |= {Serial(batch, k): Unit(to) for k in range(1, count + 1)}
        if device is not None:
            self.born_in(number, chosen[device])
        self.newest[project] = newest if carry > 0 else None
        return number

    def _production_end(self, number: int, vintage: int) -> int:
        years = self.programmes[self.issuances[number].project].years
        spans = [span for step in self.claimed(number) for span in years.spans(step.start, step.end)]
        return max([end for year, _, end in spans if year == vintage] or [end for _, _, end in spans])

    def _recomputing_misfits(self, old: Sequence[Step], new: Sequence[Step]) -> set[str]:
        """Why issuances cannot be computed again on new steps."""
        errors = set()
        for number in {step.claimed_by for step in old if step.claimed_by is not None}:
            issued = self.issuances[number]
            programme = self.programmes[issued.project]
            mine = [step for step in new if step.claimed_by == number]
            edges = [[(s.start, s.end) for s in steps if s.claimed_by == number] for steps in (old, new)]
            if programme.granular and edges[0] != edges[1]:
                errors.add("RefusedError")
            if "straddling-step" not in issued.waivers and any(programme.years.crossed(s.start, s.end) for s in mine):
                errors.add("StraddlingStepError")
        return errors

    def _replace(self, device: str, old: Sequence[Step], new: Sequence[Step]) -> set[Serial]:
        numbers = sorted({step.claimed_by for step in old if step.claimed_by is not None}, reverse=True)
        projects = [self.issuances[number].project for number in numbers]
        carries = {project: self.carry(project) for project in projects}
        before = {number: self.amounts(number) for number in numbers}
        kept = [step for step in self.steps[device] if step not in old]
        self.steps[device] = tuple(sorted((*kept, *new)))
        withdrawn: set[Serial] = set()
        for number, project in zip(numbers, projects, strict=True):
            if self.programmes[project].granular:
                withdrawn.update(self.recount(number))
                self.settle_hours(project)
                continue
            after = self.amounts(number)
            changes = {
                y: after.get(y, Fraction(0)) - before[number].get(y, Fraction(0)) for y in {*after, *before[number]}
            }
            carries[project] += sum(changes.values(), Fraction(0))
            self._remember(project, {year for year, change in changes.items() if change > 0}, carry=carries[project])
            lowered = {year for year, change in changes.items() if change < 0}
            returned = []
            for serial in self._returnable(number, lowered):
                if carries[project] >= 0:
                    break
                self.units[serial] = self.units[serial]._replace(state=WITHDRAWN)
                carries[project] += 1
                returned.append(serial)
            self._remember(project, {serial.batch.vintage for serial in returned[-1:]}, carry=carries[project])
            withdrawn.update(returned)
        return withdrawn

    def _returnable(self, number: int, lowered: Collection[int]) -> list[Serial]:
        """Units that never left the account they were issued to: lowered vintages first, highest serials first."""
        found = [
            serial
            for serial, unit in self.units.items()
            if serial.batch.issuance == number and unit.state == ACTIVE and not unit.left
        ]
        return sorted(found, key=lambda s: (s.batch.vintage in lowered, s.batch.vintage, s.k), reverse=True)

    def _remember(
        self, project: str, vintages: Collection[int], *, carry: Fraction | None = None, fresh: bool = False
    ) -> None:
        """Remember the newest vintage among the parts of a carry; a debit has none."""
        amount = self.carry(project) if carry is None else carry
        before = None if fresh else self.newest[project]
        years = [*vintages, *([] if before is None else [before])]
        self.newest[project] = max(years) if amount > 0 and years else None
