"""The interface of a view: the queries that rules and readers make of the state."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import (
    Approval,
    Balance,
    Carry,
    Claim,
    Expiring,
    Grant,
    ImportedSerials,
    Issuance,
    IssuedBatch,
    Label,
    Offer,
    Owed,
    Piece,
    Reading,
)

Made = TypeVar("Made")


class View(Protocol):
    """The ledger's state after its first *size* entries. A view is read-only."""

    @property
    def size(self) -> int:
        """The number of entries that the view includes."""

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded."""

    def root(self, size: int) -> str:
        """The RFC 6962 root of the first *size* entries, from stored hashes, as hexadecimal digits."""

    def parsed(self, n: int, parse: Callable[[Entry], Made]) -> Made:
        """The result of the pure function *parse* for entry *n*. Stores may cache it, since an entry never changes."""

    def registration(self, kind: str, name: str) -> int | None:
        """The number of the entry that registered an id, or None."""

    def registrations(self, kind: str, most: int | None = None) -> Sequence[str]:
        """All ids of a kind, in order of registration; at most the first *most* of them if it is given."""

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""

    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live and superseded runs that overlap [start, end), by start and age."""

    def owed(self, meter: str) -> Owed | None:
        """What the devices of a shared meter are owed at present, or None before its first readings."""

    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live claims that overlap [start, end), in time order."""

    def readings_then(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """The runs that overlap [start, end) and were live after the first *n* entries, in time order."""

    def claims_since(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end), live or released by entry *n* or a later entry, by start and age."""

    def claims_ended(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end) and that entry *n* released, in time order."""

    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """Live claims of an issuance, by device and time."""

    def carry(self, project: str) -> Sequence[Carry]:
        """The current carry of each vintage of a project, oldest vintage first; empty before its first issuance."""

    def carries(self, project: str) -> Sequence[Carry]:
        """Every carry that the vintages of a project have ever had, by entry and vintage."""

    def issuance(self, n: int) -> Issuance | None:
        """The current state of the issuance of entry *n*, or None."""

    def issuances(self, project: str) -> Sequence[Issuance]:
        """The current state of all issuances of a project, in order."""

    def issued_after(self, n: int, project: str, vintage: int) -> Sequence[int]:
        """A project's issuances after entry *n* that are not voided and have an amount of the vintage, in order."""

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id, or None."""

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""

    def batches_of(self, project: str, vintage: int) -> Sequence[IssuedBatch]:
        """The batches of a vintage that a project issued, newest first."""

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order. Pieces are not clipped to the range."""

    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """Every piece that the batch has ever had."""

    def holdings(self, account: str) -> Sequence[Piece]:
        """The current pieces of an account, by batch and serial."""

    def balances(self, account: str) -> Sequence[Balance]:
        """The account's current totals, one row for each instrument."""

    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument, or None."""

    def movements(self, account: str) -> Sequence[Balance]:
        """Every total that the account has ever had, oldest first."""

    def expiring(self, account: str, instrument: str, expires_utc: int) -> Expiring | None:
        """The account's current totals of units that expire at this time, or None."""

    def expired(self, account: str, instrument: str, at_utc: int) -> Sequence[int]:
        """How many of the account's units have expired by a time, for each state of `LASTING_STATES`."""

    def expiring_ever(self, account: str) -> Sequence[Expiring]:
        """Every total of units that expire that the account has ever had, oldest first."""

    def offer(self, n: int) -> Offer | None:
        """The current state of the offer of entry *n*, or None."""

    def offers(self, account: str) -> Sequence[Offer]:
        """The current state of all offers that an account has made or received, in order."""

    def labels(self, batch_id: str, first: int, last: int, label: str | None = None) -> Sequence[Label]:
        """The live labels, or one live label, on serials first..last, by label and serial. Rows are not clipped."""

    def imported_serials(self, registry: str, space: str, first: int, last: int) -> Sequence[ImportedSerials]:
        """The imported serials of a registry's number space that overlap first..last, in order."""

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """The live grant of a role to an actor, or None."""

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""

    def grants_of(self, role: str, most: int | None = None) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope; at most *most* of them, if *most* is given."""

    def approval(self, project: str, n: int) -> Approval | None:
        """The approval of a project's quantification that entry *n* recorded, ended or not, or None."""

    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """The newest approval of a quantification before entry *before* that is neither used nor revoked.

        With *actor*, only the approvals of this actor count.
        """

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""

    def key_use(self, by: str, key: str) -> int | None:
        """The number of the first entry of the command for which an actor used a key, or None."""
