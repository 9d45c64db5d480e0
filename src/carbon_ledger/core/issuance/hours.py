"""Hours: the metered steps behind granular units, as they were at issuance. Later corrections do not change them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from carbon_ledger.core import lookup
from carbon_ledger.core.holdings.pieces import block_in
from carbon_ledger.core.intervals import Interval
from carbon_ledger.core.issuance.documents import quantification_at
from carbon_ledger.core.issuance.run_parts import RunPart, step_values
from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.rows import IssuedBatch, Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import SerialError
from carbon_ledger.methodologies import Split
from carbon_ledger.periods import year_start_utc
from carbon_ledger.periods.zones import Zone
from carbon_ledger.printing import quote
from carbon_ledger.serials import Batch, Block, Hour, HourTable


@frozen
class Steps:
    """Steps of one device in time order, as columns.

    Attributes:
        starts: The start of each step. [s since 1970-01-01 UTC]
        ends: The end of each step. [s since 1970-01-01 UTC]
        net_wh: The net energy of each step. [Wh]
    """

    starts: Sequence[int]
    ends: Sequence[int]
    net_wh: Sequence[int]


def steps_under(view: View, runs: Sequence[Reading], intervals: Sequence[Interval]) -> Steps:
    """The steps of runs that lie in intervals; runs and intervals are disjoint and in time order.

    Args:
        view: The state.
        runs: Runs of readings of one device.
        intervals: Intervals that begin and end between steps.
    """
    starts: list[int] = []
    ends: list[int] = []
    net_wh: list[int] = []
    for part in _parts(runs, intervals):
        step = part.run.step_s
        net_wh += step_values(view, part)[0]
        starts += range(part.start_utc, part.end_utc, step)
        ends += range(part.start_utc + step, part.end_utc + step, step)
    return Steps(starts, ends, net_wh)


def _parts(runs: Sequence[Reading], intervals: Sequence[Interval]) -> Iterator[RunPart]:
    """The parts of runs that lie in intervals, found in one pass over both; both are in time order."""
    at = 0
    for low, high in intervals:
        while at < len(runs) and runs[at].end_utc <= low:
            at += 1
        while at < len(runs) and runs[at].start_utc < high:
            yield RunPart(runs[at], max(runs[at].start_utc, low), min(runs[at].end_utc, high))
            if runs[at].end_utc > high:
                break
            at += 1


def parts_of(splits: Sequence[Split]) -> dict[int, dict[int, int]]:
    """The energy of each vintage of the steps that were split at a vintage boundary, by start of the step. [Wh]"""
    return {item.start_utc: dict(item.parts) for item in splits}


def of_vintage(steps: Steps, splits: dict[int, dict[int, int]], year: int, zone: Zone) -> Steps:
    """The steps that overlap a local calendar year, each with its energy in that year.

    Args:
        steps: Steps in time order.
        splits: The energy of each vintage of the steps that cross a boundary, by start. The energy of a step that
            crosses a boundary and is missing here is 0.
        year: The vintage.
        zone: The project's zone, or its rules.
    """
    low, high = year_start_utc(year, zone), year_start_utc(year + 1, zone)
    first, last = bisect_right(steps.ends, low), bisect_left(steps.starts, high)
    net_wh = list(steps.net_wh[first:last])
    for position in {first, last - 1} if first < last else ():
        start = steps.starts[position]
        if start < low or steps.ends[position] > high:
            net_wh[position - first] = splits.get(start, {}).get(year, 0)
    return Steps(steps.starts[first:last], steps.ends[first:last], net_wh)


@frozen
class Issued:
    """The steps that a granular issuance claimed, with their readings at issuance.

    Attributes:
        steps: The steps; the energy of each is above zero.
        splits: The energy of each vintage of the steps that were split at a vintage boundary, by start. [Wh]
        zone: The rules of the project's zone that applied to the issuance.
    """

    steps: Steps
    splits: dict[int, dict[int, int]]
    zone: Zone

    def vintage(self, year: int) -> Steps:
        """The steps of a vintage, each with its energy in that vintage."""
        return of_vintage(self.steps, self.splits, year, self.zone)


def issued_steps(view: View, n: int) -> Issued:
    """The steps that a granular issuance claimed, from the quantification that it pins: no later entry changes them.

    Args:
        view: The state.
        n: The number of the issuance's entry.

    Raises:
        BrokenLogError: The entries of the readings do not contain these steps.

    Source:
        ledger-model section 6; domain invariants 18 and 22.
    """
    event, pinned = view.entry(n).event, quantification_at(view, n - 1)
    device = event["device"]
    claimed = next(item.claimed for item in pinned.steps if item.device == device)
    runs = view.readings_then(n, device, claimed[0][0], claimed[-1][1])
    zone = zone_of(view, lookup.project(view, event["project"]).zone, n)
    return Issued(steps_under(view, runs, claimed), parts_of(pinned.splits), zone)


def debit_repaid_wh(net_wh: Sequence[int], count: int) -> int:
    """The energy that the first steps of a vintage contributed to a debit, without units. [Wh]

    Args:
        net_wh: The energy of the steps of the vintage at issuance. [Wh]
        count: The number of units that were issued.

    Source:
        ledger-model section 5: steps are claimed as usual, but without units, until a debit is made good.
    """
    return sum(net_wh) - count


def hour_table(view: View, found: IssuedBatch) -> HourTable:
    """The table of a granular batch that maps its serials to steps.

    Args:
        view: The state.
        found: The batch.

    Raises:
        SerialError: The batch is not granular.
        BrokenLogError: The entries of the readings do not contain its steps.

    Source:
        ledger-model section 6.
    """
    batch = found.batch
    if batch.device is None:
        raise SerialError(
            f"batch {batch.batch_id} of {batch.instrument} is not granular: its units have no hours; "
            "see trace(batch).quantification for the readings behind it"
        )
    steps = issued_steps(view, found.n).vintage(batch.vintage)
    starts, ends, lasts = [], [], []
    last = -debit_repaid_wh(steps.net_wh, batch.count)
    for start, end, wh in zip(steps.starts, steps.ends, steps.net_wh, strict=True):
        last += wh
        if wh and last > 0:
            starts.append(start)
            ends.append(end)
            lasts.append(last)
    return HourTable(batch.batch_id, tuple(starts), tuple(ends), tuple(lasts))


def hours_of(view: View, block: Block) -> tuple[Hour, ...]:
    """The steps that a block of granular units covers, in time order.

    Args:
        view: The state.
        block: The units.

    Raises:
        UnknownBatchError: No such batch.
        SerialError: The batch is not granular, or the block extends past its end.
    """
    block_in(view, block)
    return tuple(hour_table(view, lookup.batch(view, block.batch_id)).hours(block))


class LazyHours:
    """Computes the hours of a batch when they are first needed. A pickled batch does not include it."""

    def __init__(self, view: View, found: IssuedBatch) -> None:
        self._view = view
        self._found = found
        self._table: HourTable | None = None

    def __call__(self) -> HourTable:
        if self._table is None:
            if lookup.batch(self._view, self._found.batch.batch_id) != self._found:
                raise SerialError(
                    f"batch {self._found.batch.batch_id}: the transaction that issued it was undone; "
                    f"see batches({quote(self._found.batch.project)})"
                )
            self._table = hour_table(self._view, self._found)
        return self._table

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return _unbound, ()


def _unbound() -> None:
    """The hours of a batch that was unpickled: None, because its ledger belongs to another process."""


def with_hours(view: View, found: IssuedBatch) -> Batch:
    """The batch as a ledger returns it: if it is granular, with its hours, which are computed when first needed.

    Args:
        view: The state.
        found: The batch.
    """
    return found.batch if found.batch.device is None else evolve(found.batch, hours=LazyHours(view, found))
