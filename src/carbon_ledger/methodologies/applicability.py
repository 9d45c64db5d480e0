"""Applicability conditions of methodologies for renewable generation: each a check that reports itself."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from carbon_ledger.exact import text_of
from carbon_ledger.methodologies import historic_baseline, reservoirs
from carbon_ledger.methodologies.base import Activity, Condition
from carbon_ledger.methodologies.net_energy import millionths
from carbon_ledger.printing import quote

GREENFIELD: Final = "greenfield"
EXISTING: Final = ("retrofit", "capacity-addition")

# Admitted by some documents, with emissions of their own that nothing here records yet.
UNCALCULATED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "geothermal": "its steam carries CO2 and CH4",
        "biomass": "its supply and its on-site fuel emit",
    }
)
BURNS_FUEL: Final = "solar/thermal"


def baseline(activity: Activity, place: str, supported: tuple[str, ...], reason: str) -> Condition:
    """Check that the baseline is one that is calculated, and that the devices do not contradict it.

    Args:
        activity: The activity.
        place: Document and place, for the condition.
        supported: The baselines that are calculated.
        reason: Why no other one is.
    """
    if activity.baseline not in supported:
        faults = [f"baseline {quote(activity.baseline)}; supported so far: {', '.join(supported)}{reason}"]
    elif activity.baseline == GREENFIELD:
        faults = [
            f"baseline greenfield, but {device.id} had {_mw(device.capacity_before_w)} before the project, "
            "which makes it a retrofit or a capacity addition"
            for device in activity.devices
            if device.capacity_before_w
        ]
    else:
        faults = _existing_faults(activity)
    return _condition("baseline", faults, f"baseline {activity.baseline}", place)


def _existing_faults(activity: Activity) -> list[str]:
    """What is wrong with the capacities of a plant that existed before."""
    faults = [
        f"baseline {activity.baseline}, and the capacity of {device.id} before the project was not recorded; "
        'register it with capacity_before, "0 MW" for a new unit'
        for device in activity.devices
        if device.capacity_before_w is None
    ]
    if not any(device.capacity_before_w for device in activity.devices) and not faults:
        faults.append(f"baseline {activity.baseline}, but no device had capacity before the project: it is greenfield")
    if activity.baseline == "capacity-addition" and not _added_w(activity):
        faults.append("baseline capacity-addition, but no device has more capacity than before: it is a retrofit")
    return faults


def _added_w(activity: Activity) -> int:
    return sum(max(0, reservoirs.added_capacity_w(device)) for device in activity.devices)


def past_generation(activity: Activity, place: str) -> Condition:
    """Check that a plant that existed has a history of at least five years, and that a new one has none."""
    years = [year for year, _ in activity.history]
    faults = []
    if activity.baseline not in EXISTING:
        if years:
            faults.append(f"a history of {len(years)} years, but baseline {activity.baseline} has none before it")
        return _condition("history", faults, "none is needed", place)
    if len(years) < historic_baseline.LEAST_YEARS:
        faults.append(
            f"a history of {len(years)} years, and at least {historic_baseline.LEAST_YEARS} whole years are needed; "
            "register the project with history={year: energy}"
        )
    if years and activity.vintages and max(years) >= min(activity.vintages):
        faults.append(
            f"the history reaches {max(years)} and {min(activity.vintages)} is to be credited; "
            "the history ends before the project begins"
        )
    return _condition("history", faults, f"{len(years)} years, {', '.join(map(str, years))}", place)


def replacement(activity: Activity, place: str) -> Condition:
    """Check that it is known when the plant would have been replaced, and that the period does not cross that day."""
    faults = []
    if activity.baseline not in EXISTING:
        if activity.replaced_on is not None:
            faults.append(f"replaced_on {activity.replaced_on}, but baseline {activity.baseline} replaces nothing")
        return _condition("replacement date", faults, "none is needed", place)
    if activity.replaced_on is None:
        faults.append(
            "the day on which the plant would have been replaced is not recorded; register the project with replaced_on"
        )
    elif historic_baseline.crosses_replacement(activity):
        faults.append(
            f"period {activity.period} crosses {activity.replaced_on}, from which day nothing is credited, since the "
            f"plant would have been replaced; end the period at {activity.replaced_on} and begin another one there"
        )
    return _condition("replacement date", faults, f"replaced on {activity.replaced_on}", place)


def leakage(activity: Activity, place: str, admitted: bool) -> Condition:
    """Check that leakage is declared only where the document counts it."""
    faults = []
    if activity.leakages and not admitted:
        faults.append(f"leakage is declared ({activity.leakages[0].reason}), and the document counts none")
    return _condition("leakage", faults, "declared" if activity.leakages else "none is declared", place)


def technology(activity: Activity, place: str, technologies: tuple[str, ...]) -> Condition:
    """Check that the document admits every device's technology, and that all its emissions are calculated."""
    faults = []
    for device in activity.devices:
        names = {device.technology, device.technology.partition("/")[0]}
        if not names & set(technologies):
            faults.append(f"{device.id} is {device.technology}, admitted are {', '.join(technologies)}")
        elif uncalculated := names & set(UNCALCULATED):
            faults.append(
                f"{device.id} is {device.technology}: {UNCALCULATED[uncalculated.pop()]}, and these project "
                "emissions are not calculated so far; leaving them out would credit too much"
            )
        elif device.technology == BURNS_FUEL and (undeclared := _without_fuel(activity)):
            faults.append(
                f"{device.id} is {device.technology}: it may burn fuel on site, and none is declared for "
                f"{', '.join(map(str, undeclared))}; declare a FuelUse of each vintage, of 0 t where none was burned"
            )
    found = ", ".join(sorted({device.technology for device in activity.devices}))
    return _condition("technology", faults, found, place)


def power_density(activity: Activity, place: str) -> Condition:
    """Check that every reservoir that is added has more than 4 W/m2."""
    faults = []
    for device in activity.devices:
        if reservoirs.added_area_m2(device) is None:
            faults.append(
                f"{device.id} has a reservoir whose area was not recorded, so its power density is unknown; "
                "register the device with reservoir_area"
            )
            continue
        density = reservoirs.power_density(device)
        if density is not None and density <= reservoirs.NOT_ELIGIBLE_W_PER_M2:
            faults.append(f"{reservoirs.density_text(device)}, and more than 4 W/m2 is required")
    found = "; ".join(reservoirs.density_text(device) for device in activity.devices)
    return _condition("power density", faults, found, place)


def capacity(activity: Activity, place: str, largest_w: int, instead: str) -> Condition:
    """Check that the devices together are no larger than the document admits; of an addition the added units count."""
    if activity.baseline == "capacity-addition":
        total_w, what = _added_w(activity), "added"
    else:
        total_w, what = sum(device.capacity_w for device in activity.devices), "in total"
    found = f"{_mw(total_w)} {what}, and at most {_mw(largest_w)} is admitted"
    return _condition("capacity", [f"{found}: use {instead}"] if total_w > largest_w else [], found, place)


def _without_fuel(activity: Activity) -> list[int]:
    declared = {use.vintage for use in activity.fuel_uses}
    return [vintage for vintage in activity.vintages if vintage not in declared]


def _condition(name: str, faults: Iterable[str], found: str, place: str) -> Condition:
    text = "; ".join(faults)
    return Condition(name=name, met=not text, detail=text or found, source=place, confidence="S")


def _mw(watts: int | None) -> str:
    return f"{text_of(millionths(watts or 0))} MW"
