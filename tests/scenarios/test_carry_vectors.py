"""Random lives of a project, whose carry was computed apart from this library: `../shared/vectors/carry.json`."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from tests.conftest import EVIDENCE, SHARED, Clock, device

import carbon_ledger as cl
from carbon_ledger.errors import RefusedError

FILE = SHARED / "vectors/carry.json"
GAP = cl.Waiver("gap", "the lives have few readings")
ALL = cl.Period.of("2020-01-01", "2027-01-01", zone="UTC")
GROUPS = 20


def cases() -> list[Any]:
    """The lives, of which each test takes every twentieth."""
    return list(json.loads(FILE.read_text())) if FILE.exists() else []


class Life:
    """A ledger that lives the steps of one case. Each amount is the reading of a day of its own."""

    def __init__(self, ledger: cl.Ledger) -> None:
        self.ledger = ledger
        self.days: dict[int, Iterator[cl.Period]] = {}
        self.issuances: list[tuple[int, dict[int, tuple[cl.Period, Decimal]]]] = []
        for account in ("op", "buyer"):
            ledger.open_account(account, name=account)
        ledger.register_device(device(zone="UTC"))
        ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone="UTC", devices=("plant",)))

    def issue(self, step: dict[str, Any]) -> None:
        readings = {}
        for year, amount in step["issue"].items():
            days = self.days.setdefault(int(year), iter(cl.Period.year(int(year), zone="UTC").days()))
            readings[int(year)] = day, _ = next(days), Decimal(amount)
            self.ledger.record_generation("plant", day, net=f"{amount} MWh")
        batches = self.ledger.issue("p", ALL, to="op", waivers=[GAP])
        assert {str(batch.vintage): batch.count for batch in batches} == step["units"]
        self.issuances.append((self.ledger.size - 1, readings))

    def correct(self, step: dict[str, Any]) -> None:
        given, taken = step["correct"], dict[str, int]()
        _, readings = self.issuances[given["issuance"]]
        day, amount = readings[given["vintage"]]
        readings[given["vintage"]] = day, amount + Decimal(given["by"])
        for block in self.set_to(day, amount + Decimal(given["by"])).withdrawn:
            year = block.batch_id.split("/")[1]
            taken[year] = taken.get(year, 0) + block.count
        assert taken == step["withdrawn"]

    def set_to(self, day: cl.Period, amount: Decimal) -> Any:
        return self.ledger.correct_generation("plant", day, net=f"{amount} MWh", reason="r", evidence=EVIDENCE)

    def held(self, given: dict[str, Any]) -> list[int]:
        """The serials of a batch that never left the account."""
        name = self.batch_id(given)
        return [k for b in self.ledger.holdings("op") if b.batch_id == name for k in range(b.first, b.last + 1)]

    def batch_id(self, given: dict[str, Any]) -> str:
        return f"p/{given['vintage']}/{self.issuances[given['issuance']][0]}"

    def sell(self, step: dict[str, Any]) -> None:
        for k in self.held(step["sell"])[: step["sell"]["count"]]:
            self.ledger.transfer(f"{self.batch_id(step['sell'])}/{k}", to="buyer")

    def withdraw(self, step: dict[str, Any]) -> None:
        for k in self.held(step["withdraw"])[-step["withdraw"]["count"] :]:
            self.ledger.withdraw(f"{self.batch_id(step['withdraw'])}/{k}", reason="r")

    def void(self, step: dict[str, Any]) -> None:
        n, readings = self.issuances[step["void"]]
        try:
            self.ledger.void(n, reason="r")
        except RefusedError:
            assert not step["allowed"]
            return
        assert step["allowed"]
        for day, _ in readings.values():  # its days are free: a later issuance of the case does not claim them
            self.set_to(day, Decimal(0))

    def live(self, step: dict[str, Any]) -> None:
        for name in ("issue", "correct", "sell", "withdraw", "void"):
            if name in step:
                getattr(self, name)(step)
        found = self.ledger.carry("p")
        expected = {int(year): Decimal(amount) for year, amount in step["by_vintage"].items()}
        assert found.carry == Decimal(step["carry"])
        assert {item.vintage: item.carry for item in found.vintages if item.carry} == {
            year: amount for year, amount in expected.items() if amount
        }


@pytest.mark.outside
@pytest.mark.parametrize(
    "group", [0, 1, 2, *(pytest.param(group, marks=pytest.mark.slow) for group in range(3, GROUPS))]
)
def test_the_lives_of_the_vectors(group: int, clock: Clock) -> None:
    """Ledger-model sections 5 to 7; invariants 2, 3, 15, 20 and 34a."""
    if not FILE.exists():
        pytest.skip("no lives at ../shared/vectors/carry.json")
    clock.move(days=400)  # the newest vintage is 2026
    mine = cases()[group::GROUPS]
    assert len(mine) == 20
    for case in mine:
        with cl.open_ledger(":memory:", clock=clock) as ledger:
            life = Life(ledger)
            for at, step in enumerate(case["steps"]):
                try:
                    life.live(step)
                except AssertionError as error:
                    raise AssertionError(f"case {case['case']}, step {at}: {step}") from error
            if case is mine[0]:
                assert ledger.audit().findings == ()
