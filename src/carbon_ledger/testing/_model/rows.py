"""The rows of the naive model: one for every unit, one for every metered step."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from carbon_ledger.testing._model.arithmetic import Years

ACTIVE: Final = "active"
LOCKED: Final = "locked"
BUFFERED: Final = "buffered"
PENDING: Final = "pending"
RETIRED: Final = "retired"
CANCELLED: Final = "cancelled"
WITHDRAWN: Final = "withdrawn"
EXPORTED: Final = "exported"
FINAL_STATES: Final = (RETIRED, CANCELLED, WITHDRAWN, EXPORTED)
STATES: Final = (ACTIVE, LOCKED, BUFFERED, PENDING, *FINAL_STATES)
RETURNABLE: Final = (ACTIVE, LOCKED, BUFFERED)

STANDING: Final = "standing"
LAPSED: Final = "lapsed"


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


class Project(NamedTuple):
    """A project: its devices, its calendar, and what one Wh amounts to.

    `rate` is in units of the face value for each Wh; `within` is the crediting period [s]; `factor` comes with its
    issuances; one that is `requires_approval` issues only what a verifier approved.
    """

    devices: tuple[str, ...]
    years: Years
    rate: Fraction
    instrument: str = "I-REC-E"
    granular: bool = False
    valid_months: int | None = None
    within: tuple[int, int] | None = None
    factor: str | None = None
    requires_approval: bool = False


class Step(NamedTuple):
    """A metered step of a device; the issuance or conversion that claims it, and the conversion behind an issuance."""

    start: int
    end: int
    wh: int
    claimed_by: int | None = None
    reserved_by: int | None = None


class Unit(NamedTuple):
    """One certificate: who has it, its state, and whether it ever left the account it was issued to."""

    account: str
    state: str = ACTIVE
    left: bool = False


class BatchKey(NamedTuple):
    """A batch: its project or registry, its vintage, and the number of its issuance or import in this model."""

    project: str
    vintage: int
    issuance: int


class Serial(NamedTuple):
    """The k-th unit of a batch."""

    batch: BatchKey
    k: int


class Range(NamedTuple):
    """A block: serials first to last of a batch."""

    batch: BatchKey
    first: int
    last: int


@dataclass(frozen=True)
class Wanted:
    """A selection: so many units of an instrument, in an order."""

    count: int
    instrument: str
    vintage: int | None = None
    project: str | None = None
    order: str = "oldest-vintage"
    label: str | None = None


UnitsRequest = Range | tuple[Range, ...] | Wanted


class Issued(NamedTuple):
    """An issuance: who received what, under which waivers, for when [s]; granular certificates name their device."""

    number: int
    project: str
    account: str
    waivers: tuple[str, ...]
    period: tuple[int, int]
    device: str | None = None
    voided: bool = False
    converted: bool = False


class Imported(NamedTuple):
    """A block of another registry that came in: its numbers there, and what its units are."""

    number: int
    registry: str
    space: str
    first: int
    last: int
    instrument: str
    project: str
    account: str
    expires: int | None


class Offered(NamedTuple):
    """A transfer that was offered, and what became of it."""

    number: int
    transferor: str
    transferee: str
    serials: tuple[Serial, ...]
    deadline: int | None
    status: str = "offered"


class Quantified(NamedTuple):
    """What a period amounted to when somebody asked: a photograph of everything that it was computed from."""

    project: str
    start: int
    end: int
    waivers: tuple[str, ...]
    picture: object
    amounts: dict[int, Fraction]
    devices: tuple[str | None, ...]


class Approved(NamedTuple):
    """A verifier's approval of a quantification, of one device where certificates are granular."""

    number: int
    actor: str
    project: str
    start: int
    end: int
    waivers: tuple[str, ...]
    device: str | None
    status: str = STANDING
