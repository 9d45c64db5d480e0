"""What has changed in a ledger since a checkpoint, as a record with a table for each kind of change."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from carbon_ledger.printing import lines
from carbon_ledger.records import Record
from carbon_ledger.review.changed_readings import ChangedIssuance, CorrectedReading, EntryCount, LateReading
from carbon_ledger.review.changed_statements import ChangedVerification
from carbon_ledger.review.changed_units import ChangedDebit, ChangedFactor, ChangedRole, RemovedUnits
from carbon_ledger.tables import Listing


@frozen(kw_only=True, repr=False)
class Changes(Record):
    """What has changed in a ledger between an earlier size, *then*, and *now*.

    Both roots are computed from the entries themselves, and every entry was compared with its stored hash.

    Attributes:
        ledger_id: The ledger's id.
        since: The number of entries then.
        since_root: The RFC 6962 root of these entries, as hexadecimal digits.
        is_pinned: Whether this root was compared with a checkpoint. It was not if only a size was given.
        size: The number of entries now.
        root: The root of all entries, as hexadecimal digits.
        entries: How many new entries there are of each type.
        issuances: The issuances of then that have another amount or other units now.
        late_readings: New readings of time that was already claimed or verified then.
        corrections: New corrections, with the old and the new energy.
        removed: Units that were voided, withdrawn or converted.
        factors: Newly adopted factors of which there was an earlier one.
        roles: Roles that were granted or revoked.
        debits: The debit of each project then and now.
        verifications: Verifiers' statements that were made, replaced or overtaken.
    """

    _in_repr = ("ledger_id", "since", "size")

    ledger_id: str
    since: int
    since_root: str
    is_pinned: bool
    size: int
    root: str
    entries: Listing[EntryCount]
    issuances: Listing[ChangedIssuance]
    late_readings: Listing[LateReading]
    corrections: Listing[CorrectedReading]
    removed: Listing[RemovedUnits]
    factors: Listing[ChangedFactor]
    roles: Listing[ChangedRole]
    debits: Listing[ChangedDebit]
    verifications: Listing[ChangedVerification]

    def __str__(self) -> str:
        """The changes as text."""
        compared = "that of the checkpoint" if self.is_pinned else "not compared with a checkpoint"
        debits = [item for item in self.debits if item.then or item.now]
        return lines(
            f"Changes of {self.ledger_id}: {self.since:,} entries then, {self.size:,} now",
            f"  root then {self.since_root}, computed from the entries; {compared}",
            f"  root now {self.root}, computed from the entries",
            *_part("new entries", self.entries, sum(item.count for item in self.entries)),
            *_part("issuances of then that have changed", self.issuances),
            *_part("late readings", self.late_readings),
            *_part("corrections", self.corrections),
            *_part("units voided, withdrawn or converted", self.removed),
            *_part("factors with an earlier one", self.factors),
            *_part("roles granted or revoked", self.roles),
            *_part("projects with a debit then or now", debits),
            *_part("verifiers' statements made, replaced or overtaken", self.verifications),
        )


def _part(heading: str, records: Iterable[object], count: int | None = None) -> Iterator[str]:
    """The records of one kind, as text."""
    found = list(map(str, records))
    yield f"  {heading}: {len(found) if count is None else count:,}"
    yield from (f"    {line}" for line in found)
