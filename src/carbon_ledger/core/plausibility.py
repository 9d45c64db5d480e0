"""Plausibility: the least and the most energy that a step of a device or of a meter can have."""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from carbon_ledger.column import Column
from carbon_ledger.devices import Device
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


def bounds_of(device: Device, step_s: int) -> Bounds:
    """The energies that a step of a device can have.

    Args:
        device: The device.
        step_s: Length of the step. [s]

    Source:
        Domain invariants 16 and 28; ledger-model section 2.
    """
    return Bounds(-device.most_import_wh(step_s), device.most_wh(step_s))


def require_plausible(where: str, who: str, run: Readings, bounds: Bounds, waivers: Iterable[Waiver]) -> None:
    """Refuse a run with a step that takes or generates more than is possible.

    Args:
        where: The device or the meter, and the time of the run.
        who: What has the bounds, for the message.
        run: The run.
        bounds: The energies that a step can have.
        waivers: The checks that the caller waives.

    Raises:
        ImplausibleReadingError: A step is outside the bounds, and that is not waived. The message names the first such
            step.

    Source:
        Domain invariants 16 and 28; ledger-model section 2.
    """
    generated = run.net_wh if run.gross_wh is None else run.gross_wh
    if (generated.most <= bounds.most_wh and run.net_wh.least >= bounds.least_wh) or waived(IMPLAUSIBLE, waivers):
        return
    position, name, wh = _first_implausible(run, generated, bounds)
    at = instant_text(run.start_utc + position * run.step_s)
    raise ImplausibleReadingError(
        where,
        f"step {position}, which begins at {at} and lasts {run.step_s} s, has {name} {wh} Wh; {who} generate at most "
        f"{bounds.most_wh} Wh in that time, and take at most {-bounds.least_wh} Wh from the grid: check the unit, the "
        "step, the capacity and the station load, or waive implausible-reading",
    )


def _first_implausible(run: Readings, generated: Column, bounds: Bounds) -> tuple[int, str, int]:
    """The position of the first step outside the bounds, and its energy with the name of the energy."""
    steps = enumerate(zip(run.net_wh, generated, strict=True))
    position, (net, wh) = next(
        (at, step) for at, step in steps if step[0] < bounds.least_wh or step[1] > bounds.most_wh
    )
    if wh > bounds.most_wh and run.gross_wh is not None:
        return position, "gross", wh
    return position, "net", net
