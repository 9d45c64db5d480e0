"""The rows of the naive model: one for each unit, one for each metered step."""

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
WITHDRAWABLE_STATES: Final = (ACTIVE, LOCKED, BUFFERED)

MEASURED: Final = "measured"

STANDING: Final = "standing"
LAPSED: Final = "lapsed"


class RefusalError(Exception):
    """The model refuses a command.

    Attributes:
        errors: Names of the error classes with which the ledger may refuse the command, one for each rule that
            the command breaks.
    """

    def __init__(self, *errors: str) -> None:
        self.errors = frozenset(errors)
        super().__init__(" or ".join(sorted(errors)))


class Plant(NamedTuple):
    """A device: its capacity [W] and its commissioning time [s], None if it is not commissioned."""

    capacity_w: int
    first_utc: int | None


class Project(NamedTuple):
    """A project: its devices, its calendar, and the amount of one Wh.

    `rate` is the number of units per Wh; `within` is the crediting period [s]; `factor` is adopted with the first
    issuance; with `requires_approval`, a verifier must approve each issuance.
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
    """A metered step, the issuance or conversion that claims it, and the conversion that reserved it before that.

    `sides` are export and import, where they are known. [Wh]
    """

    start: int
    end: int
    wh: int
    claimed_by: int | None = None
    reserved_by: int | None = None
    quality: str = MEASURED
    meter: str | None = None
    sides: tuple[Fraction, Fraction] | None = None

    @property
    def claims(self) -> tuple[int | None, int | None]:
        """What claims the step, and what reserved it before that."""
        return self.claimed_by, self.reserved_by


class Unit(NamedTuple):
    """One certificate: its holder, its state, and whether it ever left the account it was issued to."""

    account: str
    state: str = ACTIVE
    left: bool = False


class BatchKey(NamedTuple):
    """A batch: its project or registry, its vintage, and the model's number of its issuance or import."""

    project: str
    vintage: int
    issuance: int


class Serial(NamedTuple):
    """The k-th unit of a batch."""

    batch: BatchKey
    k: int


class Range(NamedTuple):
    """A block: the serials *first* to *last* of a batch."""

    batch: BatchKey
    first: int
    last: int


@dataclass(frozen=True)
class Wanted:
    """A selection: a count of units of an instrument, taken in some order."""

    count: int
    instrument: str
    vintage: int | None = None
    project: str | None = None
    order: str = "oldest-vintage"
    label: str | None = None


UnitsRequest = Range | tuple[Range, ...] | Wanted


class Issued(NamedTuple):
    """An issuance: its project, account, waivers and period [s], and its device if its certificates are granular.

    An issuance of carry claims no step. `known` is the number of calibrations that were recorded before it.
    """

    number: int
    project: str
    account: str
    waivers: tuple[str, ...]
    period: tuple[int, int]
    device: str | None = None
    of_carry: bool = False
    voided: bool = False
    converted: bool = False
    known: int = 0


class Imported(NamedTuple):
    """A block imported from another registry: its serial numbers there, and the properties of its units."""

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
    """An offer and its status."""

    number: int
    transferor: str
    transferee: str
    serials: tuple[Serial, ...]
    deadline: int | None
    status: str = "offered"


class Quantified(NamedTuple):
    """A quantification of a period, with a record of everything it was computed from."""

    project: str
    start: int
    end: int
    waivers: tuple[str, ...]
    picture: object
    amounts: dict[int, Fraction]
    devices: tuple[str | None, ...]


class Approved(NamedTuple):
    """A verifier's approval of a quantification; for granular certificates, of one device."""

    number: int
    actor: str
    project: str
    start: int
    end: int
    waivers: tuple[str, ...]
    device: str | None
    status: str = STANDING
