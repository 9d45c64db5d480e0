"""Rows derived from the log: each is true from the entry `from_n` on.

It is true until `to_n` where it has one, else until a newer row of the same key.
"""

from decimal import Decimal
from typing import Final

from attrs import frozen

from carbon_ledger.serials import Batch

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
# What an issuer can take back; pending units are promised to somebody until their offer ends.
WITHDRAWABLE_STATES: Final = (ACTIVE, LOCKED, BUFFERED)


@frozen
class Registration:
    """Entry *n* registered or adopted the thing of this kind and id."""

    kind: str
    id: str
    n: int


@frozen
class Reading:
    """A run of live readings: part of the column that entry *source_n* holds for the device."""

    device: str
    start_utc: int
    end_utc: int
    step_s: int
    net_wh: int
    gross_wh: int | None
    source_n: int
    from_n: int
    to_n: int | None = None


@frozen
class Claim:
    """Steps of a device that the issuance of entry *issuance_n* claims."""

    device: str
    start_utc: int
    end_utc: int
    issuance_n: int
    from_n: int
    to_n: int | None = None


@frozen
class Carry:
    """A project's carry and its parts: carry = claimed + adjustments - counted, always.

    `toward_debit` is of granular certificates alone: the sum of what the issuances that stand give or owe.
    """

    project: str
    from_n: int
    carry: Decimal = Decimal(0)
    vintage: int | None = None
    claimed: Decimal = Decimal(0)
    adjustments: int = 0
    counted: int = 0
    toward_debit: int = 0


@frozen
class Issuance:
    """An issuance as it stands: its amounts change with corrections, and end when it is voided.

    One that is `converted` is `voided` too: it counts no unit and no amount, and its claims are the conversion's.
    `toward_debit` is of granular certificates alone, whose hours answer for their own units: Wh that its
    steps gave for no unit, to make a debit good, less units that are out of hours that lack the energy.
    """

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


@frozen
class IssuedVintage:
    """An issuance that stands has an amount of this vintage."""

    project: str
    vintage: int
    issuance_n: int
    from_n: int
    to_n: int | None = None


@frozen
class IssuedBatch:
    """A batch, and the entry that issued it."""

    n: int
    batch: Batch


@frozen
class Piece:
    """A range of a batch in one account and one state."""

    batch_id: str
    first: int
    last: int
    account: str
    state: str
    from_n: int

    @property
    def count(self) -> int:
        """Units in the piece."""
        return self.last - self.first + 1


@frozen
class Balance:
    """Running totals of an account's units of one instrument, by state."""

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


@frozen
class KeyUse:
    """The entry at which the command of an actor's idempotency key begins."""

    key: str
    actor: str
    n: int


@frozen
class Offer:
    """A transfer that was offered by entry *n*: `offered`, or how it ended; its units are pending until then."""

    n: int
    from_n: int
    transferor: str
    transferee: str
    deadline_utc: int | None
    status: str


@frozen
class Label:
    """A label that a range of a batch carries, whoever holds it, since entry *source_n* put it on."""

    batch_id: str
    first: int
    last: int
    label: str
    source_n: int
    from_n: int
    to_n: int | None = None


@frozen
class ImportedSerials:
    """Serials of another registry that came in with entry *n*, in the registry's own number space."""

    registry: str
    space: str
    first: int
    last: int
    batch_id: str
    n: int


@frozen
class Grant:
    """A role of an actor; for the holder of an account, *scope* is that account, else empty."""

    actor: str
    role: str
    scope: str
    from_n: int
    to_n: int | None = None


@frozen
class Approval:
    """A verifier's approval of exactly one quantification, by its digest."""

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
    | Claim
    | Carry
    | Issuance
    | IssuedVintage
    | IssuedBatch
    | Piece
    | Balance
    | Offer
    | Label
    | ImportedSerials
    | Grant
    | Approval
    | KeyUse
)
