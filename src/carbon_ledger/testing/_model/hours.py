"""Granular certificates in the naive model: every unit refers to the step that generated it."""

from collections.abc import Iterable

from carbon_ledger.testing._model.rows import WITHDRAWABLE_STATES, WITHDRAWN, BatchKey, Serial, Step
from carbon_ledger.testing._model.totals import Totals


class Hours(Totals):
    """Units by interval: which step generated a unit, which units a correction withdraws, and the resulting debit."""

    def assign_steps(self, number: int, taken: Iterable[Step]) -> None:
        """Assign a step to every unit of a granular issuance: the newest Wh of its vintage, in time order."""
        years = self.projects[self.issuances[number].project].years
        generated: dict[int, list[Step]] = {}
        for step in sorted(taken):
            for year, wh in years.split(step.start, step.end, step.wh):
                generated.setdefault(year, []).extend([step] * wh)
        issued = 0
        for year, steps in generated.items():
            count = self.count(BatchKey(self.issuances[number].project, year, number))
            issued += count
            # The oldest Wh repaid a debit, so no unit was issued for them.
            for k, step in enumerate(steps[len(steps) - count :], 1):
                self.generated_in[Serial(BatchKey(self.issuances[number].project, year, number), k)] = step
        self.paid[number] = self.debit_contribution[number] = sum(map(len, generated.values())) - issued

    def recount(self, number: int) -> list[Serial]:
        """Compare a granular issuance's units with its energy, step by step, and return the withdrawn units."""
        years = self.projects[self.issuances[number].project].years
        returned: list[Serial] = []
        lacking = spare = 0
        for step in self.claimed(number):
            for year, wh in years.split(step.start, step.end, max(0, step.wh)):
                out = [serial for serial in self._of_hour(number, year, step) if self.units[serial].state != WITHDRAWN]
                back = [s for s in out if self.units[s].state in WITHDRAWABLE_STATES and not self.units[s].left]
                back = sorted(back, reverse=True)[: max(0, len(out) - wh)]
                returned += back
                over = len(out) - len(back) - wh
                lacking, spare = lacking + max(0, over), spare + max(0, -over)
        for serial in returned:
            self.units[serial] = self.units[serial]._replace(state=WITHDRAWN)
        self.debit_contribution[number] = min(spare, self.paid[number]) - lacking
        return returned

    def _of_hour(self, number: int, year: int, step: Step) -> list[Serial]:
        return [
            serial
            for serial, generated_in in self.generated_in.items()
            if (serial.batch.issuance, serial.batch.vintage, generated_in.start) == (number, year, step.start)
        ]

    def settle_hours(self, project: str) -> None:
        """Forfeit energy that belongs to no unit: the carry of granular certificates is never positive."""
        live = [item.number for item in self.issuances.values() if item.project == project and not item.voided]
        carry = min(0, sum(self.debit_contribution[number] for number in live))
        self.forfeited[project, 0] = int(sum(self.energies(project).values())) - carry
