"""Entries that an audit shows, though nothing is wrong with them.

What somebody decided, and why, every audit shows. Rules of a zone that are not those of the release that they name are
seen only where that release is installed.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from carbon_ledger.errors import PeriodError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.findings import MOST_FINDINGS, AuditNote
from carbon_ledger.ledger.pinned_zones import RULES, rules_of
from carbon_ledger.ledger.timekeeping import ADVANCED
from carbon_ledger.printing import quote
from carbon_ledger.zones import installed_rules

CLOCK: Final = "time advanced"
ZONE: Final = "zone adopted"
OTHER_RULES: Final = "zone differs"


class Notes:
    """What an audit shows of the entries that the rules accept: a hundred of each kind, and how many more there are."""

    def __init__(self) -> None:
        self._shown: list[AuditNote] = []
        self._more: dict[str, tuple[int, int]] = {}  # how many of a kind are not shown, and the last of them
        self._counts: Counter[str] = Counter()

    def look_at(self, entry: Entry) -> None:
        """Note an entry where it is worth a note."""
        found = (_decision(entry), _other_rules(entry) if RULES in entry.event else None)
        self.add(item for item in found if item is not None)

    def add(self, notes: Iterable[tuple[str, AuditNote]]) -> None:
        """Add notes, each with its kind."""
        for kind, note in notes:
            self._counts[kind] += 1
            more = self._counts[kind] - MOST_FINDINGS
            if more > 0:
                self._more[kind] = (more, note.entry)
            else:
                self._shown.append(note)

    def all(self) -> tuple[AuditNote, ...]:
        """The notes."""
        return (*self._shown, *(_rest(kind, *more) for kind, more in self._more.items()))


def _rest(kind: str, count: int, last: int) -> AuditNote:
    return AuditNote(last, f"{kind}: {count:,} more such notes; this entry is the last of them")


def _decision(entry: Entry) -> tuple[str, AuditNote] | None:
    if entry.type == ADVANCED:
        since, reason = entry.event["since"], entry.event["reason"]
        return CLOCK, AuditNote(entry.n, f"{CLOCK} from {since} to {entry.at}, by {quote(entry.by)}: {quote(reason)}")
    if entry.type == "zone.adopted":
        zone, release, reason = entry.event["zone"], entry.event["zone_rules"]["release"], entry.event["reason"]
        return ZONE, AuditNote(
            entry.n,
            f"{ZONE}: {quote(zone)} by tzdata {quote(release)} from here on, by {quote(entry.by)}: {quote(reason)}",
        )
    return None


def _other_rules(entry: Entry) -> tuple[str, AuditNote] | None:
    """A log states the release that its rules of a zone are from: here that release can be looked at, or not."""
    pinned = rules_of(entry)
    try:
        installed = installed_rules(pinned.key)
    except PeriodError:  # the installed release has no such zone
        return None
    if installed.release != pinned.release or installed.agree_with(pinned):
        return None
    return OTHER_RULES, AuditNote(
        entry.n,
        f"{OTHER_RULES}: {quote(pinned.key)} as the entry pins it, by tzdata {quote(pinned.release)}, is not the zone "
        "of that release as it is installed here; ask who recorded it, and compare the dates at its periods' edges",
    )
