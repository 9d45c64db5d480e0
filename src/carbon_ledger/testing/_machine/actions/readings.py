"""Drawing readings and corrections."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st

from carbon_ledger.meters import Meter
from carbon_ledger.testing._machine.actions.drawing import MOSTLY, SELDOM, Draw, Kind
from carbon_ledger.testing._machine.commands import Action
from carbon_ledger.testing._machine.setup import END_UTC, LARGE_W, LOAD_W, METERS, SLOT_S, SLOTS, SMALL_W, START_UTC
from carbon_ledger.testing._machine.side_by_side import SideBySide
from carbon_ledger.testing._model.rows import Step
from carbon_ledger.testing.strategies import columns, energies_wh
from carbon_ledger.waivers import Waiver

_CLOSE: Final = st.integers(1, 8)
_BESIDE: Final = st.sampled_from((0, 0, 1))
_CORRECTED: Final = st.integers(1, 4)
_STEPS_S: Final = st.sampled_from((SLOT_S, 2 * SLOT_S))
_WAIVER: Final = Waiver("implausible-reading", "the meter was replaced")
_LARGE: Final = ("alpha", "beta")
_QUALITIES: Final = st.sampled_from((*(None,) * 8, "estimated", "substituted"))
_TAKEN: Final = st.sampled_from((False, False, True))
_IMPORTED: Final = st.sampled_from((0, 0, 1, 100_000))
_ERRORS: Final = st.sampled_from((None, None, "0.1 %", "0.7 %", "4 %"))
_DONE: Final = st.sampled_from(("2023-12-30", "2024-01-01", "2024-01-01", "2024-01-02", "2024-01-03"))
_NEXT: Final = ("2024-01-01", "2024-01-02", "2024-01-03")


def first_column(draw: Draw, both: SideBySide, device: str) -> Action:
    """Record a column of hourly readings that starts on the hour or half-hour and leaves some time free."""
    start = max(START_UTC, both.model.plants[device].first_utc or START_UTC) + SLOT_S * draw(st.integers(0, 2))
    hours = (START_UTC + SLOTS * SLOT_S - start) // 3600
    values = draw(st.lists(_energy(device, 3600), min_size=hours // 3, max_size=hours * 2 // 3))
    return Action("record", {"device": device, "start": start, "step_s": 3600, "values": values})


def first_columns(draw: Draw, both: SideBySide, *, shared: bool) -> Iterator[Action]:
    """Record a column of every device; with *shared*, before them a column of every shared meter."""
    for meter in METERS if shared else ():
        yield first_meter_column(draw, both, meter)
    for device in both.model.plants:
        yield first_column(draw, both, device)


def first_meter_column(draw: Draw, both: SideBySide, meter: Meter) -> Action:
    """Record a column of hourly readings of a shared meter, before its devices have readings of their own."""
    firsts = [both.model.plants[device].first_utc or START_UTC for device in meter.shares]
    start = max(START_UTC, *firsts) + SLOT_S * draw(st.integers(0, 2))
    hours = (START_UTC + SLOTS * SLOT_S - start) // 3600
    values = draw(st.lists(_energy(min(meter.shares), 3600), min_size=hours // 3, max_size=hours * 2 // 3))
    return Action("record_meter", {"meter": meter.id, "start": start, "step_s": 3600, "values": values})


def record_total(draw: Draw, both: SideBySide) -> Action:
    """Record a device's total over some slots, mostly where nothing is recorded yet."""
    device = draw(st.sampled_from(tuple(both.model.plants)))
    step_s = SLOT_S * draw(_CLOSE if device in _LARGE else st.integers(1, 2))
    start = draw(_starts(both, (device,), step_s))
    given = {"device": device, "start": start, "step_s": step_s, "values": [draw(_energy(device, step_s))]}
    return _with_quality(draw, "record", given | _implausible(draw, device, step_s))


def record_column(draw: Draw, both: SideBySide) -> Action:
    """Record a column of a device's readings."""
    device = draw(st.sampled_from(tuple(both.model.plants)))
    step_s = draw(_STEPS_S)
    values = draw(columns(_energy(device, step_s)))
    start = draw(_starts(both, (device,), step_s * len(values)))
    return _with_quality(draw, "record", {"device": device, "start": start, "step_s": step_s, "values": values})


def record_meter(draw: Draw, both: SideBySide) -> Action:
    """Record a shared meter."""
    meter = draw(st.sampled_from(METERS))
    step_s = draw(_STEPS_S)
    values = draw(columns(_energy(min(meter.shares), step_s), 2))
    start = draw(_starts(both, meter.shares, step_s * len(values)))
    return _with_quality(draw, "record_meter", {"meter": meter.id, "start": start, "step_s": step_s, "values": values})


def _with_quality(draw: Draw, name: str, given: dict[str, Any]) -> Action:
    """An action about a run, mostly of measured values; perhaps with both sides of the meter."""
    quality, values = draw(_QUALITIES), given["values"]
    if quality is not None:
        given = {**given, "quality": quality}
    if draw(_TAKEN):
        given = {**given, "imports": [max(0, -wh) + draw(_IMPORTED) for wh in values]}
    return Action(name, given)


def calibrate(draw: Draw, _: SideBySide) -> Action:
    """Record a calibration, late or not, of a meter that credits depend on; rarely, of another one."""
    meter = "feeder-small" if draw(SELDOM) else draw(st.sampled_from(("own", "own", "feeder")))
    done = draw(_DONE)
    given = {
        "meter": meter,
        "done": done,
        "due": draw(st.sampled_from((None, "2023-12-31", "2024-01-01", "2024-01-01"))),
        "maximum_error": draw(st.sampled_from((None, None, None, "0.5 %", "0.1 %"))),
        "export_error": draw(_ERRORS),
        "import_error": draw(_ERRORS),
        "next_due": draw(st.sampled_from((None, *(day for day in _NEXT if day > done)))),
    }
    return Action("calibrate", {name: value for name, value in given.items() if value is not None})


def record_early(draw: Draw, both: SideBySide) -> Action:
    """Record a reading, of a device or of a meter, that ends a second after the clock's time."""
    given = {"start": both.now_utc + 1 - SLOT_S, "step_s": SLOT_S, "values": [1]}
    if draw(st.booleans()):
        return Action("record_meter", {"meter": draw(st.sampled_from(METERS)).id, **given})
    return Action("record", {"device": draw(st.sampled_from(tuple(both.model.plants))), **given})


def _implausible(draw: Draw, device: str, step_s: int) -> dict[str, Any]:
    """Seldom, values that are just beyond what a device can generate or take from the grid, perhaps waived."""
    if not draw(SELDOM):
        return {}
    values = [draw(st.sampled_from((most_wh(device, step_s) + 1, -most_import_wh(device, step_s) - 1)))]
    return {"values": values, **draw(st.sampled_from(({}, {"waivers": (_WAIVER,)})))}


def record_long_column(draw: Draw, both: SideBySide) -> Action:
    """Record a column that needs two entries, and whose last value exceeds the device's capacity."""
    device = draw(st.sampled_from(tuple(both.model.plants)))
    given = {"device": device, "start": START_UTC, "step_s": 1, "values": [0] * 1500 + [LARGE_W]}
    return Action("record", given)


def correct(draw: Draw, both: SideBySide) -> Action:
    """Correct consecutive steps, perhaps across the boundary of a claim, with a total or a column."""
    device, steps = _followers(draw, both)
    start, end = steps[0].start, steps[-1].end
    slots = (end - start) // SLOT_S
    if device not in _LARGE and len({step.end - step.start for step in steps}) == 1 and draw(MOSTLY):
        count = len(steps)  # granular certificates keep their steps
    else:
        count = draw(st.sampled_from([1, *(n for n in range(1, slots + 1) if slots % n == 0)]))
    step_s = (end - start) // count
    less = draw(st.sampled_from((1, 8)))  # mostly the correction lowers the energy
    values = [draw(_energy(device, step_s)) // less for _ in range(count)]
    start += SLOT_S * draw(SELDOM)
    given = {"device": device, "start": start, "step_s": step_s, "values": values}
    return _with_quality(draw, "correct", given | (_implausible(draw, device, step_s) if count == 1 else {}))


def correct_long(draw: Draw, both: SideBySide) -> Action:
    """Correct a step of an hour at most by its seconds: a column that needs two entries or three."""
    device, step = draw(st.sampled_from(_short(both)))
    values = draw(st.lists(st.integers(0, most_wh(device, 1)), min_size=4, max_size=4))
    seconds = step.end - step.start
    column = [values[at * 4 // seconds] for at in range(seconds)]
    return Action("correct", {"device": device, "start": step.start, "step_s": 1, "values": column})


def correct_back(draw: Draw, both: SideBySide) -> Action:
    """Correct half an hour of seconds by their total, so that the steps remain few."""
    device, step = draw(st.sampled_from(_seconds(both)))
    start = START_UTC + (step.start - START_UTC) // SLOT_S * SLOT_S
    wh = sum(s.wh for s in both.model.steps[device] if start <= s.start < start + SLOT_S)
    return Action("correct", {"device": device, "start": start, "step_s": SLOT_S, "values": [wh]})


def _short(both: SideBySide) -> list[tuple[str, Step]]:
    found = [(name, step) for name, steps in both.model.steps.items() for step in steps]
    return [(name, step) for name, step in found if SLOT_S <= step.end - step.start <= 2 * SLOT_S]


def _seconds(both: SideBySide) -> list[tuple[str, Step]]:
    found = [(name, step) for name, steps in both.model.steps.items() for step in steps]
    return [(name, step) for name, step in found if step.end - step.start == 1]


def correct_meter(draw: Draw, both: SideBySide) -> Action:
    """Correct consecutive steps of a shared meter, mostly in steps of the same length."""
    meter = draw(st.sampled_from([meter for meter in METERS if both.model.metered[meter.id]]))
    steps = sorted(both.model.metered[meter.id])
    first = draw(st.integers(0, len(steps) - 1))
    chosen = steps[first : first + draw(_CORRECTED)]
    seconds = chosen[-1].end - chosen[0].start
    counts = [1, seconds // SLOT_S, *[len(chosen)] * 8]
    count = draw(st.sampled_from([count for count in counts if seconds % count == 0]))
    less = draw(st.sampled_from((1, 8)))
    values = [draw(_energy(min(meter.shares), seconds // count)) // less for _ in range(count)]
    given = {"meter": meter.id, "start": chosen[0].start + SLOT_S * draw(SELDOM)}
    return Action("correct_meter", {**given, "step_s": seconds // count, "values": values})


def _followers(draw: Draw, both: SideBySide) -> tuple[str, Sequence[Step]]:
    """Consecutive steps of a device: across the boundary of a claim, or anywhere; mostly claimed steps."""
    metered = {name: steps for name, steps in both.model.steps.items() if steps}
    edges = [
        (name, at, step.claimed_by == after.claimed_by)
        for name, steps in metered.items()
        for at, (step, after) in enumerate(pairwise(steps))
        if step.end == after.start and step.claims != after.claims
    ]
    if edges and draw(st.booleans()):
        inside = [edge for edge in edges if edge[2]]  # reserved and unreserved steps within one claim
        device, at, _ = draw(st.sampled_from(inside if inside and draw(MOSTLY) else edges))
        return device, metered[device][max(0, at - draw(_BESIDE)) : at + 2 + draw(_BESIDE)]
    claimed = [name for name, steps in metered.items() if any(step.claimed_by is not None for step in steps)]
    device = draw(st.sampled_from([*metered, *3 * claimed]))
    first = draw(st.integers(0, len(metered[device]) - 1))
    return device, metered[device][first : first + draw(_CORRECTED)]


def shift(draw: Draw, both: SideBySide) -> Action:
    """Correct the last quantified steps as for a wrong clock: the same energy a step later, mostly over a new year."""
    found = _columns(both)
    years = both.model.projects[both.names.quantified[-1].model.project].years
    over = [item for item in found if years.crossed(item[1][0].start, item[1][-1].end)]
    device, steps = draw(st.sampled_from(over if over and draw(MOSTLY) else found))
    values = [steps[-1].wh, *(step.wh for step in steps[:-1])]
    step_s = steps[0].end - steps[0].start
    return Action("correct", {"device": device, "start": steps[0].start, "step_s": step_s, "values": values})


def raise_claimed(draw: Draw, both: SideBySide) -> Action:
    """Correct a claimed step upward, so that its project's carry makes units."""
    device, step = draw(st.sampled_from(_raisable(both)))
    most = most_wh(device, step.end - step.start)
    given = {"device": device, "start": step.start, "step_s": step.end - step.start}
    return Action("correct", {**given, "values": [draw(st.sampled_from((most, (most + step.wh) // 2)))]})


def _raisable(both: SideBySide) -> list[tuple[str, Step]]:
    """The steps of large devices that an issuance claims and that had at most half of the possible energy."""
    return [
        (device, step)
        for device in _LARGE
        for step in both.model.steps[device]
        if step.claimed_by in both.model.issuances and 2 * step.wh <= most_wh(device, step.end - step.start)
    ]


def _columns(both: SideBySide) -> list[tuple[str, list[Step]]]:
    """Runs of two or more consecutive steps of one length and one claim in the last quantification."""
    found: list[tuple[str, list[Step]]] = []
    for last in (figures.model for figures in both.names.quantified[-1:]):
        for device in both.model.projects[last.project].devices:
            like: tuple[object, ...] = ()
            for step in both.model.steps[device]:
                if not (last.start <= step.start and step.end <= last.end):
                    continue
                length_s = step.end - step.start
                if like != (step.start, length_s, step.claims):
                    found.append((device, []))
                found[-1][1].append(step)
                like = step.end, length_s, step.claims
    return [(device, steps) for device, steps in found if len(steps) > 1]


def most_wh(device: str, step_s: int) -> int:
    """The most that a device of the setup can generate in a step. [Wh]"""
    return (LARGE_W if device in _LARGE else SMALL_W) * step_s // 3600


def most_import_wh(device: str, step_s: int) -> int:
    """The most that a device of the setup can take from the grid in a step. [Wh]"""
    return (LOAD_W if device in _LARGE else 50_000) * step_s // 3600


def _energy(device: str, step_s: int) -> st.SearchStrategy[int]:
    return energies_wh(most_wh(device, step_s), unit_wh=100_000 if device in _LARGE else 1)


def _starts(both: SideBySide, devices: Collection[str], length_s: int) -> st.SearchStrategy[int]:
    """Starts on the grid, mostly of time without readings after commissioning, if there is any."""
    plants, every = both.model.plants, [START_UTC + slot * SLOT_S for slot in range(SLOTS)]
    since = max(plants[device].first_utc or END_UTC for device in devices)
    steps = [step for device in devices for step in both.model.steps[device]]
    free = [
        at for at in every if at >= since and not any(step.start < at + length_s and at < step.end for step in steps)
    ]
    return st.sampled_from([at for at in free for _ in range(5)] + every + 5 * [since - SLOT_S])


RECORDING: Final = tuple(
    map(Kind, (record_total, record_total, record_column, record_column, record_meter, record_meter, record_early))
)
CALIBRATING: Final = Kind(calibrate)
CORRECTING: Final = Kind(correct, lambda both: any(both.model.steps.values()))
RAISING: Final = Kind(raise_claimed, lambda both: bool(_raisable(both)))
CORRECTING_METERS: Final = Kind(correct_meter, lambda both: any(both.model.metered.values()))
CORRECTING_LONG: Final = Kind(correct_long, lambda both: bool(_short(both)))
CORRECTING_BACK: Final = Kind(correct_back, lambda both: bool(_seconds(both)))
SHIFTING: Final = Kind(shift, lambda both: bool(_columns(both)))


def long_kinds(both: SideBySide) -> Iterator[Kind]:
    """A long column that is refused, then a correction by the second, and what takes its seconds back."""
    yield Kind(record_long_column)
    yield from (kind for kind in (CORRECTING_LONG, CORRECTING_BACK, CORRECTING_BACK) if kind.ready(both))
