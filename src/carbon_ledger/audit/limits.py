"""The limits of an audit: which entries have figures that it could not compute again, and why.

The figures of an entry follow from the methodology of its project. An audit that lacks the object of a methodology of
somebody's own takes the lines and the amounts of its quantifications as they are recorded.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from carbon_ledger.audit.findings import RULES, Finding
from carbon_ledger.core import lookup
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import (
    CORRECTIONS,
    ISSUANCE_RECORDED,
    METHODOLOGY_ADOPTED,
    QUANTIFICATION_APPROVED,
)
from carbon_ledger.core.issuance.documents import quantification_at
from carbon_ledger.core.methodologies import CODE_DIGEST, Known, other_code, why_not_applied
from carbon_ledger.core.state.view import View
from carbon_ledger.methodologies.outcomes import is_own
from carbon_ledger.printing import printable
from carbon_ledger.records import Record

MOST_LISTED: Final = 100
MOST_NAMED: Final = 5  # methodologies that the name of a check names


@frozen(kw_only=True, repr=False)
class NotRecomputed(Record):
    """Entries whose lines and amounts an audit took as they are recorded, because it lacked the methodology.

    Attributes:
        methodology: Name and version.
        reason: Why it could not be applied, and what to pass.
        entries: The numbers of the issuances, approvals and corrections, ascending; at most a hundred.
        count: How many there are.
    """

    methodology: str
    reason: str
    entries: tuple[int, ...]
    count: int

    @property
    def listed(self) -> str:
        """The entries in words, such as ``entries 8, 12``."""
        numbers = ", ".join(map(str, self.entries))
        more = f" and {self.count - len(self.entries):,} more" if self.count > len(self.entries) else ""
        return f"{'entry' if self.count == 1 else 'entries'} {numbers}{more}"

    def __str__(self) -> str:
        """The entries and the reason in one line."""
        return printable(
            f"NOT COMPUTED AGAIN: {self.listed} by {self.methodology}; lines and amounts are taken as recorded; "
            f"{self.reason}"
        )


class Limits:
    """The entries of an audit that were not computed again, by methodology.

    Args:
        known: The methodologies that the auditor passed.

    Attributes:
        known: The same.
    """

    def __init__(self, known: Known) -> None:
        self.known = known
        self._found: dict[str, NotRecomputed] = {}

    def examine(self, view: View, entry: Entry) -> Iterator[Finding]:
        """Add an entry that the rules accept, and find an object whose code is not the code that the entry pins.

        Args:
            view: The state before the entry.
            entry: The entry.
        """
        for key in _keys(view, entry):
            if reason := why_not_applied(view, key, self.known):
                self._add(NotRecomputed(methodology=key, reason=reason, entries=(entry.n,), count=1))
        if entry.type == METHODOLOGY_ADOPTED and CODE_DIGEST in entry.event:
            key, pinned = entry.event["methodology"], entry.event[CODE_DIGEST]
            own = self.known.own.get(key)
            if own is not None and own.code_digest != pinned:
                yield Finding(RULES, entry.n, other_code(entry.n, key, pinned, own))

    def _add(self, item: NotRecomputed) -> None:
        before = self._found.get(item.methodology)
        if before is not None:
            entries = (*before.entries, *item.entries)[:MOST_LISTED]
            item = evolve(before, entries=entries, count=before.count + item.count)
        self._found[item.methodology] = item

    def merge(self, record: Sequence[Sequence[Any]]) -> None:
        """Add the limits of the next slice, a record that `to_record` returned."""
        for methodology, reason, entries, count in record:
            self._add(NotRecomputed(methodology=methodology, reason=reason, entries=tuple(entries), count=count))

    def all(self) -> tuple[NotRecomputed, ...]:
        """The limits, by methodology."""
        return tuple(self._found[key] for key in sorted(self._found))

    def to_record(self) -> list[list[Any]]:
        """The limits as plain values."""
        return [[item.methodology, item.reason, list(item.entries), item.count] for item in self.all()]


def require_limits(record: object) -> Sequence[Sequence[Any]]:
    """Check the limits of a slice that another process sent, and return them.

    Raises:
        ValueError: *record* is not a record of `Limits.to_record`.
    """
    if not isinstance(record, list) or any(
        not isinstance(item, list)
        or tuple(map(type, item)) != (str, str, list, int)
        or any(type(n) is not int for n in item[2])
        for item in record
    ):
        raise ValueError("not the limits of a report")
    return record


def _keys(view: View, entry: Entry) -> list[str]:
    """The methodologies of somebody's own that the figures of an entry follow from, each once."""
    event: Mapping[str, Any] = entry.event
    names: list[str] = []
    if entry.type in CORRECTIONS:
        names = [lookup.issuance(view, item["issuance"]).project for item in event["issuances"]]
    elif entry.type == ISSUANCE_RECORDED:
        names = [] if "of_carry" in event else [event["project"]]
    elif entry.type == QUANTIFICATION_APPROVED:
        names = [event["project"]]
    keys = {lookup.project(view, name).methodology for name in names}
    own = sorted(key for key in keys if key is not None and is_own(key))
    if own and entry.type == QUANTIFICATION_APPROVED and not quantification_at(view, entry.n - 1).steps:
        return []  # the approval is of carry, which follows from the ledger alone
    return own
