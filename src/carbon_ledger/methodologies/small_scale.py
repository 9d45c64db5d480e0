"""The limit of a small-scale methodology in each year: above it, the credits of the year are capped at the estimate.

The type of a project is decided by its capacity when crediting begins. What is built later, or runs above its rated
capacity, takes the project beyond the limit of its type in that year only.
"""

from calendar import isleap
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Final

from attrs import evolve

from carbon_ledger.devices import Device
from carbon_ledger.estimates import Estimate
from carbon_ledger.exact import Rounding, plain, text_of
from carbon_ledger.methodologies.activity import Activity, YearCap
from carbon_ledger.methodologies.capacity_additions import ADDITION
from carbon_ledger.methodologies.lines import Line
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.reservoirs import added_capacity_w
from carbon_ledger.methodologies.rounding import RoundingPoint
from carbon_ledger.periods import Period
from carbon_ledger.periods.zones import Zone, year_start_utc

RULE: Final = "CDM EB 20, paragraph 58(a), by cdmrulebook.org/427"
CAP_FLOOR: Final = RoundingPoint(
    "ER_cap: the estimate of a year, or its part inside the crediting period, rounded down once [tCO2e]",
    Rounding("floor", places=6),
)


def compared_w(baseline: str | None, devices: Iterable[Device]) -> int:
    """The capacity that a document's limit concerns: that of all devices, or what a capacity addition adds. [W]"""
    if baseline == ADDITION:
        return sum(max(0, added_capacity_w(device)) for device in devices)
    return sum(device.capacity_w for device in devices)


def capacity_in(activity: Activity, vintage: int) -> int:
    """The largest capacity of a vintage in the period that a document's limit concerns. [W]"""
    found = dict(activity.largest_w).get(vintage)
    return compared_w(activity.baseline, activity.devices) if found is None else found


def excess(activity: Activity, vintage: int, limit_w: int, *, earlier: bool = False) -> str | None:
    """In what a project exceeds the limit in a year, in words; None if it does not.

    A year exceeds the limit if the capacity does in a part of it, or if the net generation of the year is more than the
    limit generates in all its hours inside the crediting period. Of an addition with a history only the capacity is
    compared, because the generation of its added units is not metered apart.

    Args:
        activity: The activity.
        vintage: The calendar year.
        limit_w: The largest capacity that the document admits. [W]
        earlier: Whether to count only what earlier issuances of the year claim, without the activity's own period.

    Source:
        AMS-I.D v18: at most 15 MW, for additions of the added units; EB 20, paragraph 58(a). [S] That a generation
        beyond the limit's is beyond the limit. [C]
    """
    cap = activity.year_cap(vintage)
    now_w = 0 if earlier else capacity_in(activity, vintage)
    capacity_w = max(now_w, 0 if cap is None else cap.before_w)
    if capacity_w > limit_w:
        what = "added" if activity.baseline == ADDITION else "in total"
        return f"{_mega(capacity_w)} MW {what}, and the document admits at most {_mega(limit_w)} MW"
    if activity.baseline == ADDITION and activity.history:
        return None
    net_wh = 0 if cap is None else cap.before_wh
    if not earlier:
        net_wh += sum(item.counted_wh for item in activity.generation if item.vintage == vintage)
    hours, part = _creditable_hours(activity, vintage)
    most_wh = floor(limit_w * hours)
    if net_wh > most_wh:
        return f"{_mega(net_wh)} MWh, and {_mega(limit_w)} MW generate at most {_mega(most_wh)} MWh in {part}{vintage}"
    return None


def _creditable_hours(activity: Activity, vintage: int) -> tuple[Fraction, str]:
    """The hours of a year inside the crediting period; and words for a part of the year."""
    whole = Fraction((366 if isleap(vintage) else 365) * 24)
    crediting, zone = activity.crediting_period, activity.zone
    if crediting is None or zone is None:
        return whole, ""
    start, end = year_start_utc(vintage, zone), year_start_utc(vintage + 1, zone)
    inside = min(end, crediting.end_utc) - max(start, crediting.start_utc)
    return (whole, "") if inside == end - start else (Fraction(inside, 3600), "the crediting period's part of ")


def capped_lines(activity: Activity, reductions: Line, vintage: int, limit_w: int | None) -> tuple[Line, ...]:
    """The emission reductions of a vintage as a line; with three lines before it if the year is or was capped.

    A vintage counts what the year amounts to with this period, less what it amounted to before. A period with more
    import than export can bring a capped year back within the limit: what its cap had left out is then counted.

    Args:
        activity: The activity, whose applicability has been checked.
        reductions: The line of the reductions as the document calculates them.
        vintage: The calendar year.
        limit_w: The largest capacity that the document admits, or None. [W]

    Source:
        EB 20, paragraph 58(a): in a year in which a project goes beyond the limits of its type, the reductions that
        can be claimed are capped at the estimate of the design document. [S] The year is the vintage, and the cap
        holds for the sum of its issuances. [C]
    """
    cap = activity.year_cap(vintage)
    if cap is None or limit_w is None:
        return (reductions,)
    why, before_why = (excess(activity, vintage, limit_w, earlier=earlier) for earlier in (False, True))
    if why is None and before_why is None:
        return (reductions,)
    period = evolve(reductions, symbol=f"ER_period[{vintage}]", name=f"{reductions.name}, before the cap of the year")
    before, most = _before_line(cap), _cap_line(cap, why or before_why or "")
    counted = cap.before_t if before_why is None else min(cap.before_t, cap.estimate_t)
    reached = cap.before_t + period.value
    left = f"max(0, {most.symbol} - {before.symbol} - {period.symbol})"  # of the cap, after this period
    if why is None:
        name, formula = "no longer capped", f"{period.symbol} + max(0, {before.symbol} - {most.symbol})"
    elif before_why is None:
        name, formula = "capped", f"{most.symbol} - {left} - {before.symbol}"
    else:
        name, formula = "capped", f"max(0, {most.symbol} - {before.symbol}) - {left}"
    credited = Line(
        symbol=reductions.symbol,
        name=f"{reductions.name}, {name}",
        value=plain((reached if why is None else min(reached, cap.estimate_t)) - counted),
        unit="tCO2e",
        formula=formula,
        inputs=(before.symbol, period.symbol, most.symbol),
        source=RULE,
        confidence="S",
    )
    return (period, before, most, credited)


def _before_line(cap: YearCap) -> Line:
    return Line(
        symbol=f"ER_before[{cap.vintage}]",
        name=f"emission reductions of earlier issuances of {cap.vintage}, before the cap of the year",
        value=plain(cap.before_t),
        unit="tCO2e",
        source="the project's earlier issuances",
        confidence="C",
    )


def _cap_line(cap: YearCap, why: str) -> Line:
    return Line(
        symbol=f"ER_cap[{cap.vintage}]",
        name=f"cap of {cap.vintage}: beyond the limit of small-scale projects ({why}), so that the year is credited "
        "with at most what the design document estimated",
        value=cap.estimate_t,
        unit="tCO2e",
        source=f"{cap.source}; {RULE}",
        confidence="S",
    )


def estimate_of_year(estimate: Estimate, year: int, zone: Zone, crediting: Period) -> Decimal | None:
    """The units that an estimate has for a calendar year, or None if it has none for that year. [tCO2e]

    Of a year of which only a part lies inside the crediting period, it is the part of the figure that the estimate's
    day basis gives these days.

    Args:
        estimate: The project's estimate.
        year: The calendar year.
        zone: The rules of the project's zone.
        crediting: The crediting period, which contains a part of the year.
    """
    figure = dict(estimate.yearly_units).get(year)
    if figure is None:
        return None
    start, end = year_start_utc(year, zone), year_start_utc(year + 1, zone)
    inside = Period(max(start, crediting.start_utc), min(end, crediting.end_utc))
    share = estimate.units(inside, zone, crediting).exact
    # A year of 366 days has more than the figure by the basis of 365 days.
    return plain(CAP_FLOOR.rounding.apply(min(Fraction(figure), share)))


def _mega(number: int) -> str:
    return text_of(millionths(number))
