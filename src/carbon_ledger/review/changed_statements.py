"""The record of a verifier's statement that was made, replaced or overtaken since an earlier size."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from attrs import frozen

from carbon_ledger.core.issuance.verifications import Stated, overtaken_by, replaced_by, statements_of
from carbon_ledger.core.state.view import View
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.periods.spans import Span
from carbon_ledger.printing import printable
from carbon_ledger.tables import INTEGER, TEXT, TIME, Column


@frozen(kw_only=True, repr=False)
class ChangedVerification(Span):
    """A new entry that states a verification, replaces a statement of then or now, or overtakes one.

    Attributes:
        entry: The number of the entry.
        at: When it was recorded. [UTC]
        by: The actor.
        change: ``stated``, ``replaced`` or ``overtaken``.
        verification: The number of the statement.
        project: The project's id.
        start_utc: The start of the verified period. [s since 1970-01-01 UTC]
        end_utc: Its end. [s since 1970-01-01 UTC]
        opinion: The statement's opinion.
    """

    _in_repr = ("entry", "change", "verification", "project")
    _columns: ClassVar[tuple[Column, ...]] = (
        Column("entry", INTEGER),
        Column("at", TIME),
        Column("by", TEXT),
        Column("change", TEXT),
        Column("verification", INTEGER),
        Column("project", TEXT),
        Column("start", TIME, lambda item: item.start_utc),
        Column("end", TIME, lambda item: item.end_utc),
        Column("opinion", TEXT),
    )

    entry: int
    at: datetime
    by: str
    change: str
    verification: int
    project: str
    start_utc: int
    end_utc: int
    opinion: str

    def __str__(self) -> str:
        """The change in one line."""
        return (
            f"entry {self.entry}: verification {self.verification} of {self.project}, {instant_text(self.start_utc)} "
            f"to {instant_text(self.end_utc)}, {self.opinion}, {self.change} by {printable(self.by)}"
        )


def changed_verifications(view: View, since: int) -> Iterator[ChangedVerification]:
    """What the entries from a number on changed about verifiers' statements, by entry and statement.

    Args:
        view: The state now.
        since: The number of entries then.
    """
    found: list[ChangedVerification] = []
    for project in sorted(view.registrations("project")):
        for statement in statements_of(view, project):
            later = replaced_by(view, statement.n)
            changes = [(statement.n, "stated"), *([] if later is None else [(later, "replaced")])]
            changes += [(n, "overtaken") for n in overtaken_by(view, statement)]
            found += [_changed(view, statement, n, change) for n, change in changes if n >= since]
    yield from sorted(found, key=lambda item: (item.entry, item.verification, item.change))


def _changed(view: View, statement: Stated, n: int, change: str) -> ChangedVerification:
    entry = view.entry(n)
    return ChangedVerification(
        entry=n,
        at=entry.recorded_at,
        by=entry.by,
        change=change,
        verification=statement.n,
        project=statement.project,
        start_utc=statement.period.start_utc,
        end_utc=statement.period.end_utc,
        opinion=statement.opinion,
    )
