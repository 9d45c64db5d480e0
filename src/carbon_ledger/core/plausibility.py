"""Plausibility: the least and the most energy that a step of a device or of a meter can have."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from carbon_ledger.core.in_force import Stretch, Terms, highest_wh, lowest_wh, none_above, stretches
from carbon_ledger.errors import ImplausibleReadingError
from carbon_ledger.metering.readings import Readings
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.waivers import Waiver, waived

IMPLAUSIBLE: Final = "implausible-reading"


@frozen
class Bounds:
    """The energies that a step can have.

    Attributes:
        least_wh: The least net energy: what the station load can take from the grid, as a negative number. [Wh]
        most_wh: The most energy that can be generated. [Wh]
    """

    least_wh: int
    most_wh: int

    def __add__(self, other: "Bounds") -> "Bounds":
        """The bounds of both together."""
        return Bounds(self.least_wh + other.least_wh, self.most_wh + other.most_wh)


def bounds_over(terms: Sequence[Terms], start_utc: int, end_utc: int) -> Bounds:
    """The energies that a step of several devices together can have, by the values that are in force in the step.

    Args:
        terms: The devices.
        start_utc: Start of the step. [s since 1970-01-01 UTC]
        end_utc: End of the step, exclusive.

    Source:
        Domain invariants 16 and 28; ledger-model section 2.
    """
    return sum(
        (Bounds(-item.most_import_wh(start_utc, end_utc), item.most_wh(start_utc, end_utc)) for item in terms),
        Bounds(0, 0),
    )


def require_plausible(
    where: Callable[[], str], terms: Sequence[Terms], run: Readings, waivers: Iterable[Waiver]
) -> None:
    """Refuse a run with a step that takes or generates more than is possible.

    Args:
        where: Says the device or the meter, and the time of the run, for the message.
        terms: The device, or the devices of the meter, with their amendments.
        run: The run.
        waivers: The checks that the caller waives.

    Raises:
        ImplausibleReadingError: A step is outside the bounds, and that is not waived. The message names the first such
            step.

    Source:
        Domain invariants 16 and 28; ledger-model sections 2 and 8a.
    """
    if waived(IMPLAUSIBLE, waivers):
        return
    generated = [column for column in (run.gross_wh or run.net_wh, run.export_wh) if column is not None]
    for part in stretches(terms, run.start_utc, run.step_s, len(run.net_wh)):
        bounds = bounds_over(terms, part.start_utc, part.end_utc)
        too_high = not all(none_above(column, part, bounds.most_wh) for column in generated)
        if run.import_wh is not None:
            lowest = -highest_wh(run.import_wh, part)
        else:
            # No bound is above 0, so the least value of a column without a negative value need not be known.
            lowest = lowest_wh(run.net_wh, part) if run.net_wh.has_negative else 0
        if too_high or lowest < bounds.least_wh:
            raise _implausible(where(), terms, run, part, bounds)


def _implausible(
    where: str, terms: Sequence[Terms], run: Readings, part: Stretch, bounds: Bounds
) -> ImplausibleReadingError:
    """The refusal of the first step of a stretch that is outside the bounds."""
    who = "the devices together"
    if len(terms) == 1:
        device = terms[0].at(part.start_utc)
        who = f"{device.capacity_w} W with margin {device.margin}"
    position, name, wh = _first_implausible(run, part, bounds)
    at = instant_text(run.start_utc + position * run.step_s)
    return ImplausibleReadingError(
        where,
        f"step {position} ({at}, {run.step_s} s) has {name} {wh} Wh; {who} can have from {bounds.least_wh} to "
        f"{bounds.most_wh} Wh: check unit, step, capacity and station load, or waive implausible-reading",
    )


def _first_implausible(run: Readings, part: Stretch, bounds: Bounds) -> tuple[int, str, int]:
    """The position of the first step outside the bounds, and its energy with the name of the energy."""
    for position in range(part.first, part.last):
        for name in ("gross", "net", "export"):
            column = getattr(run, f"{name}_wh")
            if column is not None and column[position] > bounds.most_wh:
                return position, name, column[position]
        taken = -run.net_wh[position] if run.import_wh is None else run.import_wh[position]
        if taken > -bounds.least_wh:
            return (position, "net", -taken) if run.import_wh is None else (position, "import", taken)
    raise AssertionError("no step is outside the bounds")
