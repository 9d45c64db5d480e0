"""Entries that every audit shows, though nothing is wrong with them: what somebody decided, and why."""

from typing import Final

from carbon_ledger.errors import PeriodError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.findings import AuditNote
from carbon_ledger.ledger.pinned_zones import RULES, rules_of
from carbon_ledger.ledger.timekeeping import ADVANCED
from carbon_ledger.printing import quote
from carbon_ledger.zones import installed_rules

CLOCK: Final = "time advanced"
ZONE: Final = "zone adopted"
OTHER_RULES: Final = "zone differs"


def notes_of(entry: Entry) -> list[AuditNote]:
    """What an audit shows of an entry that the rules accept."""
    notes = (_decision(entry), _other_rules(entry) if RULES in entry.event else None)
    return [note for note in notes if note is not None]


def _decision(entry: Entry) -> AuditNote | None:
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


def _other_rules(entry: Entry) -> AuditNote | None:
    """A log states the release that its rules of a zone are from: here that release can be looked at, or not."""
    pinned = rules_of(entry)
    try:
        installed = installed_rules(pinned.key)
    except PeriodError:  # the installed release has no such zone
        return None
    if installed.release != pinned.release or installed.agree_with(pinned):
        return None
    return AuditNote(
        entry.n,
        f"{OTHER_RULES}: {quote(pinned.key)} as the entry pins it, by tzdata {quote(pinned.release)}, is not the zone "
        "of that release as it is installed here; ask who recorded it, and compare the dates at its periods' edges",
    )
