"""Drawing the next action of the ledger machine from what there is."""

from collections.abc import Callable, Collection
from typing import Any, Final

from hypothesis import strategies as st

from carbon_ledger.periods import Period
from carbon_ledger.serials import Block
from carbon_ledger.testing.commands import Action
from carbon_ledger.testing.rows import ACTIVE, CANCELLED, RETIRED, WITHDRAWN, Serial
from carbon_ledger.testing.stage import ACCOUNTS, END_UTC, LARGE_W, METERS, SLOT_S, SLOTS, SMALL_W, START_UTC
from carbon_ledger.testing.strategies import BOTH_WAIVERS, columns, cuts, energies_wh, keys, periods, waivers
from carbon_ledger.testing.twin import Twin

Draw = Callable[[st.SearchStrategy[Any]], Any]
Drawn = Callable[[Draw, Twin], Action]

_KEYS: Final = keys()
_WAIVERS: Final = waivers()
_GRID: Final = periods(START_UTC, SLOTS, SLOT_S)
_CLOSE: Final = st.integers(1, 8)
_STEPS_S: Final = st.sampled_from((SLOT_S, 2 * SLOT_S))
_ENDINGS: Final = st.sampled_from(("transfer", "retire", "cancel", "withdraw"))
_SELDOM: Final = st.sampled_from((False,) * 7 + (True,))
_MOSTLY: Final = st.sampled_from((True, True, True, True, False))
_LARGE: Final = ("alpha", "beta")


def open_account(draw: Draw, twin: Twin) -> Action:
    """Open an account, perhaps one that is open."""
    name = draw(st.sampled_from((min(twin.model.accounts), "second", "third")))
    return Action("open_account", {"account": name}, draw(_KEYS))


def first_column(draw: Draw, twin: Twin, device: str) -> Action:
    """Record a column of hours for a device: from the hour or the half-hour, and leaving some time free."""
    start = max(START_UTC, twin.model.plants[device].first_utc or START_UTC) + SLOT_S * draw(st.integers(0, 2))
    hours = (START_UTC + SLOTS * SLOT_S - start) // 3600
    values = draw(st.lists(_energy(device, 3600), min_size=hours // 3, max_size=hours * 2 // 3))
    return Action("record", {"device": device, "start": start, "step_s": 3600, "values": values})


def record_total(draw: Draw, twin: Twin) -> Action:
    """Record a device's total over some slots, most often where nothing is recorded yet."""
    device = draw(st.sampled_from(tuple(twin.model.plants)))
    step_s = SLOT_S * draw(_CLOSE if device in _LARGE else st.integers(1, 2))
    start = draw(_starts(twin, (device,), step_s))
    wh = most_wh(device, step_s) + 1 if draw(_SELDOM) else draw(_energy(device, step_s))
    return Action("record", {"device": device, "start": start, "step_s": step_s, "values": [wh]}, draw(_KEYS))


def record_column(draw: Draw, twin: Twin) -> Action:
    """Record a column of a device's readings."""
    device = draw(st.sampled_from(tuple(twin.model.plants)))
    step_s = draw(_STEPS_S)
    values = draw(columns(_energy(device, step_s)))
    start = draw(_starts(twin, (device,), step_s * len(values)))
    return Action("record", {"device": device, "start": start, "step_s": step_s, "values": values}, draw(_KEYS))


def record_meter(draw: Draw, twin: Twin) -> Action:
    """Record a shared meter."""
    meter = draw(st.sampled_from(METERS))
    step_s = draw(_STEPS_S)
    values = draw(columns(_energy(min(meter.shares), step_s), 2))
    start = draw(_starts(twin, meter.shares, step_s * len(values)))
    return Action("record_meter", {"meter": meter.id, "start": start, "step_s": step_s, "values": values}, draw(_KEYS))


def record_long_column(draw: Draw, twin: Twin) -> Action:
    """Record a column of more than one entry, the last step of which is more than the device can generate."""
    device = draw(st.sampled_from(tuple(twin.model.plants)))
    given = {"device": device, "start": START_UTC, "step_s": 1, "values": [0] * 1500 + [LARGE_W]}
    return Action("record", given, draw(_KEYS))


def correct(draw: Draw, twin: Twin) -> Action:
    """Correct some steps that follow one another, with a total or with a column."""
    metered = [name for name, steps in twin.model.steps.items() if steps]
    claimed = [name for name in metered if any(s.claimed_by is not None for s in twin.model.steps[name])]
    device = draw(st.sampled_from(metered + 3 * claimed))
    steps = twin.model.steps[device]
    first = draw(st.integers(0, len(steps) - 1))
    last = draw(st.integers(first, min(first + 3, len(steps) - 1)))
    start, end = steps[first].start, steps[last].end
    slots = (end - start) // SLOT_S
    lengths = {step.end - step.start for step in steps[first : last + 1]}
    if device not in _LARGE and len(lengths) == 1 and draw(_MOSTLY):
        count = last - first + 1  # granular certificates stay with their steps
    else:
        count = draw(st.sampled_from([n for n in range(1, slots + 1) if slots % n == 0]))
    step_s = (end - start) // count
    less = draw(st.sampled_from((1, 8)))  # most often there is less than there was
    values = [draw(_energy(device, step_s)) // less for _ in range(count)]
    start += SLOT_S * draw(_SELDOM)
    return Action("correct", {"device": device, "start": start, "step_s": step_s, "values": values}, draw(_KEYS))


def issue(draw: Draw, twin: Twin) -> Action:
    """Issue a period: between two edges of steps, or anything on the grid."""
    project = draw(st.sampled_from(tuple(twin.model.programmes)))
    steps = [step for name in twin.model.programmes[project].devices for step in twin.model.steps[name]]
    edges = sorted({edge for step in steps for edge in (step.start, step.end)})
    if len(edges) > 1 and draw(_MOSTLY):
        first = draw(st.integers(0, len(edges) - 2))
        last = draw(st.integers(first + 1, len(edges) - 1))
        period = Period(edges[first], edges[last])
    else:
        period = draw(_GRID)
    to = draw(st.sampled_from(("op", "op", "op", "buyer", "nobody")))
    return Action("issue", {"project": project, "period": period, "to": to, "waivers": draw(_WAIVERS)}, draw(_KEYS))


def serial(draw: Draw, twin: Twin) -> Serial:
    """Any unit that was ever issued."""
    batch = draw(st.sampled_from(sorted(twin.model.produced_until)))
    return Serial(batch, draw(st.integers(1, twin.model.count(batch))))


def issue_everything(draw: Draw, twin: Twin) -> Action:
    """Issue all that is unclaimed, gaps and straddling steps waived."""
    project = draw(st.sampled_from(tuple(twin.model.programmes)))
    start, end = twin.model.programmes[project].within or (START_UTC, END_UTC)
    period = Period(max(start, START_UTC), min(end, END_UTC))
    return Action("issue", {"project": project, "period": period, "to": "op", "waivers": BOTH_WAIVERS}, draw(_KEYS))


def void(draw: Draw, twin: Twin) -> Action:
    """Void an issuance."""
    return Action("void", {"number": draw(st.sampled_from(sorted(twin.model.issuances)))}, draw(_KEYS))


def some_active(twin: Twin) -> bool:
    """Whether there is a unit that can be acted on."""
    return any(unit.state == ACTIVE for unit in twin.model.units.values())


def withdraw(draw: Draw, twin: Twin) -> Action:
    """Withdraw a part of a block that is active."""
    cut = draw(cuts([block for _, block in twin.blocks((ACTIVE,))]))
    return Action("withdraw", {"cut": cut}, draw(_KEYS))


def transfer(draw: Draw, twin: Twin) -> Action:
    """Transfer a part of a block that is active to any account."""
    holder, block = draw(st.sampled_from(twin.blocks((ACTIVE,))))
    to = draw(st.sampled_from((*ACCOUNTS, *ACCOUNTS, *sorted(twin.model.accounts), "nobody")))
    given = {"cut": draw(cuts([block])), "to": to, "from_": draw(st.sampled_from((None, holder)))}
    return Action("transfer", given, draw(_KEYS))


def take_from_another(draw: Draw, twin: Twin) -> Action:
    """Act on units in the name of an account that may not hold them."""
    _, block = draw(st.sampled_from(twin.blocks((ACTIVE,))))
    claimed = draw(st.sampled_from((*sorted(twin.model.accounts), "nobody")))
    return _ending(draw, draw(cuts([block])), claimed)


def retire(draw: Draw, twin: Twin) -> Action:
    """Retire a part of a block that is active."""
    cut = draw(cuts([block for _, block in twin.blocks((ACTIVE,))]))
    return Action("retire", {"cut": cut, "from_": None}, draw(_KEYS))


def cancel(draw: Draw, twin: Twin) -> Action:
    """Cancel a part of a block that is active."""
    cut = draw(cuts([block for _, block in twin.blocks((ACTIVE,))]))
    return Action("cancel", {"cut": cut, "from_": None}, draw(_KEYS))


def act_on_final(draw: Draw, twin: Twin) -> Action:
    """Act on units that are retired, cancelled or withdrawn."""
    holder, block = draw(st.sampled_from(twin.blocks((RETIRED, CANCELLED, WITHDRAWN))))
    return _ending(draw, draw(cuts([block])), draw(st.sampled_from((None, holder))))


def act_across(draw: Draw, twin: Twin) -> Action:
    """Act on any serials of a batch, over the edges of its blocks and over its end."""
    key = draw(st.sampled_from(sorted(twin.model.produced_until)))
    block = Block(twin.names.batch_id(key), 1, twin.model.count(key) + 1)
    return _ending(draw, draw(cuts([block])), draw(st.sampled_from((None, "op", "buyer"))))


def _ending(draw: Draw, cut: object, from_: str | None) -> Action:
    name = draw(_ENDINGS)
    given: dict[str, object] = {"cut": cut, "from_": from_}
    if name == "transfer":
        given["to"] = draw(st.sampled_from(("op", "buyer", "other")))
    if name == "withdraw":
        del given["from_"]
    return Action(name, given, draw(_KEYS))


def most_wh(device: str, step_s: int) -> int:
    """The most that a device of the stage can generate in a step. [Wh]"""
    return (LARGE_W if device in _LARGE else SMALL_W) * step_s // 3600


def _energy(device: str, step_s: int) -> st.SearchStrategy[int]:
    return energies_wh(most_wh(device, step_s), unit_wh=100_000 if device in _LARGE else 1)


def _starts(twin: Twin, devices: Collection[str], length_s: int) -> st.SearchStrategy[int]:
    """Starts on the grid: of time that is free and metered, where there is some, and now and then of any."""
    plants, every = twin.model.plants, [START_UTC + slot * SLOT_S for slot in range(SLOTS)]
    since = max(plants[device].first_utc or END_UTC for device in devices)
    steps = [step for device in devices for step in twin.model.steps[device]]
    free = [
        at for at in every if at >= since and not any(step.start < at + length_s and at < step.end for step in steps)
    ]
    return st.sampled_from([at for at in free for _ in range(5)] + every + 5 * [since - SLOT_S])
