"""Entries that every audit shows, though nothing is wrong with them: what somebody decided, and why."""

from typing import Final

from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.findings import AuditNote
from carbon_ledger.ledger.timekeeping import ADVANCED
from carbon_ledger.printing import quote

CLOCK: Final = "time advanced"
ZONE: Final = "zone adopted"


def note_of(entry: Entry) -> AuditNote | None:
    """What an audit shows of an entry that the rules accept; None for nothing."""
    if entry.type == ADVANCED:
        since, reason = entry.event["since"], entry.event["reason"]
        return AuditNote(entry.n, f"{CLOCK} from {since} to {entry.at}, by {quote(entry.by)}: {quote(reason)}")
    if entry.type == "zone.adopted":
        zone, release, reason = entry.event["zone"], entry.event["zone_rules"]["release"], entry.event["reason"]
        return AuditNote(
            entry.n,
            f"{ZONE}: {quote(zone)} by tzdata {quote(release)} from here on, by {quote(entry.by)}: {quote(reason)}",
        )
    return None
