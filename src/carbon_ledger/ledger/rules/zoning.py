"""The rule for adopting other rules of a time zone than those that the log pins."""

from carbon_ledger.errors import RefusedError
from carbon_ledger.ledger.entries import Entry
from carbon_ledger.ledger.pinned_zones import RULES, adopted_zone, zone_of
from carbon_ledger.ledger.state import Row, View
from carbon_ledger.periods.zone_rules import ZoneRules


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
    if isinstance(pinned, ZoneRules) and pinned.same_as(ZoneRules.from_record(name, entry.event[RULES])):
        raise RefusedError(
            f"zone {name}",
            f"its rules of tzdata {entry.event[RULES]['release']} are those that the ledger pins "
            f"({pinned.release}); there is nothing to adopt",
            rule="zone-unchanged",
        )
    return rows
