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

LATEST: Final = 2**62  # later than every time of a test [s]
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
    """A device: its capacity [W], its commissioning time [s], None if it is not commissioned, and its station load [W].

    Without a station load, it is a tenth of the capacity, or 50 kW if that is more.
    """

    capacity_w: int
    first_utc: int | None
    load_w: int | None = None


class Project(NamedTuple):
    """A project: its devices, its calendar, and the amount of one Wh.

    `rate` is the number of units per Wh; `within` is the crediting period [s]; `factor` is adopted with the first
    issuance; with `requires_approval`, a verifier must approve each issuance, and with `requires_verification`, a
    statement must support it. `levy` is the share of each issuance that
    goes to an account, or is cancelled if the account is None.
    """

    devices: tuple[str, ...]
    years: Years
    rate: Fraction
    instrument: str = "I-REC-E"
    granular: bool = False
    valid_months: int | None = None
    transferable_months: int | None = None
    within: tuple[int, int] | None = None
    factor: str | None = None
    requires_approval: bool = False
    levy: tuple[Fraction, str | None] | None = None
    requires_verification: bool = False


class MeterStep(NamedTuple):
    """A live step of a shared meter, and the part of each of its devices in the order of their ids. [Wh]"""

    start: int
    end: int
    wh: int
    parts: tuple[int, ...]
    quality: str = MEASURED


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
    """One certificate: its holder, its state, whether it ever left the account of its issuance, and whether a levy
    took it.
    """

    account: str
    state: str = ACTIVE
    left: bool = False
    levied: bool = False


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

    An issuance of carry claims no step. `known` is the number of calibrations that were recorded before it, and `first`
    the amount of each vintage that it claimed when it was recorded.
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
    first: tuple[tuple[int, Fraction], ...] = ()


class Stated(NamedTuple):
    """What another registry's serial says of its units; empty or None where it says nothing.

    `elsewhere` has the instruments of other registries. Days are local, in seconds, the end not included. [s]
    """

    instrument: str | None = None
    elsewhere: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    days: tuple[int, int] | None = None

    def agrees_with(self, instrument: str, project: str, start: int, end: int) -> bool:
        """Whether an import says the same."""
        right = instrument not in self.elsewhere if self.instrument is None else instrument == self.instrument
        named = not self.projects or project in self.projects
        return right and named and (self.days is None or (self.days[0] <= start and end <= self.days[1]))


NOTHING: Final = Stated()


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
    transferable_until: int | None = None


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
    """A verifier's approval of a quantification; for granular certificates, of one device.

    `closed` has the intervals in which the devices were decommissioned.
    """

    number: int
    actor: str
    project: str
    start: int
    end: int
    waivers: tuple[str, ...]
    device: str | None
    status: str = STANDING
    closed: tuple[object, ...] = ()


class Verification(NamedTuple):
    """A verifier's statement: the quantity of each vintage with its number of decimals, and what became of it."""

    number: int
    actor: str
    project: str
    start: int
    end: int
    opinion: str
    quantities: tuple[tuple[int, Fraction, int], ...]
    replaced: bool = False
    overtaken: bool = False
