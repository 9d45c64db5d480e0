"""The rules of time zones that the log pins: which hold for an entry, and which entry pins them."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, Final

from carbon_ledger.canonical import as_decoded
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.state.rows import Registration, Row
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, RefusedError
from carbon_ledger.periods.zone_rules import ZoneRules
from carbon_ledger.periods.zones import Zone, installed_rules, zone_info

UTC: Final = "UTC"  # it has no rules to pin
RULES_FIELD: Final = "zone_rules"  # the field of an event that pins the rules of the zone that it names


def zone_of(view: View, name: str, before: int | None = None) -> Zone:
    """The rules of a zone that hold for an entry; of a zone that no entry before it uses, those that are installed.

    Args:
        view: The state.
        name: IANA zone.
        before: The number of the entry that the rules are for; by default, they are for the next entry.

    Source:
        ledger-model section 4.
    """
    if name == UTC:
        return name
    count = _adoptions(view, name, before)
    if count == 0:
        return name
    n = view.registration("zone", _nth(name, count))
    return name if n is None else view.parsed(n, rules_of)


def zone_in(view: View, event: Mapping[str, Any], name: str) -> Zone:
    """The rules of the zone that an event names: those that it pins itself, or those that hold for it.

    Args:
        view: The state before.
        event: The event.
        name: The zone.

    Raises:
        PeriodError: The event pins what is no rules of a zone.
    """
    return ZoneRules.from_record(name, event[RULES_FIELD]) if RULES_FIELD in event else zone_of(view, name)


def rules_of(entry: Entry) -> ZoneRules:
    """The rules of a zone that an entry pins.

    Args:
        entry: One that does, whose rule was run: of others they may be no rules.

    Raises:
        PeriodError: They are no rules of a zone.
    """
    event = entry.event
    period = event.get("production", event.get("period", {}))
    return ZoneRules.from_record(event.get("zone", period.get("zone")), event[RULES_FIELD])


def is_pinned(view: View, name: str | None) -> bool:
    """Whether an event that names a zone has no rules to pin."""
    return name is None or name == UTC or view.registration("zone", name) is not None


def with_rules(view: View, event: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """An event with the rules of the zone that it names, where it is the first event to use that zone.

    Args:
        view: The state before.
        event: The event.
        name: The zone, or None.
    """
    if name is None or is_pinned(view, name):
        return dict(event)
    return {**event, RULES_FIELD: as_decoded(installed_rules(name).to_record())}


def registered_with_rules(kind: str, event: Mapping[str, Any], view: View) -> list[tuple[str, Mapping[str, Any]]]:
    """The event that registers something with a zone.

    Args:
        kind: The type of the event.
        event: Its other fields.
        view: The state before.
    """
    return [(kind, with_rules(view, event, event["zone"]))]


def without_rules(event: Mapping[str, Any]) -> dict[str, Any]:
    """The other fields of an event that may pin the rules of a zone."""
    return {name: value for name, value in event.items() if name != RULES_FIELD}


def pinned_zone(view: View, entry: Entry, name: str | None) -> list[Row]:
    """The row of a zone whose rules an event pins: exactly the first event that uses the zone pins them.

    Args:
        view: The state before.
        entry: The entry.
        name: The zone that its event names, or None.

    Raises:
        BrokenLogError: The rules are missing, or there are some and the zone is pinned.
        PeriodError: They are no rules of a zone.

    Source:
        ledger-model section 4; design decision 14b.
    """
    pinned, given = is_pinned(view, name), entry.event.get(RULES_FIELD)
    if name is None or pinned:
        if given is not None:
            raise BrokenLogError(f"entry {entry.n}: it pins rules of a zone, and there is no zone that it uses first")
        return []
    if given is None:
        raise BrokenLogError(f"entry {entry.n}: it is the first to use the zone {name}, and does not pin its rules")
    _require_normal(entry, name)
    return [Registration("zone", name, entry.n)]


def adopted_zone(view: View, entry: Entry) -> list[Row]:
    """The row of a zone whose rules an event adopts in place of those that are pinned.

    Args:
        view: The state before.
        entry: The entry.

    Raises:
        BrokenLogError: The zone has no rules to pin.
        PeriodError: The event pins what is no rules of a zone.
    """
    name = entry.event["zone"]
    if name == UTC:
        raise BrokenLogError(f"entry {entry.n}: it adopts rules of {UTC}, which has none")
    _require_normal(entry, name)
    return [Registration("zone", _nth(name, _adoptions(view, name, entry.n) + 1), entry.n)]


def _require_normal(entry: Entry, name: str) -> None:
    """Refuse rules that are not rules of a zone, and rules of what is not a zone."""
    ZoneRules.from_record(zone_info(name).key, entry.event[RULES_FIELD])


def _adoptions(view: View, name: str, before: int | None) -> int:
    """How often the rules of a zone were pinned, by all entries or by those before one; of many, few are looked at."""

    def missing(k: int) -> bool:
        n = view.registration("zone", _nth(name, k))
        return n is None or (before is not None and n >= before)

    high = 1
    while not missing(high):
        high *= 2
    return bisect_left(range(1, high), True, key=missing)


def _nth(name: str, k: int) -> str:
    return name if k == 1 else f"{name}#{k}"


def adopted(view: View, entry: Entry) -> list[Row]:
    """Adopt the rules of a zone for later entries; what was recorded, and issuances computed again, keep theirs.

    Raises:
        RefusedError: The log pins these rules of the zone already.
        PeriodError: They are no rules of a zone.
        BrokenLogError: The zone has no rules to pin.

    Source:
        ledger-model section 4; design decision 14b.
    """
    name = entry.event["zone"]
    rows, pinned = adopted_zone(view, entry), zone_of(view, name)
    if isinstance(pinned, ZoneRules) and pinned.same_as(ZoneRules.from_record(name, entry.event[RULES_FIELD])):
        raise RefusedError(
            f"zone {name}",
            f"its rules of tzdata {entry.event[RULES_FIELD]['release']} are those that the ledger pins "
            f"({pinned.release}); there is nothing to adopt",
            rule="zone-unchanged",
        )
    return rows
