"""Readings of a file compared with the live ones, step by step: which are new, which identical, and which differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import and_, eq
from typing import Any, Final, Self

from attrs import frozen

from carbon_ledger.column import Column
from carbon_ledger.core.intervals import Interval, subtract
from carbon_ledger.core.issuance.run_parts import RunPart, energy_of, step_values, whole_steps_in
from carbon_ledger.core.series import Series, series_of
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.metering.readings import SIDES, Readings
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of, instant_text

Columns = Mapping[str, Sequence[int]]

_FREE, _SAME, _DIFFERS = range(3)
_NAMES: Final = ("net_wh", "gross_wh", *SIDES)


@frozen
class Steps:
    """Consecutive steps of a run.

    Args:
        run: The run.
        first: Position of the first step.
        end: Position after the last step.
    """

    run: Readings
    first: int
    end: int

    def __len__(self) -> int:
        """How many steps there are."""
        return self.end - self.first

    @property
    def start_utc(self) -> int:
        """Start of the first step. [s since 1970-01-01 UTC]"""
        return self.run.start_utc + self.first * self.run.step_s

    @property
    def end_utc(self) -> int:
        """End of the last step. [s since 1970-01-01 UTC]"""
        return self.run.start_utc + self.end * self.run.step_s

    @property
    def period(self) -> Period:
        """From the start of the first step to the end of the last one."""
        return Period(self.start_utc, self.end_utc)

    def readings(self) -> Readings:
        """The steps as a run of their own."""
        if (self.first, self.end) == (0, len(self.run.net_wh)):
            return self.run
        columns: dict[str, Any] = {name: Column(column) for name, column in _columns_of(self).items()}
        return Readings(self.start_utc, self.run.step_s, quality=self.run.quality, **columns)


@frozen
class Compared:
    """Runs of a file, compared with live readings.

    Args:
        free: Steps whose time has no live reading, in time order.
        same: Steps that are identical to live ones: interval, quality, net energy, and gross energy, export and import.
        differing: All other steps.
    """

    free: tuple[Steps, ...]
    same: tuple[Steps, ...]
    differing: tuple[Steps, ...]


def compared(view: View, name: str, runs: Sequence[Readings], series: Series) -> Compared:
    """Compare runs with live readings, step by step.

    A step is identical only if every column is equal, and a column is known in both or in neither. A step of another
    length over the same time is a differing one, and so is one that was read from another series of the same file.

    Args:
        view: The state.
        name: The device, or `meter_run` of a shared meter.
        runs: The runs, in time order.
        series: The series of the file that the runs are.
    """
    found: tuple[list[Steps], list[Steps], list[Steps]] = ([], [], [])
    for run in runs:
        at = 0
        for state, steps in groupby(_states(view, name, run, series)):
            end = at + sum(1 for _ in steps)
            found[state].append(Steps(run, at, end))
            at = end
    free, same, differing = map(tuple, found)
    return Compared(free, same, differing)


def _states(view: View, name: str, run: Readings, series: Series) -> bytearray:
    states = bytearray(len(run.net_wh))
    for live in view.readings(name, run.start_utc, run.end_utc):
        first, end = _positions(run, live)
        if is_of_another_series(view, live.source_n, series):
            states[first:end] = bytes([_DIFFERS]) * (end - first)
        else:
            states[first:end] = _equal_steps(view, live, Steps(run, first, end))
    return states


def is_of_another_series(view: View, n: int, series: Series) -> bool:
    """Whether an entry has readings of another series of the same file.

    Args:
        view: The state.
        n: The number of the entry.
        series: The series.
    """
    found = series_of(view, view.entry(n))
    return found is not None and found.evidence == series.evidence and found.is_apart_from(series)


def _positions(run: Readings, row: Reading) -> tuple[int, int]:
    """The steps of a run that overlap a row: position of the first one, and after the last one."""
    late, until = max(row.start_utc, run.start_utc), min(row.end_utc, run.end_utc)
    return (late - run.start_utc) // run.step_s, -(-(until - run.start_utc) // run.step_s)


def _equal_steps(view: View, row: Reading, steps: Steps) -> bytes:
    """Of each step, whether it is identical to that of a row, or differs."""
    differing = bytes([_DIFFERS]) * len(steps)
    if not _has_steps(row, steps.run) or row.quality != steps.run.quality:
        return differing
    live, given = _columns_of_row(view, row, steps), _columns_of(steps)
    if live.keys() != given.keys():
        return differing
    return bytes(_SAME if same else _DIFFERS for same in _equal(live, given, given.keys(), len(steps)))


def _equal(one: Columns, other: Columns, names: Iterable[str], count: int) -> Sequence[bool]:
    """Of each step, whether both have the same values in some columns."""
    equal: Sequence[bool] = [True] * count
    for name in names:
        if tuple(one[name]) != tuple(other[name]):
            equal = [*map(and_, equal, map(eq, one[name], other[name]))]
    return equal


def _has_steps(row: Reading, run: Readings) -> bool:
    """Whether the steps of a row are steps of the grid of a run."""
    return row.step_s == run.step_s and (row.start_utc - run.start_utc) % run.step_s == 0


def _columns_of(steps: Steps) -> Columns:
    """The columns that are known of steps of a file, by name. [Wh]"""
    columns = ((name, getattr(steps.run, name)) for name in _NAMES)
    return {name: column[steps.first : steps.end] for name, column in columns if column is not None}


def _columns_of_row(view: View, row: Reading, steps: Steps) -> Columns:
    """The columns that are known of steps of a row, by name. [Wh]"""
    net, gross = step_values(view, RunPart(row, steps.start_utc, steps.end_utc))
    columns: dict[str, Sequence[int]] = {"net_wh": net} if gross is None else {"net_wh": net, "gross_wh": gross}
    event = view.entry(row.source_n).event
    if "devices" not in event or "/" in row.device:  # otherwise export and import are those of the meter
        first = (steps.start_utc - instant_of(event["start"])) // row.step_s
        columns |= {name: event[name][first : first + len(steps)] for name in SIDES if name in event}
    return columns


def brought_back(view: View, name: str, steps: Steps, evidence: str) -> tuple[Steps, int] | None:
    """The first step with values that a correction replaced, and the number of that correction's entry.

    Such a step is in an old file that is delivered again: recording it would undo the correction. The values are those
    that a correction replaced if they have the same interval and quality, and are equal in every column that is known
    in both, and the live values are others; or if steps of another length and of the same quality had, together, the
    net energy of a step of the file, or one of them that of several, and the live ones have another. Whatever their
    values are, readings of this very file come back if a correction by another document replaced them.

    Args:
        view: The state.
        name: The device, or `meter_run` of a shared meter.
        steps: Steps that differ from live ones.
        evidence: Digest of the file.
    """
    kept: set[int] = set()  # positions of which the live values are those of the file, as far as both are known
    own: set[int] = set()  # positions of which the live values are of the file
    for row in view.readings(name, steps.start_utc, steps.end_utc):
        kept.update(_equal_in_both(view, row, steps))
        if _evidence(view, row.source_n) == evidence:
            own.update(_overlapping(steps, row))
    replaced: dict[int, int] = {}
    for row in view.readings_ever(name, steps.start_utc, steps.end_utc):
        if row.to_n is None:
            continue
        found = set(_equal_in_both(view, row, steps))
        if _evidence(view, row.source_n) == evidence != _evidence(view, row.to_n):
            found |= {*_overlapping(steps, row)} - own
        for at in found - kept:
            replaced[at] = max(row.to_n, replaced.get(at, 0))
    for at, n in _energy_replaced(view, name, steps):
        replaced.setdefault(at, n)
    if not replaced:
        return None
    first = min(replaced)
    return Steps(steps.run, first, first + 1), replaced[first]


def _evidence(view: View, n: int) -> str | None:
    digest: str | None = view.entry(n).event.get("evidence")
    return digest


def _equal_in_both(view: View, row: Reading, steps: Steps) -> list[int]:
    """The positions of the steps that a row has, of the same quality, with the same values as far as both are known."""
    if not _has_steps(row, steps.run) or row.quality != steps.run.quality:
        return []
    both = _overlapping(steps, row)
    part = Steps(steps.run, both.start, both.stop)
    old, given = _columns_of_row(view, row, part), _columns_of(part)
    names = [column for column in given if column in old]
    return [at for at, same in zip(both, _equal(old, given, names, len(part)), strict=True) if same]


def _energy_replaced(view: View, name: str, steps: Steps) -> Iterator[tuple[int, int]]:
    """The positions of steps that bring back the energy of steps of other lengths, and the entry that replaced these.

    Each correction is looked at where it put readings in place, the newest one first.
    """
    run, rows = steps.run, view.readings_ever(name, steps.start_utc, steps.end_utc)
    others = {row.to_n for row in rows if not _has_steps(row, run) and row.quality == run.quality}
    ended = {(row.to_n, row.source_n) for row in rows}  # what is left beside a correction has the source of what ended
    made = {(row.from_n, row.start_utc, row.end_utc) for row in rows if (row.from_n, row.source_n) not in ended}
    for n, start, end in sorted(made, reverse=True):
        if n not in others:
            continue
        first, last = (start - run.start_utc) // run.step_s, -(-(end - run.start_utc) // run.step_s)
        part = Steps(run, max(first, steps.first), min(last, steps.end))
        old = [row for row in view.readings_then(n, name, part.start_utc, part.end_utc) if row.quality == run.quality]
        then, given = _Sums.of_rows(view, old, part), _Sums.of_run(part)
        now = _Sums.of_rows(view, view.readings(name, part.start_utc, part.end_utc), part)
        for span in chain(given.steps, then.steps):
            several, wh = (span in given.steps) != (span in then.steps), given.over(span)
            if several and wh is not None and wh == then.over(span) and now.over(span) not in (None, wh):
                yield (span[0] - run.start_utc) // run.step_s, n


@frozen
class _Sums:
    """The net energy of consecutive steps, summed up from the first one. [Wh]

    Args:
        steps: The steps: start and end of each. [s since 1970-01-01 UTC]
        totals: By the edges of the steps: where the stretch without a gap began, and the energy until then.
    """

    steps: Mapping[Interval, None]
    totals: Mapping[int, tuple[int, int]]

    @classmethod
    def of(cls, parts: Iterable[tuple[int, int, Sequence[int]]]) -> Self:
        """The sums of parts: the start of the first step, the length of each, and their energies."""
        steps: dict[Interval, None] = {}  # in time order
        totals: dict[int, tuple[int, int]] = {}
        for start_utc, step_s, column in parts:
            since, total = totals.setdefault(start_utc, (start_utc, 0))
            for at, wh in enumerate(column):
                edge, total = start_utc + at * step_s, total + wh
                steps[edge, edge + step_s] = None
                totals[edge + step_s] = since, total
        return cls(steps, totals)

    @classmethod
    def of_run(cls, steps: Steps) -> Self:
        """The sums of steps of a file."""
        return cls.of([(steps.start_utc, steps.run.step_s, steps.run.net_wh[steps.first : steps.end])])

    @classmethod
    def of_rows(cls, view: View, rows: Iterable[Reading], steps: Steps) -> Self:
        """The sums of the whole steps of rows that lie within the time of some steps of a file."""
        parts = [part for row in rows if (part := whole_steps_in(row, steps.period)) is not None]
        return cls.of((part.start_utc, part.run.step_s, step_values(view, part)[0]) for part in parts)

    def over(self, span: Interval) -> int | None:
        """The energy between two edges, or None if one of them is no edge, or if there is a gap. [Wh]"""
        (since, before), (known, until) = self.totals.get(span[0], (0, 0)), self.totals.get(span[1], (1, 0))
        return until - before if since == known else None


def _overlapping(steps: Steps, row: Reading) -> range:
    """The positions of those of some steps that overlap a row."""
    first, end = _positions(steps.run, row)
    return range(max(first, steps.first), min(end, steps.end))


def lacks_gross(view: View, name: str, steps: Steps) -> int | None:
    """The entry of live readings whose gross energy is known, if that of the steps is not; otherwise None.

    Args:
        view: The state.
        name: The device, or `meter_run` of a shared meter.
        steps: Steps that differ from live ones.
    """
    if steps.run.gross_wh is not None:
        return None
    rows = view.readings(name, steps.start_utc, steps.end_utc)
    return next((row.source_n for row in rows if row.gross_wh is not None), None)


def gained_wh(view: View, name: str, steps: Steps) -> int:
    """By how much steps have more energy than the live ones, as far as these are whole steps within them. [Wh]

    Args:
        view: The state.
        name: The device, or `meter_run` of a shared meter.
        steps: Steps that differ from live ones.
    """
    parts = (whole_steps_in(row, steps.period) for row in view.readings(name, steps.start_utc, steps.end_utc))
    live_wh = sum(energy_of(view, part)[0] for part in parts if part is not None)
    return sum(steps.run.net_wh[steps.first : steps.end]) - live_wh


def difference(view: View, name: str, steps: Steps) -> str:
    """The first of some differing steps, as the file has it and as the ledger has it, in words.

    Args:
        view: The state.
        name: The device, or `meter_run` of a shared meter.
        steps: Steps that differ from live ones.
    """
    run = steps.run
    one = Steps(run, steps.first, steps.first + 1)
    row = view.readings(name, one.start_utc, one.end_utc)[0]
    place = f"the step of {run.step_s} s from {instant_text(one.start_utc)}"
    given = f"{place}: {_in_words(_columns_of(one), run.quality)} in the file"
    if _has_steps(row, run):
        return f"{given}, {_in_words(_columns_of_row(view, row, one), row.quality)} in entry {row.source_n}"
    start = max(row.start_utc, row.start_utc + (one.start_utc - row.start_utc) // row.step_s * row.step_s)
    net, _ = step_values(view, RunPart(row, start, start + row.step_s))
    return f"{given}, net {net[0]} Wh in {row.step_s} s from {instant_text(start)} in entry {row.source_n}"


def _in_words(columns: Columns, quality: str) -> str:
    values = (f"{name.removesuffix('_wh')} {column[0]} Wh" for name, column in columns.items())
    return f"{', '.join(values)}, {quality}"


def remaining_gaps(view: View, name: str, gaps: Iterable[Period]) -> tuple[Period, ...]:
    """The parts of the gaps of a file that no live reading covers either.

    Args:
        view: The state.
        name: The device, or `meter_run` of a shared meter.
        gaps: The gaps, in time order.
    """
    return tuple(
        Period(start, end, gap.zone)
        for gap in gaps
        for start, end in subtract(
            gap.start_utc,
            gap.end_utc,
            [(row.start_utc, row.end_utc) for row in view.readings(name, gap.start_utc, gap.end_utc)],
        )
    )
