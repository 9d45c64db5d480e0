"""Drawing readings and corrections."""

from collections.abc import Collection
from typing import Final

from hypothesis import strategies as st

from carbon_ledger.testing.actions.drawing import MOSTLY, SELDOM, Draw, Kind
from carbon_ledger.testing.commands import Action
from carbon_ledger.testing.stage import END_UTC, LARGE_W, METERS, SLOT_S, SLOTS, SMALL_W, START_UTC
from carbon_ledger.testing.strategies import columns, energies_wh
from carbon_ledger.testing.twin import Twin

_CLOSE: Final = st.integers(1, 8)
_STEPS_S: Final = st.sampled_from((SLOT_S, 2 * SLOT_S))
_LARGE: Final = ("alpha", "beta")


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
    wh = most_wh(device, step_s) + 1 if draw(SELDOM) else draw(_energy(device, step_s))
    return Action("record", {"device": device, "start": start, "step_s": step_s, "values": [wh]})


def record_column(draw: Draw, twin: Twin) -> Action:
    """Record a column of a device's readings."""
    device = draw(st.sampled_from(tuple(twin.model.plants)))
    step_s = draw(_STEPS_S)
    values = draw(columns(_energy(device, step_s)))
    start = draw(_starts(twin, (device,), step_s * len(values)))
    return Action("record", {"device": device, "start": start, "step_s": step_s, "values": values})


def record_meter(draw: Draw, twin: Twin) -> Action:
    """Record a shared meter."""
    meter = draw(st.sampled_from(METERS))
    step_s = draw(_STEPS_S)
    values = draw(columns(_energy(min(meter.shares), step_s), 2))
    start = draw(_starts(twin, meter.shares, step_s * len(values)))
    return Action("record_meter", {"meter": meter.id, "start": start, "step_s": step_s, "values": values})


def record_long_column(draw: Draw, twin: Twin) -> Action:
    """Record a column of more than one entry, the last step of which is more than the device can generate."""
    device = draw(st.sampled_from(tuple(twin.model.plants)))
    given = {"device": device, "start": START_UTC, "step_s": 1, "values": [0] * 1500 + [LARGE_W]}
    return Action("record", given)


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
    if device not in _LARGE and len(lengths) == 1 and draw(MOSTLY):
        count = last - first + 1  # granular certificates stay with their steps
    else:
        count = draw(st.sampled_from([n for n in range(1, slots + 1) if slots % n == 0]))
    step_s = (end - start) // count
    less = draw(st.sampled_from((1, 8)))  # most often there is less than there was
    values = [draw(_energy(device, step_s)) // less for _ in range(count)]
    start += SLOT_S * draw(SELDOM)
    return Action("correct", {"device": device, "start": start, "step_s": step_s, "values": values})


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


RECORDING: Final = tuple(map(Kind, (record_total, record_total, record_column, record_column, record_meter)))
CORRECTING: Final = Kind(correct, lambda twin: any(twin.model.steps.values()))
