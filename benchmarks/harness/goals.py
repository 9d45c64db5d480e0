"""The goal for each figure."""

from collections.abc import Mapping
from typing import Final

from attrs import frozen


@frozen
class Goal:
    """A bound on a figure.

    Attributes:
        bound: The figure that just meets the goal.
        at_least: Whether larger figures are better.
        unit: The unit of the figure, if it is not a ratio.
    """

    bound: float
    at_least: bool
    unit: str = ""

    def met(self, figure: float) -> bool:
        """Whether a figure meets the goal."""
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        """The bound as text, e.g. ``>= 0.2``."""
        return f"{'>=' if self.at_least else '<='} {self.bound:,g} {self.unit}".rstrip()


def _at_least(bound: float) -> Goal:
    return Goal(bound, at_least=True)


def _at_most(bound: float, unit: str = "") -> Goal:
    return Goal(bound, at_least=False, unit=unit)


GOALS: Final[Mapping[str, Goal]] = {
    "append readings: of a raw insert, standard library": _at_least(0.2),
    "append readings: of a raw insert, with the accelerator": _at_least(0.35),
    "append by record_many: of a raw insert, standard library": _at_least(0.19),
    "append by record_many: of a raw insert, with the accelerator": _at_least(0.28),
    "append readings: times the SQLModel design": _at_least(1500),
    "append readings: times the naive chain": _at_least(350),
    "audit: times the naive chain, one worker": _at_least(250),
    "audit: times the naive chain, two workers": _at_least(450),
    "audit: two workers, times one": _at_least(1.7),
    "hashing: of hashlib, entries over 4 KB": _at_least(0.45),
    "transfers and retirements: of a raw insert, 1,000 a commit": _at_least(0.4),
    "transfers and retirements: of a raw insert, 10,000 a commit": _at_least(0.25),
    "transfers and retirements: times the SQLModel design": _at_least(20),
    "single command: cost over a bare commit of the entry": _at_most(1.5),
    "single command: cost over a commit of the same rows": _at_most(1.15),
    "as-of balance, 10^6 entries: p99 over a median seek": _at_most(5),
    "as-of balance: growth of that from 10^5 entries": _at_most(1.5),
    "opening: 10^6 entries over 10^3": _at_most(2),
    "memory: appending readings": _at_most(100, "MiB"),
    "memory: auditing readings": _at_most(100, "MiB"),
    "memory: appending entries": _at_most(100, "MiB"),
    "memory: auditing entries": _at_most(100, "MiB"),
    "inclusion proof: 10^6 entries": _at_most(0.25, "ms"),
    "bytes at rest: an hourly reading, 100 MW": _at_most(10, "bytes"),
    "growth: appending readings": _at_most(1.05, "exponent"),
    "growth: auditing readings": _at_most(1.05, "exponent"),
    "growth: row commands over recent batches": _at_most(1.05, "exponent"),
    "import: every public name, over import pint": _at_most(0.3),
    "import: as shipped, over import pint": _at_most(0.1),
}
