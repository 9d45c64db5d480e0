"""Devices of two ledgers that are one device: found by identifiers, by meters, or by equal readings.

Equal readings: two series are one if equal steps have so much *evidence* that chance is excluded. A value of so many
significant digits is evidence of two digits less, because the first two digits of plants under one weather agree often.
Each value counts once, however often a plant runs at the same output, and counts only inside a block of six steps (of
six hours, if steps are shorter) that is equal as a whole.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Final

from attrs import define, field, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.calibrations import SERIAL_NUMBER, in_place, meters_of, serial_key
from carbon_ledger.core.in_force import device_at
from carbon_ledger.core.intervals import FOR_EVER, subtract
from carbon_ledger.core.state.rows import meter_run
from carbon_ledger.meters import Meter
from carbon_ledger.registries.identifiers import comparable
from carbon_ledger.review.claimed_steps import WINDOW_S, Claims
from carbon_ledger.review.questions import DAY_S, HOUR_S

LEAST_DIGITS: Final = 24
_STEPS: Final = 6  # of a block
_FREE_DIGITS: Final = 2  # significant digits of a value that count nothing
_BLOCK_DIGITS: Final = 5  # evidence of a block from which it is looked for in the other ledger
_LONG_DIGITS: Final = 3  # evidence of a step of more than a day from which it is
_DAY_BLOCKS: Final = 4  # blocks with less evidence are looked for together
EQUAL_READINGS: Final = "equal readings"

Block = tuple[tuple[int, int, int], ...]  # start and length of each step, and its energy
Times = tuple[tuple[int, int], ...]


@frozen
class Pair:
    """A device of each ledger, or a shared meter, that are one.

    Attributes:
        a: The device, or the shared meter's own column.
        b: That of the other ledger.
        matched: How they were found to be one.
        a_devices: The devices that are meant.
        b_devices: Those of the other ledger.
        windows: Only steps that start in these windows, if it is given.
        times: Only in these times, if it is given: as long as both ledgers had the meter in place. [s]
    """

    a: str
    b: str
    matched: str
    a_devices: tuple[str, ...]
    b_devices: tuple[str, ...]
    windows: frozenset[int] | None = None
    times: Times | None = None


def identified(a: Claims, b: Claims, common: int) -> Iterator[Pair]:
    """Pairs of devices, or of shared meters, that an entry, an identifier or a meter's serial number shows to be one.

    Args:
        a: The claims of the first ledger.
        b: Those of the second.
        common: How many entries both ledgers have.
    """
    shared = list(_shared_in_one(a, b))
    # One device against all devices of its meter: an identifier in common with one of them is a part of that.
    yield from (pair for pair in shared if len(pair.a_devices) == 1 or len(pair.b_devices) == 1)
    for device in sorted(a.spans):
        for other, (matched, times) in sorted(_partners(a, b, device, common).items()):
            if other in b.spans:
                yield Pair(device, other, matched, (device,), (other,), times=times)
    yield from (pair for pair in shared if len(pair.a_devices) > 1 and len(pair.b_devices) > 1)


def _shared_in_one(a: Claims, b: Claims) -> Iterator[Pair]:
    """The pairs of meters that both ledgers have, and that several devices share in one of them or in both."""
    for name in _shared_meters(a):
        meter = a.questions.meter(name)
        same = _same_meter(b, meter)
        if same is not None:
            yield from _one_meter(a, meter, b, same)
    for name in _shared_meters(b):
        meter = b.questions.meter(name)
        same = _same_meter(a, meter)
        if same is not None and len(same.shares) == 1:
            yield from _one_meter(a, same, b, meter)


def _one_meter(a: Claims, meter: Meter, b: Claims, same: Meter) -> Iterator[Pair]:
    """The pair of one such meter, or none if no time is common to both."""
    mine, theirs = tuple(sorted(meter.shares)), tuple(sorted(same.shares))
    subjects = [meter_run(item.id) if len(item.shares) > 1 else next(iter(item.shares)) for item in (meter, same)]
    found = _times(a, meter, b, same)
    if found != ():
        yield Pair(subjects[0], subjects[1], _serial_words(same), mine, theirs, times=found)


def _times(a: Claims, meter: Meter, b: Claims, same: Meter) -> Times | None:
    """The time in which both ledgers have a meter in place, or None if neither says when: a meter may be moved."""
    low, high = -FOR_EVER, FOR_EVER
    for claims, item in ((a, meter), (b, same)):
        view = claims.questions.view
        spans = [in_place(view, lookup.device(view, name), item) for name in item.shares]
        low, high = max(low, min(start for start, _ in spans)), min(high, max(end for _, end in spans))
    if (low, high) == (-FOR_EVER, FOR_EVER):
        return None
    return ((low, high),) if low < high else ()


def _partners(a: Claims, b: Claims, device: str, common: int) -> dict[str, tuple[str, Times | None]]:
    """The devices of b that are a device of a, each with how it was found, and in which times; None for all time."""
    found: dict[str, tuple[str, Times | None]] = {}
    view, other = a.questions.view, b.questions.view
    n = view.registration("device", device)
    if n is not None and n < common:
        found[device] = f"entry {n}, which both ledgers have", None
    for scheme, value in device_at(view, device, a.questions.at_utc).identifiers.items():
        n = other.registration("identifier", comparable(scheme, value))
        if n is not None:
            found.setdefault(str(other.entry(n).event["device"]), (f"{scheme} {value}", None))
    for name in view.registrations(meters_of(device)):
        meter = a.questions.meter(name)
        same = _same_meter(b, meter) if len(meter.shares) == 1 else None
        if same is None or len(same.shares) > 1:
            continue
        partner, times = next(iter(same.shares)), _times(a, meter, b, same)
        matched, before = found.get(partner, (_serial_words(same), ()))
        if before is not None and times != ():
            found[partner] = matched, None if times is None else _joined(before, times)
    return found


def _joined(times: Times, others: Times) -> Times:
    """Disjoint times in order, together with those parts of others that they do not cover."""
    return tuple(sorted([*times, *(part for low, high in others for part in subtract(low, high, times))]))


def _shared_meters(claims: Claims) -> list[str]:
    """The meters of several devices, of which one or more have claims."""
    view = claims.questions.view
    names = {name for device in claims.spans for name in view.registrations(meters_of(device))}
    return sorted(name for name in names if len(claims.questions.meter(name).shares) > 1)


def _same_meter(claims: Claims, meter: Meter) -> Meter | None:
    """The meter of another ledger with the serial number of a meter."""
    if meter.serial_number is None:
        return None
    n = claims.questions.view.registration(SERIAL_NUMBER, serial_key(meter))
    return None if n is None else claims.questions.meter(claims.questions.view.entry(n).event["meter"])


def _serial_words(meter: Meter) -> str:
    return f"meter {meter.serial_number} of {meter.manufacturer}"


def digits_of(wh: int) -> int:
    """The evidence of a value that is equal in two series: its significant digits without the first two.

    Example:
        >>> digits_of(1_234_567), digits_of(1_230_000), digits_of(40_000), digits_of(-5)
        (5, 1, 0, 0)
    """
    return max(0, len(str(wh).rstrip("0")) - _FREE_DIGITS) if wh > 0 else 0


@define
class Evidence:
    """The evidence of equal values, each counted once, up to a limit."""

    most: int
    digits: int = 0
    _values: set[int] = field(factory=set)

    def add(self, block: Block) -> None:
        """Count the values of an equal block."""
        for _, _, wh in block:
            if self.digits < self.most and wh not in self._values:
                self._values.add(wh)
                self.digits += digits_of(wh)


@frozen
class Found:
    """Pairs that equal readings show to be one, and series that nothing could show.

    Attributes:
        pairs: The pairs, ordered.
        few: Pairs with equal readings of too few digits, with the digits.
        weak: For a and for b, the series whose readings that are looked for have too few digits.
    """

    pairs: list[Pair]
    few: list[tuple[str, str, int]]
    weak: tuple[set[str], set[str]]


def equal_columns(a: Claims, b: Claims, known: set[tuple[str, str]], least_digits: int) -> Found:
    """Pairs of series with equal readings, in time that both ledgers have claims in.

    Args:
        a: The claims of the first ledger.
        b: Those of the second.
        known: Pairs of devices that are known to be one.
        least_digits: The digits of evidence from which two series are one.
    """
    subjects = _subjects(a), _subjects(b)
    candidates, strengths = _candidates(a, b, subjects, least_digits)
    pairs, few = [], []
    for first, second in sorted(candidates):
        mine, theirs = subjects[0][first], subjects[1][second]
        left = tuple(x for x in mine if not any((x, y) in known for y in theirs))
        right = tuple(y for y in theirs if not any((x, y) in known for x in mine))
        if not left or not right:
            continue
        digits, windows = _compared(a, b, first, second, least_digits)
        if digits >= least_digits:
            pairs.append(Pair(first, second, EQUAL_READINGS, left, right, windows))
        elif digits:
            few.append((first, second, digits))
    weak = [{name for name, item in found.items() if item.digits < least_digits} for found in strengths]
    return Found(pairs, few, (weak[0], weak[1]))


def _subjects(claims: Claims) -> dict[str, tuple[str, ...]]:
    """The series behind claims: each device's own, and each meter's own column, with the devices that are meant."""
    view = claims.questions.view
    found: dict[str, tuple[str, ...]] = {name: (name,) for name in claims.spans}
    for name in {name for device in claims.spans for name in view.registrations(meters_of(device))}:
        found[meter_run(name)] = tuple(sorted(claims.questions.meter(name).shares))
    return dict(sorted(found.items()))


def _candidates(
    a: Claims, b: Claims, subjects: tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]], least_digits: int
) -> tuple[set[tuple[str, str]], tuple[dict[str, Evidence], dict[str, Evidence]]]:
    """Pairs with an equal block, and the evidence that each series could give; one window of a is held at a time."""
    pairs: set[tuple[str, str]] = set()
    strengths: tuple[dict[str, Evidence], dict[str, Evidence]] = {}, {}
    for window in sorted(a.windows & b.windows):
        holders: dict[bytes, list[str]] = {}
        for first, block in _blocks_in(a, subjects[0], window, strengths[0], least_digits):
            holders.setdefault(_digest(block), []).append(first)
        for second, block in _blocks_in(b, subjects[1], window, strengths[1], least_digits):
            pairs.update((first, second) for first in holders.get(_digest(block), ()))
    return pairs, strengths


def _blocks_in(
    claims: Claims, subjects: dict[str, tuple[str, ...]], window: int, strengths: dict[str, Evidence], most: int
) -> Iterator[tuple[str, Block]]:
    """The blocks of a window that are worth looking for, of every series with claims about that time."""
    for subject, devices in subjects.items():
        spans = [claims.spans[name] for name in devices if name in claims.spans]
        if not min(low for low, _ in spans) <= window <= max(high for _, high in spans):
            continue
        if found := blocks(claims, subject, window):
            strength = strengths.setdefault(subject, Evidence(most))
            for block in _looked_for(found):
                strength.add(block)
                yield subject, block


def _looked_for(found: dict[tuple[int, int], Block]) -> Iterator[Block]:
    """The blocks with much evidence, and together those of each day that have little."""
    rest: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for (place, step_s), block in found.items():
        if _digits_in(block) >= (_BLOCK_DIGITS if step_s <= DAY_S else _LONG_DIGITS):
            yield block
        elif step_s <= DAY_S:
            rest.setdefault((place // _DAY_BLOCKS, step_s), []).extend(block)
    yield from (block for block in map(tuple, rest.values()) if _digits_in(block) >= _BLOCK_DIGITS)


def _digits_in(block: Block) -> int:
    return sum(map(digits_of, {wh for _, _, wh in block}))


def blocks(claims: Claims, subject: str, window: int) -> dict[tuple[int, int], Block]:
    """The live steps of a series that start in a window, in blocks of six steps or six hours; longer steps are alone.

    Args:
        claims: The claims of a ledger.
        subject: The device, or the shared meter's own column.
        window: The window.
    """
    found: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for run, start, values in claims.own_steps(subject, window, subject):
        size = _STEPS * max(run.step_s, HOUR_S) if run.step_s <= DAY_S else 1
        for k, wh in enumerate(values):
            at = start + k * run.step_s
            found.setdefault((at // size, run.step_s), []).append((at, run.step_s, wh))
    return {key: tuple(steps) for key, steps in found.items()}


def _digest(block: Block) -> bytes:
    return blake2b(repr(block).encode("ascii"), digest_size=12).digest()


def _compared(a: Claims, b: Claims, first: str, second: str, least_digits: int) -> tuple[int, frozenset[int]]:
    """The evidence of the equal blocks of two series, and the windows in which most of their common steps are equal."""
    evidence, windows = Evidence(least_digits), set[int]()
    for window in sorted(a.windows & b.windows):
        mine, theirs = blocks(a, first, window), blocks(b, second, window)
        for key, block in mine.items():
            if theirs.get(key) == block:
                evidence.add(block)
        ours, others = _by_time(mine.values()), _by_time(theirs.values())
        common = [(wh, others[at]) for at, wh in ours.items() if at in others and (wh > 0 or others[at] > 0)]
        if 2 * sum(x == y for x, y in common) > len(common):
            windows.add(window)
    return evidence.digits, frozenset(windows)


def _by_time(found: Iterable[Block]) -> dict[tuple[int, int], int]:
    return {(at, step_s): wh for block in found for at, step_s, wh in block}


def window_of(at_utc: int) -> int:
    """The window in which an instant lies.

    Args:
        at_utc: The instant. [s since 1970-01-01 UTC]
    """
    return at_utc // WINDOW_S
