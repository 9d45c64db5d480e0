"""The rules of time zones that the log pins: which rules apply to an entry, and which entry pins them."""

from collections.abc import Mapping
from typing import Any, Final

from carbon_ledger.canonical import as_decoded
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.numbered import count, nth
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.periods.zone_rules import ZoneRules
from carbon_ledger.periods.zones import Zone, installed_rules, zone_info

UTC: Final = "UTC"  # the zone without rules to pin
RULES_FIELD: Final = "zone_rules"  # the field in which an event pins the rules of its zone


def zone_of(view: View, name: str, before: int | None = None) -> Zone:
    """The rules of a zone that apply to an entry; if no earlier entry uses the zone, the installed rules.

    Args:
        view: The state.
        name: IANA zone.
        before: The number of the entry; by default, the next entry.

    Source:
        ledger-model section 4.
    """
    if name == UTC:
        return name
    adoptions = count(view, "zone", name, before)
    if adoptions == 0:
        return name
    n = view.registration("zone", nth(name, adoptions))
    return name if n is None else view.parsed(n, rules_of)


def zone_in(view: View, event: Mapping[str, Any], name: str) -> Zone:
    """The rules of the zone of an event: the rules that the event pins itself, or otherwise the pinned rules.

    Args:
        view: The state before the event.
        event: The event.
        name: The zone.

    Raises:
        PeriodError: The event pins invalid rules.
    """
    return ZoneRules.from_record(name, event[RULES_FIELD]) if RULES_FIELD in event else zone_of(view, name)


def rules_of(entry: Entry) -> ZoneRules:
    """The rules of a zone that an entry pins.

    Args:
        entry: An entry that pins rules. If its own rule has not been run, the rules may be invalid.

    Raises:
        PeriodError: The rules are invalid.
    """
    event = entry.event
    period = event.get("production", event.get("period", {}))
    return ZoneRules.from_record(event.get("zone", period.get("zone")), event[RULES_FIELD])


def is_pinned(view: View, name: str | None) -> bool:
    """Whether an event with this zone has no rules to pin, because they are pinned already or the zone has no rules."""
    return name is None or name == UTC or view.registration("zone", name) is not None


def with_rules(view: View, event: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """An event with the rules of its zone added, if it is the first event to use the zone.

    Args:
        view: The state before the event.
        event: The event.
        name: The zone, or None.
    """
    if name is None or is_pinned(view, name):
        return dict(event)
    return {**event, RULES_FIELD: as_decoded(installed_rules(name).to_record())}


def registered_with_rules(kind: str, event: Mapping[str, Any], view: View) -> list[tuple[str, Mapping[str, Any]]]:
    """The event that registers something with a zone, with the rules of the zone if they are not pinned yet.

    Args:
        kind: The type of the event.
        event: The other fields of the event.
        view: The state before the event.
    """
    return [(kind, with_rules(view, event, event["zone"]))]


def without_rules(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event, except the rules of a zone."""
    return {name: value for name, value in event.items() if name != RULES_FIELD}


def pinned_zone(view: View, entry: Entry, name: str | None) -> list[Row]:
    """The row of a zone whose rules an entry pins; no row if the zone has no rules to pin.

    The first event that uses a zone must pin its rules, and no later event may.

    Args:
        view: The state before the entry.
        entry: The entry.
        name: The zone that its event names, or None.

    Raises:
        BrokenLogError: The rules are missing, or the event pins rules although an earlier event pins them.
        PeriodError: The rules are invalid.

    Source:
        ledger-model section 4; design decision 14b.
    """
    pinned, rules = is_pinned(view, name), entry.event.get(RULES_FIELD)
    if name is None or pinned:
        if rules is not None:
            raise BrokenLogError(f"entry {entry.n}: it pins the rules of a zone, but is not the first to use a zone")
        return []
    if rules is None:
        raise BrokenLogError(f"entry {entry.n}: it is the first to use the zone {name}, but does not pin its rules")
    _require_valid_rules(entry, name)
    return [Registration("zone", name, entry.n)]


def adopted_zone(view: View, entry: Entry) -> list[Row]:
    """The row of a zone whose rules an event adopts in place of the pinned rules.

    Args:
        view: The state before the entry.
        entry: The entry.

    Raises:
        BrokenLogError: The zone has no rules to pin.
        PeriodError: The event pins invalid rules.
    """
    name = entry.event["zone"]
    if name == UTC:
        raise BrokenLogError(f"entry {entry.n}: it adopts rules of {UTC}, which has no rules")
    _require_valid_rules(entry, name)
    return [Registration("zone", nth(name, count(view, "zone", name, entry.n) + 1), entry.n)]


def _require_valid_rules(entry: Entry, name: str) -> None:
    """Refuse invalid rules, and rules of a zone that does not exist."""
    ZoneRules.from_record(zone_info(name).key, entry.event[RULES_FIELD])


def adopted(view: View, entry: Entry) -> list[Row]:
    """Adopt the rules of a zone for later entries. Earlier entries and their issuances are still computed as before.

    Raises:
        RefusedError: The log already pins these rules of the zone.
        PeriodError: The rules are invalid.
        BrokenLogError: The zone has no rules to pin.

    Source:
        ledger-model section 4; design decision 14b.
    """
    name = entry.event["zone"]
    rows, pinned = adopted_zone(view, entry), zone_of(view, name)
    if isinstance(pinned, ZoneRules) and pinned.same_as(ZoneRules.from_record(name, entry.event[RULES_FIELD])):
        raise RefusedError(
            f"zone {name}",
            f"its rules in tzdata {entry.event[RULES_FIELD]['release']} are the same as the rules that the ledger pins "
            f"({pinned.release}); there is nothing to adopt",
            rule="zone-unchanged",
        )
    return rows
