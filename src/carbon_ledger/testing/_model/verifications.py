"""Verifiers' statements in the naive model: recording them, what overtakes them, and what they support."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from carbon_ledger.testing._model.arithmetic import complete_units
from carbon_ledger.testing._model.choosing import Choosing, Chosen
from carbon_ledger.testing._model.rows import RefusalError, Verification


class VerificationCommands(Choosing):
    """The command of a verifier who states what was verified, and the check of what is issued on it."""

    def state_verification(
        self,
        project: str,
        start: int,
        end: int,
        opinion: str,
        quantities: Mapping[int, str],
        replaces: Sequence[int],
        seen: int,
        by: str,
        at: int,
        *,
        wrong: bool = False,
    ) -> int:
        """Record a statement, and return its number.

        Args:
            project, start, end: The project, and start and end of the period. [s]
            opinion, quantities: The opinion, and the quantity of each vintage, as text. [units]
            replaces, seen: The statements that it replaces, and how many changes of readings the verifier saw.
            by, at, wrong: The actor, the time [s], and whether the root or the size is not one of the ledger.

        Raises:
            RefusalError: The root is wrong, the period has not ended, or a quantity or a replacement is.
        """
        if project not in self.projects:
            raise RefusalError("UnknownProjectError")
        row, errors = self.projects[project], set[str]()
        years = {year for year, _, _ in row.years.spans(start, end)}
        supported = opinion in ("unmodified", "modified")
        stated = tuple((year, Fraction(text), _decimals(text)) for year, text in sorted(quantities.items()))
        if wrong or end > at or any(year not in years or (amount and not supported) for year, amount, _ in stated):
            errors.add("RefusedError")
        for number in replaces:
            other = self.verifications.get(number)
            if other is None or other.project != project:
                errors.add("UnknownThingError")
            elif other.replaced or end <= other.start or other.end <= start:
                errors.add("RefusedError")
        for other in self.standing_verifications(project):
            if other.number not in replaces and other.start < end and start < other.end:
                errors.add("RefusedError")
        if errors:
            raise RefusalError(*errors)
        changed = any(name in row.devices and low < end and start < high for name, low, high in self.changes[seen:])
        new = Verification(self.next_number(), by, project, start, end, opinion, stated, overtaken=changed)
        for number in replaces:
            self.verifications[number] = self.verifications[number]._replace(replaced=True)
        self.verifications[new.number] = new
        return new.number

    def standing_verifications(self, project: str) -> list[Verification]:
        """The statements about a project that no other statement replaces."""
        return [item for item in self.verifications.values() if item.project == project and not item.replaced]

    def vouching(self, project: str) -> set[str]:
        """The actors who approved or verified something of a project."""
        found = {item.actor for item in self.approvals.values() if item.project == project}
        return found | {item.actor for item in self.verifications.values() if item.project == project}

    def _require_verified(self, project: str, start: int, end: int, chosen: Chosen, by: str) -> None:
        if self._unverified(project, start, end, chosen, by):
            raise RefusalError("RefusedError")

    def _unverified(self, project: str, start: int, end: int, chosen: Chosen | None, by: str) -> bool:
        """Whether an issuance lacks a statement that it needs.

        Args:
            project: The project.
            start, end: Start and end of the period. [s]
            chosen: The steps that it claims; None if it is of carry.
            by: The issuer.
        """
        if not self.projects[project].requires_verification:
            return False
        if chosen is not None and not self._is_supported(project, start, end, chosen, by):
            return True
        live = [item for item in self.issuances.values() if item.project == project and not item.voided]
        claims = [item for item in live if not item.of_carry]
        if chosen is not None and not self.units_of_carry(project):
            changed = [item for item in claims if dict(item.first) != self.amounts(item.number)]
            granular = self.projects[project].granular
            return not granular and not all(self._is_enough(project, *item.period, {}) for item in changed)
        return not all(self._is_supported(project, *item.period, {}, by) for item in claims)

    def units_of_carry(self, project: str) -> list[int]:
        """The vintage of each unit that a project's carry makes; granular certificates are never made of carry."""
        return [] if self.projects[project].granular else complete_units(self.carries(project))

    def _is_supported(self, project: str, start: int, end: int, chosen: Chosen, by: str) -> bool:
        """Whether a statement supports all that is claimed of its time, and the chosen steps."""
        found = self._verifications_of(project, start, end)
        if not found or found[0].overtaken or found[0].actor == by or found[0].opinion in ("adverse", "disclaimed"):
            return False
        return self._is_enough(project, start, end, chosen)

    def _verifications_of(self, project: str, start: int, end: int) -> list[Verification]:
        """The statement about a whole period, if there is one. [s]"""
        return [x for x in self.standing_verifications(project) if x.start <= start and end <= x.end]

    def _is_enough(self, project: str, start: int, end: int, chosen: Chosen) -> bool:
        """Whether a statement is about a period, and of enough units for its time and for the chosen steps."""
        row, found = self.projects[project], self._verifications_of(project, start, end)
        if not found:
            return False
        (statement,) = found
        total: dict[int, Fraction] = {}
        numbers = {
            step.claimed_by
            for name in row.devices
            for step in self.steps[name]
            if step.start < statement.end and statement.start < step.end
        }
        for number in numbers:
            issued = None if number is None else self.issuances.get(number)
            if issued is not None and issued.project == project:
                for year, amount in self.amounts(issued.number).items():
                    total[year] = total.get(year, Fraction(0)) + amount
        for item in self.issuances.values():
            within = item.period[0] < statement.end and statement.start < item.period[1]
            for year, amount in item.first if item.project == project and item.converted and within else ():
                total[year] = total.get(year, Fraction(0)) + amount
        for step in [step for steps in chosen.values() for step in steps]:
            for year, wh in row.years.split(step.start, step.end, step.wh):
                total[year] = total.get(year, Fraction(0)) + wh * row.rate
        stated = {year: (quantity, decimals) for year, quantity, decimals in statement.quantities}
        for year, amount in total.items():
            if year not in stated:
                if amount > 0:
                    return False
            elif amount * 10 ** stated[year][1] // 1 > stated[year][0] * 10 ** stated[year][1]:
                return False
        return True


def _decimals(text: str) -> int:
    """How many decimals a number has, without zeros at the end."""
    return len(text.partition(".")[2].rstrip("0"))
