"""Rules for stated counts: an issuance that makes another number of units than its caller expects is refused."""

from collections.abc import Mapping
from typing import Any

from carbon_ledger.column import MAX_INTEGER
from carbon_ledger.core.entries.entry import Entry
from carbon_ledger.core.entries.events import ISSUANCE_RECORDED
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import BrokenLogError, QuantityError, RefusedError
from carbon_ledger.periods import Period
from carbon_ledger.printing import quote


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER


def expect_record(value: object) -> dict[str, Any]:
    """The field of an issuance's event that states how many units are expected; empty if nothing is expected.

    Args:
        value: The total over all batches, or a count for each vintage, buffered and levied units included; or None.

    Raises:
        QuantityError: *value* is neither a whole number of at least 0 nor a mapping of years to such numbers.

    Example:
        >>> expect_record(25), expect_record({2024: 10, 2025: 15})
        ({'expect': 25}, {'expect_by_vintage': {'2024': 10, '2025': 15}})
    """
    if value is None:
        return {}
    if _is_count(value):
        return {"expect": value}
    if isinstance(value, Mapping) and value:
        years = {year: count for year, count in value.items() if type(year) is int and 1970 <= year <= 9999}
        if len(years) == len(value) and all(map(_is_count, years.values())):
            return {"expect_by_vintage": {f"{year:04d}": years[year] for year in sorted(years)}}
    raise QuantityError(
        f"expect {quote(value)}: expected the number of units of all batches, or a count for each vintage such as "
        "{2024: 10, 2025: 15}"
    )


def expect_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The field of an event that states how many units are expected, as `expect_record` writes it."""
    return {name: event[name] for name in ("expect", "expect_by_vintage") if name in event}


def require_expected(view: View, entry: Entry) -> None:
    """Refuse an issuance whose command makes another number of units than the event states.

    If a command writes several issuances (granular certificates: one for each device), the last of them states what all
    of them make together.

    Args:
        view: The state before.
        entry: The entry of the issuance; its batches are those that the rules compute.

    Raises:
        RefusedError: The counts differ.
        BrokenLogError: The event is not the last of its command, or states a total and counts by vintage.

    Source:
        ledger-model section 8a.
    """
    stated = expect_of(entry.event)
    if not stated:
        return
    if len(stated) > 1 or entry.part != entry.parts:
        raise BrokenLogError(
            f"entry {entry.n}: it states {' and '.join(stated)}; the last entry of a command alone states one of them"
        )
    if any(int(year) < 1970 for year in stated.get("expect_by_vintage", ())):
        raise BrokenLogError(f"entry {entry.n}: expect_by_vintage names a year before 1970")
    counts: dict[str, int] = {}
    for item in [item for event in _events(view, entry) for item in event["batches"]]:
        counts[f"{item['vintage']:04d}"] = counts.get(f"{item['vintage']:04d}", 0) + item["count"]
    by_vintage = {year: count for year, count in stated.get("expect_by_vintage", counts).items() if count}
    if by_vintage == counts and stated.get("expect", sum(counts.values())) == sum(counts.values()):
        return
    made = f"{sum(counts.values()):,} units ({_by_vintage(counts)})" if counts else "0 units"
    wanted = f"{stated['expect']:,}" if "expect" in stated else _by_vintage(stated["expect_by_vintage"])
    raise RefusedError(
        f"project {entry.event['project']}, {Period.from_record(entry.event['period'])}",
        f"it makes {made}, expected {wanted}; compare quantify() and carry(), and correct what differs or expect=",
        rule="unexpected-count",
    )


def _events(view: View, entry: Entry) -> list[Mapping[str, Any]]:
    """The events of the issuances that the entry's command has written, the entry included."""
    before = [] if "device" not in entry.event else [view.entry(n) for n in range(entry.n - entry.part + 1, entry.n)]
    return [*(item.event for item in before if item.type == ISSUANCE_RECORDED), entry.event]


def _by_vintage(counts: Mapping[str, int]) -> str:
    """Counts by vintage, as a message shows them."""
    return ", ".join(f"{year}: {counts[year]:,}" for year in sorted(counts))
