"""Comparing the claims of two ledgers, device by device: what both claim of one device and interval."""

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from attrs import define, evolve, field

from carbon_ledger.core import lookup
from carbon_ledger.core.entries.events import BLOCK_IMPORTED, UNITS_CONVERTED
from carbon_ledger.core.intervals import FOR_EVER
from carbon_ledger.core.state.rows import EXPORTED
from carbon_ledger.core.state.store import Store
from carbon_ledger.log.tiles import root_hash
from carbon_ledger.review.claim_overlaps import (
    A_IS_EARLIER,
    B_IS_EARLIER,
    FORK,
    MOST_OVERLAPS,
    ONE_LEDGER,
    TWO_LEDGERS,
    TWO_OF_ONE_ID,
    ClaimComparison,
    ClaimedSide,
    ClaimOverlap,
    ComparedLedger,
    NotCompared,
)
from carbon_ledger.review.claimed_steps import Claims, Step
from carbon_ledger.review.questions import Questions, label_of
from carbon_ledger.review.same_devices import Pair, Times, equal_columns, identified, window_of
from carbon_ledger.tables import Listing

_MOST_SOURCES: Final = 10  # entries with readings that one side lists
_MOST_NAMED: Final = 20  # devices that one remark names
_MOST_FEW: Final = 100  # remarks about pairs with few equal readings
_NO_DEVICE: Final = (
    "units of another registry have no device and no readings here. An import claims no energy; ask whether the units "
    "were exported there"
)
_WEAK: Final = "no external identifier, and too few digits of readings in the time of the other ledger's claims"


def compared(a: Questions, b: Questions, checked: tuple[str, str], least_digits: int) -> ClaimComparison:
    """The comparison of two ledgers.

    Args:
        a: The questions about the first ledger.
        b: Those about the second.
        checked: What was checked of each before.
        least_digits: The digits of evidence from which equal readings show one device.
    """
    common = _common_entries(a.store, a.view.size, b.store, b.view.size)
    relation = _relation(a, b, common)
    claims = Claims(a), Claims(b)
    result = _Result(claims, common)
    if relation in (TWO_LEDGERS, TWO_OF_ONE_ID, FORK):
        result.compare(least_digits)
    first, second = (
        ComparedLedger(
            ledger_id=str(item.questions.view.entry(0).event["ledger"]),
            size=item.questions.view.size,
            root=root_hash(item.questions.view.size, item.questions.store.tile).hex(),
            checked=how,
            devices=len(item.spans),
        )
        for item, how in zip(claims, checked, strict=True)
    )
    return ClaimComparison(
        a=first,
        b=second,
        relation=relation,
        common_entries=common,
        least_digits=least_digits,
        overlaps=Listing(result.overlaps, ClaimOverlap),
        overlap_count=result.count,
        both_wh=result.both_wh,
        not_compared=Listing((*result.remarks, *_imports("a", a), *_imports("b", b)), NotCompared),
    )


def _common_entries(a: Store, a_size: int, b: Store, b_size: int) -> int:
    """How many entries both ledgers have, byte for byte, from entry 0 on."""
    same = 0
    for one, other in zip(a.entries(0, a_size), b.entries(0, b_size), strict=False):
        if one != other:
            break
        same += 1
    return same


def _relation(a: Questions, b: Questions, common: int) -> str:
    if common == 0:
        same_id = a.view.entry(0).event["ledger"] == b.view.entry(0).event["ledger"]
        return TWO_OF_ONE_ID if same_id else TWO_LEDGERS
    if common == a.view.size:
        return ONE_LEDGER if common == b.view.size else A_IS_EARLIER
    return B_IS_EARLIER if common == b.view.size else FORK


def _imports(name: str, questions: Questions) -> Iterator[NotCompared]:
    """Remarks about the blocks that a ledger has from other registries."""
    blocks, units = Counter[str](), Counter[str]()
    for entry in questions.entries(BLOCK_IMPORTED):
        blocks[entry.event["registry"]] += 1
        units[entry.event["registry"]] += entry.event["last"] - entry.event["first"] + 1
    for registry in sorted(blocks):
        what = f"{units[registry]:,} units imported from {registry}"
        yield NotCompared(ledger=name, what=what, count=blocks[registry], reason=_NO_DEVICE)


@define
class _Result:
    """What was found so far."""

    claims: tuple[Claims, Claims]
    common: int
    overlaps: list[ClaimOverlap] = field(factory=list)
    count: int = 0
    both_wh: int = 0
    remarks: list[NotCompared] = field(factory=list)
    timed: dict[tuple[str, str], Times] = field(factory=dict)  # pairs that are compared in some times already

    def compare(self, least_digits: int) -> None:
        """Compare pair by pair: those that are identified, then those with equal readings."""
        a, b = self.claims
        known = set[tuple[str, str]]()
        for pair in identified(a, b, self.common):
            fresh = _without(pair, known)
            if fresh is not None:
                self._add(fresh)
            both = [(one, other) for one in pair.a_devices for other in pair.b_devices]
            if pair.times is None:
                known.update(both)
            else:
                self.timed |= {key: (*self.timed.get(key, ()), *pair.times) for key in both}
        found = equal_columns(a, b, known, least_digits)
        for pair in found.pairs:
            self._add(pair)
        for first, second, digits in found.few[:_MOST_FEW]:
            reason = f"equal readings, but with {digits} digits of evidence, too few to exclude chance"
            what = f"{label_of(first)} of a, {label_of(second)} of b"
            self.remarks.append(NotCompared(ledger="both", what=what, count=1, reason=reason))
        if len(found.few) > _MOST_FEW:
            more = len(found.few) - _MOST_FEW
            self.remarks.append(
                NotCompared(ledger="both", what=f"{more:,} more such pairs", count=more, reason="as those above")
            )
        for name, item, weak in zip("ab", self.claims, found.weak, strict=True):
            self._note_weak(name, item, weak)

    def _note_weak(self, name: str, claims: Claims, weak: set[str]) -> None:
        """Note the devices that nothing could show to be a device of the other ledger."""
        view = claims.questions.view
        devices = sorted(
            subject for subject in weak if subject in claims.spans and not lookup.device(view, subject).identifiers
        )
        if devices:
            named = ", ".join(devices[:_MOST_NAMED]) + (" and more" if len(devices) > _MOST_NAMED else "")
            what = f"{'device' if len(devices) == 1 else 'devices'} {named}"
            self.remarks.append(NotCompared(ledger=name, what=what, count=len(devices), reason=_WEAK))

    def _add(self, pair: Pair) -> None:
        """Add the overlaps of a pair."""
        a, b = self.claims
        tally: _Tally | None = None
        for one, other, low, high in _met_in(
            pair, _steps(a, pair.a, pair.a_devices), _steps(b, pair.b, pair.b_devices)
        ):
            if pair.windows is not None and window_of(one.start_utc) not in pair.windows:
                continue
            if self._was_compared(pair, low):
                continue
            key = tuple(n for n, _ in one.claimed), tuple(n for n, _ in other.claimed)
            if key[0] == key[1] and max(key[0]) < self.common:
                continue  # one claim, which both ledgers have
            if tally is None or tally.key != key:
                self._close(pair, tally)
                tally = _Tally(key, low)
            tally.add(one, other, low, high)
        self._close(pair, tally)

    def _was_compared(self, pair: Pair, at_utc: int) -> bool:
        """Whether the devices of a pair were compared before at an instant, because of a meter."""
        both = ((one, other) for one in pair.a_devices for other in pair.b_devices)
        return all(any(low <= at_utc < high for low, high in self.timed.get(key, ())) for key in both)

    def _close(self, pair: Pair, tally: "_Tally | None") -> None:
        """Make an overlap of what was summed up."""
        both = 0 if tally is None else tally.both_wh()
        if tally is None or both <= 0:
            return
        self.count += 1
        self.both_wh += both
        if len(self.overlaps) < MOST_OVERLAPS:
            self.overlaps.append(tally.overlap(pair, self.claims, both))


def _without(pair: Pair, known: set[tuple[str, str]]) -> Pair | None:
    """A pair without devices that are compared already, or None if nothing is left."""
    a = tuple(x for x in pair.a_devices if not any((x, y) in known for y in pair.b_devices))
    b = tuple(y for y in pair.b_devices if not any((x, y) in known for x in pair.a_devices))
    return evolve(pair, a_devices=a, b_devices=b) if a and b else None


def _steps(claims: Claims, subject: str, devices: tuple[str, ...]) -> Iterator[Step]:
    return claims.device_steps(subject) if subject in claims.spans else claims.meter_steps(subject, devices)


def _met(first: Iterable[Step], second: Iterable[Step]) -> Iterator[tuple[Step, Step, int, int]]:
    """The steps of two series that meet, with the interval that both have, in time order."""
    ours, theirs = iter(first), iter(second)
    one, other = next(ours, None), next(theirs, None)
    while one is not None and other is not None:
        low, high = max(one.start_utc, other.start_utc), min(one.end_utc, other.end_utc)
        if low < high:
            yield one, other, low, high
        if one.end_utc <= other.end_utc:
            one = next(ours, None)
        else:
            other = next(theirs, None)


def _met_in(pair: Pair, first: Iterable[Step], second: Iterable[Step]) -> Iterator[tuple[Step, Step, int, int]]:
    """The steps of two series that meet, in the times of the pair."""
    times = ((-FOR_EVER, FOR_EVER),) if pair.times is None else pair.times
    for one, other, start, end in _met(first, second):
        for since, until in times:
            low, high = max(start, since), min(end, until)
            if low < high:
                yield one, other, low, high


@define
class _Sum:
    """The energy of one side: of a step that lies partly inside, the part in proportion to time."""

    metered: Fraction = Fraction(0)
    claimed: dict[int, Fraction] = field(factory=dict)
    sources: set[int] = field(factory=set)
    in_proportion: bool = False
    _start_utc: int | None = None
    _open_s: int = 0  # of the last step, what has not been met yet

    def add(self, step: Step, seconds: int) -> None:
        """Add so many seconds of a step."""
        length = step.end_utc - step.start_utc
        if step.start_utc != self._start_utc:
            self.close()
            self._start_utc, self._open_s = step.start_utc, length
        self._open_s -= seconds
        share = Fraction(seconds, length)
        self.metered += step.metered_wh * share
        for n, wh in step.claimed:
            self.claimed[n] = self.claimed.get(n, Fraction(0)) + wh * share
        if len(self.sources) < _MOST_SOURCES:
            self.sources.add(step.source_n)

    def close(self) -> None:
        """Note whether the last step was met in part only."""
        self.in_proportion = self.in_proportion or self._open_s > 0

    @property
    def claimed_wh(self) -> Fraction:
        """All claimed energy. [Wh]"""
        return sum(self.claimed.values(), Fraction(0))


@define
class _Tally:
    """What two claims have in common, summed up step by step."""

    key: tuple[tuple[int, ...], tuple[int, ...]]
    start_utc: int
    end_utc: int = 0
    overlap_s: int = 0
    common_steps: int = 0
    equal_steps: int = 0
    sides: tuple[_Sum, _Sum] = field(factory=lambda: (_Sum(), _Sum()))

    def add(self, one: Step, other: Step, low: int, high: int) -> None:
        """Add the interval that two steps have in common."""
        self.end_utc = high
        self.overlap_s += high - low
        if (one.start_utc, one.end_utc) == (other.start_utc, other.end_utc):
            self.common_steps += 1
            self.equal_steps += one.metered_wh == other.metered_wh
        for side, step in zip(self.sides, (one, other), strict=True):
            side.add(step, high - low)

    def both_wh(self) -> int:
        """The energy that is claimed twice, rounded down. [Wh]"""
        a, b = self.sides
        return int(max(Fraction(0), a.claimed_wh + b.claimed_wh - max(a.metered, b.metered)))

    def overlap(self, pair: Pair, claims: tuple[Claims, Claims], both_wh: int) -> ClaimOverlap:
        """The overlap as a record."""
        for side in self.sides:
            side.close()
        subjects = pair.a, pair.b
        a, b = (
            _side(item.questions, label_of(subject), side, both_wh)
            for item, subject, side in zip(claims, subjects, self.sides, strict=True)
        )
        return ClaimOverlap(
            matched=pair.matched,
            start_utc=self.start_utc,
            end_utc=self.end_utc,
            overlap_s=self.overlap_s,
            a=a,
            b=b,
            both_wh=both_wh,
            in_proportion=any(side.in_proportion for side in self.sides),
            common_steps=self.common_steps,
            equal_steps=self.equal_steps,
        )


def _side(questions: Questions, subject: str, found: _Sum, both_wh: int) -> ClaimedSide:
    """One side of an overlap as a record."""
    projects, instruments, units, exported = list[str](), list[str](), 0, 0
    share = min(Fraction(1), both_wh / found.claimed_wh) if found.claimed_wh > 0 else Fraction(0)
    for n, wh in sorted(found.claimed.items()):
        project, instrument = _issued(questions, n)
        projects.append(project)
        instruments.append(instrument)
        units += _units_on(questions, n, wh * share)
        exported += _exported(questions, n)
    return ClaimedSide(
        subject=subject,
        issuances=tuple(sorted(found.claimed)),
        projects=tuple(dict.fromkeys(projects)),
        instruments=tuple(dict.fromkeys(instruments)),
        net_wh=int(found.claimed_wh // 1),
        units=units,
        exported_units=exported,
        readings=tuple(sorted(found.sources)),
    )


def _issued(questions: Questions, n: int) -> tuple[str, str]:
    """The project and the instrument of an issuance, or of a conversion that reserves steps."""
    entry = questions.entry(n)
    if entry.type == UNITS_CONVERTED:
        issuance = lookup.issuance(questions.view, entry.event["issuance"])
        return issuance.project, str(entry.event["instrument"]["id"])
    project = questions.project(entry.event["project"])
    return project.id, project.instrument.id


def _units_on(questions: Questions, n: int, wh: Fraction) -> int:
    """The units that stand on a part of an issuance's energy, rounded up; a conversion has none."""
    issuance = questions.view.issuance(n)
    if issuance is None or issuance.voided or wh <= 0:
        return 0
    claimed = sum(item.net_wh for item in questions.claimed_parts(issuance))
    return 0 if claimed <= 0 else min(issuance.counted, -int(-wh * issuance.counted // claimed))


def _exported(questions: Questions, n: int) -> int:
    """The units of an issuance that were exported to another registry."""
    view = questions.view
    return sum(
        piece.count
        for item in view.batches(n)
        for piece in view.pieces(item.batch.batch_id, 1, item.batch.count)
        if piece.state == EXPORTED
    )
