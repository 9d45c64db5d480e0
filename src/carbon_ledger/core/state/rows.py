"""The rows of the state that is derived from the log. A row is valid from the entry `from_n`.

A row is valid until the entry `to_n`, if it has one; otherwise until a newer row with the same key.
"""

from decimal import Decimal
from typing import ClassVar, Final

from attrs import frozen

from carbon_ledger.choices import State
from carbon_ledger.exact import arithmetic, plain
from carbon_ledger.periods.spans import Span
from carbon_ledger.records import Record
from carbon_ledger.serials import Batch
from carbon_ledger.tables import BOOLEAN, DECIMAL, INTEGER, TEXT, TIME, Column, list_column
from carbon_ledger.tables.html import html_record

ACTIVE: Final = "active"
LOCKED: Final = "locked"
BUFFERED: Final = "buffered"
PENDING: Final = "pending"
RETIRED: Final = "retired"
CANCELLED: Final = "cancelled"
WITHDRAWN: Final = "withdrawn"
EXPORTED: Final = "exported"
EXPIRED: Final = "expired"  # derived from the time of a query: no row has this state
FINAL_STATES: Final = (RETIRED, CANCELLED, WITHDRAWN, EXPORTED)
LASTING_STATES: Final = (ACTIVE, LOCKED, BUFFERED, PENDING)
STATES: Final[tuple[State, ...]] = (*LASTING_STATES, *FINAL_STATES)
# The states from which an issuer can withdraw units. Pending units are excluded: they are reserved for the account to
# which they are offered, until the offer ends.
WITHDRAWABLE_STATES: Final = (ACTIVE, LOCKED, BUFFERED)


def meter_run(meter: str) -> str:
    """The name that the runs of a shared meter's own column have in place of a device. No id contains a slash."""
    return f"meter/{meter}"


@frozen
class Registration:
    """The entry *n* that registered or adopted the thing of this kind and id."""

    kind: str
    id: str
    n: int


@frozen(repr=False)
class Reading(Span):
    """A run of readings: part of the column that entry *source_n* has for the device.

    A shared meter has runs of its own: their device is `meter_run(id)`, which is no device's id.
    Its *quality* is `measured`, `estimated` or `substituted`.
    """

    _in_repr = ("device", "net_wh", "start", "end", "step_s")

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("device", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("step_s", INTEGER),
        Column("net_wh", INTEGER),
        Column("gross_wh", INTEGER),
        Column("quality", TEXT),
        Column("entry", INTEGER, lambda item: item.source_n),
        Column("superseded_by", INTEGER, lambda item: item.to_n),
    )
    device: str
    start_utc: int
    end_utc: int
    step_s: int
    net_wh: int
    gross_wh: int | None
    source_n: int
    from_n: int
    to_n: int | None = None
    quality: str = "measured"


@frozen
class Owed:
    """What a shared meter's devices are owed, in the order of their ids. [Wh divided by the sum of the weights]"""

    meter: str
    from_n: int
    owed: tuple[int, ...]


@frozen
class Claim:
    """Steps of a device that the issuance of entry *issuance_n* claims."""

    device: str
    start_utc: int
    end_utc: int
    issuance_n: int
    from_n: int
    to_n: int | None = None


# The vintage in the only row of `Carry` of a project of granular certificates, whose carry has no vintage.
ALL_VINTAGES: Final = 0


@frozen(repr=False)
class Carry(Record):
    """What a project's live claims of one vintage amount to, and the units of the vintage that count against it.

    `toward_debit` is used for granular certificates only. It is the sum of `toward_debit` of all issuances that are
    not voided. [Wh]
    """

    _derived = ("carry",)

    project: str
    vintage: int
    from_n: int
    claimed: Decimal = Decimal(0)
    adjustments: int = 0
    counted: int = 0
    toward_debit: int = 0

    @property
    def carry(self) -> Decimal:
        """The claimed amount + adjustments - counted units, signed and exact. [units]"""
        with arithmetic():
            return plain(self.claimed + self.adjustments - self.counted)


@frozen(repr=False)
class Issuance(Span):
    """The current state of an issuance. Corrections change its amounts; voiding it ends them.

    An issuance that is `converted` is `voided` too: it has no units and no amounts, and the conversion has its claims.
    `toward_debit` is used for granular certificates only, because each of their hours must supply the energy of its own
    units. It is the energy of steps that was used to reduce a debit instead of for units, less the units whose hours
    lack the energy. [Wh]
    """

    _in_repr = ("n", "project", "account", "counted", "start", "end")

    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER, lambda item: item.n),
        Column("project", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("account", TEXT),
        list_column("vintages", lambda item: (year for year, _ in item.amounts)),
        Column("amount", DECIMAL),
        Column("counted", INTEGER),
        Column("voided", BOOLEAN),
        Column("converted", BOOLEAN),
        Column("changed_by", INTEGER, lambda item: item.from_n),
        Column("quantification", TEXT),
    )
    n: int
    from_n: int
    project: str
    start_utc: int
    end_utc: int
    account: str
    quantification: str
    amounts: tuple[tuple[int, Decimal], ...]
    counted: int
    voided: bool = False
    toward_debit: int = 0
    converted: bool = False

    @property
    def amount(self) -> Decimal:
        """The exact amount of all vintages. [unit]"""
        with arithmetic():
            return plain(sum((amount for _, amount in self.amounts), Decimal(0)))


@frozen
class IssuedVintage:
    """A vintage of which an issuance has an amount. The row ends when the issuance is voided."""

    project: str
    vintage: int
    issuance_n: int
    from_n: int
    to_n: int | None = None


@frozen
class IssuedBatch:
    """A batch and the number of the entry that issued it."""

    n: int
    batch: Batch


@frozen(repr=False)
class Piece(Record):
    """A range of a batch in one account and one state."""

    _derived = ("count",)

    batch_id: str
    first: int
    last: int
    account: str
    state: str
    from_n: int

    @property
    def count(self) -> int:
        """The number of units in the piece."""
        return self.last - self.first + 1


@frozen(repr=False)
class Balance(Record):
    """Running totals of an account's units of one instrument, by state.

    A stored row counts units by state alone, and its `expired` is 0. In a balance that `balance()` returns, the units
    that have expired at the time of the query are counted as `expired`, and in no other state.
    """

    _repr_html_ = html_record

    account: str
    instrument: str
    from_n: int
    active: int = 0
    locked: int = 0
    buffered: int = 0
    pending: int = 0
    retired: int = 0
    cancelled: int = 0
    withdrawn: int = 0
    exported: int = 0
    expired: int = 0


@frozen
class Expiring:
    """Running totals of an account's units of one instrument that expire at the same time, by state.

    Units in a final state are not counted, because they do not expire. The row ends when a total changes.
    """

    account: str
    instrument: str
    expires_utc: int
    active: int
    locked: int
    buffered: int
    pending: int
    from_n: int
    to_n: int | None = None


@frozen
class KeyUse:
    """The first entry of the command for which an actor used an idempotency key."""

    key: str
    actor: str
    n: int


@frozen
class Offer:
    """A transfer that entry *n* offered. Its status is `offered`, with its units pending, or how the offer ended."""

    n: int
    from_n: int
    transferor: str
    transferee: str
    deadline_utc: int | None
    status: str


@frozen
class Label:
    """A label that a range of a batch has carried since entry *source_n*, whichever account holds the units."""

    batch_id: str
    first: int
    last: int
    label: str
    source_n: int
    from_n: int
    to_n: int | None = None


@frozen
class ImportedSerials:
    """Serials of another registry that entry *n* imported, in that registry's own number space."""

    registry: str
    space: str
    first: int
    last: int
    batch_id: str
    n: int


@frozen(repr=False)
class Grant(Record):
    """A role of an actor. For an account holder, *scope* is the account; for other roles, *scope* is empty."""

    actor: str
    role: str
    scope: str
    from_n: int
    to_n: int | None = None


@frozen
class Approval:
    """A verifier's approval of one quantification, which is identified by its digest."""

    quantification: str
    project: str
    start_utc: int
    end_utc: int
    actor: str
    from_n: int
    to_n: int | None = None


Row = (
    Registration
    | Reading
    | Owed
    | Claim
    | Carry
    | Issuance
    | IssuedVintage
    | IssuedBatch
    | Piece
    | Balance
    | Expiring
    | Offer
    | Label
    | ImportedSerials
    | Grant
    | Approval
    | KeyUse
)
