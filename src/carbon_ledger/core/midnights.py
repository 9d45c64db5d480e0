"""The check that installed and pinned rules of a zone agree on where the local days of a period begin."""

from datetime import date, timedelta
from typing import Final

from carbon_ledger.core.pinned_zones import zone_of
from carbon_ledger.core.state.view import View
from carbon_ledger.errors import RefusedError
from carbon_ledger.periods import Period
from carbon_ledger.periods.instants import instant_text
from carbon_ledger.periods.zone_rules import ZoneRules
from carbon_ledger.periods.zones import day_start_utc, installed_rules, local_time
from carbon_ledger.printing import quote

_DAY: Final = timedelta(days=1)
_DAYS_AROUND_S: Final = 3 * 86_400
_CYCLE_S: Final = 400 * 366 * 86_400  # more than the 400 years after which the calendar, weekdays included, repeats

Difference = tuple[date, int, int]


def named_span(start_utc: int, seconds: int, zone: str | None) -> Period | None:
    """The period of readings whose start was given in a zone, or None without a zone.

    Args:
        start_utc: The start. [s since 1970-01-01 UTC]
        seconds: The length. [s]
        zone: The zone, or None.
    """
    return None if zone is None else Period(start_utc, start_utc + seconds, zone)


def require_same_midnights(view: View, period: Period | None) -> None:
    """Refuse a period in which a local day begins at different instants by the installed and the pinned zone rules.

    The start and the end of the period were computed with the installed rules, but entries are computed with the pinned
    rules.

    Args:
        view: The state before the entry.
        period: The period as the caller gave it, or None.

    Raises:
        RefusedError: A local day of the period begins at different instants.

    Source:
        ledger-model section 4.
    """
    if period is None or period.zone is None:
        return
    pinned, installed = zone_of(view, period.zone), installed_rules(period.zone)
    if not isinstance(pinned, ZoneRules) or installed.same_as(pinned):
        return
    difference = first_difference(period, installed, pinned)
    if difference is not None:
        day, here, there = difference
        raise RefusedError(
            f"zone {period.zone}, {period}",
            f"{day} begins at {instant_text(here)} by the tzdata that is installed here ({installed.release}), and at "
            f"{instant_text(there)} by the rules that this ledger pins ({pinned.release}); name the period in UTC, or "
            f"install tzdata {pinned.release}; if the clocks of the zone are changed by law, "
            f"adopt_zone({quote(period.zone)}, release={quote(installed.release)}, reason=...)",
            rule="zone-differs",
        )


def first_difference(period: Period, installed: ZoneRules, pinned: ZoneRules) -> Difference | None:
    """The first local day of a period that begins at different instants by two sets of rules, or None.

    Args:
        period: The period, its end included.
        installed: The installed rules of its zone.
        pinned: The pinned rules of its zone.

    Returns:
        The day, its start by the installed rules, and its start by the pinned rules. [s since 1970-01-01 UTC]
    """
    last_change = max((*installed.changes_utc, *pinned.changes_utc, period.start_utc))
    alike_after = installed.closing == pinned.closing
    end_utc = min(period.end_utc, last_change + (_DAYS_AROUND_S if alike_after else _CYCLE_S))
    first = min(local_time(period.start_utc, rules).date() for rules in (installed, pinned))
    last = max(local_time(end_utc, rules).date() for rules in (installed, pinned))
    day = first
    while day <= last:
        here, there = day_start_utc(day, installed), day_start_utc(day, pinned)
        if here != there and period.start_utc <= max(here, there) and min(here, there) <= end_utc:
            return day, here, there
        day += _DAY
    return None
