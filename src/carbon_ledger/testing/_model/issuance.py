"""Issuances in the naive model: issuing, voiding and converting."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from carbon_ledger.testing._model.arithmetic import apportioned, lacking
from carbon_ledger.testing._model.choosing import Chosen, merged_intervals
from carbon_ledger.testing._model.rows import (
    ACTIVE,
    BUFFERED,
    CANCELLED,
    LATEST,
    MEASURED,
    RETIRED,
    STANDING,
    WITHDRAWABLE_STATES,
    WITHDRAWN,
    BatchKey,
    Issued,
    Project,
    Quantified,
    RefusalError,
    Serial,
    Step,
    Unit,
)
from carbon_ledger.testing._model.verifications import VerificationCommands

What = tuple[str, int, int, tuple[str, ...], str | None]  # what an approval approves


class IssuanceCommands(VerificationCommands):
    """The commands of issuers, and the conversion that an account holder declares."""

    def issue(
        self,
        project: str,
        start: int,
        end: int,
        to: str,
        waivers: Sequence[str],
        buffer: Fraction | int | None,
        by: str,
        at: int = LATEST,
        expect: int | Mapping[int, int] | None = None,
        *,
        unread: bool = False,
        odd: bool = False,
    ) -> list[int]:
        """Issue every unclaimed step inside a period and return the numbers of the issuances.

        Args:
            project: The project.
            start, end: Start and end of the period. [s]
            to: The account that receives the units.
            waivers: Names of the waivers, except the one for the text of the methodology.
            buffer, by, at: The share or the number of units that is held back, or None; the actor; the time. [s]
            expect: The number of units that must come out, in total or by vintage, or None.
            unread, odd: Credits are issued without the waiver for their methodology's text, or with an odd factor.

        Raises:
            RefusalError: The period ends after *at*; no step can be issued; a gap or a straddling step, the factor or
                the text is not waived or credible; nobody else approved or verified it; or the number is another one.
        """
        row = self._known(project, to)
        not_credible = self._not_credible(unread=unread, odd=odd) if row.factor else ()
        chosen = self._unclaimed(project, start, end, waivers, at, not_credible)
        if not_credible:
            raise RefusalError(*not_credible)
        if row.factor and unread:
            waivers = (*waivers, "unread")  # nothing that was approved has these waivers
        parts: list[tuple[str | None, Chosen]] = [(name, {name: steps}) for name, steps in chosen.items() if steps]
        parts = parts if row.granular else [(None, chosen)]
        what = (project, start, end, tuple(waivers))
        used = [number for name, _ in parts for number in self._usable(row, (*what, name), by)]
        self._require_verified(project, start, end, chosen, by)
        before = self.snapshot()
        for number in used:
            self.approvals[number] = self.approvals[number]._replace(status="used")
        self.registered = self.registered | ({("factor", row.factor)} if row.factor else set())
        known = len(self.calibrations)
        issued = [Issued(0, project, to, tuple(waivers), (start, end), device, known=known) for device, _ in parts]
        numbers = [self._issue(item, taken, buffer) for item, (_, taken) in zip(issued, parts, strict=True)]
        return self._as_expected(before, numbers, buffer, expect)

    def _known(self, project: str, to: str) -> Project:
        if project not in self.projects:
            raise RefusalError("UnknownProjectError")
        if to not in self.accounts:
            raise RefusalError("UnknownAccountError")
        return self.projects[project]

    def _as_expected(
        self,
        before: Mapping[str, object],
        numbers: list[int],
        buffer: Fraction | int | None,
        expect: int | Mapping[int, int] | None,
    ) -> list[int]:
        """The numbers of issuances, unless they made or held back another number of units than was asked for."""
        made: dict[int, int] = {}
        for batch in [batch for batch in self.produced_until if batch.issuance in numbers]:
            made[batch.vintage] = made.get(batch.vintage, 0) + self.count(batch)
        held = sum(unit.state == BUFFERED for serial, unit in self.units.items() if serial.batch.issuance in numbers)
        granular = any(self.projects[self.issuances[number].project].granular for number in numbers)
        wrong = isinstance(buffer, int) and (granular or held != buffer)
        if isinstance(expect, int):
            wrong |= expect != sum(made.values())
        elif expect is not None:
            wrong |= {year: count for year, count in expect.items() if count} != made
        if wrong:
            self.restore(before)
            raise RefusalError("RefusedError")
        return numbers

    def issue_carry(
        self,
        project: str,
        to: str,
        buffer: Fraction | int | None,
        expect: int | Mapping[int, int] | None = None,
        by: str = "",
    ) -> list[int]:
        """Issue the units that a project's carry makes, without claiming a step.

        Raises:
            RefusalError: The carry makes no unit; the project requires an approval, which nobody gives for carry, or
                statements, and they do not support all that it claims.
        """
        self._known(project, to)
        if not self.units_of_carry(project):
            raise RefusalError("NothingToIssueError")
        if self.projects[project].requires_approval or self._unverified(project, 0, 0, None, by):
            raise RefusalError("RefusedError")
        live = [item.period for item in self.issuances.values() if self._claims_something(item, project)]
        period = (min(start for start, _ in live), max(end for _, end in live))
        before = self.snapshot()
        numbers = [self._issue(Issued(0, project, to, (), period, of_carry=True), {}, buffer)]
        return self._as_expected(before, numbers, buffer, expect)

    def _claims_something(self, item: Issued, project: str) -> bool:
        return item.project == project and not item.voided and not item.of_carry

    def _not_credible(self, *, unread: bool, odd: bool) -> tuple[str, ...]:
        if odd:
            return ("FactorNotApplicableError",)
        return ("NotApplicableError",) if unread and not self.attested else ()

    def quantify(self, project: str, start: int, end: int, waivers: Sequence[str], at: int = LATEST) -> Quantified:
        """Everything that an issuance of the period would be computed from.

        Raises:
            RefusalError: As for `issue`.
        """
        chosen = self._unclaimed(project, start, end, waivers, at)
        row = self.projects[project]
        devices: tuple[str | None, ...] = (None,)
        if row.granular:
            devices = tuple(device for device, steps in chosen.items() if steps)
        picture = [
            (device, len(steps), sum(s.wh for s in steps), merged_intervals(steps), self._gaps(device, start, end))
            for device, steps in chosen.items()
        ]
        years = [
            row.years.split(step.start, step.end, step.wh)
            for steps in chosen.values()
            for step in steps
            if row.years.crossed(step.start, step.end)
        ]
        amounts: dict[int, Fraction] = {}
        unmeasured: dict[tuple[str, int, str], int] = {}
        for device, step in [(device, step) for device, steps in chosen.items() for step in steps]:
            for year, wh in row.years.split(step.start, step.end, step.wh):
                amounts[year] = amounts.get(year, Fraction(0)) + wh * row.rate
                if step.quality != MEASURED:
                    key = device, year, step.quality
                    unmeasured[key] = unmeasured.get(key, 0) + wh
        every = [(device, step) for device, steps in chosen.items() for step in steps]
        deducted = self.deducted_wh(row, every, len(self.calibrations))
        for (_, year), wh in deducted.items():
            amounts[year] -= wh * row.rate
        excluded = self._excluded(row, start, end)
        read = row.factor is not None and self.attested  # an attested text is a line of the quantification
        seen = (picture, years, excluded, unmeasured, deducted, read)
        return Quantified(project, start, end, tuple(waivers), seen, amounts, devices)

    def void(self, number: int, at: int = 0) -> None:
        """Void an issuance: its units are withdrawn, and its steps are free again or reserved as they were before.

        Raises:
            RefusalError: The issuance is void; one of its units left its account, is final, pending or expired; or
                units of other issuances rest on it.
        """
        issued = self._live_issuance(number)
        standing = self._standing(number)
        _, receiver = self.projects[issued.project].levy or (0, None)
        homes = {True: receiver or issued.account, False: issued.account}
        errors = {"NotHolderError" for unit in standing.values() if unit.account != homes[unit.levied]}
        errors |= {"NotActiveError" for unit in standing.values() if unit.state not in WITHDRAWABLE_STATES}
        errors |= {"ExpiredError" for serial in standing if self.expired(serial.batch, at)}
        errors |= self._resting_on(number)
        if errors:
            raise RefusalError(*errors)
        for serial, unit in standing.items():
            self.units[serial] = unit._replace(state=WITHDRAWN)
        self._end(issued._replace(voided=True), None)

    def convert(self, number: int, instrument: str, from_: str | None, at: int) -> tuple[int, list[Serial]]:
        """Retire all units of an issuance and reserve its steps for another instrument.

        Returns:
            The number of the conversion, and the units.

        Raises:
            RefusalError: The issuance ended, has that instrument, or its units are not all usable by one account.
        """
        issued = self._live_issuance(number)
        standing = self._standing(number)
        errors = self.misuses(standing, from_, at)
        if self.projects[issued.project].instrument == instrument or not standing or issued.of_carry:
            errors.add("RefusedError")
        errors |= self._resting_on(number)
        if errors:
            raise RefusalError(*errors)
        for serial, unit in standing.items():
            self.units[serial] = unit._replace(state=RETIRED)
        conversion = self.next_number()
        self.conversions[conversion] = instrument
        self._end(issued._replace(voided=True, converted=True), conversion)
        return conversion, sorted(standing)

    def holder_of(self, number: int) -> str | None:
        """The account that holds all of an issuance's units that were not withdrawn; None if several do."""
        holders = {unit.account for unit in self._standing(number).values()}
        return min(holders) if len(holders) == 1 else None

    def is_convertible(self, number: int, at: int) -> bool:
        """Whether an issuance has units, and all of them are active and in one account."""
        standing = self._standing(number)
        return not self.issuances[number].voided and bool(standing) and not self.misuses(standing, None, at)

    def misuses(self, units: Mapping[Serial, Unit], from_: str | None, at: int) -> set[str]:
        """The errors that prevent an account (by default the holder) from using units."""
        holders = {unit.account for unit in units.values()}
        errors = set() if from_ is None or from_ in self.accounts else {"UnknownAccountError"}
        if len(holders) > 1 or (from_ is not None and holders - {from_}):
            errors.add("NotHolderError")
        errors |= {"NotActiveError" for unit in units.values() if unit.state != ACTIVE}
        return errors | {"ExpiredError" for serial in units if self.expired(serial.batch, at)}

    def _live_issuance(self, number: int) -> Issued:
        if number not in self.issuances or self.issuances[number].voided:
            raise RefusalError("UnknownBatchError")
        return self.issuances[number]

    def _standing(self, number: int) -> dict[Serial, Unit]:
        """The units of an issuance that were not withdrawn."""
        return {s: u for s, u in self.units.items() if s.batch.issuance == number and u.state != WITHDRAWN}

    def _resting_on(self, number: int) -> set[str]:
        """The error if a whole unit of another issuance would lose the energy behind it without an issuance."""
        project = self.issuances[number].project
        if self.projects[project].granular:
            return set()
        before, amounts = self.energies(project), self.amounts(number)
        after = {year: energy - amounts.get(year, Fraction(0)) for year, energy in before.items()}
        for serial in self._standing(number):
            after[serial.batch.vintage] += 1
        over = any(lacking(after, year) >= 1 and lacking(after, year) > lacking(before, year) for year in after)
        return {"RefusedError"} if over else set()

    def _end(self, issued: Issued, conversion: int | None) -> None:
        """End an issuance: its steps are free or reserved, and it no longer counts toward the carry."""
        for device, steps in self.steps.items():
            for step in steps:
                if step.claimed_by == issued.number:
                    self.touch(device, step.start, step.end)
            after = [
                step._replace(claimed_by=step.reserved_by if conversion is None else conversion, reserved_by=None)
                if step.claimed_by == issued.number
                else step
                for step in steps
            ]
            self.steps[device] = tuple(after)
        self.issuances[issued.number] = issued
        if self.projects[issued.project].granular:
            self.settle_hours(issued.project)

    def _usable(self, row: Project, what: What, by: str) -> list[int]:
        """The valid approvals of an issuance by actors other than the issuer."""
        project, start, end, _, device = what
        closed = self.closed_devices(project, device, start, end)
        standing = [
            item
            for item in self.approvals.values()
            if item[2:7] == what and item.status == STANDING and item.closed == closed
        ]
        others = [item.number for item in standing if item.actor != by]
        if row.requires_approval and not others:
            raise RefusalError("RefusedError")
        return others

    def _issue(self, issued: Issued, chosen: Mapping[str, Sequence[Step]], buffer: Fraction | int | None) -> int:
        project = issued.project
        owed = max(Fraction(0), -self.carry(project))
        number = self.next_number()
        self.issuances[number] = issued._replace(number=number)
        for name, taken in chosen.items():
            self.steps[name] = tuple(
                step._replace(claimed_by=number, reserved_by=step.claimed_by) if step in taken else step
                for step in self.steps[name]
            )
            for step in taken:
                self.touch(name, step.start, step.end)
        first = tuple(sorted(self.amounts(number).items()))
        self.issuances[number] = self.issuances[number]._replace(first=first)
        counts: dict[int, int] = {}
        for vintage in self._made(number, owed):
            counts[vintage] = counts.get(vintage, 0) + 1
        self._make_units(number, counts, buffer)
        if issued.device is not None:
            self.assign_steps(number, chosen[issued.device])
        return number

    def _made(self, number: int, owed: Fraction) -> list[int]:
        """The vintage of each unit that an issuance makes. The first Wh of granular certificates repay what is owed."""
        project = self.issuances[number].project
        if not self.projects[project].granular:
            return self.units_of_carry(project)
        every = [year for year, amount in sorted(self.amounts(number).items()) for _ in range(int(amount))]
        return every[int(owed) :]

    def _make_units(self, number: int, counts: Mapping[int, int], buffer: Fraction | int | None) -> None:
        """Make the units of each vintage: the highest serials are levied, the next ones buffered, the others active."""
        issued = self.issuances[number]
        share, receiver = self.projects[issued.project].levy or (Fraction(0), None)
        years = sorted(counts)
        taken = apportioned(-(-sum(counts.values()) * share // 1), [counts[year] for year in years]) if years else []
        left = buffer if isinstance(buffer, int) else 0
        for year, levied in reversed(list(zip(years, taken, strict=True))):  # a count is held back newest first
            rest = counts[year] - levied
            held = min(rest, left) if isinstance(buffer, int) else -(-rest * (buffer or Fraction(0)) // 1)
            left -= held
            batch = BatchKey(issued.project, year, number)
            self.produced_from[batch], self.produced_until[batch] = self._production(number, year)
            for k in range(1, rest + 1):
                self.units[Serial(batch, k)] = Unit(issued.account, BUFFERED if k > rest - held else ACTIVE)
            for k in range(rest + 1, counts[year] + 1):
                unit = Unit(issued.account, CANCELLED) if receiver is None else Unit(receiver)
                self.units[Serial(batch, k)] = unit._replace(left=unit.account != issued.account, levied=True)

    def _production(self, number: int, vintage: int) -> tuple[int, int]:
        """When the steps of a vintage begin and end; if the issuance has none, those of the whole project."""
        project = self.issuances[number].project
        mine = [item.number for item in self.issuances.values() if item.project == project]
        for numbers in ([number], mine):
            steps = [step for n in numbers for step in self.claimed(n)]
            spans = [span for step in steps for span in self.projects[project].years.spans(step.start, step.end)]
            found = [(start, end) for year, start, end in spans if year == vintage]
            if found:
                return min(start for start, _ in found), max(end for _, end in found)
        raise AssertionError(f"no step of {vintage} is claimed")
