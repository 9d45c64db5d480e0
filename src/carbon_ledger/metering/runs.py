"""From the steps of a file to the readings of its meters: sorted, added up by role, in whole Wh, and cut into runs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import chain, islice, pairwise
from math import lcm
from operator import add, le, ne, sub
from typing import Any, Final

from attrs import evolve, frozen

from carbon_ledger.column import Column
from carbon_ledger.errors import MissingDataError, OverlapError, PeriodError
from carbon_ledger.metering.file_report import FileReport
from carbon_ledger.metering.readings import QUALITIES, Readings
from carbon_ledger.metering.remainders import DayCarry, whole_wh
from carbon_ledger.metering.steps import MeteredSteps, Repeated
from carbon_ledger.periods import Period, instant_text
from carbon_ledger.printing import quote
from carbon_ledger.records import Record

Carries = dict[tuple[str, str], DayCarry]
_SIDES: Final = ("export", "import")


@frozen(kw_only=True, repr=False)
class MeterSeries(Record):
    """The readings of one meter in a file.

    Args:
        meter: The meter's id in the file; empty where the file does not name its meter.
        period: From the first step of the meter that the file has a row for to the end of its last one.
        runs: The readings, in time order; a run has steps of one length and one quality, without a gap.
        gaps: The parts of *period* without a reading, in time order.
        exact_wh: Sum of the net energies as printed. [Wh, exact]
        cut_wh: What was cut: the exact sum less the sum of the readings. [Wh, exact]
        changed_steps: How many steps are not exactly what was printed, by a rounding or by what was carried.
    """

    _derived = ("total_wh",)

    meter: str
    period: Period
    runs: tuple[Readings, ...]
    gaps: tuple[Period, ...]
    exact_wh: Fraction
    cut_wh: Fraction
    changed_steps: int

    @property
    def total_wh(self) -> int:
        """Net energy of all runs. [Wh]"""
        return sum(run.total_wh for run in self.runs)

    @property
    def step_count(self) -> int:
        """How many steps have a reading."""
        return sum(len(run.net_wh) for run in self.runs)


def series_of(
    steps: Iterable[MeteredSteps],
    *,
    zone: str,
    remainder: str,
    path: str,
    carries: Carries | None = None,
    report: FileReport | None = None,
) -> tuple[MeterSeries, ...]:
    """Make the readings of each meter from the steps of a file.

    Args:
        steps: Steps of channels, in any order.
        zone: IANA zone of the meters.
        remainder: What to do with energies finer than 1 Wh; see `MeterLayout`.
        path: The file, for messages.
        carries: What earlier parts of the file carried, by meter and role; it is brought up to date.
        report: Takes the steps that some channels of a meter have and others do not, if it collects what is refused.

    Returns:
        One series for each meter that has a step, in the order in which the file names them.

    Raises:
        OverlapError: Two steps of a channel overlap.
        MissingDataError: Channels that belong together do not have the same steps.
        InexactNumberError: An energy is finer than 1 Wh and *remainder* is ``refuse``.
        CarbonLedgerError: The readings are implausible, or a step is outside the calendar.
    """
    meters: defaultdict[str, list[MeteredSteps]] = defaultdict(list)
    for part in steps:
        meters[part.meter].append(part)
    for meter in [meter for meter, parts in meters.items() if not any(part.start_utc for part in parts)]:
        del meters[meter]  # of a meter that has steps, a channel without a step stays: without it, the sum is another
    carries = {} if carries is None else carries
    if report is not None and report.on_refusal == "report":
        meters = defaultdict(list, {meter: _common(parts, path, report) for meter, parts in meters.items()})
    return tuple(_series(meter, parts, zone, remainder, path, carries) for meter, parts in meters.items() if parts)


def _common(parts: Sequence[MeteredSteps], path: str, report: FileReport) -> list[MeteredSteps]:
    """The steps that all channels of a meter have. The others are refused."""
    channels: defaultdict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    for part in parts:
        channels[part.role, part.channel].update(zip(part.start_utc, part.step_s, strict=True))
    common = set.intersection(*channels.values())
    if all(len(steps) == len(common) for steps in channels.values()):
        return [*parts]
    names = {part.place for part in parts}
    found = []
    for part in parts:
        every = [*zip(part.start_utc, part.step_s, strict=True)]
        for (start, step_s), line in zip(every, part.lines, strict=True):
            if (start, step_s) not in common:
                others = " or ".join(sorted(names - {part.place}))
                report.refuse(line, part.place, _lone_step(path, line, start, step_s, part.place, others))
        found.append(_taken(part, [position for position, step in enumerate(every) if step in common]))
    return [part for part in found if part.start_utc]


def _taken(steps: MeteredSteps, positions: Sequence[int]) -> MeteredSteps:
    """Some of the steps, by their positions."""
    quality = steps.quality
    return evolve(
        steps,
        start_utc=[*map(steps.start_utc.__getitem__, positions)],
        step_s=[*map(steps.step_s.__getitem__, positions)],
        numerators=[*map(steps.numerators.__getitem__, positions)],
        lines=[*map(steps.lines.__getitem__, positions)],
        quality=quality if isinstance(quality, str) else [*map(quality.__getitem__, positions)],
    )


def _series(
    meter: str, parts: Sequence[MeteredSteps], zone: str, remainder: str, path: str, carries: Carries
) -> MeterSeries:
    roles = _by_role(parts, path)
    whole = {
        role: whole_wh(steps, zone, remainder, path, carries.setdefault((meter, role), DayCarry()))
        for role, steps in roles.items()
    }
    exact_wh, changed = Fraction(0), 0
    for role, steps in roles.items():
        if role != "gross":
            total = Fraction(sum(steps.numerators), steps.denominator)
            exact_wh += -total if role == "import" else total
        if steps.denominator != 1:
            changed += sum(map(ne, steps.numerators, (wh * steps.denominator for wh in whole[role])))
    first = roles.get("net") or roles.get("export") or roles.get("import")
    if first is None:
        what = f"meter {quote(meter)}" if meter else "the file"
        raise MissingDataError(
            f"{path}: {what} has gross generation alone; expected net energy beside it, or "
            "export and import: they say what the plant used itself"
        )
    try:
        runs = _runs(first, [*roles.values()], whole)
    except PeriodError as error:
        raise PeriodError(f"{path}, meter {quote(meter)}: {error}") from None
    extents = [part.extent_utc for part in parts if part.extent_utc is not None]
    begins = min([runs[0].start_utc, *(start for start, _ in extents)])
    period = Period(begins, max([runs[-1].end_utc, *(end for _, end in extents)]), zone)
    total_wh = sum(run.total_wh for run in runs)
    return MeterSeries(
        meter=meter,
        period=period,
        runs=runs,
        gaps=gaps_between(period, runs),
        exact_wh=exact_wh,
        cut_wh=exact_wh - total_wh,
        changed_steps=changed,
    )


def _by_role(parts: Sequence[MeteredSteps], path: str) -> dict[str, MeteredSteps]:
    """The steps of each role in time order: channels joined, sorted and added up, and all roles of the same steps."""
    channels: defaultdict[tuple[str, str], list[MeteredSteps]] = defaultdict(list)
    for part in parts:
        channels[part.role, part.channel].append(part)
    roles: dict[str, MeteredSteps] = {}
    for (role, _), same in channels.items():
        steps = _in_order(_joined(same), path)
        roles[role] = _added(roles[role], steps, path) if role in roles else steps
    several = [*roles.values()]
    for other in several[1:]:
        _require_same_steps(several[0], other, path)
    return roles


def _joined(parts: Sequence[MeteredSteps]) -> MeteredSteps:
    if len(parts) == 1:
        return parts[0]
    denominator = lcm(*(part.denominator for part in parts))
    return evolve(
        parts[0],
        start_utc=[*chain.from_iterable(part.start_utc for part in parts)],
        step_s=[*chain.from_iterable(part.step_s for part in parts)],
        numerators=[*chain.from_iterable(_scaled(part, denominator) for part in parts)],
        denominator=denominator,
        lines=[*chain.from_iterable(part.lines for part in parts)],
        quality=_joined_quality(parts),
    )


def _scaled(part: MeteredSteps, denominator: int) -> Sequence[int]:
    factor = denominator // part.denominator
    return part.numerators if factor == 1 else [value * factor for value in part.numerators]


def _joined_quality(parts: Sequence[MeteredSteps]) -> str | Sequence[str]:
    first = parts[0].quality
    if isinstance(first, str) and all(part.quality == first for part in parts):
        return first
    return [*chain.from_iterable(_qualities(part) for part in parts)]


def _qualities(part: MeteredSteps) -> Sequence[str]:
    return [part.quality] * len(part.start_utc) if isinstance(part.quality, str) else part.quality


def _in_order(steps: MeteredSteps, path: str) -> MeteredSteps:
    """The same steps in time order; steps that overlap are refused."""
    starts = steps.start_utc
    if isinstance(starts, range) and isinstance(steps.step_s, Repeated) and starts.step >= steps.step_s.value:
        return steps
    if not all(map(le, starts, islice(starts, 1, None))):
        steps = _taken(steps, sorted(range(len(starts)), key=starts.__getitem__))
        starts = steps.start_utc
    if all(map(le, map(add, starts, steps.step_s), islice(starts, 1, None))):
        return steps
    for at, (start, step_s, after) in enumerate(zip(starts, steps.step_s, islice(starts, 1, None), strict=False)):
        if start + step_s > after:
            line, other = sorted((steps.lines[at], steps.lines[at + 1]))
            raise OverlapError(
                f"{path}, line {other}, {steps.place}",
                f"the step from {instant_text(after)} overlaps that from {instant_text(start)}, line {line}; a step "
                "has one value: remove the row that is wrong",
            )
    return steps


def _added(one: MeteredSteps, other: MeteredSteps, path: str) -> MeteredSteps:
    _require_same_steps(one, other, path)
    denominator = lcm(one.denominator, other.denominator)
    numerators = [*map(add, _scaled(one, denominator), _scaled(other, denominator))]
    return evolve(one, numerators=numerators, denominator=denominator, quality=_worse(one, other))


def _worse(one: MeteredSteps, other: MeteredSteps) -> str | Sequence[str]:
    """The quality of steps that are made of two values each: that of the less certain one."""
    if one.quality == other.quality:
        return one.quality
    rank = QUALITIES.index
    return [max(pair, key=rank) for pair in zip(_qualities(one), _qualities(other), strict=True)]


def _require_same_steps(one: MeteredSteps, other: MeteredSteps, path: str) -> None:
    if one.start_utc == other.start_utc and one.step_s == other.step_s:
        return
    if [*one.start_utc] == [*other.start_utc] and [*one.step_s] == [*other.step_s]:
        return
    first = dict(zip(one.start_utc, zip(one.step_s, one.lines, strict=True), strict=True))
    second = dict(zip(other.start_utc, zip(other.step_s, other.lines, strict=True), strict=True))
    for here, there, has, lacks in ((first, second, one, other), (second, first, other, one)):
        for start, (step_s, line) in here.items():
            if start not in there or there[start][0] != step_s:
                raise _lone_step(path, line, start, step_s, has.place, lacks.place)


def _lone_step(path: str, line: int, start: int, step_s: int, has: str, lacks: str) -> MissingDataError:
    return MissingDataError(
        f"{path}, line {line}: the step of {step_s} s from {instant_text(start)} has a value in {has} and none in "
        f"{lacks}; complete the file, or leave out the step"
    )


def _runs(first: MeteredSteps, roles: Sequence[MeteredSteps], whole: dict[str, list[int]]) -> tuple[Readings, ...]:
    net_wh, sides = _net(whole)
    starts, steps_s = first.start_utc, first.step_s
    quality: str | Sequence[str] = first.quality
    for other in roles[1:]:
        quality = _worse(evolve(first, quality=quality), other)
    cuts = [0, *_cuts(starts, steps_s, quality), len(starts)]
    runs = []
    for begin, end in pairwise(cuts):
        columns: dict[str, Any] = {name: Column(values[begin:end]) for name, values in sides.items()}
        word = quality if isinstance(quality, str) else quality[begin]
        runs.append(Readings(starts[begin], steps_s[begin], Column(net_wh[begin:end]), quality=word, **columns))
    return tuple(runs)


def _net(whole: dict[str, list[int]]) -> tuple[list[int], dict[str, list[int]]]:
    """Net energy of each step, and the columns that are known beside it. [Wh]"""
    sides = {}
    if all(side in whole for side in _SIDES):
        net_wh = [*map(sub, whole["export"], whole["import"])]
        sides = {f"{side}_wh": whole[side] for side in _SIDES}
    elif "net" in whole:
        net_wh = whole["net"]
    else:
        net_wh = whole["export"] if "export" in whole else [-wh for wh in whole["import"]]
    if "gross" in whole:
        sides["gross_wh"] = whole["gross"]
    return net_wh, sides


def _cuts(starts: Sequence[int], steps_s: Sequence[int], quality: str | Sequence[str]) -> list[int]:
    """The positions at which a new run begins, without the first one."""
    step_s = steps_s[0]
    count = len(starts)
    if isinstance(quality, str) and starts[-1] - starts[0] == step_s * (count - 1) and _is_one(steps_s):
        return []  # the steps do not overlap, so that they follow each other
    ends = map(add, starts, steps_s)
    is_cut = [*map(ne, ends, islice(starts, 1, None))]
    cuts = {at for at, cut in enumerate(is_cut, 1) if cut}
    cuts |= {at for at, cut in enumerate(map(ne, steps_s, islice(steps_s, 1, None)), 1) if cut}
    if not isinstance(quality, str):
        cuts |= {at for at, cut in enumerate(map(ne, quality, islice(quality, 1, None)), 1) if cut}
    return sorted(cuts)


def _is_one(values: Sequence[int]) -> bool:
    return values.count(values[0]) == len(values)


def gaps_between(period: Period, runs: Iterable[Readings]) -> tuple[Period, ...]:
    """The parts of a period that no run covers.

    Args:
        period: The period.
        runs: Runs within it, in time order.
    """
    gaps = []
    covered = period.start_utc
    for run in runs:
        if covered < run.start_utc:
            gaps.append(Period(covered, run.start_utc, period.zone))
        covered = run.end_utc
    if covered < period.end_utc:
        gaps.append(Period(covered, period.end_utc, period.zone))
    return tuple(gaps)
