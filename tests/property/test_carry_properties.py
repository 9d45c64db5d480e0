"""Carry by vintage: exact amounts become whole units, nothing is lost or made, and every unit rests on energy."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock, device

import carbon_ledger as cl
from carbon_ledger.core.issuance.carry import after_all, changed_rows, cumulative, debits, settle
from carbon_ledger.core.state.rows import Carry
from carbon_ledger.errors import NothingToIssueError, RefusedError

AMOUNTS = st.decimals(min_value=-50, max_value=50, places=9, allow_nan=False, allow_infinity=False)
VINTAGES = st.dictionaries(st.integers(2020, 2025), AMOUNTS, min_size=1, max_size=4).map(
    lambda items: tuple(sorted(items.items()))
)
CHANGES = st.dictionaries(st.integers(2020, 2025), AMOUNTS, max_size=2)


@given(st.lists(st.tuples(VINTAGES, CHANGES), min_size=1, max_size=12))
def test_issued_plus_carry_is_claimed(lives: list[tuple[tuple[tuple[int, Decimal], ...], dict[int, Decimal]]]) -> None:
    """Invariants 2, 3 and 20: exactly; what could be issued was issued; no issuance makes or enlarges a debit."""
    rows: tuple[Carry, ...] = ()
    claimed, counted = Fraction(0), 0
    for n, (amounts, correction) in enumerate(lives):
        rows = after_all(rows, changed_rows("p", rows, n, claimed=correction))
        before = debits(after_all(rows, changed_rows("p", rows, n, claimed=dict(amounts))))
        changed, units = settle("p", rows, amounts, n)
        rows = after_all(rows, changed)
        claimed += sum(Fraction(amount) for _, amount in (*amounts, *correction.items()))
        counted += sum(count for _, count in units)
        assert sum(Fraction(row.carry) for row in rows) == claimed - counted
        assert (sum(Fraction(row.claimed) for row in rows), sum(row.counted for row in rows)) == (claimed, counted)
        assert all(count > 0 for _, count in units)
        assert list(units) == sorted(dict(units).items())
        assert debits(rows) == before
        # No vintage can have one more unit: somewhere at it or above it, less than a whole unit is left.
        assert all(min(carry for newer, carry in cumulative(rows) if newer >= row.vintage) < 1 for row in rows)


# --- random lives of a ledger, and one row a unit

YEARS = (2022, 2023, 2024)
UTC = "UTC"
ALL = cl.Period.of("2022-01-01", "2025-01-01", zone=UTC)
GAP = cl.Waiver("gap", "few readings")
MWH = st.integers(-300, 900).map(lambda k: Fraction(k, 100))
SEEN: Counter[str] = Counter()


class Unit(NamedTuple):
    """One unit: where it was issued, and whether it left that account, was forfeited or no longer counts."""

    issuance: int
    vintage: int
    left: bool = False
    counts: bool = True
    forfeited: bool = False


class Books:
    """One row a unit, each resting on exact energy of its vintage or an older one."""

    def __init__(self) -> None:
        self.energy: dict[int, dict[int, Fraction]] = {}  # by issuance and vintage
        self.units: dict[tuple[str, int], Unit] = {}

    def lacking(self, year: int, *, forfeits: bool) -> Fraction:
        """How many units of a vintage and older ones have no energy: each is given a whole MWh, oldest first."""
        energy = sum((mwh for of in self.energy.values() for v, mwh in of.items() if v <= year), Fraction(0))
        mine = [unit for unit in self.units.values() if unit.vintage <= year]
        resting = sum(unit.counts or (forfeits and unit.forfeited) for unit in mine)
        return max(Fraction(0), resting - energy)

    def without(self, issuance: int) -> "Books":
        """The books as they would be without an issuance."""
        books = Books()
        books.energy = {n: of for n, of in self.energy.items() if n != issuance}
        books.units = {k: u._replace(counts=u.counts and u.issuance != issuance) for k, u in self.units.items()}
        return books

    def rests_on(self, issuance: int) -> bool:
        """Whether a whole unit of another issuance would have no energy without an issuance."""
        after = self.without(issuance)
        return any(
            after.lacking(year, forfeits=False) >= 1
            and after.lacking(year, forfeits=False) > self.lacking(year, forfeits=False)
            for year in YEARS
        )


class Life:
    """A ledger and its books, driven side by side."""

    def __init__(self, draw: Any) -> None:
        self.draw, self.books = draw, Books()
        clock = Clock()
        self.ledger = cl.open_ledger(":memory:", clock=clock)
        for account in ("op", "buyer"):
            self.ledger.open_account(account, name=account)
        self.ledger.register_device(device(zone=UTC))
        self.ledger.register_project(cl.Project(id="p", instrument="I-REC-E", zone=UTC, devices=("plant",)))
        self.days = {year: iter(cl.Period.year(year, zone=UTC).days()) for year in YEARS}
        self.readings: dict[int, dict[int, cl.Period]] = {}

    def issue(self) -> None:
        days = {}
        for year in self.draw(st.lists(st.sampled_from(YEARS), min_size=1, max_size=2, unique=True)):
            mwh = self.draw(MWH)
            days[year] = next(self.days[year]), mwh
            self.ledger.record_generation("plant", days[year][0], net=f"{int(mwh * 1_000_000)} Wh")
        before = {year: self.lacking_with(year, days) for year in YEARS}
        batches = self.ledger.issue("p", ALL, to="op", waivers=[GAP])
        n = self.ledger.size - 1
        self.books.energy[n] = {year: mwh for year, (_, mwh) in days.items()}
        self.readings[n] = {year: day for year, (day, _) in days.items()}
        self.made(n, batches, before)

    def lacking_with(self, year: int, days: dict[int, tuple[cl.Period, Fraction]]) -> Fraction:
        """What units lack with newly claimed energy, before the issuance makes units."""
        self.books.energy[-1] = {of: mwh for of, (_, mwh) in days.items()}
        found = self.books.lacking(year, forfeits=True)
        del self.books.energy[-1]
        return found

    def made(self, n: int, batches: tuple[cl.Batch, ...], before: dict[int, Fraction]) -> None:
        """Invariant 20: units that an issuance makes leave no unit without energy that had energy before."""
        for batch in batches:
            SEEN["units of an older vintage"] += batch.vintage not in self.books.energy.get(n, {})
            for k in range(1, batch.count + 1):
                self.books.units[batch.batch_id, k] = Unit(n, batch.vintage)
        for year in YEARS:
            assert self.books.lacking(year, forfeits=True) == before[year], f"a debit of {year} by the units of {n}"

    def issue_carry(self) -> None:
        before = {year: self.books.lacking(year, forfeits=True) for year in YEARS}
        try:
            batches = self.ledger.issue_carry("p", to="op")
        except NothingToIssueError:
            return
        SEEN["issued of carry"] += 1
        self.made(self.ledger.size - 1, batches, before)

    def correct(self) -> None:
        if not self.readings:
            return
        n = self.draw(st.sampled_from(sorted(self.readings)))
        year = self.draw(st.sampled_from(sorted(self.readings[n])))
        before = {v: self.books.lacking(v, forfeits=True) for v in YEARS}
        mwh = self.draw(MWH)
        done = self.ledger.correct_generation(
            "plant", self.readings[n][year], net=f"{int(mwh * 1_000_000)} Wh", reason="r", evidence=EVIDENCE
        )
        self.books.energy[n] = {**self.books.energy[n], year: mwh}
        for block in done.withdrawn:
            for k in range(block.first, block.last + 1):
                assert not self.books.units[block.batch_id, k].left
                self.books.units[block.batch_id, k] = self.books.units[block.batch_id, k]._replace(counts=False)
        free = {unit.vintage for unit in self.books.units.values() if unit.counts and not unit.left}
        for v in YEARS:
            if self.books.lacking(v, forfeits=True) > before[v]:
                SEEN["debit of a correction"] += 1
                assert not any(vintage <= v for vintage in free), f"invariant 15: units of {v} or older could go"

    def raised(self) -> None:
        """Issue what a correction has added: carry of a whole unit is rare without one just before."""
        self.correct()
        self.issue_carry()

    def block(self) -> cl.Block | None:
        held = self.ledger.holdings("op")
        if not held:
            return None
        block = self.draw(st.sampled_from(held))
        first = self.draw(st.integers(block.first, block.last))
        return cl.Block(block.batch_id, first, self.draw(st.integers(first, block.last)))

    def sell(self) -> None:
        if block := self.block():
            self.ledger.transfer(block, to="buyer")
            for k in range(block.first, block.last + 1):
                self.books.units[block.batch_id, k] = self.books.units[block.batch_id, k]._replace(left=True)

    def withdraw(self) -> None:
        if block := self.block():
            self.ledger.withdraw(block, reason="r")
            for k in range(block.first, block.last + 1):
                unit = self.books.units[block.batch_id, k]
                self.books.units[block.batch_id, k] = unit._replace(counts=False, forfeited=True)

    def void(self) -> None:
        self.end(self.ledger.void, reason="r")

    def convert(self) -> None:
        self.end(self.ledger.convert, to_instrument="EECS-GO", reason="r")

    def end(self, command: Any, **given: str) -> None:
        """Invariant 34a: refused exactly where a whole unit of another issuance would lose its energy."""
        live = list(self.books.energy)
        if not live:
            return
        rested_on = [n for n in live if self.books.rests_on(n)]
        n = self.draw(st.sampled_from(rested_on if rested_on and self.draw(st.booleans()) else live))
        resting = self.books.rests_on(n)
        try:
            command(n, **given)
        except RefusedError as error:
            refused = error.rule
        else:
            refused = "ended"
        SEEN[refused] += 1
        if refused != "ended":
            assert resting or refused != "units-rest-on-it"
            return
        assert not resting, f"units rest on issuance {n}"
        self.books = self.books.without(n)
        for day in self.readings.pop(n).values():
            if command == self.ledger.void:  # its days are free: the next issuance finds nothing there
                self.ledger.correct_generation("plant", day, net="0 Wh", reason="r", evidence=EVIDENCE)

    def check(self) -> None:
        """Invariants 2, 3 and 20: the carry of each vintage is that of the books, exactly."""
        found = {item.vintage: item.carry for item in self.ledger.carry("p").vintages}
        for year in YEARS:
            energy = sum((of.get(year, Fraction(0)) for of in self.books.energy.values()), Fraction(0))
            mine = [unit for unit in self.books.units.values() if unit.vintage == year]
            carry = energy - sum(unit.counts or unit.forfeited for unit in mine)
            assert found.get(year, 0) == carry, f"carry of {year}"


ACTS = ("issue", "issue", "issue", "correct", "correct", "sell", "withdraw", "void", "convert", "issue_carry", "raised")


@settings(max_examples=60, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data(), acts=st.lists(st.sampled_from(ACTS), min_size=4, max_size=14))
def lives(data: st.DataObject, acts: list[str]) -> None:
    """A life of acts in any order, compared with the books after each."""
    life = Life(data.draw)
    for act in ("issue", *acts):
        getattr(life, act)()
        life.check()
    assert life.ledger.audit().findings == ()


def test_every_unit_rests_on_energy() -> None:
    """Invariants 2, 3, 15, 20 and 34a, against a model that keeps one row a unit; and what they are about happens."""
    SEEN.clear()
    lives()
    about = ("units of an older vintage", "issued of carry", "debit of a correction", "ended", "units-rest-on-it")
    assert {name for name in about if not SEEN[name]} == set(), SEEN
