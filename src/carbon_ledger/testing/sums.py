"""What the rows of the naive model add up to, summed again each time it is asked for."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from carbon_ledger.testing.counting import months_after
from carbon_ledger.testing.rows import WITHDRAWN, BatchKey, Issued, Plant, Programme, Serial, Step, Unit


class Sums:
    """The rows of a ledger, and what they add up to.

    Args:
        plants: The devices, by id.
        programmes: The projects, by id.
        meters: Weights of the devices of each shared meter, by id.
        accounts: Ids of the accounts that are open.
    """

    def __init__(
        self,
        plants: Mapping[str, Plant],
        programmes: Mapping[str, Programme],
        meters: Mapping[str, Mapping[str, int]],
        accounts: Iterable[str] = (),
    ) -> None:
        self.plants = plants
        self.programmes = programmes
        self.meters = meters
        self.accounts = set(accounts)
        self.steps: dict[str, tuple[Step, ...]] = dict.fromkeys(plants, ())
        self.issuances: dict[int, Issued] = {}
        self.units: dict[Serial, Unit] = {}
        self.produced_until: dict[BatchKey, int] = {}
        self.forfeited: dict[str, int] = dict.fromkeys(programmes, 0)
        self.newest: dict[str, int | None] = dict.fromkeys(programmes)
        self.born: dict[Serial, Step] = {}
        self.paid: dict[int, int] = {}
        self.toward: dict[int, int] = {}
        self.keys: dict[str, tuple[object, object]] = {}

    def snapshot(self) -> dict[str, object]:
        """Copy everything that can change."""
        return {name: value.copy() if hasattr(value, "copy") else value for name, value in vars(self).items()}

    def restore(self, snapshot: Mapping[str, object]) -> None:
        """Go back to a snapshot; it can be restored once."""
        vars(self).update(snapshot)

    def amounts(self, number: int) -> dict[int, Fraction]:
        """The exact amount of each vintage that an issuance claims, as the steps are now. [units]"""
        programme = self.programmes[self.issuances[number].project]
        found: dict[int, Fraction] = {}
        for step in self.claimed(number):
            if programme.granular and step.wh <= 0:
                continue
            for year, wh in programme.years.split(step.start, step.end, step.wh):
                found[year] = found.get(year, Fraction(0)) + wh * programme.rate
        return found

    def claimed(self, number: int) -> list[Step]:
        """The steps that an issuance claims."""
        return [step for steps in self.steps.values() for step in steps if step.claimed_by == number]

    def claimed_amount(self, project: str) -> Fraction:
        """The amount of all the project's live claims. [units]"""
        mine = [item.number for item in self.issuances.values() if item.project == project]
        return sum((sum(self.amounts(number).values(), Fraction(0)) for number in mine), Fraction(0))

    def counted(self, project: str) -> int:
        """Units of the project that were not withdrawn."""
        return sum(serial.batch.project == project and unit.state != WITHDRAWN for serial, unit in self.units.items())

    def carry(self, project: str) -> Fraction:
        """Claimed amount + adjustments - counted units, which is all that a carry is."""
        return self.claimed_amount(project) - self.forfeited[project] - self.counted(project)

    def balance(self, account: str) -> dict[tuple[str, str], int]:
        """How many units of each project and state the account has."""
        found: dict[tuple[str, str], int] = {}
        for serial, unit in self.units.items():
            if unit.account == account:
                key = (serial.batch.project, unit.state)
                found[key] = found.get(key, 0) + 1
        return found

    def count(self, batch: BatchKey) -> int:
        """Units that the batch was issued with."""
        return sum(serial.batch == batch for serial in self.units)

    def net_wh(self, device: str, start: int, end: int) -> int:
        """Net energy of the steps wholly inside a time. [Wh]"""
        return sum(step.wh for step in self.steps[device] if start <= step.start and step.end <= end)

    def expires(self, batch: BatchKey) -> int | None:
        """The first second in which the batch's units can no longer be used, if they expire."""
        programme = self.programmes[batch.project]
        if programme.valid_months is None:
            return None
        return months_after(self.produced_until[batch], programme.valid_months, programme.years.offset_s)

    def step_of(self, serial: Serial) -> Step | None:
        """The step that a granular certificate came from, as it stood when it was issued."""
        return self.born.get(serial)
