"""The rows of the naive model: one for every unit, one for every metered step."""

from fractions import Fraction
from typing import Final, NamedTuple

from carbon_ledger.testing.counting import Years

ACTIVE: Final = "active"
RETIRED: Final = "retired"
CANCELLED: Final = "cancelled"
WITHDRAWN: Final = "withdrawn"


class RefusalError(Exception):
    """The model refuses a command.

    Attributes:
        errors: Names of the error classes with which the ledger may refuse it: one for every rule that the
            command breaks.
    """

    def __init__(self, *errors: str) -> None:
        self.errors = frozenset(errors)
        super().__init__(" or ".join(sorted(errors)))


class Plant(NamedTuple):
    """A device: what it can generate in a second at most [W], and from when on [s]; none: not yet."""

    capacity_w: int
    first_utc: int | None


class Programme(NamedTuple):
    """A project: its devices, its calendar, and what one Wh amounts to.

    `rate` is in units of the face value for each Wh; `within` is the crediting period [s].
    """

    devices: tuple[str, ...]
    years: Years
    rate: Fraction
    granular: bool = False
    valid_months: int | None = None
    within: tuple[int, int] | None = None


class Step(NamedTuple):
    """A metered step of a device, and the issuance that claims it."""

    start: int
    end: int
    wh: int
    claimed_by: int | None = None


class Unit(NamedTuple):
    """One certificate: who has it, its state, and whether it ever left the account it was issued to."""

    account: str
    state: str = ACTIVE
    left: bool = False


class BatchKey(NamedTuple):
    """A batch: its project, its vintage and the number of its issuance in this model."""

    project: str
    vintage: int
    issuance: int


class Serial(NamedTuple):
    """The k-th unit of a batch."""

    batch: BatchKey
    k: int


class Issued(NamedTuple):
    """An issuance: who received what, under which waivers; granular certificates name their device."""

    number: int
    project: str
    account: str
    waivers: frozenset[str]
    device: str | None = None
    voided: bool = False
