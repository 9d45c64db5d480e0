"""What is in force in the naive model: capacities and closures of devices, by the second from which they hold."""

from fractions import Fraction
from itertools import pairwise

from carbon_ledger.testing._model.hours import Hours


class InForce(Hours):
    """The amendments of devices. A later amendment from the same second holds in place of an earlier one."""

    def capacity_at(self, device: str, at: int) -> int:
        """The capacity in force at a second. [W]"""
        found = self.plants[device].capacity_w
        for since, capacity in self.capacities.get(device, ()):
            found = capacity if since <= at else found
        return found

    def closed_at(self, device: str, at: int) -> bool:
        """Whether a device is decommissioned at a second."""
        found = False
        for since, closed in self.closures.get(device, ()):
            found = closed if since <= at else found
        return found

    def bounding_watt_seconds(self, device: str, start: int, end: int) -> tuple[Fraction, int]:
        """The least and the most that a device has in a step, by the capacity of each second. [Ws]

        The least is what its station load takes from the grid: by default, a tenth of its capacity, but at least 50 kW.
        """
        load_w = self.plants[device].load_w
        edges = {since for since, _ in self.capacities.get(device, ()) if start < since < end}
        times = sorted({start, *edges, end})
        parts = [(self.capacity_at(device, low), high - low) for low, high in pairwise(times)]
        loads = [max(Fraction(watts, 10), Fraction(50_000)) if load_w is None else load_w for watts, _ in parts]
        taken = sum((Fraction(load) * seconds for load, (_, seconds) in zip(loads, parts, strict=True)), Fraction(0))
        return -taken, sum(watts * seconds for watts, seconds in parts)

    def closed_in(self, device: str, start: int, end: int) -> list[tuple[int, int]]:
        """The intervals of a period in which a device is decommissioned."""
        times = sorted({start, end, *(since for since, _ in self.closures.get(device, ()) if start < since < end)})
        pairs = pairwise(times)
        return [(low, high) for low, high in pairs if self.closed_at(device, low)]

    def closed_devices(self, project: str, device: str | None, start: int, end: int) -> tuple[object, ...]:
        """For each device of a project, or for one of them, the intervals in which it is decommissioned."""
        names = self.projects[project].devices if device is None else (device,)
        return tuple((name, tuple(self.closed_in(name, start, end))) for name in names)
