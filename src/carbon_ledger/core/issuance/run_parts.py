"""Parts of runs of readings: the steps between two step boundaries of a run, and their energy."""

from collections.abc import Iterable

from attrs import frozen

from carbon_ledger.core.intervals import Interval
from carbon_ledger.core.state.rows import Reading
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_of


@frozen
class RunPart:
    """Steps of one run, from one step boundary to another."""

    run: Reading
    start_utc: int
    end_utc: int


def whole_steps_in(run: Reading, period: Period) -> RunPart | None:
    """The steps of a run that lie wholly inside a period; None if there are no such steps."""
    step = run.step_s
    late, early = max(0, period.start_utc - run.start_utc), max(0, run.end_utc - period.end_utc)
    start, end = run.start_utc + -(-late // step) * step, run.end_utc - -(-early // step) * step
    return RunPart(run, start, end) if start < end else None


def step_values(view: View, part: RunPart) -> tuple[list[int], list[int] | None]:
    """The net energy and, if it was recorded, the gross energy of each step of a part of a run. [Wh]

    Raises:
        BrokenLogError: The entry does not contain the steps that the row of the run refers to.
    """
    event = view.entry(part.run.source_n).event
    if "devices" in event and "/" not in part.run.device:  # otherwise it is the meter's own column
        net, gross = event["devices"][part.run.device], None
    else:
        net, gross = event["net_wh"], event.get("gross_wh")
    origin, step = instant_of(event["start"]), part.run.step_s
    first, last = (part.start_utc - origin) // step, (part.end_utc - origin) // step
    if event["step_s"] != step or not 0 <= first < last <= len(net):
        raise BrokenLogError(
            f"entry {part.run.source_n} does not contain the steps of {part.run.device} that the row of its run refers "
            "to; audit the ledger"
        )
    return net[first:last], gross[first:last] if gross else None


def energy_of(view: View, part: RunPart) -> tuple[int, int]:
    """The net and gross energy of a part of a run; gross is 0 if it was not recorded. [Wh]"""
    run = part.run
    if (run.start_utc, run.end_utc) == (part.start_utc, part.end_utc):
        return run.net_wh, run.gross_wh or 0
    net, gross = step_values(view, part)
    return sum(net), sum(gross or ())


def claimed_parts(view: View, device: str, intervals: Iterable[Interval]) -> list[RunPart]:
    """The live readings of claimed intervals, as parts of runs."""
    return [
        RunPart(run, max(run.start_utc, start), min(run.end_utc, end))
        for start, end in intervals
        for run in view.readings(device, start, end)
    ]
