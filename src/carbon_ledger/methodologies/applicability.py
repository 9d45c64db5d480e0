"""Applicability conditions of methodologies for renewable generation. Each check returns a `Condition`."""

from calendar import isleap
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from carbon_ledger.exact import text_of
from carbon_ledger.methodologies import historic_baseline, reservoirs
from carbon_ledger.methodologies.base import Activity, Condition
from carbon_ledger.methodologies.capacity_additions import (
    ADDITION,
    addition_faults,
    has_own_rule,
    is_metered_addition,
)
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.methodologies.small_scale import compared_w, excess
from carbon_ledger.periods.zones import local_time
from carbon_ledger.printing import quote

GREENFIELD: Final = "greenfield"
EXISTING: Final = ("retrofit", ADDITION)

# Technologies that some documents admit, but whose own emissions are not calculated yet.
UNCALCULATED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "geothermal": "its steam carries CO2 and CH4",
        "biomass": "its supply and its on-site fuel emit",
    }
)
BURNS_FUEL: Final = "solar/thermal"


def baseline(activity: Activity, place: str, supported: tuple[str, ...], reason: str) -> Condition:
    """Check that the baseline is supported, and that the capacities of the devices agree with it.

    Args:
        activity: The activity.
        place: Document and place, for the source of the condition.
        supported: The supported baselines.
        reason: Why other baselines are not supported, for the message.
    """
    if activity.baseline not in supported:
        faults = [f"baseline {quote(activity.baseline)}; supported so far: {', '.join(supported)}{reason}"]
    elif activity.baseline == GREENFIELD:
        faults = [
            f"baseline greenfield, but {device.id} had {_mw(device.capacity_before_w)} before the project; "
            "register the project as a retrofit or a capacity addition"
            for device in activity.devices
            if device.capacity_before_w
        ]
    else:
        faults = _existing_faults(activity)
    return _condition("baseline", faults, f"baseline {activity.baseline}", place)


def _existing_faults(activity: Activity) -> list[str]:
    """What is wrong with the capacities of a plant that existed before the project."""
    faults = [
        f"baseline {activity.baseline}, but the capacity of {device.id} before the project was not recorded; "
        'register the device with capacity_before, which is "0 MW" for a new unit'
        for device in activity.devices
        if device.capacity_before_w is None
    ]
    metered = is_metered_addition(activity.baseline, activity.history)
    if not any(device.capacity_before_w for device in activity.devices) and not faults and not metered:
        faults.append(
            f"baseline {activity.baseline}, but no device had capacity before the project; "
            "register the project as greenfield"
        )
    if activity.baseline == ADDITION and not compared_w(ADDITION, activity.devices):
        faults.append(
            "baseline capacity-addition, but no device has more capacity than before the project; "
            "register the project as a retrofit"
        )
    elif activity.baseline == ADDITION and not faults and (activity.history or not _needs_history(activity)):
        faults += addition_faults(activity.devices, with_history=bool(activity.history))
    return faults


def _needs_history(activity: Activity) -> bool:
    """Whether a plant that existed before needs a history: all but an addition whose added units are metered."""
    grown = [device for device in activity.devices if reservoirs.added_capacity_w(device) > 0]
    return activity.baseline != ADDITION or not any(map(has_own_rule, grown))


def past_generation(activity: Activity, place: str) -> Condition:
    """Check that a plant that existed before has a plausible history of at least five years, and a new plant none."""
    years = [year for year, _ in activity.history]
    faults = []
    if activity.baseline not in EXISTING:
        if years:
            faults.append(
                f"a history of {len(years)} years, but with baseline {activity.baseline} nothing was generated before "
                "the project; leave out the history"
            )
        return _condition("history", faults, "no history is needed", place)
    if not years and not _needs_history(activity):
        return _condition("history", faults, "no history is needed: the added units are metered", place)
    if len(years) < historic_baseline.LEAST_YEARS:
        faults.append(
            f"a history of {len(years)} years, but at least {historic_baseline.LEAST_YEARS} whole years are needed; "
            "register the project with history={year: energy}"
        )
    year = activity.baseline_year
    if year is not None and not year.contains(activity.period):
        day = local_time(year.end_utc, activity.zone or year.zone or "UTC").date()
        faults.append(
            f"period {activity.period} crosses {day}, where the crediting year ends from which the baseline is "
            "subtracted; end the period there, and begin another one"
        )
    if years and activity.vintages and max(years) >= min(activity.vintages):
        faults.append(
            f"the history reaches {max(years)}, but {min(activity.vintages)} is to be credited; "
            "give only the years before the project began"
        )
    faults += _implausible_years(activity)
    return _condition("history", faults, f"{len(years)} years, {', '.join(map(str, years))}", place)


def _implausible_years(activity: Activity) -> list[str]:
    """The years of the history with more energy than the units, as they were before the project, can generate."""
    found = []
    for year, wh in activity.history:
        hours = (366 if isleap(year) else 365) * 24
        most = sum((device.margin * (device.capacity_before_w or 0) * hours for device in activity.devices), Decimal(0))
        if wh > most:
            before = _mw(sum(device.capacity_before_w or 0 for device in activity.devices))
            found.append(
                f"the history of {year} is {text_of(millionths(wh))} MWh, but units of {before} generate at most "
                f"{text_of(most.scaleb(-6))} MWh in that year; check the unit, and capacity_before of the devices"
            )
    return found


def replacement(activity: Activity, place: str) -> Condition:
    """Check that the day on which the plant would have been replaced is recorded and is not inside the period."""
    faults = []
    if activity.baseline not in EXISTING:
        if activity.replaced_on is not None:
            faults.append(
                f"replaced_on {activity.replaced_on}, but with baseline {activity.baseline} no plant is replaced; "
                "leave out replaced_on"
            )
        return _condition("replacement date", faults, "no replacement date is needed", place)
    if not _needs_history(activity):
        if activity.replaced_on is not None:
            faults.append(
                f"replaced_on {activity.replaced_on}, but the added units are metered, and nothing is subtracted for "
                "the old ones; leave out replaced_on"
            )
        return _condition("replacement date", faults, "no replacement date is needed", place)
    if activity.replaced_on is None:
        faults.append(
            "the day on which the plant would have been replaced is not recorded; register the project with replaced_on"
        )
    elif historic_baseline.crosses_replacement(activity):
        faults.append(
            f"period {activity.period} crosses {activity.replaced_on}, the day on which the plant would have been "
            f"replaced and from which nothing is credited; end the period at {activity.replaced_on}, and begin another "
            "period there"
        )
    return _condition("replacement date", faults, f"replaced on {activity.replaced_on}", place)


def leakage(activity: Activity, place: str, admitted: bool) -> Condition:
    """Check that leakage is declared only if the document counts leakage."""
    faults = []
    if activity.leakages and not admitted:
        faults.append(
            f"leakage is declared ({activity.leakages[0].reason}), but the document does not count leakage; "
            "leave out the leakage"
        )
    found = "leakage is declared" if activity.leakages else "no leakage is declared"
    return _condition("leakage", faults, found, place)


def technology(activity: Activity, place: str, technologies: tuple[str, ...]) -> Condition:
    """Check that the document admits the technology of every device, and that its emissions can be calculated."""
    faults = []
    for device in activity.devices:
        names = {device.technology, device.technology.partition("/")[0]}
        if not names & set(technologies):
            faults.append(f"{device.id} is {device.technology}, but the document admits {', '.join(technologies)}")
        elif uncalculated := names & set(UNCALCULATED):
            faults.append(
                f"{device.id} is {device.technology}: {UNCALCULATED[uncalculated.pop()]}, and this library cannot "
                "calculate these project emissions yet; leaving them out would credit too much"
            )
        elif device.technology == BURNS_FUEL and (undeclared := _without_fuel(activity)):
            faults.append(
                f"{device.id} is {device.technology}: it may burn fuel on site, but no fuel is declared for "
                f"{', '.join(map(str, undeclared))}; declare a FuelUse for each vintage, of 0 t if no fuel was burned"
            )
    found = ", ".join(sorted({device.technology for device in activity.devices}))
    return _condition("technology", faults, found, place)


def power_density(activity: Activity, place: str) -> Condition:
    """Check that every reservoir that the project adds has a power density above 4 W/m2."""
    faults = []
    for device in activity.devices:
        if reservoirs.added_area_m2(device) is None:
            faults.append(
                f"{device.id} has a reservoir whose area was not recorded, so its power density is unknown; "
                "register the device with reservoir_area"
            )
            continue
        if reservoirs.adds_no_area(device):
            faults.append(
                f"{device.id} is hydro/reservoir and adds {_mw(reservoirs.added_capacity_w(device))} but no reservoir "
                "area, so its power density is undefined; check reservoir_area, reservoir_area_before and "
                "capacity_before, and register a plant without a reservoir as hydro/run-of-river"
            )
            continue
        density = reservoirs.power_density(device)
        if density is not None and density <= reservoirs.NOT_ELIGIBLE_W_PER_M2:
            faults.append(f"{reservoirs.density_text(device)}, but more than 4 W/m2 is required")
    found = "; ".join(reservoirs.density_text(device) for device in activity.devices)
    return _condition("power density", faults, found, place)


def capacity(activity: Activity, place: str, largest_w: int, instead: str) -> Condition:
    """Check the total capacity, or the added capacity of a capacity addition, against the limit of the document.

    A project that was within the limit when crediting began, and has an estimate for each year in which it is beyond
    it, meets the condition: its credits of these years are capped.
    """
    what = "added" if activity.baseline == ADDITION else "in total"
    total_w = compared_w(activity.baseline, activity.devices)
    first_w = total_w if activity.first_capacity_w is None else activity.first_capacity_w
    found = f"{_mw(total_w)} {what}, and the document admits at most {_mw(largest_w)}"
    if first_w > largest_w:
        began = "" if first_w == total_w else f", with {_mw(first_w)} when the crediting period began"
        return _condition("capacity", [f"{found}{began}: use {instead}"], found, place)
    beyond = {year: excess(activity, year, largest_w) for year in activity.vintages}
    faults = [
        f"in {year}: {why}; use {instead}, or register the project with an estimate of the units of {year}, at which "
        "the credits of the year are capped"
        for year, why in beyond.items()
        if why is not None and activity.year_cap(year) is None
    ]
    return _condition("capacity", faults, found, place)


def _without_fuel(activity: Activity) -> list[int]:
    declared = {use.vintage for use in activity.fuel_uses}
    return [vintage for vintage in activity.vintages if vintage not in declared]


def _condition(name: str, faults: Iterable[str], found: str, place: str) -> Condition:
    text = "; ".join(faults)
    return Condition(name=name, met=not text, detail=text or found, source=place, confidence="S")


def _mw(watts: int | None) -> str:
    return f"{text_of(millionths(watts or 0))} MW"
