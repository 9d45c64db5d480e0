"""Granular certificates against a model of one row a unit: hours survive every cut, and answer for their units."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing._machine.checks import check_all
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.queries import check_reconciliation, check_trace
from carbon_ledger.testing._machine.setup import END_UTC, SLOT_S, SMALL_W, START_UTC, set_up, set_up_model
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.rows import ACTIVE, WITHDRAWN, Serial
from carbon_ledger.testing.strategies import BOTH_WAIVERS, BlockPart

Draw = Callable[[st.SearchStrategy[Any]], Any]
HOURS = 12  # around the new year of 2024 in St John's, which falls between two half-hours, in the middle of an hour
FIRST_UTC = 1_704_079_800 - 6 * 3600  # 2024-01-01T03:30Z is that new year; the steps begin at half past
ENERGIES_WH = st.sampled_from((SMALL_W, 7, 4, 1, 0, -2))
SEEN: Counter[str] = Counter()


def staged() -> SideBySide:
    both = SideBySide(MemoryStore(), lambda: datetime(2024, 2, 1, tzinfo=UTC), set_up_model())
    set_up(both.ledger)
    return both


def record(draw: Draw, both: SideBySide, device: str) -> None:
    """Hours of a device, some of them not above zero; they begin at the hour, so that one lies in two vintages."""
    start = FIRST_UTC - SLOT_S * draw(st.booleans())
    values = draw(st.lists(ENERGIES_WH, min_size=HOURS, max_size=HOURS))
    both.perform(Action("record", {"device": device, "start": start, "step_s": 3600, "values": values}))


def issue(draw: Draw, both: SideBySide) -> None:
    steps = both.model.steps["gamma"]
    first = draw(st.integers(0, len(steps) - 1))
    last = draw(st.integers(first, min(first + 7, len(steps) - 1)))
    period = Period(steps[first].start, steps[last].end)
    both.perform(Action("issue", {"project": "gc", "period": period, "to": "op", "waivers": BOTH_WAIVERS}))


def correct(draw: Draw, both: SideBySide) -> None:
    device = draw(st.sampled_from(("gamma", "gamma", "delta")))
    steps = both.model.steps[device]
    first = draw(st.integers(0, len(steps) - 1))
    last = draw(st.integers(first, min(first + 3, len(steps) - 1)))
    values = [draw(ENERGIES_WH) for _ in range(first, last + 1)]
    given = {"device": device, "start": steps[first].start, "step_s": 3600, "values": values}
    before = both.ledger.carry("gc").carry
    if both.perform(Action("correct", given)):
        SEEN["deeper debit"] += both.ledger.carry("gc").carry < before
        SEEN["paid by energy that was missed"] += both.ledger.carry("gc").carry > before


def cut(draw: Draw, block: Block) -> BlockPart:
    skip = draw(st.sampled_from((0, block.count // 3, block.count - 1)))
    most = block.count - skip
    return BlockPart(block, skip, draw(st.sampled_from((most, -(-most // 2), 1))))


def move(draw: Draw, both: SideBySide) -> None:
    held = both.blocks((ACTIVE,))
    if not held:
        return
    _, block = draw(st.sampled_from(held))
    name = draw(st.sampled_from((*["transfer"] * 6, "retire", "cancel", "withdraw")))
    given: dict[str, object] = {"units": cut(draw, block), "from_": None}
    if name == "retire":
        given["period"] = Period.year(2024, zone="UTC")
    if name == "transfer":
        given["to"] = draw(st.sampled_from(("buyer", "other", "op")))
    both.perform(Action(name, given))


def void(draw: Draw, both: SideBySide) -> None:
    if both.model.issuances:
        both.perform(Action("void", {"number": draw(st.sampled_from(sorted(both.model.issuances)))}))


def hour_counts(both: SideBySide) -> dict[tuple[int, int, int], list[int]]:
    """Units that were not withdrawn of each step of a live issuance and vintage, beside the Wh it has now."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for serial, unit in both.model.units.items():
        if not both.model.issuances[serial.batch.issuance].voided:
            step = both.model.step_of(serial)
            assert step is not None
            key = (serial.batch.issuance, serial.batch.vintage, step.start)
            found.setdefault(key, [0, 0])[0] += unit.state != WITHDRAWN
    years = both.model.projects["gc"].years
    for (number, year, start), counts in found.items():
        (step,) = [item for item in both.model.claimed(number) if item.start == start]
        counts[1] = dict(years.split(step.start, step.end, max(0, step.wh))).get(year, 0)
    return found


def check_hours(both: SideBySide) -> None:
    """Never over-issued: what hours lack is at most what is owed, and nothing but a debit is carried."""
    carry = both.ledger.carry("gc")
    lacking = sum(max(0, units - wh) for units, wh in hour_counts(both).values())
    paid = sum(both.model.paid[number] for number, item in both.model.issuances.items() if not item.voided)
    assert carry.carry <= 0
    assert carry.adjustments <= 0
    assert carry.counted <= carry.claimed - carry.carry
    assert lacking <= paid - carry.carry
    SEEN["lacking"] += lacking > 0
    SEEN["a debit was paid"] += paid > 0


def check_provenance(both: SideBySide, serial: Serial) -> None:
    """A unit's step by `trace`, by `hours` and by `hour` is the one it had when it was issued."""
    step = both.model.step_of(serial)
    assert step is not None
    batch = next(b for b in both.ledger.batches("gc") if b.batch_id == both.names.batch_id(serial.batch))
    unit = Block(batch.batch_id, serial.k, serial.k)
    (hour,) = both.ledger.hours(unit)
    assert (hour.block, hour.period) == (unit, Period(step.start, step.end))
    assert both.ledger.trace(unit).interval == hour.period
    assert unit in batch.hour(hour.period.start)
    assert unit in batch.hour(Period(step.end - 1, step.end).start)
    SEEN["two vintages"] += in_two_vintages(both, serial)


def in_two_vintages(both: SideBySide, serial: Serial) -> bool:
    step = both.model.step_of(serial)
    return step is not None and both.model.projects["gc"].years.crossed(step.start, step.end)


STEPS = st.lists(
    st.sampled_from((move, move, move, correct, correct, correct, correct, issue, issue, void)),
    min_size=8,
    max_size=20,
)


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def hours_answer_for_their_units(data: st.DataObject) -> None:
    both = staged()
    for device in ("gamma", "delta"):
        record(data.draw, both, device)
    issue(data.draw, both)
    for action in (move, move, correct, issue, *data.draw(STEPS)):
        action(data.draw, both)
        check_hours(both)
    check_all(both)
    check_reconciliation(both, "gc", Period(START_UTC, END_UTC))
    serials = sorted(both.model.units)
    halved = [serial for serial in serials if in_two_vintages(both, serial)]
    for chosen in (serials, serials, halved):
        if chosen:
            serial = data.draw(st.sampled_from(chosen))
            check_trace(both, serial)
            check_provenance(both, serial)
    assert both.ledger.audit().findings == ()


@pytest.mark.slow
def test_hours_answer_for_their_units_through_every_cut_transfer_and_correction() -> None:
    """Invariants 2, 3, 9, 10, 12, 15, 18, 22 and 28, and ledger-model sections 6 and 7."""
    SEEN.clear()
    hours_answer_for_their_units()
    # Steps that all did the same would prove nothing.
    about = {"deeper debit", "paid by energy that was missed", "lacking", "a debit was paid", "two vintages"}
    assert {name for name, times in SEEN.items() if times} >= about, SEEN
