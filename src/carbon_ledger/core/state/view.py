"""The questions that rules and readers ask of the state."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import (
    Approval,
    Balance,
    Carry,
    Claim,
    Grant,
    ImportedSerials,
    Issuance,
    IssuedBatch,
    Label,
    Offer,
    Piece,
    Reading,
)

Made = TypeVar("Made")


class View(Protocol):
    """The ledger's state after its first *size* entries. Reads only."""

    @property
    def size(self) -> int:
        """How many entries it sees."""

    def entry(self, n: int) -> Entry:
        """Entry *n*, decoded."""

    def parsed(self, n: int, make: Callable[[Entry], Made]) -> Made:
        """What a pure function makes of entry *n*; a store may keep it, for an entry never changes."""

    def registration(self, kind: str, name: str) -> int | None:
        """Number of the entry that registered this id."""

    def registrations(self, kind: str) -> Sequence[str]:
        """All ids of a kind, in order of registration."""

    def readings(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live runs that overlap [start, end), in time order."""

    def readings_ever(self, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Live and superseded runs that overlap [start, end), by start and age."""

    def claims(self, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Live claims that overlap [start, end), in time order."""

    def readings_then(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Reading]:
        """Runs that overlap [start, end) and were live after the first *n* entries, in time order."""

    def claims_since(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end), live or freed by entry *n* or a later one, by start and age."""

    def claims_ended(self, n: int, device: str, start_utc: int, end_utc: int) -> Sequence[Claim]:
        """Claims that overlap [start, end) and that entry *n* freed, in time order."""

    def claims_of(self, issuance_n: int) -> Sequence[Claim]:
        """Live claims of an issuance, by device and time."""

    def carry(self, project: str) -> Carry | None:
        """The project's carry, none before its first issuance."""

    def carries(self, project: str) -> Sequence[Carry]:
        """Every carry the project ever had, oldest first."""

    def issuance(self, n: int) -> Issuance | None:
        """The issuance of entry *n* as it stands."""

    def issuances(self, project: str) -> Sequence[Issuance]:
        """A project's issuances as they stand, in order."""

    def issued_after(self, n: int, project: str, vintage: int) -> Sequence[int]:
        """The issuances of a project after entry *n* that stand and have an amount of the vintage, in order."""

    def newest_vintage(self, project: str, without: int) -> int | None:
        """The newest vintage of a project's issuances that stand, without one of them."""

    def batch(self, batch_id: str) -> IssuedBatch | None:
        """A batch by its id."""

    def batches(self, issuance_n: int) -> Sequence[IssuedBatch]:
        """The batches of an issuance, by vintage."""

    def pieces(self, batch_id: str, first: int, last: int) -> Sequence[Piece]:
        """The current pieces that overlap serials first..last, in order, whole."""

    def pieces_ever(self, batch_id: str) -> Sequence[Piece]:
        """Every piece the batch ever had."""

    def holdings(self, account: str) -> Sequence[Piece]:
        """The current pieces of an account, by batch and serial."""

    def balances(self, account: str) -> Sequence[Balance]:
        """The account's current totals, an instrument each."""

    def balance(self, account: str, instrument: str) -> Balance | None:
        """The account's current totals of one instrument."""

    def movements(self, account: str) -> Sequence[Balance]:
        """Every total the account ever had, oldest first."""

    def offer(self, n: int) -> Offer | None:
        """The offer of entry *n* as it stands."""

    def offers(self, account: str) -> Sequence[Offer]:
        """The offers that an account gave or was given, as they stand, in order."""

    def labels(self, batch_id: str, first: int, last: int, label: str | None = None) -> Sequence[Label]:
        """The live labels, or those of one text, that overlap serials first..last, by label and serial, whole."""

    def imported_serials(self, registry: str, space: str, first: int, last: int) -> Sequence[ImportedSerials]:
        """The imported serials of a registry's number space that overlap first..last, in order."""

    def grant(self, actor: str, role: str, scope: str) -> Grant | None:
        """The live grant of a role to an actor."""

    def grants(self, actor: str) -> Sequence[Grant]:
        """The live roles of an actor, by role and scope."""

    def grants_of(self, role: str, most: int | None = None) -> Sequence[Grant]:
        """The live grants of a role, by actor and scope; the first few, where *most* is given."""

    def approval(self, project: str, n: int) -> Approval | None:
        """The approval of a project's quantification that entry *n* recorded, ended or not."""

    def newest_approval(self, quantification: str, before: int, actor: str | None = None) -> Approval | None:
        """The newest approval of a quantification, or an actor's, before an entry, neither used nor revoked."""

    def approvals_ever(self, project: str) -> Sequence[Approval]:
        """Every approval of a project's quantifications, oldest first."""

    def key_use(self, by: str, key: str) -> int | None:
        """Number of the first entry of the command for which this actor used this key."""
