"""Granular certificates against a model of one row a unit: hours survive every cut, and answer for their units."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.stores.memory import MemoryStore
from carbon_ledger.testing._machine.checks import check_all
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.queries import check_reconciliation, check_trace
from carbon_ledger.testing._machine.setup import END_UTC, SLOT_S, SMALL_W, START_UTC, furnish, furnished_model
from carbon_ledger.testing._machine.side_by_side import Twin
from carbon_ledger.testing._model.rows import ACTIVE, WITHDRAWN, Serial
from carbon_ledger.testing.strategies import BOTH_WAIVERS, Cut

Draw = Callable[[st.SearchStrategy[Any]], Any]
HOURS = 12  # around the new year of 2024 in St John's, which cuts a half-hour step in no two but an hour in halves
FIRST_UTC = 1_704_079_800 - 6 * 3600  # 2024-01-01T03:30Z is that new year; the steps begin at half past
ENERGIES_WH = st.sampled_from((SMALL_W, 7, 4, 1, 0, -2))
SEEN: Counter[str] = Counter()


def staged() -> Twin:
    twin = Twin(MemoryStore(), lambda: datetime(2024, 2, 1, tzinfo=UTC), furnished_model())
    furnish(twin.ledger)
    return twin


def record(draw: Draw, twin: Twin, device: str) -> None:
    """Hours of a device, some of them not above zero; they begin at the hour, so that one lies in two vintages."""
    start = FIRST_UTC - SLOT_S * draw(st.booleans())
    values = draw(st.lists(ENERGIES_WH, min_size=HOURS, max_size=HOURS))
    twin.perform(Action("record", {"device": device, "start": start, "step_s": 3600, "values": values}))


def issue(draw: Draw, twin: Twin) -> None:
    steps = twin.model.steps["gamma"]
    first = draw(st.integers(0, len(steps) - 1))
    last = draw(st.integers(first, min(first + 7, len(steps) - 1)))
    period = Period(steps[first].start, steps[last].end)
    twin.perform(Action("issue", {"project": "gc", "period": period, "to": "op", "waivers": BOTH_WAIVERS}))


def correct(draw: Draw, twin: Twin) -> None:
    device = draw(st.sampled_from(("gamma", "gamma", "delta")))
    steps = twin.model.steps[device]
    first = draw(st.integers(0, len(steps) - 1))
    last = draw(st.integers(first, min(first + 3, len(steps) - 1)))
    values = [draw(ENERGIES_WH) for _ in range(first, last + 1)]
    given = {"device": device, "start": steps[first].start, "step_s": 3600, "values": values}
    before = twin.ledger.carry("gc").carry
    if twin.perform(Action("correct", given)):
        SEEN["deeper debit"] += twin.ledger.carry("gc").carry < before
        SEEN["paid by energy that was missed"] += twin.ledger.carry("gc").carry > before


def cut(draw: Draw, block: Block) -> Cut:
    skip = draw(st.sampled_from((0, block.count // 3, block.count - 1)))
    most = block.count - skip
    return Cut(block, skip, draw(st.sampled_from((most, -(-most // 2), 1))))


def move(draw: Draw, twin: Twin) -> None:
    held = twin.blocks((ACTIVE,))
    if not held:
        return
    _, block = draw(st.sampled_from(held))
    name = draw(st.sampled_from((*["transfer"] * 6, "retire", "cancel", "withdraw")))
    given: dict[str, object] = {"units": cut(draw, block), "from_": None}
    if name == "transfer":
        given["to"] = draw(st.sampled_from(("buyer", "other", "op")))
    twin.perform(Action(name, given))


def void(draw: Draw, twin: Twin) -> None:
    if twin.model.issuances:
        twin.perform(Action("void", {"number": draw(st.sampled_from(sorted(twin.model.issuances)))}))


def hour_counts(twin: Twin) -> dict[tuple[int, int, int], list[int]]:
    """Units that were not withdrawn of each step of a live issuance and vintage, beside the Wh it has now."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for serial, unit in twin.model.units.items():
        if not twin.model.issuances[serial.batch.issuance].voided:
            step = twin.model.step_of(serial)
            assert step is not None
            key = (serial.batch.issuance, serial.batch.vintage, step.start)
            found.setdefault(key, [0, 0])[0] += unit.state != WITHDRAWN
    years = twin.model.programmes["gc"].years
    for (number, year, start), counts in found.items():
        (step,) = [item for item in twin.model.claimed(number) if item.start == start]
        counts[1] = dict(years.split(step.start, step.end, max(0, step.wh))).get(year, 0)
    return found


def check_hours(twin: Twin) -> None:
    """Never over-issued: what hours lack is at most what is owed, and nothing but a debit is carried."""
    carry = twin.ledger.carry("gc")
    lacking = sum(max(0, units - wh) for units, wh in hour_counts(twin).values())
    paid = sum(twin.model.paid[number] for number, item in twin.model.issuances.items() if not item.voided)
    assert carry.carry <= 0
    assert carry.adjustments <= 0
    assert carry.counted <= carry.claimed - carry.carry
    assert lacking <= paid - carry.carry
    SEEN["lacking"] += lacking > 0
    SEEN["a debit was paid"] += paid > 0


def check_provenance(twin: Twin, serial: Serial) -> None:
    """A unit's step by `trace`, by `hours` and by `hour` is the one it had when it was issued."""
    step = twin.model.step_of(serial)
    assert step is not None
    batch = next(b for b in twin.ledger.batches("gc") if b.batch_id == twin.names.batch_id(serial.batch))
    unit = Block(batch.batch_id, serial.k, serial.k)
    (hour,) = twin.ledger.hours(unit)
    assert (hour.block, hour.period) == (unit, Period(step.start, step.end))
    assert twin.ledger.trace(unit).interval == hour.period
    assert unit in batch.hour(hour.period.start)
    assert unit in batch.hour(Period(step.end - 1, step.end).start)
    SEEN["two vintages"] += in_two_vintages(twin, serial)


def in_two_vintages(twin: Twin, serial: Serial) -> bool:
    step = twin.model.step_of(serial)
    return step is not None and twin.model.programmes["gc"].years.crossed(step.start, step.end)


STEPS = st.lists(
    st.sampled_from((move, move, move, correct, correct, correct, correct, issue, issue, void)),
    min_size=8,
    max_size=20,
)


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def hours_answer_for_their_units(data: st.DataObject) -> None:
    twin = staged()
    for device in ("gamma", "delta"):
        record(data.draw, twin, device)
    issue(data.draw, twin)
    for action in (move, move, correct, issue, *data.draw(STEPS)):
        action(data.draw, twin)
        check_hours(twin)
    check_all(twin)
    check_reconciliation(twin, "gc", Period(START_UTC, END_UTC))
    serials = sorted(twin.model.units)
    halved = [serial for serial in serials if in_two_vintages(twin, serial)]
    for chosen in (serials, serials, halved):
        if chosen:
            serial = data.draw(st.sampled_from(chosen))
            check_trace(twin, serial)
            check_provenance(twin, serial)
    assert twin.ledger.audit().findings == ()


def test_hours_answer_for_their_units_through_every_cut_transfer_and_correction() -> None:
    """Invariants 2, 3, 9, 10, 12, 15, 18, 22 and 28, and ledger-model sections 6 and 7."""
    SEEN.clear()
    hours_answer_for_their_units()
    # Steps that all did the same would prove nothing.
    about = {"deeper debit", "paid by energy that was missed", "lacking", "a debit was paid", "two vintages"}
    assert {name for name, times in SEEN.items() if times} >= about, SEEN
