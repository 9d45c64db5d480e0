"""Imports, labels and conversions, whatever the order: each against a model that keeps one thing a unit or a step."""

from collections.abc import Sequence
from contextlib import nullcontext, suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import EVIDENCE, Clock
from tests.support.other_registry import BAKU, gs, import_serial, set_up

import carbon_ledger as cl
from carbon_ledger import errors

CLAIM = {"beneficiary": "B", "purpose": "p", "period": cl.Period.year(2025, zone="UTC")}
RANGES = st.tuples(st.integers(1, 40), st.integers(1, 40)).map(sorted)


def opened() -> cl.Ledger:
    ledger = cl.open_ledger(":memory:", ledger_id="p", clock=Clock())
    for account in ("op", "buyer"):
        ledger.open_account(account, name=account)
    return ledger


IMPORTS = st.lists(st.tuples(st.integers(1, 2), RANGES, st.sampled_from(["retire", "export", "withdraw", "keep"])))


@given(IMPORTS)
def test_a_number_of_another_registry_comes_in_once_in_any_order(imports: Sequence[Any]) -> None:
    """Invariant 27: a block comes in if and only if no unit of it did, whatever became of those."""
    ledger, there = opened(), set()
    for space, (first, last), then in imports:
        numbers = {(space, k) for k in range(first, last + 1)}
        if numbers & there:
            with pytest.raises(errors.RefusedError, match="already-imported"):
                import_serial(ledger, gs(first, last, space))
            continue
        batch = import_serial(ledger, gs(first, last, space))
        there |= numbers
        match then:
            case "retire":
                ledger.retire(batch.take(1), **CLAIM)
            case "export":
                ledger.export(batch, to_registry="evident", reference="7")
            case "withdraw":
                ledger.withdraw(batch, reason="r")
    serials = [ledger.registry_serial(batch) for batch in ledger.imported()]
    assert {(int(item.space), k) for item in serials if item for k in range(item.first, item.last + 1)} == there
    assert sum(batch.count for batch in ledger.imported()) == len(there)
    assert ledger.audit().findings == ()


@given(st.integers(1, 10**9), st.lists(st.integers(1, 50), min_size=1, max_size=6), st.data())
def test_a_retired_part_is_the_same_numbers_there(first: int, counts: list[int], data: st.DataObject) -> None:
    """Invariants 7, 8 and 14: the parts that are retired are the parts of the serial, however the batch is cut."""
    ledger = opened()
    whole = cl.parse_serial(gs(first, first + sum(counts) - 1))
    batch = import_serial(ledger, whole.text)
    parts = list(zip(batch.cut(*counts), whole.cut(*counts), strict=True))
    for block, serial in data.draw(st.permutations(parts)):
        if data.draw(st.booleans()):
            ledger.transfer(block, to="buyer")
        assert ledger.retire(block, **CLAIM).registry_serials == (serial,)
    assert ledger.balance("op").active + ledger.balance("buyer").active == 0


FEW = 12  # units, so that what is taken off is often there
PARTS = st.tuples(st.integers(1, FEW), st.integers(1, FEW)).map(sorted)
LABELS = st.lists(
    st.tuples(
        st.sampled_from(["label", "label", "unlabel", "unlabel", "unlabel", "transfer", "retire"]),
        PARTS,
        PARTS,
        st.sampled_from(["E+", "tag:x"]),
    ),
    min_size=3,
    max_size=25,
)


def take_label(ledger: cl.Ledger, units: list[set[str]], final: set[int], command: tuple[Any, ...], batch: str) -> None:
    """Try a command on both, and compare what was refused."""
    name, one, other, label = command
    blocks = [cl.Block(batch, *one)] + ([cl.Block(batch, *other)] if other[0] > one[1] else [])
    named = {k for block in blocks for k in range(block.first, block.last + 1)}
    holds = [label in units[k] for k in sorted(named)]
    refused = bool(named & final) or (any(holds) if name == "label" else not all(holds))
    with pytest.raises(errors.RefusedError) if refused else nullcontext():
        if name == "label":
            ledger.label(blocks, label, evidence=EVIDENCE, reason="r")
        else:
            ledger.unlabel(blocks, label, reason="r")
    for k in () if refused else named:
        units[k] ^= {label}


@given(LABELS)
def test_labels_partition_the_units_that_carry_them(commands: Sequence[Any]) -> None:
    """Invariants 8, 9 and 12: against a set of labels for each unit; no unit carries one twice."""
    ledger = opened()
    batch = import_serial(ledger, gs(1, FEW))
    units: list[set[str]] = [set() for _ in range(FEW + 1)]
    final: set[int] = set()
    for command in commands:
        name, (first, last), *_ = command
        block = cl.Block(batch.batch_id, first, last)
        if name in ("label", "unlabel"):
            take_label(ledger, units, final, command, batch.batch_id)
        elif not final & set(range(first, last + 1)):
            for part in ledger.holdings("op"):
                held = sorted(set(part_range(part)) & set(part_range(block)))
                if held and name == "transfer":
                    ledger.transfer(cl.Block(batch.batch_id, held[0], held[-1]), to="buyer")
                elif held:
                    ledger.retire(cl.Block(batch.batch_id, held[0], held[-1]), **CLAIM)
                    final |= set(held)
    carried = ledger.labels(batch)
    assert len({(item.label, k) for item in carried for k in part_range(item.block)}) == sum(
        item.block.count for item in carried
    )
    for k in range(1, FEW + 1):
        assert {item.label for item in ledger.labels(f"{batch.batch_id}/{k}")} == units[k]
    assert ledger.audit().findings == ()


def part_range(block: cl.Block) -> range:
    return range(block.first, block.last + 1)


DAY = cl.Period.day("2025-06-01", zone=BAKU)
STEPS = 8
ENERGIES_WH = [1_300_000, 700_000, -200_000, 2_000_000, 400_000, 1_100_000, 3_000_001, 900_000]
INSTRUMENTS = {"irec": "I-REC-E", "go": "EECS-GO", "gc": "GC"}
STEPS_TAKEN = st.tuples(st.integers(0, STEPS - 1), st.integers(0, STEPS - 1)).map(sorted)
CONVERSIONS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "issue", "convert", "convert", "void", "correct", "sell"]),
        st.sampled_from(sorted(INSTRUMENTS)),
        st.sampled_from(sorted(INSTRUMENTS.values())),
        STEPS_TAKEN,
        st.integers(0, 20),
    ),
    min_size=5,
    max_size=25,
)


class Claims:
    """One step at a time: free (none), of an issuance (its number), or kept (a conversion's number, an instrument)."""

    def __init__(self) -> None:
        self.energies = list(ENERGIES_WH)
        self.steps: list[int | tuple[int, str] | None] = [None] * STEPS
        self.before: dict[int, dict[int, tuple[int, str] | None]] = {}
        self.projects: dict[int, str] = {}

    def open_to(self, project: str, low: int, high: int) -> list[int]:
        """The steps that an issuance of a project takes."""
        kept = INSTRUMENTS[project]
        return [
            k
            for k in range(low, high + 1)
            if (self.steps[k] is None or (isinstance(self.steps[k], tuple) and self.steps[k][1] == kept))
            and (project != "gc" or self.energies[k] > 0)
        ]

    def issued(self, n: int, project: str, taken: list[int]) -> None:
        self.before[n] = {k: step for k in taken if not isinstance(step := self.steps[k], int)}
        self.projects[n] = project
        for k in taken:
            self.steps[k] = n

    def ended(self, n: int, kept: tuple[int, str] | None) -> None:
        """Void it, or convert it."""
        for k, step in enumerate(self.steps):
            if step == n:
                self.steps[k] = kept or self.before[n][k]
        del self.projects[n]

    def told(self) -> list[tuple[int, int, str]]:
        return [
            (k, step, INSTRUMENTS[self.projects[step]]) if isinstance(step, int) else (k, *step)
            for k, step in enumerate(self.steps)
            if step is not None
        ]

    def claimed(self, project: str) -> Decimal:
        own = [k for k, step in enumerate(self.steps) if isinstance(step, int) and self.projects[step] == project]
        if project == "gc":
            return Decimal(sum(max(0, self.energies[k]) for k in own))
        return Decimal(sum(self.energies[k] for k in own)).scaleb(-6)


def hour(low: int, high: int) -> cl.Period:
    return cl.Period(DAY.start_utc + low * 3600, DAY.start_utc + (high + 1) * 3600)


def act(ledger: cl.Ledger, model: Claims, command: tuple[Any, ...]) -> None:
    """Try a command; what it does, the model does."""
    name, project, instrument, (low, high), pick = command
    live = sorted(model.projects)
    n = live[pick % len(live)] if live else 0
    match name:
        case "issue":
            taken = model.open_to(project, low, high)
            try:
                ledger.issue(project, hour(low, high), to="op")
            except (errors.DoubleIssuanceError, errors.MissingDataError):
                assert not taken
                return
            assert taken
            model.issued(ledger.issuances(project)[-1].n, project, taken)
        case "convert" if live:
            ledger.convert(n, to_instrument=instrument, reason="r")
            model.ended(n, (ledger.size - 1, instrument))
        case "void" if live:
            ledger.void(n, reason="r")
            model.ended(n, None)
        case "correct":
            net_wh = [pick * 150_001 - 300_000]
            ledger.correct_readings(
                "plant", start=hour(low, low).start, step="1 hour", net_wh=net_wh, reason="r", evidence=EVIDENCE
            )
            model.energies[low] = net_wh[0]
        case "sell" if live:
            for batch in ledger.batches(model.projects[n]):
                if batch.batch_id.endswith(f"/{n}"):
                    ledger.transfer(batch, to="buyer")


@pytest.mark.slow
@given(CONVERSIONS)
def test_a_step_is_never_claimed_twice_whatever_is_converted(commands: Sequence[Any]) -> None:
    """Invariants 2, 5 and 6: one owner a step, and each project has claimed exactly what its steps hold."""
    ledger, model = opened(), Claims()
    set_up(ledger)
    ledger.record_readings("plant", start=DAY.start, step="1 hour", net_wh=ENERGIES_WH)
    for command in commands:
        # Refused by name or not at all; the model changes after the ledger did.
        with suppress(errors.RefusedError):
            act(ledger, model, command)
        told = [
            (k, item.issuance_n, item.instrument)
            for item in ledger.claims("plant", DAY)
            for k in range(
                (item.period.start_utc - DAY.start_utc) // 3600, (item.period.end_utc - DAY.start_utc) // 3600
            )
        ]
        assert told == model.told()
        for project in INSTRUMENTS:
            carry = ledger.carry(project)
            assert carry.carry == carry.claimed + carry.adjustments - carry.counted
            assert carry.claimed == model.claimed(project)
            assert ledger.reconcile(project, DAY).holds
    assert ledger.audit().findings == ()
